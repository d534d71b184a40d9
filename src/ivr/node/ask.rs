//! Asking for keys: the prompt, the time to answer, and the two counters of wrong entries and silences. Shared by
//! `branch` and `collect`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::step::Go;
use crate::base::Instant;
use crate::ivr::flow::node::Retries;
use crate::ivr::flow::{At, PromptName};
use crate::ivr::session::{Cx, EndReason, FlowEvent};

/// One visit of an asking node. Both counters start again when the node is entered again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Asking {
    /// Keys of the entry so far.
    pub typed: String,
    errors: u32,
    timeouts: u32,
    /// When the caller must have answered; `None` while a prompt plays.
    until: Option<Instant>,
}

impl Asking {
    /// Plays the prompts, then waits for an entry.
    pub fn ask(&mut self, cx: &mut Cx, retries: &Retries, prompts: impl IntoIterator<Item = PromptName>) {
        self.typed.clear();
        self.until = None;
        if !cx.play(prompts, retries.barge_in) {
            self.listen(cx, retries);
        }
    }

    /// Waits for the first key.
    pub fn listen(&mut self, cx: &Cx, retries: &Retries) {
        self.until = Some(cx.now.instant + Duration::from_secs(u64::from(retries.timeout_s)));
    }

    /// Waits for a further key.
    pub fn listen_on(&mut self, cx: &Cx, retries: &Retries) {
        self.until = Some(cx.now.instant + Duration::from_secs(u64::from(retries.inter_digit_s)));
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.until
    }

    /// A wrong key: asks again, or leaves when there were more than `max_errors` (A18, G2).
    pub fn wrong(&mut self, cx: &mut Cx, retries: &Retries, prompt: &PromptName) -> Option<Go> {
        self.errors += 1;
        cx.state.keys_ahead.clear();
        let node = cx.node_name();
        cx.event(FlowEvent::WrongEntry { node, count: self.errors });
        if self.errors > retries.max_errors {
            return Some(match &retries.on_max_errors {
                Some(to) => cx.take("on_max_errors", to),
                None => Go::End(EndReason::MaxErrors),
            });
        }
        let first = nth(&retries.error_prompt, self.errors);
        self.ask(cx, retries, first.into_iter().chain([prompt.clone()]));
        None
    }

    /// No key: asks again, or leaves when there were more than `max_timeouts` (A19, G2).
    pub fn silent(&mut self, cx: &mut Cx, retries: &Retries, prompt: &PromptName) -> Option<Go> {
        self.timeouts += 1;
        let node = cx.node_name();
        cx.event(FlowEvent::NoEntry { node, count: self.timeouts });
        if self.timeouts > retries.max_timeouts {
            return Some(match &retries.on_max_timeouts {
                Some(to) => cx.take("on_max_timeouts", to),
                None => Go::End(EndReason::MaxTimeouts),
            });
        }
        let first = nth(&retries.timeout_prompt, self.timeouts);
        self.ask(cx, retries, first.into_iter().chain([prompt.clone()]));
        None
    }
}

/// The 1st at the first time, the 2nd at the second, the last from then on.
fn nth(prompts: &[At<PromptName>], count: u32) -> Option<PromptName> {
    let index = usize::try_from(count).unwrap_or(usize::MAX).saturating_sub(1);
    prompts.get(index).or(prompts.last()).map(|prompt| prompt.value.clone())
}
