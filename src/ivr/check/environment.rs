//! What exists around a flow: what the checker compares its names with.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::ivr::flow::{
    AudioId, Calendar, CalendarName, Flow, FlowId, GroupId, NodeKind, Pace, ParamName, ParamType, TrunkName,
};

use super::graph::pace_through;

/// Things of one kind by name.
#[derive(Clone, Debug, PartialEq)]
pub enum Known<K: Ord, V> {
    /// Nothing is known: every name counts as there.
    Anything,
    /// What the flow's `requires:` lists counts as there.
    Required,
    /// These, and no others.
    Only(BTreeMap<K, V>),
}

/// What web requests of flows may reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// Anything: the flow was checked before.
    Anything,
    /// Nothing is known of the allow list: every public host counts as on it.
    Public,
    /// Hosts, optionally with a port. A service in the same house is reached only when it stands here with its port.
    Only(Vec<String>),
}

impl Hosts {
    /// `place` is what the URL says, `host:port` or `host`, `full` the same with its port.
    pub fn allow(&self, place: &str, host: &str, full: &str, is_private: bool) -> bool {
        match self {
            Hosts::Anything => true,
            Hosts::Public => !is_private,
            Hosts::Only(list) if is_private => list.iter().any(|entry| entry.eq_ignore_ascii_case(full)),
            Hosts::Only(list) => {
                list.iter().any(|entry| entry.eq_ignore_ascii_case(place) || entry.eq_ignore_ascii_case(host))
            }
        }
    }
}

/// The set-up that a flow is checked against.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    pub skill_groups: Known<GroupId, GroupInfo>,
    pub audio: Known<AudioId, AudioInfo>,
    pub trunks: Known<TrunkName, ()>,
    /// The other flows, by id. A flow's own earlier version may be among them.
    pub flows: Known<FlowId, FlowInfo>,
    /// Calendars of the set-up, beside those of the flow.
    pub calendars: BTreeMap<CalendarName, Calendar>,
    /// What `http` may reach.
    pub http_allow: Hosts,
    /// Whether texts can be spoken; `None` when it is not known.
    pub speech_output: Option<bool>,
    /// Whether spoken keywords are recognised; `None` when it is not known.
    pub speech_input: Option<bool>,
    /// For holidays that are over; `None` leaves them alone.
    pub today: Option<NaiveDate>,
}

impl Environment {
    /// Without a set-up: what the flow's `requires:` lists counts as there, and so does all that it cannot list.
    pub fn from_requires() -> Self {
        Environment {
            skill_groups: Known::Required,
            audio: Known::Required,
            trunks: Known::Anything,
            flows: Known::Anything,
            calendars: BTreeMap::new(),
            http_allow: Hosts::Public,
            speech_output: None,
            speech_input: None,
            today: None,
        }
    }
}

impl Default for Environment {
    fn default() -> Self {
        Environment::from_requires()
    }
}

/// A skill group, as far as flows care.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupInfo {
    /// `None` when nothing is known of its members.
    pub members: Option<usize>,
}

/// A recording of the audio library, as far as flows care.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AudioInfo {
    /// 审核通过 (D15).
    pub approved: bool,
    pub duration_ms: Option<u64>,
    pub flaws: Vec<AudioFlaw>,
}

/// What is wrong with a recording. Those that end a call's prompt in silence are errors, the others warnings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AudioFlaw {
    /// Neither wav nor mp3, or a kind of them that cannot be decoded: what was found instead.
    Format(String),
    /// Above 5 MiB (G12).
    TooLarge {
        bytes: u64,
    },
    /// The file is missing or broken: the reason.
    Unreadable(String),
    Clipping,
    /// Nothing can be heard.
    Silent,
}

/// Another flow, as far as its callers care.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowInfo {
    /// The file that it is in; empty when it is published from elsewhere.
    pub file: String,
    pub params: BTreeMap<ParamName, ParamType>,
    /// The values that every one of its `return` nodes gives; `None` when it has no `return` that can be reached.
    pub returns: Option<BTreeSet<ParamName>>,
    /// The flows that it calls itself.
    pub calls: BTreeSet<FlowId>,
    /// What the caller must do for it to return.
    pub pace: Pace,
}

impl FlowInfo {
    /// What callers of `flow` need to know. `pace` is that of its own nodes: subflows inside count as immediate.
    pub fn of(flow: &Flow, file: &str) -> Self {
        let (reached, pace) = pace_through(flow);
        let returns = reached.iter().filter_map(|name| match &flow.nodes.get(name)?.kind {
            NodeKind::Return(node) => Some(node.values.iter().map(|value| value.param.value.clone()).collect()),
            _ => None,
        });
        let calls = flow.nodes.values().filter_map(|node| match &node.kind {
            NodeKind::Subflow(node) => Some(node.flow.value.clone()),
            _ => None,
        });
        FlowInfo {
            file: file.to_owned(),
            params: flow.params.iter().map(|(name, kind)| (name.clone(), kind.value)).collect(),
            returns: returns.reduce(|a: BTreeSet<ParamName>, b| a.intersection(&b).cloned().collect()),
            calls: calls.collect(),
            pace,
        }
    }

    /// Whether it is made to be called: it has parameters or returns.
    pub fn is_subflow(&self) -> bool {
        !self.params.is_empty() || self.returns.is_some()
    }
}
