//! `branch` 分支: asks for a key or a word and goes where it says.

use serde::{Deserialize, Serialize};

use super::ask::Asking;
use super::keys::{Match, match_keys, match_word};
use super::step::{Go, Step};
use crate::base::Instant;
use crate::ivr::flow::node::{Branch, KeyOption};
use crate::ivr::session::{Cx, Input};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct BranchStep {
    asking: Asking,
}

impl BranchStep {
    pub fn enter<'a>(node: &'a Branch, cx: &mut Cx<'a>) -> Go {
        cx.music(None);
        let mut step = BranchStep::default();
        if cx.state.keys_ahead.is_empty() {
            step.asking.ask(cx, &node.retries, [node.prompt.value.clone()]);
        }
        while let Some(key) = cx.state.keys_ahead.pop_front() {
            if let Some(go) = step.key(node, cx, key) {
                return go;
            }
        }
        Go::Wait(Step::Branch(step))
    }

    pub fn handle<'a>(&mut self, node: &'a Branch, cx: &mut Cx<'a>, input: &Input) -> Option<Go> {
        match input {
            Input::PlayEnded { .. } => {
                self.asking.listen(cx, &node.retries);
                None
            }
            Input::Key { key } if cx.barge_in() => self.key(node, cx, *key),
            Input::Said { word } if cx.barge_in() => match match_word(&node.options, word) {
                Some(option) => Some(choose(option, cx)),
                None => self.asking.wrong(cx, &node.retries, &node.prompt),
            },
            _ => None,
        }
    }

    pub fn time_out<'a>(&mut self, node: &'a Branch, cx: &mut Cx<'a>) -> Option<Go> {
        if self.asking.typed.is_empty() {
            return self.asking.silent(cx, &node.retries, &node.prompt);
        }
        match match_keys(&node.options, &self.asking.typed) {
            Match::One(option) | Match::Perhaps(Some(option)) => Some(choose(option, cx)),
            Match::Perhaps(None) | Match::None => self.asking.wrong(cx, &node.retries, &node.prompt),
        }
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.asking.deadline()
    }

    fn key(&mut self, node: &Branch, cx: &mut Cx, key: char) -> Option<Go> {
        self.asking.typed.push(key);
        match match_keys(&node.options, &self.asking.typed) {
            Match::One(option) => Some(choose(option, cx)),
            Match::Perhaps(_) => {
                self.asking.listen_on(cx, &node.retries);
                None
            }
            Match::None => self.asking.wrong(cx, &node.retries, &node.prompt),
        }
    }
}

fn choose(option: &KeyOption, cx: &mut Cx) -> Go {
    cx.assign(&option.set);
    cx.take(format!("options.{}", option.name.value), &option.next)
}
