//! `collect` 收号: takes a number of digits into a variable.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ask::Asking;
use super::step::{Go, Step};
use crate::base::Instant;
use crate::ivr::flow::node::Collect;
use crate::ivr::session::{Cx, Input, Swallow};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct CollectStep {
    asking: Asking,
}

impl CollectStep {
    pub fn enter<'a>(node: &'a Collect, cx: &mut Cx<'a>) -> Go {
        cx.music(None);
        let mut step = CollectStep::default();
        if cx.state.keys_ahead.is_empty() {
            step.asking.ask(cx, &node.retries, [node.prompt.value.clone()]);
        }
        while let Some(key) = cx.state.keys_ahead.pop_front() {
            if let Some(go) = step.key(node, cx, key) {
                return go;
            }
        }
        Go::Wait(Step::Collect(step))
    }

    pub fn handle<'a>(&mut self, node: &'a Collect, cx: &mut Cx<'a>, input: &Input) -> Option<Go> {
        match input {
            Input::PlayEnded { .. } => {
                self.asking.listen(cx, &node.retries);
                None
            }
            Input::Key { key } if cx.barge_in() => self.key(node, cx, *key),
            _ => None,
        }
    }

    /// No further digit: enough of them are the entry.
    pub fn time_out<'a>(&mut self, node: &'a Collect, cx: &mut Cx<'a>) -> Option<Go> {
        match self.asking.typed.len() {
            0 => self.asking.silent(cx, &node.retries, &node.prompt),
            count if count >= node.digits.min as usize => Some(self.accept(node, cx)),
            _ => self.asking.wrong(cx, &node.retries, &node.prompt),
        }
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.asking.deadline()
    }

    fn key(&mut self, node: &Collect, cx: &mut Cx, key: char) -> Option<Go> {
        let digits = &node.digits;
        if digits.end_key == Some(key) {
            let enough = self.asking.typed.len() >= digits.min as usize;
            return if enough {
                Some(self.accept(node, cx))
            } else {
                self.asking.wrong(cx, &node.retries, &node.prompt)
            };
        }
        if !key.is_ascii_digit() {
            return self.asking.wrong(cx, &node.retries, &node.prompt);
        }
        self.asking.typed.push(key);
        if self.asking.typed.len() >= digits.max as usize {
            cx.state.swallow = digits.end_key.map(|key| Swallow {
                key,
                until: cx.now.instant + Duration::from_secs(u64::from(node.retries.inter_digit_s)),
            });
            return Some(self.accept(node, cx));
        }
        self.asking.listen_on(cx, &node.retries);
        None
    }

    fn accept(&self, node: &Collect, cx: &mut Cx) -> Go {
        cx.set_var(&node.into, &self.asking.typed);
        cx.take("next", &node.next)
    }
}
