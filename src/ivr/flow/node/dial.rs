//! `dial` 外呼: calls an external number through a trunk and joins the caller to it.

use super::{Edge, Pace};
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

impl Dial {
    pub(super) fn edges(&self) -> Vec<Edge> {
        let failures = [
            Edge::optional("on_busy", self.on_busy.as_ref(), Pace::Immediate),
            Edge::optional("on_no_answer", self.on_no_answer.as_ref(), Pace::Immediate),
            Edge::optional("on_failure", self.on_failure.as_ref(), Pace::Immediate),
        ];
        std::iter::once(Edge::new("next", &self.next, Pace::Caller)).chain(failures.into_iter().flatten()).collect()
    }
}
