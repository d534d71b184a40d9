//! `play` 放音: plays a prompt and goes on.

use serde::{Deserialize, Serialize};

use super::step::{Go, Step};
use crate::ivr::flow::node::Play;
use crate::ivr::session::{Cx, Input};

/// Waits for the end of the prompt.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PlayStep;

impl PlayStep {
    pub fn enter<'a>(node: &'a Play, cx: &mut Cx<'a>) -> Go {
        cx.music(None);
        // Who keys ahead does not want to hear it.
        let skipped = node.barge_in && !cx.state.keys_ahead.is_empty();
        if !skipped && cx.play([node.prompt.value.clone()], node.barge_in) {
            Go::Wait(Step::Play(PlayStep))
        } else {
            cx.take("next", &node.next)
        }
    }

    pub fn handle<'a>(&mut self, node: &'a Play, cx: &mut Cx<'a>, input: &Input) -> Option<Go> {
        match input {
            Input::PlayEnded { .. } => Some(cx.take("next", &node.next)),
            Input::Key { key } if cx.barge_in() => {
                cx.keep_key(*key);
                Some(cx.take("next", &node.next))
            }
            _ => None,
        }
    }
}
