//! `collect` 收号: takes a number of digits into a variable.

use super::{Edge, Pace, Retries};
use crate::ivr::flow::{At, NodeName, PromptName, VarName};

#[derive(Clone, Debug, PartialEq)]
pub struct Collect {
    pub prompt: At<PromptName>,
    /// Of type `digits`, `string` or `int`.
    pub into: At<VarName>,
    pub digits: DigitCount,
    pub retries: Retries,
    pub next: At<NodeName>,
}

/// How many digits, and the key that ends them early. The end key is not part of the digits.
#[derive(Clone, Debug, PartialEq)]
pub struct DigitCount {
    /// 1 to 32. Fewer digits are a wrong key.
    pub min: u32,
    /// `min` to 32. The last one ends the input at once.
    pub max: u32,
    /// One of `0`-`9`, `*`, `#`.
    pub end_key: Option<char>,
}

impl Collect {
    pub(super) fn edges(&self) -> Vec<Edge> {
        let next = Edge::new("next", &self.next, Pace::Caller).assigning([self.into.value.clone()]);
        std::iter::once(next).chain(self.retries.edges()).collect()
    }
}
