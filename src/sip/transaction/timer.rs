//! The timers of RFC 3261 table 4, and how long each runs.

use std::time::Duration;

/// The three values that every timer follows from (RFC 3261 17.1.1.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimerTable {
    /// Estimate of the round trip.
    pub t1: Duration,
    /// Longest interval between retransmissions of a non-INVITE request or an INVITE response.
    pub t2: Duration,
    /// Longest time a message stays in the network.
    pub t4: Duration,
    /// Timer C: how long an INVITE rings without another provisional response. More than 3 minutes (RFC 3261 16.6).
    pub ringing: Duration,
}

impl Default for TimerTable {
    fn default() -> Self {
        TimerTable {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            ringing: Duration::from_secs(240),
        }
    }
}

/// RFC 3261 table 4 and RFC 6026 7.1 (L, M).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Timer {
    /// INVITE request retransmission, UDP only.
    A,
    /// INVITE transaction timeout.
    B,
    /// INVITE that rings and then falls silent: a proxy's timer, which a switch needs as much.
    C,
    /// Wait for retransmitted final responses to INVITE.
    D,
    /// Non-INVITE request retransmission, UDP only.
    E,
    /// Non-INVITE transaction timeout.
    F,
    /// INVITE final response retransmission.
    G,
    /// Wait for ACK.
    H,
    /// Wait for retransmitted ACKs.
    I,
    /// Wait for retransmitted non-INVITE requests.
    J,
    /// Wait for retransmitted responses to non-INVITE.
    K,
    /// Wait for retransmitted INVITEs after a 2xx.
    L,
    /// Wait for retransmitted 2xx to INVITE.
    M,
}

impl TimerTable {
    /// How long `timer` runs when it is first started.
    pub fn first(&self, timer: Timer, reliable: bool) -> Duration {
        match timer {
            Timer::A | Timer::E | Timer::G => self.t1,
            Timer::B | Timer::F | Timer::H | Timer::L | Timer::M => self.t1 * 64,
            Timer::C => self.ringing,
            Timer::D if reliable => Duration::ZERO,
            // RFC 3261 17.1.1.2: at least 32 s.
            Timer::D => (self.t1 * 64).max(Duration::from_secs(32)),
            Timer::J if reliable => Duration::ZERO,
            Timer::J => self.t1 * 64,
            Timer::I | Timer::K if reliable => Duration::ZERO,
            Timer::I | Timer::K => self.t4,
        }
    }

    /// The interval after `last` of a retransmission timer.
    pub fn next(&self, timer: Timer, last: Duration) -> Duration {
        match timer {
            // RFC 3261 17.1.1.2: INVITE requests double without end, bounded by timer B.
            Timer::A => last * 2,
            Timer::B | Timer::C | Timer::D | Timer::E | Timer::F | Timer::G | Timer::H => (last * 2).min(self.t2),
            Timer::I | Timer::J | Timer::K | Timer::L | Timer::M => (last * 2).min(self.t2),
        }
    }

    /// 64*T1: how long a transaction waits for an answer.
    pub fn timeout(&self) -> Duration {
        self.t1 * 64
    }
}
