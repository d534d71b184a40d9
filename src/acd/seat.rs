//! One agent at run time.

use std::collections::BTreeSet;
use std::time::Duration;

use super::stamp::Stamp;
use super::{AgentConfig, AgentNo, AgentState, GroupId, NotReadyReason, Then};
use crate::base::CallId;

/// The first rest of a phone that was busy, refused or failed; doubled each time in a row.
const BACK_OFF: Duration = Duration::from_secs(5);
const BACK_OFF_DOUBLINGS: u32 = 4;

#[derive(Clone, Debug)]
pub(super) struct Seat {
    pub no: AgentNo,
    pub name: String,
    /// Only groups that exist.
    pub groups: BTreeSet<GroupId>,
    pub state: AgentState<Stamp>,
    pub changed_at: Stamp,
    pub reachable: bool,
    /// Calls answered since sign-in.
    pub answered: u32,
    /// Failed rings in a row.
    pub strikes: u32,
    pub back_off_until: Option<Stamp>,
    /// No longer in the set-up: goes when the call in hand is over.
    pub removed: bool,
    /// The groups in which this agent counts as online, as last counted.
    pub counted_in: BTreeSet<GroupId>,
}

impl Seat {
    pub fn new(config: AgentConfig, now: Stamp) -> Self {
        Seat {
            no: config.no,
            name: config.name,
            groups: config.groups,
            state: AgentState::LoggedOut,
            changed_at: now,
            reachable: false,
            answered: 0,
            strikes: 0,
            back_off_until: None,
            removed: false,
            counted_in: BTreeSet::new(),
        }
    }

    pub fn enter(&mut self, state: AgentState<Stamp>, at: Stamp) {
        self.state = state;
        self.changed_at = at;
    }

    /// Goes on to what was to follow the call.
    pub fn enter_then(&mut self, then: Then, at: Stamp) {
        let state = match then {
            Then::Ready => AgentState::Ready { since: at },
            Then::NotReady(reason) => AgentState::NotReady { reason },
            Then::LoggedOut => AgentState::LoggedOut,
        };
        self.enter(state, at);
    }

    /// Since when the agent may be rung: free, reachable, not backing off.
    pub fn idle_since(&self) -> Option<Stamp> {
        match self.state {
            AgentState::Ready { since } if self.reachable && self.back_off_until.is_none() => Some(since),
            _ => None,
        }
    }

    /// Signed in, and either to be reached or busy with a call at this moment: somebody is there for callers.
    pub fn is_online(&self) -> bool {
        match self.state {
            AgentState::LoggedOut => false,
            AgentState::OnCall { ref then, .. } => !self.removed && *then != Then::LoggedOut,
            AgentState::NotReady { .. }
            | AgentState::Ready { .. }
            | AgentState::Ringing { .. }
            | AgentState::WrapUp { .. } => self.reachable,
        }
    }

    /// Serves callers now: counts for the estimated wait.
    pub fn is_working(&self) -> bool {
        match self.state {
            AgentState::Ready { .. } => self.reachable,
            AgentState::Ringing { .. } | AgentState::OnCall { .. } | AgentState::WrapUp { .. } => true,
            AgentState::LoggedOut | AgentState::NotReady { .. } => false,
        }
    }

    pub fn rings_for(&self, call: CallId) -> bool {
        matches!(self.state, AgentState::Ringing { call: ringing, .. } if ringing == call)
    }

    pub fn is_on(&self, call: CallId) -> bool {
        matches!(self.state, AgentState::OnCall { call: on, .. } if on == call)
    }

    /// A ring failed: rest a little, longer each time in a row.
    pub fn strike(&mut self, now: Stamp) {
        self.back_off_until = Some(now.plus(BACK_OFF * 2u32.pow(self.strikes.min(BACK_OFF_DOUBLINGS))));
        self.strikes = self.strikes.saturating_add(1);
    }

    pub fn forgive(&mut self) {
        self.strikes = 0;
        self.back_off_until = None;
    }

    /// Ends a ring without an answer. A missed call makes the agent not ready; otherwise idle time goes on.
    pub fn stop_ringing(&mut self, idle_since: Stamp, missed: bool, now: Stamp) {
        if missed {
            self.enter(AgentState::NotReady { reason: NotReadyReason::NoAnswer }, now);
        } else {
            self.enter(AgentState::Ready { since: idle_since }, now);
        }
    }

    /// One of the agent's own clocks has run out.
    pub fn is_due(&self, now: Stamp) -> bool {
        [self.state.until(), self.back_off_until].into_iter().flatten().any(|until| until <= now)
    }
}
