//! The client side of one transaction (RFC 3261 17.1, RFC 6026 8.4).

use std::time::Duration;

use super::timer::{Timer, TimerTable};
use crate::base::Instant;

/// Which of the two state machines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClientKind {
    /// RFC 3261 figure 5, with the Accepted state of RFC 6026.
    Invite,
    /// RFC 3261 figure 6.
    NonInvite,
}

/// A retransmission that is due, and the interval that led to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Resend {
    at: Instant,
    interval: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Calling or Trying: nothing was heard. Timers A and B, or E and F.
    Waiting {
        resend: Option<Resend>,
        give_up: Instant,
    },
    /// A provisional response to INVITE: it rings until the user's patience, or timer C, is over.
    Ringing {
        give_up: Instant,
    },
    /// A provisional response to another request. Timers E and F.
    Proceeding {
        resend: Option<Resend>,
        give_up: Instant,
    },
    /// A 2xx to INVITE: others may follow. Timer M.
    Accepted {
        until: Instant,
    },
    /// A final response. Timer D or K.
    Completed {
        until: Instant,
    },
    Terminated,
}

/// What is to be done after an input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClientReaction {
    /// Nothing: the input was a repetition or does not fit the state.
    Nothing,
    /// Give the response to the user.
    Deliver,
    /// Give the response to the user and send its ACK (300 to 699 to INVITE).
    DeliverAndAck,
    /// A repeated final response: send the ACK again, tell nobody.
    AckAgain,
    /// Send the request again.
    Resend,
    /// Nobody answered: timer B, C or F.
    TimedOut,
    /// The transaction is over and can be forgotten.
    Terminated,
}

/// One client transaction.
#[derive(Clone, Copy, Debug)]
pub struct ClientMachine {
    kind: ClientKind,
    reliable: bool,
    timers: TimerTable,
    state: State,
}

impl ClientMachine {
    /// The request has just been sent.
    pub fn start(kind: ClientKind, reliable: bool, timers: TimerTable, now: Instant) -> Self {
        let (again, over) = match kind {
            ClientKind::Invite => (Timer::A, Timer::B),
            ClientKind::NonInvite => (Timer::E, Timer::F),
        };
        let interval = timers.first(again, reliable);
        let resend = (!reliable).then_some(Resend { at: now + interval, interval });
        let state = State::Waiting { resend, give_up: now + timers.first(over, reliable) };
        ClientMachine { kind, reliable, timers, state }
    }

    /// A response with `status` came.
    pub fn on_response(&mut self, status: u16, now: Instant) -> ClientReaction {
        match self.kind {
            ClientKind::Invite => self.on_invite_response(status, now),
            ClientKind::NonInvite => self.on_other_response(status, now),
        }
    }

    fn on_invite_response(&mut self, status: u16, now: Instant) -> ClientReaction {
        match (self.state, status) {
            (State::Waiting { .. } | State::Ringing { .. }, 100..=199) => {
                self.state = State::Ringing { give_up: now + self.timers.first(Timer::C, self.reliable) };
                ClientReaction::Deliver
            }
            (State::Waiting { .. } | State::Ringing { .. }, 200..=299) => {
                self.state = State::Accepted { until: now + self.timers.first(Timer::M, self.reliable) };
                ClientReaction::Deliver
            }
            (State::Waiting { .. } | State::Ringing { .. }, 300..=699) => {
                self.state = State::Completed { until: now + self.timers.first(Timer::D, self.reliable) };
                ClientReaction::DeliverAndAck
            }
            // RFC 6026 8.4: every 2xx goes to the user, who acknowledges each.
            (State::Accepted { .. }, 200..=299) => ClientReaction::Deliver,
            (State::Completed { .. }, 300..=699) => ClientReaction::AckAgain,
            (_, _) => ClientReaction::Nothing,
        }
    }

    fn on_other_response(&mut self, status: u16, now: Instant) -> ClientReaction {
        match (self.state, status) {
            (State::Waiting { resend, give_up }, 100..=199) => {
                // RFC 3261 17.1.2.2: in Proceeding the request is sent again every T2.
                let resend = resend.map(|resend| Resend { interval: self.timers.t2, ..resend });
                self.state = State::Proceeding { resend, give_up };
                ClientReaction::Deliver
            }
            (State::Proceeding { .. }, 100..=199) => ClientReaction::Deliver,
            (State::Waiting { .. } | State::Proceeding { .. }, 200..=699) => {
                self.state = State::Completed { until: now + self.timers.first(Timer::K, self.reliable) };
                ClientReaction::Deliver
            }
            (_, _) => ClientReaction::Nothing,
        }
    }

    /// Time has come to `now`. At most one reaction; call it again while [`Self::deadline`] is not later than `now`.
    pub fn on_timeout(&mut self, now: Instant) -> ClientReaction {
        match self.state {
            State::Waiting { give_up, .. } | State::Proceeding { give_up, .. } | State::Ringing { give_up }
                if give_up <= now =>
            {
                self.state = State::Terminated;
                ClientReaction::TimedOut
            }
            State::Waiting { resend: Some(resend), give_up } if resend.at <= now => {
                self.state = State::Waiting { resend: Some(self.next(resend, now)), give_up };
                ClientReaction::Resend
            }
            State::Proceeding { resend: Some(resend), give_up } if resend.at <= now => {
                self.state = State::Proceeding { resend: Some(self.next(resend, now)), give_up };
                ClientReaction::Resend
            }
            State::Accepted { until } | State::Completed { until } if until <= now => {
                self.state = State::Terminated;
                ClientReaction::Terminated
            }
            State::Waiting { .. }
            | State::Proceeding { .. }
            | State::Accepted { .. }
            | State::Completed { .. }
            | State::Ringing { .. } => ClientReaction::Nothing,
            State::Terminated => ClientReaction::Terminated,
        }
    }

    fn next(&self, resend: Resend, now: Instant) -> Resend {
        let timer = match self.kind {
            ClientKind::Invite => Timer::A,
            ClientKind::NonInvite => Timer::E,
        };
        let interval = self.timers.next(timer, resend.interval);
        Resend { at: now + interval, interval }
    }

    /// When [`Self::on_timeout`] is due.
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Waiting { resend, give_up } | State::Proceeding { resend, give_up } => {
                Some(resend.map_or(give_up, |resend| resend.at.min(give_up)))
            }
            State::Accepted { until } | State::Completed { until } | State::Ringing { give_up: until } => Some(until),
            State::Terminated => Some(Instant::ZERO),
        }
    }

    /// No final response has come, so the user still waits.
    pub fn is_pending(&self) -> bool {
        matches!(self.state, State::Waiting { .. } | State::Ringing { .. } | State::Proceeding { .. })
    }

    /// Not even a provisional response has come.
    pub fn is_unheard(&self) -> bool {
        matches!(self.state, State::Waiting { .. })
    }

    /// A final response to INVITE other than 2xx has come, so its ACK may be asked for again.
    pub fn is_completed(&self) -> bool {
        matches!(self.state, State::Completed { .. })
    }
}
