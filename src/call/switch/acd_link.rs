//! What the skill groups want done.

use super::core::Switch;
use super::output::Output;
use crate::acd::{self, AgentNo, AgentState, AgentView, StopReason};
use crate::base::{CallId, Now};
use crate::call::event::{RingEnd, What};
use crate::call::live::Live;
use crate::ivr::session::Input as FlowInput;

impl Switch {
    pub(super) fn on_acd(&mut self, output: acd::Output, now: Now) {
        match output {
            acd::Output::Ring { call, agent, group, until, waited_ms, callback } => {
                let ring = super::ring::Ring { agent: agent.0, group: group.0, until, waited_ms };
                match callback {
                    Some(number) => self.ring_for_callback(call, ring, number, now),
                    None => self.ring(call, ring, now),
                }
            }
            acd::Output::StopRinging { call, agent, why } => {
                let call = self.call_of(call);
                self.stop_ringing(call, &agent.0, ring_end(why), now);
                self.drop_untaken(call, now);
            }
            acd::Output::Connect { call, agent, group, waited_ms } => {
                self.on_agent_answered(self.call_of(call), agent.0, group.0, waited_ms, now);
            }
            acd::Output::LateAnswer { call, agent } => {
                let call = self.call_of(call);
                self.hang_up_agent(call, &agent.0, now);
                self.drop_untaken(call, now);
            }
            acd::Output::Position { call, ahead, estimated_wait_s } => {
                self.tell_flow(call, FlowInput::QueuePosition { ahead, estimate_s: estimated_wait_s }, now);
                let group = self.calls.get(&call).and_then(|call| call.group.clone()).unwrap_or_default();
                self.live(Live::Queue { call, at: now.utc, group, ahead });
            }
            acd::Output::NoAgents { call, .. } => self.tell_flow(call, FlowInput::NoAgents, now),
            acd::Output::QueueFull { call } => {
                self.tell_flow(call, FlowInput::TransferFailed { reason: "queue_full".to_owned() }, now);
            }
            acd::Output::AgentChanged(view) => self.on_agent_changed(*view, now),
            acd::Output::CallbackBooked { call, .. } => {
                self.on_callback_booked(call, now);
                self.tell_flow(call, FlowInput::CallbackBooked, now);
            }
            acd::Output::CallbackRefused { call, why } => {
                let reason = match why {
                    acd::CallbackRefusal::NoNumber => "no_number",
                    acd::CallbackRefusal::QueueFull => "queue_full",
                };
                self.tell_flow(call, FlowInput::CallbackRefused { reason: reason.to_owned() }, now);
            }
            acd::Output::Corrected(correction) => {
                self.alarm(format!("skill groups and calls were apart and have been put right: {correction:?}"), now);
            }
            acd::Output::CallbackRetry { call, .. } => self.on_attempt_failed(call, None, now),
            acd::Output::CallbackDone { call } => self.forget_booking(call),
            acd::Output::CallbackGivenUp { call, number, group } => {
                self.on_attempt_failed(call, Some(group.0.clone()), now);
                self.forget_booking(call);
                let shown = crate::customer::Redacted(&number);
                self.alarm(format!("callback to {shown} for group {group} was given up: nobody was reached"), now);
            }
            acd::Output::SeizeRefused { agent, call } => self.hang_up_agent(call, &agent.0, now),
            acd::Output::Left { .. } | acd::Output::AgentRemoved { .. } | acd::Output::AssignRefused { .. } => {}
        }
    }

    /// An agent's state changed: desks are told, the record gets wrap-up, the store gets the snapshot.
    fn on_agent_changed(&mut self, view: AgentView, now: Now) {
        self.note_wrap_up(&view, now);
        self.outputs.push_back(Output::StoreAgents);
        let agent = view.no.0.clone();
        self.live(Live::Agent { at: now.utc, agent, state: Box::new(view) });
    }

    fn note_wrap_up(&mut self, view: &AgentView, now: Now) {
        let agent = view.no.clone();
        match &view.state {
            // A closing switch has closed the records; the wrap-up goes on in the agent's stored state.
            AgentState::WrapUp { .. } if self.closing => {}
            AgentState::WrapUp { until, .. } => {
                let Some(call) = self.wrap_ups.get(&agent).copied() else { return };
                let Some(call) = self.call_mut(call) else { return };
                if call.wrapping.insert(agent.0.clone()) {
                    call.record(None, What::WrapUpStarted { agent: agent.0, until: *until }, now);
                }
            }
            AgentState::OnCall { call, .. } => {
                self.wrap_ups.insert(agent, self.call_of(*call));
            }
            AgentState::LoggedOut
            | AgentState::NotReady { .. }
            | AgentState::Ready { .. }
            | AgentState::Ringing { .. } => self.end_wrap_up(&agent, now),
        }
    }

    fn end_wrap_up(&mut self, agent: &AgentNo, now: Now) {
        let Some(call) = self.wrap_ups.remove(agent) else { return };
        let Some(call) = self.call_mut(call) else { return };
        if call.wrapping.remove(&agent.0) {
            call.record(None, What::WrapUpEnded { agent: agent.0.clone() }, now);
        }
    }

    /// A phone answered in time: the flow is told, stops its announcements and says when to join them.
    fn on_agent_answered(&mut self, id: CallId, agent: String, group: String, waited_ms: u64, now: Now) {
        let Some(call) = self.call_mut(id) else { return };
        let Some(leg) = call.agent_leg(&agent) else { return };
        call.group = Some(group);
        if call.attempt.is_some() {
            return self.call_customer(id, agent, leg, now);
        }
        call.record(Some(leg), What::RingEnded { agent: agent.clone(), why: RingEnd::Answered }, now);
        call.record(Some(leg), What::Answered { agent: agent.clone(), waited_ms }, now);
        call.talk = Some(super::calls::Talk { agent: agent.clone(), leg, bridged: false });
        self.live(Live::Answered { call: id, at: now.utc, agent: agent.clone(), waited_ms });
        self.tell_flow(id, FlowInput::AgentAnswered { staff_no: agent }, now);
    }
}

fn ring_end(why: StopReason) -> RingEnd {
    match why {
        StopReason::NoAnswer => RingEnd::NoAnswer,
        StopReason::Busy => RingEnd::Busy,
        StopReason::Declined => RingEnd::Declined,
        StopReason::Unreachable => RingEnd::Failed,
        StopReason::CallerGone => RingEnd::CallerGone,
        StopReason::Withdrawn => RingEnd::Withdrawn,
    }
}
