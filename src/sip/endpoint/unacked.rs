//! Answers to INVITEs that wait for their ACK, and our own ACKs (RFC 3261 13.2.2.4, 13.3.1.4).

use std::time::Duration;

use bytes::Bytes;

use super::core::Core;
use super::event::Output;
use crate::base::Instant;
use crate::sip::transaction::{Target, Timer};

/// A 2xx of ours to INVITE, sent again until its ACK comes (RFC 3261 13.3.1.4).
#[derive(Clone, Debug)]
pub(super) struct Unacked {
    pub cseq: u32,
    response: Bytes,
    to: Target,
    resend_at: Instant,
    interval: Duration,
    give_up: Instant,
    pub of: AckOf,
    /// It carries our offer, so that the ACK must bring the answer.
    pub offered: bool,
}

/// Which request a 2xx of ours answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum AckOf {
    Invite,
    Reinvite,
}

/// What an [`Unacked`] does when its time comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum AckWait {
    Waiting,
    GivenUp,
}

impl Unacked {
    /// `response` goes to the request with `cseq`.
    pub(super) fn new(core: &Core, cseq: u32, response: Bytes, to: Target, of: AckOf, now: Instant) -> Self {
        let interval = core.config.timers.t1;
        let give_up = now + core.config.timers.timeout();
        Unacked { cseq, response, to, resend_at: now + interval, interval, give_up, of, offered: false }
    }

    pub(super) fn deadline(&self) -> Instant {
        self.resend_at.min(self.give_up)
    }

    pub(super) fn on_timeout(&mut self, core: &mut Core, now: Instant) -> AckWait {
        if self.give_up <= now {
            return AckWait::GivenUp;
        }
        if self.resend_at <= now {
            self.interval = core.config.timers.next(Timer::G, self.interval);
            self.resend_at = now + self.interval;
            core.outputs.push_back(Output::Transmit { to: self.to.clone(), bytes: self.response.clone() });
        }
        AckWait::Waiting
    }
}

/// An ACK of ours to a 2xx.
#[derive(Clone, Debug)]
pub(super) struct SentAck {
    pub cseq: u32,
    pub to: Target,
    pub bytes: Bytes,
}
