//! Skill groups as set up.

use std::fmt;

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
