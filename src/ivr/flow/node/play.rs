//! `play` 放音: plays a prompt and goes on (D6).

use super::{Edge, Pace};
use crate::ivr::flow::read::{COMMON, Fields, NameOf, Shape, Table, opt, req};
use crate::ivr::flow::{At, NodeName, PromptName};

#[derive(Clone, Debug, PartialEq)]
pub struct Play {
    pub prompt: At<PromptName>,
    /// A key press stops the prompt. The key is kept for the next node that wants one.
    pub barge_in: bool,
    pub next: At<NodeName>,
}

pub static TABLE: Table = Table {
    en: "a play node",
    zh: "play 节点",
    fields: &[
        req("prompt", Shape::Name(NameOf::Prompt), "What is played."),
        opt("barge_in", Shape::Bool, "A key press stops the prompt; the key is kept for the next node."),
        req("next", Shape::Name(NameOf::Node), "Where it leads."),
    ],
    shared: &[COMMON],
};

impl Play {
    pub(super) fn read(fields: &mut Fields<'_, '_, '_>) -> Self {
        let barge_in = fields.reader.defaults.barge_in;
        Play {
            prompt: fields.name("prompt"),
            barge_in: fields.bool("barge_in").unwrap_or(barge_in),
            next: fields.name("next"),
        }
    }

    pub(super) fn edges(&self) -> Vec<Edge> {
        vec![Edge::new("next", &self.next, Pace::Immediate)]
    }
}
