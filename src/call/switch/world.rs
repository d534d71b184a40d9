//! What is set up: replaced as a whole, so that a call never sees half of a change.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::budget::{DailyBudget, Spent};
use crate::acd::AcdConfig;
use crate::ivr::flow::{Flow, NodeKind};
use crate::media::Clip;
use crate::sip::endpoint::Directory;

/// Everything that the switch knows besides the calls themselves.
#[derive(Clone, Debug, Default)]
pub struct World {
    pub numbers: BTreeMap<String, NumberRule>,
    /// The running version of each published flow.
    pub flows: BTreeMap<String, Arc<Published>>,
    /// The drafts that test numbers answer with.
    pub drafts: BTreeMap<String, Arc<Published>>,
    pub groups: BTreeMap<String, GroupRules>,
    pub acd: AcdConfig,
    pub directory: Directory,
    pub sounds: Arc<ClipBook>,
    /// By trunk.
    pub budgets: BTreeMap<String, DailyBudget>,
    /// What trunks have carried out before, once it was read: only when there are budgets.
    pub spent: Option<Vec<Spent>>,
}

impl World {
    /// Whether calls of this target may ask who answered the caller last (A15).
    pub fn asks_for_last_agent(&self, target: &Target) -> bool {
        let published = match target {
            Target::Flow(flow) => self.flows.get(flow),
            Target::Draft(flow) => self.drafts.get(flow),
            Target::Echo | Target::Tone => None,
        };
        self.acd.groups.iter().any(|group| group.last_agent_first) && published.is_some_and(|flow| flow.transfers())
    }

    /// What answers `called`: written with or without `+`.
    pub fn number(&self, called: &str) -> Option<&NumberRule> {
        let bare = called.trim_start_matches('+');
        self.numbers.get(called).or_else(|| self.numbers.get(bare)).or_else(|| self.numbers.get(&format!("+{bare}")))
    }
}

/// What happens to calls of one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberRule {
    pub target: Target,
    /// Milliseconds that the caller hears ringing before the switch answers.
    pub answer_after_ms: u64,
    /// Only agents may dial it: the test number of a draft.
    pub internal: bool,
    /// Calls may come in by it (A22).
    pub takes_calls: bool,
}

/// What answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The flow of this id, in its running version.
    Flow(String),
    /// The draft of the flow of this id.
    Draft(String),
    /// Sends back what it hears.
    Echo,
    /// 1004 Hz at -16 dBm0, for measuring.
    Tone,
}

/// A flow as it was published, with the versions of its subflows that belong to it.
#[derive(Clone, Debug)]
pub struct Published {
    /// From 1; 0 is a draft.
    pub version: i64,
    pub flow: Arc<Flow>,
    pub subflows: BTreeMap<String, Arc<Flow>>,
}

impl Published {
    /// Whether it can put a caller into a skill group's queue.
    fn transfers(&self) -> bool {
        let mut flows = std::iter::once(&self.flow).chain(self.subflows.values());
        flows.any(|flow| flow.nodes.values().any(|node| matches!(node.kind, NodeKind::Transfer(_))))
    }
}

/// A skill group's rules that the ACD does not need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRules {
    pub name: String,
    pub record: bool,
}

/// Every sound that is ready to be played.
#[derive(Debug, Default)]
pub struct ClipBook {
    /// Of the installation, the library, and the tones that are made.
    pub audio: BTreeMap<String, Arc<Clip>>,
    /// By language and text, as rendered at publication.
    pub speech: BTreeMap<(String, String), Arc<Clip>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acd::{GroupConfig, GroupId, Strategy};
    use crate::ivr::check::{Environment, SourceFile, check};

    fn world(last_agent_first: bool, node: &str) -> World {
        let text = format!(
            "ivr: 1\nid: main\nname: Main\nlanguages: [en-US]\nstart: first\n\
             requires: {{ skill_groups: [sales], audio: [moh_calm] }}\nnodes:\n  first: {node}\n  bye: {{ type: end }}\n"
        );
        let checked = check(&SourceFile::new("main.yaml", text.as_bytes()), &Environment::from_requires());
        let flow = Arc::new(checked.flow.expect("the flow is right"));
        let group = GroupConfig {
            id: GroupId::from("sales"),
            name: "Sales".into(),
            strategy: Strategy::default(),
            answer_timeout_s: None,
            wrap_up_s: None,
            last_agent_first,
        };
        World {
            flows: BTreeMap::from([(
                "main".to_owned(),
                Arc::new(Published { version: 1, flow, subflows: BTreeMap::new() }),
            )]),
            acd: AcdConfig { groups: vec![group], agents: Vec::new() },
            ..World::default()
        }
    }

    #[test]
    fn the_last_agent_is_asked_for_only_where_somebody_may_want_to_know() {
        const TRANSFER: &str = "{ type: transfer, skill_group: sales, hold_music: moh_calm, max_wait_s: 60, \
                                on_max_wait: bye, on_no_agents: bye, after_agent_hangup: bye }";
        let asks = |world: World| world.asks_for_last_agent(&Target::Flow("main".to_owned()));
        assert!(asks(world(true, TRANSFER)));
        assert!(!asks(world(false, TRANSFER)), "no group wants the last agent first");
        assert!(!asks(world(true, "{ type: end }")), "the flow has no queue");
        assert!(!world(true, TRANSFER).asks_for_last_agent(&Target::Echo));
    }
}
