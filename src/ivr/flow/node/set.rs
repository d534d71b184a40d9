//! `set` 赋值: gives variables a value, or changes the call's language.

use super::{Edge, Pace};
use crate::ivr::flow::{Assignment, At, NodeName, SystemVar};

#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    /// In the order of the file; never empty. A later one may read an earlier one.
    pub set: Vec<Assignment>,
    pub next: At<NodeName>,
}

impl Set {
    pub(super) fn edges(&self) -> Vec<Edge> {
        let set = self.set.iter().map(|assignment| assignment.var.value.clone());
        let variables = set.filter(|name| SystemVar::named(name.as_str()).is_none());
        vec![Edge::new("next", &self.next, Pace::Immediate).assigning(variables)]
    }
}
