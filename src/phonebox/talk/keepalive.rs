//! Asking a silent device whether it is still there.

use std::time::Duration;

use super::{Pacer, answers};
use crate::base::Instant;
use crate::phonebox::profile::{Answer, Keepalive, Values};

/// How long a question that came at the wrong moment is put off.
const LATER: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(in crate::phonebox) struct KeepaliveTimer {
    options: Keepalive,
    state: State,
    missed: u32,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Quiet { ask_at: Instant },
    Asked { until: Instant, heard: bool },
}

/// What a timeout found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::phonebox) enum Alive {
    Yes,
    /// Too many questions stayed without an answer.
    Gone,
}

impl KeepaliveTimer {
    pub fn new(options: Keepalive, now: Instant) -> Self {
        let ask_at = now + Duration::from_secs(u64::from(options.every_s));
        KeepaliveTimer { options, state: State::Quiet { ask_at }, missed: 0 }
    }

    /// Something came from the device.
    pub fn on_heard(&mut self, now: Instant) {
        match &mut self.state {
            State::Quiet { ask_at } => *ask_at = now + Duration::from_secs(u64::from(self.options.every_s)),
            State::Asked { heard, .. } => *heard = true,
        }
    }

    pub fn awaited_byte(&self) -> Option<u8> {
        match (self.state, &self.options.expect) {
            (State::Asked { .. }, Answer::Byte(byte)) => Some(*byte),
            _ => None,
        }
    }

    pub fn on_answer(&mut self, now: Instant) {
        self.missed = 0;
        self.rest(now);
    }

    /// Takes `record` if it is the answer.
    pub fn on_record(&mut self, record: &[u8], now: Instant) -> bool {
        let answered = matches!(self.state, State::Asked { .. }) && answers(Some(&self.options.expect), record);
        if answered {
            self.on_answer(now);
        }
        answered
    }

    /// `may_ask`: nothing else is said, no line is busy, no record is under way.
    pub fn handle_timeout(&mut self, may_ask: bool, pacer: &mut Pacer, now: Instant) -> Alive {
        match self.state {
            State::Quiet { ask_at } if ask_at <= now && may_ask => {
                let written = pacer.send(self.options.send.fill(&Values::default()), now);
                let until = written + Duration::from_millis(u64::from(self.options.timeout_ms));
                self.state = State::Asked { until, heard: false };
            }
            State::Quiet { ask_at } if ask_at <= now => self.state = State::Quiet { ask_at: now + LATER },
            State::Asked { until, heard } if until <= now => {
                self.missed = if heard { 0 } else { self.missed + 1 };
                self.rest(now);
                if self.missed >= self.options.misses {
                    return Alive::Gone;
                }
            }
            State::Quiet { .. } | State::Asked { .. } => {}
        }
        Alive::Yes
    }

    fn rest(&mut self, now: Instant) {
        self.state = State::Quiet { ask_at: now + Duration::from_secs(u64::from(self.options.every_s)) };
    }

    pub fn poll_timeout(&self) -> Instant {
        match self.state {
            State::Quiet { ask_at } => ask_at,
            State::Asked { until, .. } => until,
        }
    }
}
