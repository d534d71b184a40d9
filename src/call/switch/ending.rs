//! The end of a leg, and of a call.

use super::calls::{Call, Program};
use super::core::{LINGER, Switch};
use super::leg::{Leg, LegState, Party};
use super::output::Output;
use crate::acd::{self, AgentNo};
use crate::base::{CallId, Instant, LegId, Now};
use crate::call::event::{EndCause, EndedBy, RingEnd, What};
use crate::call::live::Live;
use crate::ivr::session::Input as FlowInput;
use crate::media;
use crate::sip::endpoint::{Command, HangupReason};

impl Call {
    /// When this call needs a turn although nothing happens.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let linger = self.last_words().filter(|_| !self.legs.is_empty() || !self.recordings.is_empty());
        let alerting = self.caller_leg().and_then(|leg| match leg.state {
            LegState::Alerting { answer_at } => Some(answer_at),
            LegState::Opening | LegState::Accepted | LegState::Calling | LegState::Up | LegState::Gone => None,
        });
        let flow = match &self.program {
            Program::Flow(session) => session.poll_timeout(),
            Program::Echo | Program::Tone | Program::None => None,
        };
        let speech = self.pending.as_ref().map(|pending| pending.deadline);
        let voicemail = self.recordings.iter().filter_map(|recording| recording.stop_at).min();
        let resume = self.recordings.iter().filter_map(|recording| recording.paused_until).min();
        [linger, alerting, flow, speech, voicemail, resume].into_iter().flatten().min()
    }
}

impl Call {
    /// Until when a call that is over is waited for: what is told of it later is lost.
    fn last_words(&self) -> Option<Instant> {
        let outlives = self.recordings.iter().filter_map(|recording| recording.outlives).max();
        self.ended.map(|at| outlives.map_or(at, |outlives| outlives.max(at)) + LINGER)
    }
}

impl Switch {
    pub(super) fn on_call_deadline(&mut self, id: CallId, now: Now) {
        let Some(call) = self.call_mut(id) else { return };
        if call.last_words().is_some_and(|at| now.instant >= at) {
            call.legs.clear();
            call.recordings.clear();
            return;
        }
        if let Some(Leg { state: LegState::Alerting { answer_at }, .. }) = call.caller_leg()
            && *answer_at <= now.instant
        {
            self.accept_caller(id, now);
        }
        self.stop_full_recordings(id, now);
        self.resume_recordings(id, now);
        let late = |call: &Call| call.pending.as_ref().is_some_and(|pending| pending.deadline <= now.instant);
        if self.calls.get(&id).is_some_and(late) {
            self.on_speech_late(id, now);
        }
        let Some(call) = self.call_mut(id) else { return };
        if let Program::Flow(session) = &mut call.program
            && session.poll_timeout().is_some_and(|at| at <= now.instant)
        {
            session.handle_timeout(now);
            self.drain_flow(id, now);
        }
    }

    /// The call is over, whoever ended it: told once, everything of it is taken down.
    pub(super) fn end_call(&mut self, id: CallId, cause: EndCause, by: EndedBy, now: Now) {
        self.end_consult(id, 487, now);
        let Some(call) = self.call_mut(id) else { return };
        if call.ended.is_some() {
            return;
        }
        call.ended = Some(now.instant);
        let node = call.path.last().map(|step| step.node.clone());
        let agent = call.talk.take().map(|talk| talk.agent);
        call.pending = None;
        call.record(None, What::Ended { cause, by, node }, now);
        self.take_last_flow_events(id, now);
        if !self.calls.get(&id).is_some_and(|call| call.booked_callback) {
            self.acd.handle(acd::Input::Leave { call: id, why: acd::LeaveReason::CallerGone }, now);
        }
        self.stop_conversation_recording(id);
        self.withdraw_transfer(id, if by == EndedBy::Caller { RingEnd::CallerGone } else { RingEnd::Withdrawn }, now);
        self.free_agent(id, now);
        let legs: Vec<u16> = self.calls.get(&id).map(|call| call.legs.keys().copied().collect()).unwrap_or_default();
        for n in legs {
            self.hang_up_leg(id.leg(n), HangupReason::Normal, now);
        }
        self.live(Live::Ended { call: id, at: now.utc, agent, cause, by });
    }

    /// Ends the flow of a call: what it still says is recorded.
    pub(super) fn take_last_flow_events(&mut self, id: CallId, now: Now) {
        let Some(call) = self.call_mut(id) else { return };
        let Program::Flow(session) = std::mem::replace(&mut call.program, Program::None) else { return };
        let mut session = session;
        session.handle(FlowInput::CallerHungUp, now);
        // What the flow still says (events for the record) is taken; what it still wants is not done.
        while let Some(output) = session.poll_output() {
            if let crate::ivr::session::Output::CancelHttp { request } = output {
                self.outputs.push_back(Output::CancelHttp { call: id, request });
            } else if let crate::ivr::session::Output::Event { event } = output {
                self.record_flow_event(id, event, now);
            }
        }
    }

    /// The agent, or the outside number, hung up: the caller stays with the flow.
    pub(super) fn on_other_side_gone(&mut self, leg: LegId, cause: EndCause, now: Now) {
        let Some(call) = self.call_mut(leg.call) else { return };
        let Some(party) = call.legs.get(&leg.n).map(|leg| leg.party.clone()) else { return };
        call.record(Some(leg.n), What::LegEnded { cause, by: EndedBy::Agent }, now);
        let was_talking = call.talk.as_ref().is_some_and(|talk| talk.leg == leg.n);
        if was_talking {
            let bridged = call.talk.take().filter(|talk| talk.bridged);
            if let Some(talk) = bridged {
                call.record(Some(leg.n), What::Unbridged { agent: talk.agent }, now);
            }
        }
        self.hang_up_leg(leg, HangupReason::Normal, now);
        match party {
            Party::Asker { .. } | Party::Asked { .. } => self.end_consult(leg.call, 487, now),
            Party::Agent { .. } if was_talking => {
                self.end_consult(leg.call, 487, now);
                self.stop_conversation_recording(leg.call);
                self.drop_supervisors(leg.call, now);
                self.agent_left(leg.call, now);
            }
            Party::Outside { dial, .. } => self.tell_flow(leg.call, FlowInput::DialEnded { dial }, now),
            Party::Agent { .. } | Party::Target { .. } | Party::Caller | Party::Customer | Party::Supervisor { .. } => {
            }
        }
    }

    /// Nobody talks to the caller any more; one who waits for the agent to whom they are handed on goes on waiting.
    pub(super) fn agent_left(&mut self, id: CallId, now: Now) {
        if self.calls.get(&id).is_some_and(|call| call.transfer.is_none()) {
            self.tell_flow(id, FlowInput::AgentEnded, now);
            self.callback_agent_gone(id, now);
        }
    }

    /// Ends one leg, whatever its state. Its agent is free from here on.
    pub(super) fn hang_up_leg(&mut self, id: LegId, reason: HangupReason, now: Now) {
        let Some(leg) = self.leg_mut(id) else { return };
        if leg.is_gone() {
            return;
        }
        let session = leg.session;
        self.endpoint.command(Command::Hangup { session, reason }, now);
        self.drop_leg(id, now);
    }

    /// Closes the media of a leg that is over and frees its agent.
    pub(super) fn drop_leg(&mut self, id: LegId, now: Now) {
        let Some(leg) = self.leg_mut(id) else { return };
        if leg.is_gone() {
            return;
        }
        let was_up = leg.is_up();
        let held_agent = leg.holds_agent().map(AgentNo::from);
        leg.state = LegState::Gone;
        let session = leg.session;
        let opened = leg.local.is_some();
        let supervisor = leg.supervisor().map(str::to_owned);
        self.sessions.remove(&session);
        self.spend_minutes(id, now);
        if let Some(no) = supervisor {
            self.on_supervisor_gone(id, no, was_up, now);
        }
        if let Some(agent) = held_agent {
            let call = self.acd_call(id.call);
            self.acd.handle(acd::Input::Ended { call, agent }, now);
        }
        if opened {
            self.media(media::Command::Close { leg: id });
        } else {
            self.forget_leg(id);
        }
    }

    pub(super) fn forget_leg(&mut self, id: LegId) {
        if let Some(leg) = self.call_mut(id.call).and_then(|call| call.legs.remove(&id.n)) {
            self.sessions.remove(&leg.session);
        }
    }

    pub(super) fn leg_mut(&mut self, id: LegId) -> Option<&mut Leg> {
        self.call_mut(id.call)?.legs.get_mut(&id.n)
    }

    /// Every call ends politely and no new one is taken.
    pub(super) fn shut_down(&mut self, now: Now) {
        self.closing = true;
        let calls: Vec<CallId> = self.calls.keys().copied().collect();
        for id in calls {
            self.end_call(id, EndCause::SwitchShutdown, EndedBy::Switch, now);
            // Wrap-up goes on in the stored state of the agent; the record of the call is closed.
            if let Some(call) = self.call_mut(id) {
                call.wrapping.clear();
            }
        }
    }

    pub(super) fn live(&mut self, live: Live) {
        self.outputs.push_back(Output::Live(live));
    }

    pub(super) fn alarm(&mut self, text: String, now: Now) {
        self.live(Live::Alarm { at: now.utc, text: text.clone() });
        self.outputs.push_back(Output::Alarm(text));
    }
}
