//! `dial` 外呼: calls an external number through a trunk and joins the caller to it.

use super::{Edge, Pace};
use crate::ivr::flow::read::{COMMON, Fields, NameOf, Shape, Table, opt, req};
use crate::ivr::flow::{At, AudioId, NodeName, PromptName, Template, TrunkName};

#[derive(Clone, Debug, PartialEq)]
pub struct Dial {
    pub number: Template,
    /// Without one, the set-up's first trunk that can call out.
    pub trunk: Option<At<TrunkName>>,
    /// What the called party sees; without one, the number that the caller dialled.
    pub caller_id: Option<Template>,
    /// 1 to 90: how long it may ring.
    pub timeout_s: u32,
    /// 1 to 14400: how long the two may speak.
    pub max_s: Option<u32>,
    /// Looped while it rings; without one the caller hears ringing.
    pub hold_music: Option<At<AudioId>>,
    /// Played to the caller on answer.
    pub connected_prompt: Option<At<PromptName>>,
    /// After a conversation that the called party ended.
    pub next: At<NodeName>,
    /// 486 or 600; without one, `on_failure`.
    pub on_busy: Option<At<NodeName>>,
    /// Rang for `timeout_s`, 408 or 480; without one, `on_failure`.
    pub on_no_answer: Option<At<NodeName>>,
    /// Without one the call is ended.
    pub on_failure: Option<At<NodeName>>,
}

pub static TABLE: Table = Table {
    en: "a dial node",
    zh: "dial 节点",
    fields: &[
        req("number", Shape::Template, "Whom to call."),
        opt("trunk", Shape::Name(NameOf::Trunk), "Through which trunk; the first that calls out without it."),
        opt("caller_id", Shape::Template, "What the called party sees; the dialled number without it."),
        opt("timeout_s", Shape::Int { min: 1, max: 90 }, "Seconds it may ring."),
        opt("max_s", Shape::Int { min: 1, max: 14_400 }, "Seconds the two may speak."),
        opt("hold_music", Shape::Name(NameOf::Audio), "Looped while it rings; ringing without it."),
        opt("connected_prompt", Shape::Name(NameOf::Prompt), "Played to the caller on answer."),
        req("next", Shape::Name(NameOf::Node), "Where it leads when the called party has hung up."),
        opt("on_busy", Shape::Name(NameOf::Node), "Busy; without it, on_failure."),
        opt("on_no_answer", Shape::Name(NameOf::Node), "Rang too long; without it, on_failure."),
        opt("on_failure", Shape::Name(NameOf::Node), "Any other failure; without it the call ends."),
    ],
    shared: &[COMMON],
};

impl Dial {
    pub(super) fn read(fields: &mut Fields<'_, '_, '_>) -> Self {
        Dial {
            number: fields.template("number").unwrap_or_default(),
            trunk: fields.opt_name("trunk"),
            caller_id: fields.template("caller_id"),
            timeout_s: fields.int("timeout_s").unwrap_or(30),
            max_s: fields.int("max_s"),
            hold_music: fields.opt_name("hold_music"),
            connected_prompt: fields.opt_name("connected_prompt"),
            next: fields.name("next"),
            on_busy: fields.opt_name("on_busy"),
            on_no_answer: fields.opt_name("on_no_answer"),
            on_failure: fields.opt_name("on_failure"),
        }
    }

    pub(super) fn edges(&self) -> Vec<Edge> {
        let failures = [
            Edge::optional("on_busy", self.on_busy.as_ref(), Pace::Immediate),
            Edge::optional("on_no_answer", self.on_no_answer.as_ref(), Pace::Immediate),
            Edge::optional("on_failure", self.on_failure.as_ref(), Pace::Immediate),
        ];
        std::iter::once(Edge::new("next", &self.next, Pace::Caller)).chain(failures.into_iter().flatten()).collect()
    }
}
