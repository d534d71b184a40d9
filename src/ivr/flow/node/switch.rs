//! `switch` 判断: the first case whose condition holds.

use super::{Edge, Pace};
use crate::ivr::check::{Code, say};
use crate::ivr::flow::read::{COMMON, Fields, NameOf, Shape, Table, read_condition, req};
use crate::ivr::flow::{At, Condition, NodeName};
use crate::ivr::yaml::Kind;

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

pub static TABLE: Table = Table {
    en: "a switch node",
    zh: "switch 节点",
    fields: &[
        req("cases", Shape::List(&CASE), "Tried in order."),
        req("else", Shape::Name(NameOf::Node), "Where it leads when no case holds."),
    ],
    shared: &[COMMON],
};

impl Switch {
    pub(super) fn read(fields: &mut Fields<'_, '_, '_>) -> Self {
        let cases = fields.list("cases", Case::read);
        if let Some(tree) = fields.tree("cases").filter(|tree| tree.kind == Kind::List(Vec::new())) {
            fields.reader.error(Code::E110, tree.span, say!("`cases` is empty", "`cases` 是空的"));
        }
        Switch { cases, otherwise: fields.name("else") }
    }

    pub(super) fn edges(&self) -> Vec<Edge> {
        let cases = self
            .cases
            .iter()
            .zip(1..)
            .map(|(case, number)| Edge::new(format!("cases.{number}"), &case.next, Pace::Immediate));
        cases.chain(std::iter::once(Edge::new("else", &self.otherwise, Pace::Immediate))).collect()
    }
}

static CASE: Table = Table {
    en: "a case",
    zh: "条件分支",
    fields: &[
        req("when", Shape::Condition, "A comparison, as `${order_ok} == true`."),
        req("next", Shape::Name(NameOf::Node), "Where it leads."),
    ],
    shared: &[],
};

impl Case {
    /// A case whose condition cannot be read still has its edge, so that nothing else is told because of it.
    fn read(fields: &mut Fields<'_, '_, '_>) -> Self {
        let text = fields.text("when").unwrap_or_else(|| At::new(String::new(), fields.span));
        let when = read_condition(&text.value, text.span, fields.reader);
        Case { when, next: fields.name("next") }
    }
}
