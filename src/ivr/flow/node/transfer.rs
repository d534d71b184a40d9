//! `transfer` 转人工: hands the caller to a skill group and waits with the caller in its queue (D8, A10, A16, A17, P10).

use std::collections::BTreeMap;

use super::{Edge, KeyOption, Pace};
use crate::ivr::flow::read::{COMMON, Fields, NameOf, OPTION, Shape, Table, opt, read_group_choice, read_options, req};
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

pub static TABLE: Table = Table {
    en: "a transfer node",
    zh: "transfer 节点",
    fields: &[
        req("skill_group", Shape::Groups, "Who answers; one group, or one for each language."),
        opt("priority", Shape::Int { min: 0, max: 9 }, "0 normal to 9 first; waiting time still counts."),
        opt("overflow", Shape::List(&OVERFLOW), "Further groups after a while; the caller keeps the place."),
        opt("waiting_prompt", Shape::Name(NameOf::Prompt), "Played once on entering the queue."),
        opt("hold_music", Shape::Name(NameOf::Audio), "Looped while waiting."),
        opt("connected_prompt", Shape::Name(NameOf::Prompt), "Played to the caller when an agent has answered."),
        opt("announce", Shape::List(&ANNOUNCEMENT), "Announcements while waiting."),
        opt("keys", Shape::List(&OPTION), "Keys that are live while waiting."),
        opt("max_wait_s", Shape::Int { min: 1, max: 7200 }, "Seconds after which on_max_wait is taken."),
        opt("on_max_wait", Shape::Name(NameOf::Node), "Where a full wait leads; without it the call ends."),
        opt(
            "on_no_agents",
            Shape::Name(NameOf::Node),
            "Nobody is signed in to the group; without it the caller waits.",
        ),
        opt("after_agent_hangup", Shape::Name(NameOf::Node), "Where the caller goes when the agent has hung up."),
    ],
    shared: &[COMMON],
};

impl Transfer {
    pub(super) fn read(fields: &mut Fields<'_, '_, '_>) -> Self {
        let music = fields.reader.defaults.hold_music.clone();
        Transfer {
            skill_group: read_group_choice(fields, "skill_group"),
            priority: fields.int("priority").unwrap_or(0),
            overflow: fields.list("overflow", Overflow::read),
            waiting_prompt: fields.opt_name("waiting_prompt"),
            hold_music: fields.opt_name("hold_music").or(music),
            connected_prompt: fields.opt_name("connected_prompt"),
            announce: fields.list("announce", Announcement::read),
            keys: read_options(fields, "keys"),
            max_wait_s: fields.int("max_wait_s"),
            on_max_wait: fields.opt_name("on_max_wait"),
            on_no_agents: fields.opt_name("on_no_agents"),
            after_agent_hangup: fields.opt_name("after_agent_hangup"),
        }
    }

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

static OVERFLOW: Table = Table {
    en: "an overflow",
    zh: "溢出",
    fields: &[
        req("after_s", Shape::Int { min: 1, max: 3600 }, "Seconds in the queue."),
        req("skill_group", Shape::Groups, "A group that may answer from then on, too."),
    ],
    shared: &[],
};

impl Overflow {
    fn read(fields: &mut Fields<'_, '_, '_>) -> Self {
        Overflow { after_s: fields.int("after_s").unwrap_or(1), skill_group: read_group_choice(fields, "skill_group") }
    }
}

static ANNOUNCEMENT: Table = Table {
    en: "an announcement",
    zh: "播报",
    fields: &[
        req("prompt", Shape::Name(NameOf::Prompt), "What is said."),
        opt("first_after_s", Shape::Int { min: 0, max: 3600 }, "Seconds in the queue before the first time."),
        opt("every_s", Shape::Int { min: 5, max: 3600 }, "Seconds between two times; without it, once."),
        opt("only_when_changed", Shape::Bool, "Skipped while its variables are as they were."),
    ],
    shared: &[],
};

impl Announcement {
    fn read(fields: &mut Fields<'_, '_, '_>) -> Self {
        Announcement {
            prompt: fields.name("prompt"),
            first_after_s: fields.int("first_after_s").unwrap_or(0),
            every_s: fields.int("every_s"),
            only_when_changed: fields.bool("only_when_changed").unwrap_or(false),
        }
    }
}
