//! What `branch`, `collect` and a waiting `transfer` share: options with keywords, and the two counters of retries.

use super::{Edge, Pace};
use crate::ivr::flow::value::Assignment;
use crate::ivr::flow::{At, NodeName, PromptName, SystemVar};

/// `{ name: 售前, keywords: ["1", "售前"], set: { language: zh-CN }, next: to_presales }`.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyOption {
    /// For people and for the record; unique within its node.
    pub name: At<String>,
    /// Keys of a phone (`0`-`9`, `*`, `#`, one or more) or spoken words, after NFKC and case folding.
    pub keywords: Vec<At<String>>,
    pub set: Vec<Assignment>,
    pub next: At<NodeName>,
}

impl KeyOption {
    /// The keywords that a phone can key in.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.keywords.iter().map(|keyword| keyword.value.as_str()).filter(|keyword| is_keys(keyword))
    }

    pub(super) fn edge(&self, list: &str) -> Edge {
        let set = self.set.iter().map(|assignment| assignment.var.value.clone());
        let variables = set.filter(|name| SystemVar::named(name.as_str()).is_none());
        Edge::new(format!("{list}.{}", self.name.value), &self.next, Pace::Caller).assigning(variables)
    }
}

/// Whether `text` is one or more keys of a phone.
pub fn is_keys(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'*' || b == b'#')
}

/// Waiting for keys and asking again. Both counters count per visit and start again when the node is entered again.
#[derive(Clone, Debug, PartialEq)]
pub struct Retries {
    /// Played when nothing is keyed (A19): the 1st at the first silence, the 2nd at the second, the last from then on.
    pub timeout_prompt: Vec<At<PromptName>>,
    /// Played at a wrong key: the 1st at the first, and so on.
    pub error_prompt: Vec<At<PromptName>>,
    /// 1 to 60: how long to wait for the first key, from the end of the prompt.
    pub timeout_s: u32,
    /// 1 to 10: how long to wait for a further key.
    pub inter_digit_s: u32,
    /// 0 to 9: errors ABOVE this take `on_max_errors` (A18, G2).
    pub max_errors: u32,
    /// 0 to 9: silences ABOVE this take `on_max_timeouts`.
    pub max_timeouts: u32,
    /// A key press stops the prompt.
    pub barge_in: bool,
    /// Without one the call is ended.
    pub on_max_errors: Option<At<NodeName>>,
    /// Without one the call is ended.
    pub on_max_timeouts: Option<At<NodeName>>,
}

impl Retries {
    pub(super) fn edges(&self) -> impl Iterator<Item = Edge> {
        let errors = Edge::optional("on_max_errors", self.on_max_errors.as_ref(), Pace::Elapsed);
        let timeouts = Edge::optional("on_max_timeouts", self.on_max_timeouts.as_ref(), Pace::Elapsed);
        errors.into_iter().chain(timeouts)
    }
}
