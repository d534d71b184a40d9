//! `switch` 判断: the first case whose condition holds.

use super::{Edge, Pace};
use crate::ivr::flow::{At, Condition, NodeName};

#[derive(Clone, Debug, PartialEq)]
pub struct Switch {
    /// Never empty.
    pub cases: Vec<Case>,
    /// `else:`, when no case holds.
    pub otherwise: At<NodeName>,
}

/// `{ when: "${order_ok} == true", next: tell_eta }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    pub when: Condition,
    pub next: At<NodeName>,
}

impl Switch {
    pub(super) fn edges(&self) -> Vec<Edge> {
        let cases = self
            .cases
            .iter()
            .zip(1..)
            .map(|(case, number)| Edge::new(format!("cases.{number}"), &case.next, Pace::Immediate));
        cases.chain(std::iter::once(Edge::new("else", &self.otherwise, Pace::Immediate))).collect()
    }
}
