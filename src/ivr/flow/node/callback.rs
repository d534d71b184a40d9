//! `callback` 回呼: books a call back to the caller, who may keep the place in the queue (P9).

use super::{Edge, Pace};
use crate::ivr::flow::{At, CalendarName, GroupId, NodeName, Template};

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

impl Callback {
    pub(super) fn edges(&self) -> Vec<Edge> {
        vec![
            Edge::new("next", &self.next, Pace::Immediate),
            Edge::new("on_no_number", &self.on_no_number, Pace::Immediate),
        ]
    }
}
