//! `play` 放音: plays a prompt and goes on (D6).

use super::{Edge, Pace};
use crate::ivr::flow::{At, NodeName, PromptName};

#[derive(Clone, Debug, PartialEq)]
pub struct Play {
    pub prompt: At<PromptName>,
    /// A key press stops the prompt. The key is kept for the next node that wants one.
    pub barge_in: bool,
    pub next: At<NodeName>,
}

impl Play {
    pub(super) fn edges(&self) -> Vec<Edge> {
        vec![Edge::new("next", &self.next, Pace::Immediate)]
    }
}
