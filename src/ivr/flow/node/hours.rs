//! `hours` 上班时间: goes one way when a calendar is open, and the other when it is closed (D22).

use super::{Edge, Pace};
use crate::ivr::flow::read::{COMMON, Fields, NameOf, Shape, Table, req};
use crate::ivr::flow::{At, CalendarName, NodeName};

#[derive(Clone, Debug, PartialEq)]
pub struct Hours {
    pub calendar: At<CalendarName>,
    pub open: At<NodeName>,
    pub closed: At<NodeName>,
}

pub static TABLE: Table = Table {
    en: "an hours node",
    zh: "hours 节点",
    fields: &[
        req("calendar", Shape::Name(NameOf::Calendar), "A calendar of `hours:`, or one of the set-up."),
        req("open", Shape::Name(NameOf::Node), "Where it leads while open."),
        req("closed", Shape::Name(NameOf::Node), "Where it leads while closed."),
    ],
    shared: &[COMMON],
};

impl Hours {
    pub(super) fn read(fields: &mut Fields<'_, '_, '_>) -> Self {
        Hours { calendar: fields.name("calendar"), open: fields.name("open"), closed: fields.name("closed") }
    }

    pub(super) fn edges(&self) -> Vec<Edge> {
        vec![Edge::new("open", &self.open, Pace::Immediate), Edge::new("closed", &self.closed, Pace::Immediate)]
    }
}
