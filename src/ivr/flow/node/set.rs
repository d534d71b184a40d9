//! `set` 赋值: gives variables a value, or changes the call's language.

use super::{Edge, Pace};
use crate::ivr::check::{Code, say};
use crate::ivr::flow::read::{COMMON, Fields, NameOf, Shape, Table, read_assignments, req};
use crate::ivr::flow::{Assignment, At, NodeName, SystemVar};
use crate::ivr::yaml::Kind;

#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    /// In the order of the file; never empty. A later one may read an earlier one.
    pub set: Vec<Assignment>,
    pub next: At<NodeName>,
}

pub static TABLE: Table = Table {
    en: "a set node",
    zh: "set 节点",
    fields: &[
        req("set", Shape::Values, "Variables and their values; `language` is the call's language."),
        req("next", Shape::Name(NameOf::Node), "Where it leads."),
    ],
    shared: &[COMMON],
};

impl Set {
    pub(super) fn read(fields: &mut Fields<'_, '_, '_>) -> Self {
        let set = read_assignments(fields, "set");
        if let Some(tree) = fields.tree("set").filter(|tree| set.is_empty() && tree.kind == Kind::Map(Vec::new())) {
            fields.reader.error(Code::E110, tree.span, say!("`set` is empty", "`set` 是空的"));
        }
        Set { set, next: fields.name("next") }
    }

    pub(super) fn edges(&self) -> Vec<Edge> {
        let set = self.set.iter().map(|assignment| assignment.var.value.clone());
        let variables = set.filter(|name| SystemVar::named(name.as_str()).is_none());
        vec![Edge::new("next", &self.next, Pace::Immediate).assigning(variables)]
    }
}
