//! Running the steps of `probe` and `init`.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Pacer, answers};
use crate::base::Instant;
use crate::phonebox::event::DeviceFault;
use crate::phonebox::profile::{Answer, HidOptions, Step, Values};

/// How a script ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::phonebox) enum Outcome {
    /// `caller_id` is false when every command that turns it on was refused.
    Ready {
        caller_id: bool,
    },
    Failed(DeviceFault),
}

#[derive(Debug)]
pub(in crate::phonebox) struct Script {
    steps: VecDeque<Step>,
    /// How often the step was sent, or which of its commands is under way.
    sent: u32,
    wait: Wait,
    caller_id: bool,
    values: Values,
    hid: HidOptions,
}

#[derive(Clone, Copy, Debug)]
enum Wait {
    /// The next step may begin.
    Nothing,
    Pause(Instant),
    Answer(Instant),
}

impl Script {
    pub fn new(steps: impl IntoIterator<Item = Step>, values: Values, hid: HidOptions) -> Self {
        let steps = steps.into_iter().collect();
        Script { steps, sent: 0, wait: Wait::Nothing, caller_id: true, values, hid }
    }

    /// Goes on as far as it can. An outcome ends the script.
    pub fn advance(&mut self, pacer: &mut Pacer, now: Instant) -> Option<Outcome> {
        while let Wait::Nothing = self.wait {
            let Some(step) = self.steps.front().cloned() else {
                return Some(Outcome::Ready { caller_id: self.caller_id });
            };
            self.begin(&step, pacer, now);
        }
        None
    }

    fn begin(&mut self, step: &Step, pacer: &mut Pacer, now: Instant) {
        match step {
            Step::Ask { when_country: true, .. } if self.values.country.is_empty() => self.next(),
            Step::Ask { send, expect, timeout_ms, char_gap_ms, .. } => {
                let bytes = send.fill(&self.values);
                let written =
                    if *char_gap_ms > 0 { pacer.send_apart(&bytes, *char_gap_ms, now) } else { pacer.send(bytes, now) };
                self.sent += 1;
                self.wait =
                    if expect.is_some() { Wait::Answer(written + ms(*timeout_ms)) } else { Wait::Pause(written) };
            }
            Step::Toggles { bytes, gap_ms } => {
                let written = pacer.send_apart(bytes, *gap_ms, now);
                self.wait = Wait::Pause(written + ms(*gap_ms));
            }
            Step::FirstOf { sends, timeout_ms, .. } => match sends.get(self.sent as usize) {
                Some(send) => {
                    let written = pacer.send(send.fill(&self.values), now);
                    self.sent += 1;
                    self.wait = Wait::Answer(written + ms(*timeout_ms));
                }
                None => {
                    self.caller_id = false;
                    self.next();
                }
            },
            Step::Tp { command, data, gap_ms } => {
                let written = pacer.send_command(self.hid, *command, data, *gap_ms, now);
                self.wait = Wait::Pause(written + ms(*gap_ms));
            }
        }
    }

    fn next(&mut self) {
        self.steps.pop_front();
        self.sent = 0;
        self.wait = Wait::Nothing;
    }

    /// The byte that would be an answer now.
    pub fn awaited_byte(&self) -> Option<u8> {
        match (self.wait, self.steps.front()) {
            (Wait::Answer(_), Some(Step::Ask { expect: Some(Answer::Byte(byte)), .. }))
            | (Wait::Answer(_), Some(Step::FirstOf { expect: Answer::Byte(byte), .. })) => Some(*byte),
            _ => None,
        }
    }

    /// The awaited byte came.
    pub fn on_byte(&mut self) {
        self.next();
    }

    /// Takes `record` if it answers the step. The error is a refusal that ends the script.
    pub fn on_record(&mut self, record: &[u8]) -> Result<bool, Outcome> {
        let (Wait::Answer(_), Some(step)) = (self.wait, self.steps.front()) else { return Ok(false) };
        match step {
            Step::Ask { expect, .. } if answers(expect.as_ref(), record) => self.next(),
            Step::FirstOf { expect, .. } if answers(Some(expect), record) => self.next(),
            Step::Ask { fail: Some(fail), optional, .. } if fail.is_match(record) => {
                if !optional {
                    return Err(Outcome::Failed(DeviceFault::Refused));
                }
                self.next();
            }
            Step::FirstOf { fail: Some(fail), .. } if fail.is_match(record) => self.wait = Wait::Nothing,
            Step::Ask { .. } | Step::FirstOf { .. } | Step::Toggles { .. } | Step::Tp { .. } => return Ok(false),
        }
        Ok(true)
    }

    pub fn handle_timeout(&mut self, now: Instant) -> Option<Outcome> {
        match self.wait {
            Wait::Pause(at) if at <= now => self.next(),
            Wait::Answer(at) if at <= now => return self.on_silence(),
            Wait::Nothing | Wait::Pause(_) | Wait::Answer(_) => {}
        }
        None
    }

    fn on_silence(&mut self) -> Option<Outcome> {
        match self.steps.front() {
            Some(Step::Ask { tries, .. }) if self.sent < *tries => self.wait = Wait::Nothing,
            Some(Step::Ask { optional: false, .. }) => return Some(Outcome::Failed(DeviceFault::NoReply)),
            Some(Step::FirstOf { .. }) => self.wait = Wait::Nothing,
            Some(Step::Ask { .. } | Step::Toggles { .. } | Step::Tp { .. }) | None => self.next(),
        }
        None
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.wait {
            Wait::Nothing => None,
            Wait::Pause(at) | Wait::Answer(at) => Some(at),
        }
    }
}

fn ms(millis: u32) -> Duration {
    Duration::from_millis(u64::from(millis))
}
