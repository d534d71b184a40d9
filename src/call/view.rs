//! The switch at one moment, for those who only look: the API and the pages.

use serde::Serialize;

use super::event::Direction;
use crate::acd::{AgentView, QueueView};
use crate::base::{CallId, UtcMillis};
use crate::sip::endpoint::TrunkStatus;

/// Everything that is going on. Made when somebody looks; readers share it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct View {
    pub calls: Vec<CallView>,
    pub agents: Vec<AgentView>,
    /// Waiting calls in the order in which they are served.
    pub queue: Vec<QueueView>,
    pub groups: Vec<GroupView>,
    /// Told by `GET /api/v1/trunks`, to administrators.
    #[serde(skip)]
    pub trunks: Vec<TrunkStatus>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallView {
    pub id: CallId,
    pub direction: Direction,
    pub caller: Option<String>,
    pub called: String,
    pub since: UtcMillis,
    /// `flow`, `queued`, `ringing`, `talking`, `ending`.
    pub stage: &'static str,
    pub node: Option<String>,
    pub group: Option<String>,
    pub agent: Option<String>,
    /// `running` or `paused`; `None` when the conversation is not recorded.
    pub recording: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupView {
    pub id: String,
    pub name: String,
    pub waiting: u32,
    pub longest_wait_ms: u64,
    pub ready: u32,
}
