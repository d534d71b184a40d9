//! `hours` 上班时间: goes one way when a calendar is open, and the other when it is closed (D22).

use super::{Edge, Pace};
use crate::ivr::flow::{At, CalendarName, NodeName};

#[derive(Clone, Debug, PartialEq)]
pub struct Hours {
    pub calendar: At<CalendarName>,
    pub open: At<NodeName>,
    pub closed: At<NodeName>,
}

impl Hours {
    pub(super) fn edges(&self) -> Vec<Edge> {
        vec![Edge::new("open", &self.open, Pace::Immediate), Edge::new("closed", &self.closed, Pace::Immediate)]
    }
}
