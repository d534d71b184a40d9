//! The server side of one transaction (RFC 3261 17.2, RFC 6026 8.3).

use std::time::Duration;

use super::timer::{Timer, TimerTable};
use crate::base::Instant;

/// Which of the two state machines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServerKind {
    /// RFC 3261 figure 7, with the Accepted state of RFC 6026.
    Invite,
    /// RFC 3261 figure 8.
    NonInvite,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Trying or Proceeding: no final response yet.
    Proceeding,
    /// INVITE, 2xx sent: the user repeats it, the transaction swallows repeated INVITEs. Timer L.
    Accepted {
        until: Instant,
    },
    /// INVITE, 300 to 699 sent, waiting for the ACK. Timers G and H.
    Unacknowledged {
        resend: Option<(Instant, Duration)>,
        give_up: Instant,
    },
    /// INVITE, acknowledged. Timer I.
    Confirmed {
        until: Instant,
    },
    /// Another request, answered. Timer J.
    Completed {
        until: Instant,
    },
    Terminated,
}

/// What is to be done after an input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServerReaction {
    Nothing,
    /// Send the last response again, if there is one.
    Resend,
    /// The ACK never came: timer H.
    TimedOut,
    /// The transaction is over and can be forgotten.
    Terminated,
}

/// One server transaction.
#[derive(Clone, Copy, Debug)]
pub struct ServerMachine {
    kind: ServerKind,
    reliable: bool,
    timers: TimerTable,
    state: State,
}

impl ServerMachine {
    /// The request has just come.
    pub fn start(kind: ServerKind, reliable: bool, timers: TimerTable) -> Self {
        ServerMachine { kind, reliable, timers, state: State::Proceeding }
    }

    /// The same request came again.
    pub fn on_request_again(&mut self) -> ServerReaction {
        match self.state {
            State::Proceeding | State::Unacknowledged { .. } | State::Completed { .. } => ServerReaction::Resend,
            // RFC 6026 7.1: the user repeats the 2xx by its own timer.
            State::Accepted { .. } | State::Confirmed { .. } | State::Terminated => ServerReaction::Nothing,
        }
    }

    /// The user answers. False: the transaction has its final response already, and nothing may be sent.
    pub fn on_respond(&mut self, status: u16, now: Instant) -> bool {
        if self.state != State::Proceeding {
            return false;
        }
        self.state = match (self.kind, status) {
            (_, 0..=199) => State::Proceeding,
            (ServerKind::Invite, 200..=299) => {
                State::Accepted { until: now + self.timers.first(Timer::L, self.reliable) }
            }
            (ServerKind::Invite, _) => {
                let interval = self.timers.first(Timer::G, self.reliable);
                let resend = (!self.reliable).then_some((now + interval, interval));
                State::Unacknowledged { resend, give_up: now + self.timers.first(Timer::H, self.reliable) }
            }
            (ServerKind::NonInvite, _) => State::Completed { until: now + self.timers.first(Timer::J, self.reliable) },
        };
        true
    }

    /// The ACK of a 300 to 699 came.
    pub fn on_ack(&mut self, now: Instant) {
        if let State::Unacknowledged { .. } = self.state {
            self.state = State::Confirmed { until: now + self.timers.first(Timer::I, self.reliable) };
        }
    }

    /// Time has come to `now`. At most one reaction; call it again while [`Self::deadline`] is not later than `now`.
    pub fn on_timeout(&mut self, now: Instant) -> ServerReaction {
        match self.state {
            State::Unacknowledged { give_up, .. } if give_up <= now => {
                self.state = State::Terminated;
                ServerReaction::TimedOut
            }
            State::Unacknowledged { resend: Some((at, interval)), give_up } if at <= now => {
                let interval = self.timers.next(Timer::G, interval);
                self.state = State::Unacknowledged { resend: Some((now + interval, interval)), give_up };
                ServerReaction::Resend
            }
            State::Accepted { until } | State::Confirmed { until } | State::Completed { until } if until <= now => {
                self.state = State::Terminated;
                ServerReaction::Terminated
            }
            State::Proceeding
            | State::Accepted { .. }
            | State::Unacknowledged { .. }
            | State::Confirmed { .. }
            | State::Completed { .. } => ServerReaction::Nothing,
            State::Terminated => ServerReaction::Terminated,
        }
    }

    /// When [`Self::on_timeout`] is due.
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Proceeding => None,
            State::Unacknowledged { resend, give_up } => Some(resend.map_or(give_up, |(at, _)| at.min(give_up))),
            State::Accepted { until } | State::Confirmed { until } | State::Completed { until } => Some(until),
            State::Terminated => Some(Instant::ZERO),
        }
    }

    /// No final response was sent yet.
    pub fn is_pending(&self) -> bool {
        self.state == State::Proceeding
    }

    /// Whether the last response may have to be sent again: after a 2xx to INVITE and after the ACK it may not.
    pub fn keeps_response(&self) -> bool {
        matches!(self.state, State::Proceeding | State::Unacknowledged { .. } | State::Completed { .. })
    }
}
