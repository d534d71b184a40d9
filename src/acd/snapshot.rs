//! What survives a restart, or moves to another node: agents, wrap-up deadlines, places in the queue (P2, P17).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{AgentNo, AgentState, GroupId, LastAgent, Place};
use crate::base::{CallId, UtcMillis};

/// The state of the machine as plain rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub agents: Vec<AgentRecord>,
    /// In the order of the queue.
    pub queue: Vec<QueueRecord>,
    /// Groups whose callbacks rest.
    pub callbacks_closed: BTreeSet<GroupId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRecord {
    pub no: AgentNo,
    pub state: AgentState<UtcMillis>,
    pub changed_at: UtcMillis,
    pub reachable: bool,
    pub answered: u32,
    pub strikes: u32,
    pub back_off_until: Option<UtcMillis>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRecord {
    pub call: CallId,
    pub place: Place,
    pub groups: Vec<GroupId>,
    pub caller: Option<String>,
    pub last_agent: Option<LastAgent>,
    pub tried: BTreeMap<AgentNo, u32>,
    pub callback: Option<CallbackRecord>,
}

/// What makes a queue entry a callback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackRecord {
    pub number: String,
    pub attempts_left: u8,
    pub retry_after_s: u32,
    pub not_before: UtcMillis,
    /// Who has it in hand.
    pub lease: Option<AgentNo>,
}

/// What is really up, as the switch knows it: the measure for `restore` and `reconcile`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Live {
    /// Answered dialogs between an agent and a call.
    pub dialogs: BTreeSet<(AgentNo, CallId)>,
    /// Calls whose caller is on the line.
    pub calls: BTreeSet<CallId>,
}
