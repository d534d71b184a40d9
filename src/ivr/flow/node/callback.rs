//! `callback` 回呼: books a call back to the caller, who may keep the place in the queue (P9).

use super::{Edge, Pace};
use crate::ivr::flow::read::{COMMON, Fields, NameOf, Shape, Table, opt, req};
use crate::ivr::flow::{At, CalendarName, GroupId, NodeName, Span, Template};

#[derive(Clone, Debug, PartialEq)]
pub struct Callback {
    /// `${CallerNumber}` unless the file says otherwise.
    pub number: Template,
    /// Whose agents call back; without one, the group whose queue the caller has just left.
    pub skill_group: Option<At<GroupId>>,
    pub keep_position: bool,
    /// 1 to 10.
    pub attempts: u32,
    /// 60 to 86400.
    pub retry_after_s: u32,
    /// Attempts are made only while it is open.
    pub calendar: Option<At<CalendarName>>,
    pub next: At<NodeName>,
    /// The number is empty: the caller withheld it.
    pub on_no_number: At<NodeName>,
}

pub static TABLE: Table = Table {
    en: "a callback node",
    zh: "callback 节点",
    fields: &[
        opt("number", Shape::Template, "Whom to call; ${CallerNumber} without it."),
        opt("skill_group", Shape::Name(NameOf::Group), "Whose agents call; the group just waited for without it."),
        opt("keep_position", Shape::Bool, "The caller keeps the place in the queue; true without it."),
        opt("attempts", Shape::Int { min: 1, max: 10 }, "How often it is tried."),
        opt("retry_after_s", Shape::Int { min: 60, max: 86_400 }, "Seconds between two attempts."),
        opt("calendar", Shape::Name(NameOf::Calendar), "Attempts are made only while it is open."),
        req("next", Shape::Name(NameOf::Node), "Where it leads."),
        req("on_no_number", Shape::Name(NameOf::Node), "Where a caller who withholds the number goes."),
    ],
    shared: &[COMMON],
};

impl Callback {
    pub(super) fn read(fields: &mut Fields<'_, '_, '_>) -> Self {
        let own = || Template::parse("${CallerNumber}", Span::default());
        Callback {
            number: fields.template("number").unwrap_or_else(own),
            skill_group: fields.opt_name("skill_group"),
            keep_position: fields.bool("keep_position").unwrap_or(true),
            attempts: fields.int("attempts").unwrap_or(3),
            retry_after_s: fields.int("retry_after_s").unwrap_or(600),
            calendar: fields.opt_name("calendar"),
            next: fields.name("next"),
            on_no_number: fields.name("on_no_number"),
        }
    }

    pub(super) fn edges(&self) -> Vec<Edge> {
        vec![
            Edge::new("next", &self.next, Pace::Immediate),
            Edge::new("on_no_number", &self.on_no_number, Pace::Immediate),
        ]
    }
}
