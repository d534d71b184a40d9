//! What a flow wants done.

use super::calls::Program;
use super::core::Switch;
use super::leg::Party;
use super::output::{HttpRequest, Output};
use super::talk::Limits;
use crate::acd::{self, Enqueue, GroupId};
use crate::base::{CallId, Now};
use crate::call::event::{EndCause, EndedBy, KeySource, LeaveReason, PromptEnd, What};
use crate::call::live::PathStep;
use crate::ivr::session::{self as ivr, EndReason, FlowEvent, Input as FlowInput, Limit, QueueExit};

/// Nodes that the card of a caller shows; the record has all.
const MAX_PATH: usize = 100;
/// Stands in the record for a key that is nobody's business.
const MASK: char = '•';

impl Switch {
    /// Hands `input` to the flow of a call and does what it wants then.
    pub(super) fn tell_flow(&mut self, id: CallId, input: FlowInput, now: Now) {
        let Some(call) = self.call_mut(id) else { return };
        let Program::Flow(session) = &mut call.program else { return };
        session.handle(input, now);
        self.drain_flow(id, now);
    }

    /// Does everything that the flow of a call wants.
    pub(super) fn drain_flow(&mut self, id: CallId, now: Now) {
        loop {
            let Some(call) = self.call_mut(id) else { return };
            let Program::Flow(session) = &mut call.program else { return };
            let Some(output) = session.poll_output() else { return };
            self.on_flow(id, output, now);
        }
    }

    fn on_flow(&mut self, id: CallId, output: ivr::Output, now: Now) {
        match output {
            ivr::Output::Play { play, segments, .. } => self.play(id, play, segments, now),
            ivr::Output::StopPlay { play } => self.stop_play(id, play),
            ivr::Output::Music { audio } => self.music(id, audio),
            ivr::Output::Enqueue { group, priority } => {
                self.enqueue(id, group, u8::try_from(priority).unwrap_or(u8::MAX), now)
            }
            ivr::Output::Widen { group } => self.acd.handle(acd::Input::Widen { call: id, group: GroupId(group) }, now),
            ivr::Output::LeaveQueue { reason } => {
                let why = match reason {
                    QueueExit::MaxWait => acd::LeaveReason::MaxWait,
                    QueueExit::NoAgents => acd::LeaveReason::NoAgents,
                    QueueExit::Key => acd::LeaveReason::Key,
                    QueueExit::Failed | QueueExit::FlowEnded => acd::LeaveReason::Removed,
                };
                self.acd.handle(acd::Input::Leave { call: id, why }, now);
            }
            ivr::Output::ConnectAgent { .. } => self.connect_agent(id, now),
            ivr::Output::Http { request, method, url, headers, body, timeout_ms } => {
                let http = HttpRequest { method, url, headers, body, timeout_ms };
                self.outputs.push_back(Output::Http { call: id, request, http });
            }
            ivr::Output::CancelHttp { request } => self.outputs.push_back(Output::CancelHttp { call: id, request }),
            ivr::Output::RecordVoicemail { voicemail, max_ms, min_ms, group, .. } => {
                let limits = Limits { min_ms, max_ms };
                self.record_voicemail(id, voicemail, limits, group, now);
            }
            ivr::Output::StopVoicemail { voicemail } => self.stop_voicemail(id, voicemail),
            ivr::Output::BookCallback { number, group, priority, attempts, retry_after_s, calendar, place_ms } => {
                let priority = u8::try_from(priority).unwrap_or(u8::MAX);
                let booking = acd::BookCallback {
                    call: id,
                    group: GroupId(group),
                    number: Some(number),
                    place: place_ms.map(|waited_ms| acd::Place::kept(waited_ms, priority, now)),
                    hours: calendar.and_then(|calendar| self.hours_of(id, &calendar)),
                    attempts: u8::try_from(attempts).unwrap_or(u8::MAX),
                    retry_after_s,
                };
                self.acd.handle(acd::Input::BookCallback(booking), now);
            }
            ivr::Output::Dial { dial, number, trunk, caller_id, .. } => {
                self.dial_outside(id, Party::Outside { dial, number, trunk, caller_id });
            }
            ivr::Output::ConnectDialled { dial } => self.connect_dialled(id, dial),
            ivr::Output::HangUpDialled { dial } => self.hang_up_dialled(id, dial, now),
            // The event of the same name, which follows, is the record of it.
            ivr::Output::Ticket { .. } => {}
            ivr::Output::Event { event } => self.record_flow_event(id, event, now),
            ivr::Output::End { reason, .. } => self.on_flow_ended(id, &reason, now),
        }
    }

    fn enqueue(&mut self, id: CallId, group: String, priority: u8, now: Now) {
        let Some(call) = self.call_mut(id) else { return };
        call.group = Some(group.clone());
        call.queued_at = Some(now.instant);
        let enqueue = Enqueue {
            call: id,
            group: GroupId(group.clone()),
            priority,
            caller: call.caller.clone(),
            last_agent: call.last_agent.clone(),
            place: None,
        };
        self.acd.handle(acd::Input::Enqueue(enqueue), now);
        let ahead = self.acd.ahead(id).unwrap_or(0);
        if let Some(call) = self.call_mut(id) {
            call.record(None, What::Queued { group, priority, ahead }, now);
        }
    }

    pub(super) fn record_flow_event(&mut self, id: CallId, event: FlowEvent, now: Now) {
        let Some(call) = self.call_mut(id) else { return };
        if let FlowEvent::NodeEntered { node, label, .. } = &event
            && call.path.len() < MAX_PATH
        {
            call.path.push(PathStep { node: node.clone(), label: label.clone(), keys: String::new(), at: now.utc });
        }
        if let (FlowEvent::Key { digit, masked }, Some(step)) = (&event, call.path.last_mut()) {
            step.keys.push(if *masked { MASK } else { *digit });
        }
        let by = call.last_way.unwrap_or(KeySource::Rfc4733);
        if let Some(what) = recorded(event, by) {
            call.record(Some(0), what, now);
        }
    }

    fn on_flow_ended(&mut self, id: CallId, reason: &EndReason, now: Now) {
        let (cause, by) = match reason {
            EndReason::FlowEnd => (EndCause::FlowEnded, EndedBy::Flow),
            EndReason::MaxErrors => (EndCause::MaxErrors, EndedBy::Flow),
            EndReason::MaxTimeouts => (EndCause::MaxTimeouts, EndedBy::Flow),
            EndReason::NoEdge { .. } => (EndCause::NoEdge, EndedBy::Flow),
            EndReason::AgentHungUp => (EndCause::HungUp, EndedBy::Agent),
            EndReason::Limit { limit } => (limited(*limit), EndedBy::Flow),
            EndReason::Fault { what } => {
                self.alarm(format!("call {id}: the flow met a fault that its checks did not find: {what}"), now);
                (EndCause::FlowFault, EndedBy::Flow)
            }
            // The end of the call is what told the flow.
            EndReason::CallerHungUp => return,
        };
        self.end_call(id, cause, by, now);
    }

    /// Who is calling is known: the card of the pop, and whom the caller talked to last.
    pub(super) fn on_caller_known(
        &mut self,
        id: CallId,
        card: Option<crate::call::live::CustomerCard>,
        last_agent: Option<acd::LastAgent>,
        now: Now,
    ) {
        let Some(call) = self.call_mut(id) else { return };
        // Two answers come, from the last calls and from the record: what one does not know, the other may.
        let is_news = card.is_some() && call.customer != card;
        call.customer = card.or(call.customer.take());
        call.last_agent = last_agent.or(call.last_agent.take());
        if is_news && call.on_line.is_some() {
            self.on_line_customer(id, now);
        }
    }
}

fn limited(limit: Limit) -> EndCause {
    match limit {
        Limit::Steps => EndCause::LimitSteps,
        Limit::Entries => EndCause::LimitEntries,
        Limit::Minutes => EndCause::LimitMinutes,
    }
}

/// The record of a flow's event; `None` when the switch records it itself.
fn recorded(event: FlowEvent, by: KeySource) -> Option<What> {
    Some(match event {
        FlowEvent::NodeEntered { node, kind, label, .. } => What::NodeEntered { node, kind, label },
        FlowEvent::Branch { node, outcome, .. } => What::Branch { node, outcome },
        FlowEvent::PromptStarted { prompt, language } => What::PromptStarted { prompt, language },
        FlowEvent::PromptEnded { prompt, by } => What::PromptEnded { prompt, by: prompt_end(by) },
        FlowEvent::Key { digit, masked } => What::Key { digit: if masked { MASK } else { digit }, by, masked },
        FlowEvent::WrongEntry { node, count } => What::WrongEntry { node, count },
        FlowEvent::NoEntry { node, count } => What::NoEntry { node, count },
        FlowEvent::VariableSet { name, value } => What::VariableSet { name, value },
        FlowEvent::LanguageSet { language } => What::LanguageSet { language },
        FlowEvent::Widened { group } => What::Overflowed { group },
        FlowEvent::LeftQueue { reason } => What::LeftQueue {
            reason: match reason {
                QueueExit::MaxWait => LeaveReason::MaxWait,
                QueueExit::NoAgents => LeaveReason::NoAgents,
                QueueExit::Key => LeaveReason::Key,
                QueueExit::Failed | QueueExit::FlowEnded => LeaveReason::Removed,
            },
        },
        FlowEvent::HttpEnded { node, attempt, outcome } => What::HttpEnded { node, attempt, outcome },
        FlowEvent::VoicemailEnded { duration_ms, kept } => What::VoicemailEnded { duration_ms, kept },
        FlowEvent::CallbackBooked { number, group } => What::CallbackBooked { number, group: Some(group) },
        FlowEvent::CallbackRefused { reason } => What::CallbackRefused { reason },
        FlowEvent::DialEnded { number, outcome } => What::DialEnded { number, outcome },
        FlowEvent::TicketRequested { subject, group } => What::TicketRequested { subject, group: Some(group) },
        // With the place in the queue, when the skill groups have taken the call.
        FlowEvent::Queued { .. } => return None,
    })
}

fn prompt_end(by: ivr::PromptEnd) -> PromptEnd {
    match by {
        ivr::PromptEnd::Played => PromptEnd::Played,
        ivr::PromptEnd::BargedIn => PromptEnd::BargedIn,
        ivr::PromptEnd::Cut => PromptEnd::Cut,
    }
}
