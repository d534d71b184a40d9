//! `transfer` 转人工: hands the caller to a skill group and waits with the caller in its queue (D8, A10, A16, A17, P10).

use std::collections::BTreeMap;

use super::{Edge, KeyOption, Pace};
use crate::ivr::flow::{At, AudioId, GroupId, Language, NodeName, PromptName};

#[derive(Clone, Debug, PartialEq)]
pub struct Transfer {
    pub skill_group: GroupChoice,
    /// 0 normal to 9 first; waiting time still counts.
    pub priority: u32,
    /// Further groups that may answer once the caller has waited so long. The caller keeps the place.
    pub overflow: Vec<Overflow>,
    /// Played once on entering.
    pub waiting_prompt: Option<At<PromptName>>,
    /// Looped meanwhile; keeps its place across announcements (P4).
    pub hold_music: Option<At<AudioId>>,
    /// Played to the caller when an agent has answered; may say `${StaffNo}`.
    pub connected_prompt: Option<At<PromptName>>,
    /// May say `${WaitNo}` and `${Wait}`.
    pub announce: Vec<Announcement>,
    /// Live while the caller waits.
    pub keys: Vec<KeyOption>,
    /// 1 to 7200; without one the caller may wait until the flow's own limit.
    pub max_wait_s: Option<u32>,
    /// Without one the call is ended.
    pub on_max_wait: Option<At<NodeName>>,
    /// Nobody is signed in to the group. Without one the caller waits.
    pub on_no_agents: Option<At<NodeName>>,
    /// Without one the call is ended.
    pub after_agent_hangup: Option<At<NodeName>>,
}

/// One group, or one for each language of the flow.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupChoice {
    One(At<GroupId>),
    ByLanguage(BTreeMap<Language, At<GroupId>>),
}

impl GroupChoice {
    /// The group for a caller who speaks `language`.
    pub fn for_language(&self, language: &Language) -> Option<&GroupId> {
        match self {
            GroupChoice::One(group) => Some(&group.value),
            GroupChoice::ByLanguage(groups) => groups.get(language).map(|group| &group.value),
        }
    }

    /// Every group named.
    pub fn all(&self) -> Vec<&At<GroupId>> {
        match self {
            GroupChoice::One(group) => vec![group],
            GroupChoice::ByLanguage(groups) => groups.values().collect(),
        }
    }
}

/// `{ after_s: 30, skill_group: aftersales }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Overflow {
    /// 1 to 3600, from the moment of entering the queue.
    pub after_s: u32,
    pub skill_group: GroupChoice,
}

/// `{ prompt: queue_position, first_after_s: 15, every_s: 30, only_when_changed: true }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Announcement {
    pub prompt: At<PromptName>,
    /// 0 to 3600.
    pub first_after_s: u32,
    /// 5 to 3600; without one it is played once.
    pub every_s: Option<u32>,
    /// Skipped when the variables that it says are as they were the last time.
    pub only_when_changed: bool,
}

impl Transfer {
    pub(super) fn edges(&self) -> Vec<Edge> {
        let keys = self.keys.iter().map(|option| option.edge("keys"));
        let named = [
            Edge::optional("on_max_wait", self.on_max_wait.as_ref(), Pace::Elapsed),
            Edge::optional("on_no_agents", self.on_no_agents.as_ref(), Pace::Immediate),
            Edge::optional("after_agent_hangup", self.after_agent_hangup.as_ref(), Pace::Caller),
        ];
        keys.chain(named.into_iter().flatten()).collect()
    }
}
