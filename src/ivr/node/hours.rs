//! `hours` 上班时间: goes one way when a calendar is open, and the other when it is closed.

use super::step::Go;
use crate::ivr::flow::node::Hours;
use crate::ivr::session::{Cx, EndReason};

pub(super) fn enter<'a>(node: &'a Hours, cx: &mut Cx<'a>) -> Go {
    match cx.flow().and_then(|flow| cx.flows.calendar(flow, &node.calendar.value)) {
        Some(calendar) if calendar.is_open(cx.now.utc) => cx.take("open", &node.open),
        Some(_) => cx.take("closed", &node.closed),
        None => Go::End(EndReason::Fault { what: format!("there is no calendar `{}`", node.calendar.value) }),
    }
}
