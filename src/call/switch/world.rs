//! What is set up: replaced as a whole, so that a call never sees half of a change.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::budget::{DailyBudget, Spent};
use crate::acd::AcdConfig;
use crate::ivr::flow::Flow;
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
