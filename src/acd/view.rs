//! What desks, the wallboard and the API see, with the reasons why an agent gets no calls (P1).

use std::collections::BTreeSet;

use serde::Serialize;

use super::{AgentNo, AgentState, GroupId, NotReadyReason};
use crate::base::{CallId, UtcMillis};

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
