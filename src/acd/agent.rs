//! One agent: one state for all groups, so that nobody is on two calls and wrap-up holds everywhere (A9, G7, P2).

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::GroupId;
use crate::base::CallId;

/// Staff number (`${StaffNo}`), also the SIP user name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AgentNo(pub String);

impl fmt::Display for AgentNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for AgentNo {
    fn from(no: &str) -> Self {
        AgentNo(no.to_owned())
    }
}

/// An agent as set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentConfig {
    pub no: AgentNo,
    pub name: String,
    pub groups: BTreeSet<GroupId>,
}

/// What an agent does. `T` is the type of its times: the machine's own inside, [`UtcMillis`](crate::base::UtcMillis) outside.
///
/// Every state that a call or a clock must end carries what ends it: `Ringing` and `WrapUp` a deadline, `OnCall` its call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AgentState<T> {
    LoggedOut,
    NotReady {
        reason: NotReadyReason,
    },
    /// Free. `since` counts idle time; a ring that the caller gave up does not restart it.
    Ready {
        since: T,
    },
    Ringing {
        call: CallId,
        group: GroupId,
        /// When the call is passed on.
        until: T,
        /// False when the answer timeout is off and `until` is only the limit that no phone exceeds.
        timed: bool,
        idle_since: T,
    },
    OnCall {
        call: CallId,
        /// Whose wrap-up applies; none for calls that no group gave.
        group: Option<GroupId>,
        then: Then,
    },
    WrapUp {
        until: T,
        then: Then,
    },
}

/// What an agent becomes when call and wrap-up are over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    Ready,
    NotReady(NotReadyReason),
    LoggedOut,
}

/// Why an agent takes no calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotReadyReason {
    /// Signed in, not yet ready.
    SignedIn,
    /// 未应答: a call rang out. One click (`SetReady`) leads back (P15).
    NoAnswer,
    /// The agent's own words or choice: `lunch`, `小休`.
    Chosen(String),
}

impl NotReadyReason {
    /// A chosen reason is cut at this many characters.
    pub const MAX_CHARS: usize = 64;

    pub(super) fn chosen(text: &str) -> Self {
        NotReadyReason::Chosen(text.chars().take(Self::MAX_CHARS).collect())
    }

    /// The name that the API and records use.
    pub fn name(&self) -> &str {
        match self {
            NotReadyReason::SignedIn => "signed_in",
            NotReadyReason::NoAnswer => "no_answer",
            NotReadyReason::Chosen(text) => text,
        }
    }
}

impl<T: Copy> AgentState<T> {
    /// The call that rings or is up.
    pub fn call(&self) -> Option<CallId> {
        match self {
            AgentState::Ringing { call, .. } | AgentState::OnCall { call, .. } => Some(*call),
            AgentState::LoggedOut
            | AgentState::NotReady { .. }
            | AgentState::Ready { .. }
            | AgentState::WrapUp { .. } => None,
        }
    }

    /// When the state ends by itself.
    pub fn until(&self) -> Option<T> {
        match self {
            AgentState::Ringing { until, .. } | AgentState::WrapUp { until, .. } => Some(*until),
            AgentState::LoggedOut
            | AgentState::NotReady { .. }
            | AgentState::Ready { .. }
            | AgentState::OnCall { .. } => None,
        }
    }

    /// The name that the API and records use.
    pub fn name(&self) -> &'static str {
        match self {
            AgentState::LoggedOut => "logged_out",
            AgentState::NotReady { .. } => "not_ready",
            AgentState::Ready { .. } => "ready",
            AgentState::Ringing { .. } => "ringing",
            AgentState::OnCall { .. } => "on_call",
            AgentState::WrapUp { .. } => "wrap_up",
        }
    }

    /// The same state with its times in another type.
    pub(super) fn map_time<U>(&self, time: impl Fn(T) -> U) -> AgentState<U> {
        match self.clone() {
            AgentState::LoggedOut => AgentState::LoggedOut,
            AgentState::NotReady { reason } => AgentState::NotReady { reason },
            AgentState::Ready { since } => AgentState::Ready { since: time(since) },
            AgentState::Ringing { call, group, until, timed, idle_since } => {
                AgentState::Ringing { call, group, until: time(until), timed, idle_since: time(idle_since) }
            }
            AgentState::OnCall { call, group, then } => AgentState::OnCall { call, group, then },
            AgentState::WrapUp { until, then } => AgentState::WrapUp { until: time(until), then },
        }
    }
}
