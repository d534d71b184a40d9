//! `ticket` 工单: writes a ticket for the call and goes on.

use super::step::Go;
use crate::ivr::flow::node::Ticket;
use crate::ivr::session::{Cx, FlowEvent, Output};

pub(super) fn enter<'a>(node: &'a Ticket, cx: &mut Cx<'a>) -> Go {
    let subject = cx.render(&node.subject);
    let group = node.skill_group.to_string();
    let body = node.body.as_ref().map(|body| cx.render(body));
    let fields = node.fields.iter().map(|(name, value)| (name.value.clone(), cx.render(value))).collect();
    cx.emit(Output::Ticket { subject: subject.clone(), group: group.clone(), body, fields });
    cx.event(FlowEvent::TicketRequested { subject, group });
    cx.take("next", &node.next)
}
