//! Skill groups: as set up, and at run time.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::AgentConfig;

/// Identity of a skill group, as flows and the set-up name it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupId(pub String);

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for GroupId {
    fn from(id: &str) -> Self {
        GroupId(id.to_owned())
    }
}

/// The whole set-up that the machine needs; replaced as one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AcdConfig {
    pub groups: Vec<GroupConfig>,
    pub agents: Vec<AgentConfig>,
}

/// A skill group's rules (A10 to A15).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupConfig {
    pub id: GroupId,
    pub name: String,
    pub strategy: Strategy,
    /// 1 to 90; `None` is off: the phone rings until the caller leaves.
    pub answer_timeout_s: Option<u32>,
    /// 1 to 90, from the end of the agent's call; `None` is off: free at once.
    pub wrap_up_s: Option<u32>,
    /// Offer a returning caller first to the agent who answered last time.
    pub last_agent_first: bool,
}

/// Which of several free agents is rung.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The longest in `Ready` (A13).
    #[default]
    LongestIdle,
    /// The fewest calls answered since sign-in, then the longest in `Ready` (A14, G1).
    FewestCalls,
}

/// A group at run time.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub config: GroupConfig,
    /// Agents signed in and reachable (or on a call).
    pub online: u32,
    /// Moving mean of what one call takes an agent: talk and wrap-up.
    mean_handle_ms: Option<u64>,
}

/// No phone rings longer, also when the answer timeout is off: longer than any caller waits, short enough to free an
/// agent whose phone lost the CANCEL.
const RING_LIMIT: Duration = Duration::from_secs(600);
/// The weight of a new call in the moving mean is one in this many.
const MEAN_OVER: u64 = 8;

impl Group {
    pub fn new(config: GroupConfig) -> Self {
        Group { config, online: 0, mean_handle_ms: None }
    }

    /// The same group under other rules.
    pub fn with(self, config: GroupConfig) -> Self {
        Group { config, ..self }
    }

    pub fn wrap_up(&self) -> Option<Duration> {
        self.config.wrap_up_s.map(|seconds| Duration::from_secs(u64::from(seconds)))
    }

    pub fn add_handled(&mut self, handle_ms: u64) {
        self.mean_handle_ms = Some(match self.mean_handle_ms {
            None => handle_ms,
            Some(mean) => (mean.saturating_mul(MEAN_OVER - 1).saturating_add(handle_ms)) / MEAN_OVER,
        });
    }

    /// Until a call with `ahead` others before it is answered, when `working` agents take them; unknown before the first
    /// call was handled, or while nobody works.
    pub fn estimated_wait_s(&self, ahead: u32, working: u32) -> Option<u32> {
        let total_ms = self.mean_handle_ms?.saturating_mul(u64::from(ahead) + 1);
        total_ms.checked_div(u64::from(working)).map(|ms| u32::try_from(ms / 1000).unwrap_or(u32::MAX))
    }
}

/// How long a phone may ring, and whether that is the group's own answer timeout.
pub(super) fn ring_time(group: Option<&Group>) -> (Duration, bool) {
    match group.and_then(|group| group.config.answer_timeout_s) {
        Some(seconds) => (Duration::from_secs(u64::from(seconds)), true),
        None => (RING_LIMIT, false),
    }
}
