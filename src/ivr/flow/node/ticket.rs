//! `ticket` 工单: writes a ticket for the call and goes on.

use super::{Edge, Pace};
use crate::ivr::flow::read::{COMMON, Fields, NameOf, Shape, Table, opt, req};
use crate::ivr::flow::{At, GroupId, NodeName, Template};

#[derive(Clone, Debug, PartialEq)]
pub struct Ticket {
    pub subject: Template,
    /// Whose ticket it is.
    pub skill_group: At<GroupId>,
    pub body: Option<Template>,
    /// Custom fields by name.
    pub fields: Vec<(At<String>, Template)>,
    pub next: At<NodeName>,
}

pub static TABLE: Table = Table {
    en: "a ticket node",
    zh: "ticket 节点",
    fields: &[
        req("subject", Shape::Template, "What it is about."),
        req("skill_group", Shape::Name(NameOf::Group), "Whose ticket it is."),
        opt("body", Shape::Template, "More text."),
        opt("fields", Shape::Values, "Custom fields by name."),
        req("next", Shape::Name(NameOf::Node), "Where it leads."),
    ],
    shared: &[COMMON],
};

impl Ticket {
    pub(super) fn read(fields: &mut Fields<'_, '_, '_>) -> Self {
        let subject = fields.template("subject").unwrap_or_default();
        let pairs = fields.pairs("fields").into_iter();
        let custom = pairs.map(|(name, text)| (name, fields.reader.template(&text.value, text.span))).collect();
        Ticket {
            subject,
            skill_group: fields.name("skill_group"),
            body: fields.template("body"),
            fields: custom,
            next: fields.name("next"),
        }
    }

    pub(super) fn edges(&self) -> Vec<Edge> {
        vec![Edge::new("next", &self.next, Pace::Immediate)]
    }
}
