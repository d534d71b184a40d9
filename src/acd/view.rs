//! What desks, the wallboard and the API see, with the reasons why an agent gets no calls (P1).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::machine::Acd;
use super::queue::Entry;
use super::seat::Seat;
use super::{AgentNo, AgentState, GroupId, NotReadyReason};
use crate::base::{CallId, Now, UtcMillis};

/// One agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgentView {
    pub no: AgentNo,
    pub name: String,
    pub groups: BTreeSet<GroupId>,
    #[serde(flatten)]
    pub state: AgentState<UtcMillis>,
    /// When this state began.
    pub changed_at: UtcMillis,
    pub reachable: bool,
    /// Calls answered since sign-in (what [`Strategy::FewestCalls`](super::Strategy::FewestCalls) compares).
    pub answered: u32,
    /// Empty exactly when the agent would be rung for the next call of these groups.
    pub why_no_calls: Vec<WhyNoCalls>,
}

/// A reason why this agent is not rung.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum WhyNoCalls {
    LoggedOut,
    NotReady {
        reason: NotReadyReason,
    },
    /// No registration or heartbeat of the phone.
    Unreachable,
    /// The phone was busy, refused or failed; it is tried again then.
    BackOff {
        until: UtcMillis,
    },
    Ringing {
        call: CallId,
    },
    OnCall {
        call: CallId,
    },
    WrapUp {
        until: UtcMillis,
    },
    /// The agent is in no group.
    NoGroups,
    /// The agent is no longer in the set-up and finishes the present call.
    Removed,
}

/// One waiting call or callback, in the order of the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QueueView {
    pub call: CallId,
    /// The first is where it was queued; the others were added by overflow.
    pub groups: Vec<GroupId>,
    pub priority: u8,
    pub queued_at: UtcMillis,
    pub caller: Option<String>,
    /// Waiting callers of the same groups that are served before this one.
    pub ahead: u32,
    pub estimated_wait_s: Option<u32>,
    /// The agent whose phone rings for it, or who has the callback.
    pub agent: Option<AgentNo>,
    /// How often agents were rung in vain.
    pub attempts: u32,
    /// Set for a callback: the number, and not before when.
    pub callback: Option<String>,
    pub not_before: Option<UtcMillis>,
}

impl Acd {
    pub fn agents(&self, now: Now) -> Vec<AgentView> {
        self.seats.values().map(|seat| view(seat, now)).collect()
    }

    pub fn agent(&self, agent: &AgentNo, now: Now) -> Option<AgentView> {
        self.seats.get(agent).map(|seat| view(seat, now))
    }

    /// In the order in which they are served.
    pub fn queue(&self, now: Now) -> Vec<QueueView> {
        let working = self.working();
        let rows = self.queue.ahead().into_iter().filter_map(|(call, ahead)| Some((self.queue.get(call)?, ahead)));
        rows.map(|(entry, ahead)| self.queue_view(entry, ahead, &working, now)).collect()
    }

    /// `${WaitNo}` of a waiting call.
    pub fn ahead(&self, call: CallId) -> Option<u32> {
        self.queue.ahead().into_iter().find(|(waiting, _)| *waiting == call).map(|(_, ahead)| ahead)
    }

    fn queue_view(&self, entry: &Entry, ahead: u32, working: &BTreeMap<GroupId, u32>, now: Now) -> QueueView {
        let callback = entry.callback.as_ref();
        QueueView {
            call: entry.call,
            groups: entry.groups().cloned().collect(),
            priority: entry.place.priority,
            queued_at: entry.place.queued_at.to_utc(now),
            caller: entry.caller.clone(),
            ahead,
            estimated_wait_s: self.estimated_wait_s(&entry.home, ahead, working),
            agent: entry.agent().cloned(),
            attempts: entry.tried.values().fold(0, |sum, tried| sum.saturating_add(*tried)),
            callback: callback.map(|callback| callback.number.clone()),
            not_before: callback.and_then(|callback| callback.not_before).map(|at| at.to_utc(now)),
        }
    }

    /// Agents of each group who serve callers now.
    pub(super) fn working(&self) -> BTreeMap<GroupId, u32> {
        let mut working = BTreeMap::new();
        for group in self.seats.values().filter(|seat| seat.is_working()).flat_map(|seat| &seat.groups) {
            *working.entry(group.clone()).or_default() += 1;
        }
        working
    }

    pub(super) fn estimated_wait_s(
        &self,
        group: &GroupId,
        ahead: u32,
        working: &BTreeMap<GroupId, u32>,
    ) -> Option<u32> {
        self.groups.get(group)?.estimated_wait_s(ahead, working.get(group).copied().unwrap_or(0))
    }
}

fn view(seat: &Seat, now: Now) -> AgentView {
    AgentView {
        no: seat.no.clone(),
        name: seat.name.clone(),
        groups: seat.groups.clone(),
        state: seat.state.map_time(|at| at.to_utc(now)),
        changed_at: seat.changed_at.to_utc(now),
        reachable: seat.reachable,
        answered: seat.answered,
        why_no_calls: why_no_calls(seat, now),
    }
}

fn why_no_calls(seat: &Seat, now: Now) -> Vec<WhyNoCalls> {
    let mut why = Vec::new();
    match &seat.state {
        AgentState::LoggedOut => why.push(WhyNoCalls::LoggedOut),
        AgentState::NotReady { reason } => why.push(WhyNoCalls::NotReady { reason: reason.clone() }),
        AgentState::Ready { .. } => {}
        AgentState::Ringing { call, .. } => why.push(WhyNoCalls::Ringing { call: *call }),
        AgentState::OnCall { call, .. } => why.push(WhyNoCalls::OnCall { call: *call }),
        AgentState::WrapUp { until, .. } => why.push(WhyNoCalls::WrapUp { until: until.to_utc(now) }),
    }
    if !seat.reachable {
        why.push(WhyNoCalls::Unreachable);
    }
    if let Some(until) = seat.back_off_until {
        why.push(WhyNoCalls::BackOff { until: until.to_utc(now) });
    }
    if seat.removed {
        why.push(WhyNoCalls::Removed);
    } else if seat.groups.is_empty() {
        why.push(WhyNoCalls::NoGroups);
    }
    why
}
