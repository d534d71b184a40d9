//! `ticket` 工单: writes a ticket for the call and goes on.

use super::{Edge, Pace};
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

impl Ticket {
    pub(super) fn edges(&self) -> Vec<Edge> {
        vec![Edge::new("next", &self.next, Pace::Immediate)]
    }
}
