//! An agent's phone hands its caller on by REFER (RFC 3515): to another agent, or to a number of ours and its flow.
//!
//! The caller hears ringing while the other agent's phone rings; the agent who hands on keeps the call until somebody
//! has taken it, and has it back when nobody does. What each agent spent is told by events, so the record credits
//! everybody with their own time (P5).

use std::time::Duration;

use super::calls::{Call, Talk};
use super::core::Switch;
use super::leg::{Leg, Party};
use super::ring::Ring;
use super::world::Target;
use crate::acd::{self, AgentNo, AgentState, GroupId};
use crate::base::{CallId, Instant, LegId, Now};
use crate::call::event::{RingEnd, TransferKind, What};
use crate::call::live::Live;
use crate::ivr::session::Input as FlowInput;
use crate::ivr::speak;
use crate::media;
use crate::sip::endpoint::{Command, FailedBy, HangupReason, Replaces, SessionId};

/// The other agent's phone rings this long.
pub(super) const TARGET_TIMEOUT: Duration = Duration::from_secs(45);

/// The phone of another agent rings for a caller who talks.
#[derive(Debug)]
pub(super) struct Transfer {
    /// Who hands on, on which leg; that leg may be gone meanwhile.
    pub from: String,
    pub from_leg: u16,
    /// Who is rung, on which leg.
    pub to: String,
    pub to_leg: u16,
    pub since: Instant,
}

/// A caller changes hands.
pub(super) struct HandOver {
    pub from: String,
    pub from_leg: u16,
    pub to: String,
    pub to_leg: u16,
    pub waited_ms: u64,
    pub kind: TransferKind,
}

/// Where a caller can be handed to.
enum Goal {
    Agent,
    Flow(Target),
}

impl Call {
    /// Somebody put the other side on hold, or a caller waits for another agent: nobody talks just now.
    pub(super) fn is_held(&self) -> bool {
        let agent = self.talk.as_ref().map(|talk| talk.leg);
        let held = |n: u16| self.legs.get(&n).is_some_and(|leg| leg.held);
        self.transfer.is_some() || held(0) || agent.is_some_and(held)
    }
}

impl Switch {
    /// A phone asks to hand its call to `called`, or to the other end of another call of its own.
    pub(super) fn on_refer(&mut self, session: SessionId, called: &str, replaces: Option<Replaces>, now: Now) {
        let leg = self.sessions.get(&session).copied();
        let other = replaces.as_ref().and_then(|named| self.sessions.get(&self.endpoint.session_of(named)?).copied());
        if let (Some(leg), Some(other)) = (leg, other)
            && self.is_consult_of(leg, other)
        {
            self.endpoint.command(Command::AnswerRefer { session, answer: Ok(()) }, now);
            return self.join_consulted(leg, now);
        }
        let transferor = leg.and_then(|leg| Some((leg, self.transferor(leg)?)));
        let answer = if transferor.is_some() { Ok(()) } else { Err(403) };
        self.endpoint.command(Command::AnswerRefer { session, answer }, now);
        let Some((leg, agent)) = transferor else { return };
        if replaces.is_some() {
            // RFC 3891 3: there is no such dialog, or none that the caller can be given.
            return self.endpoint.command(Command::NotifyRefer { session, status: 481 }, now);
        }
        match self.goal(leg.call, called, now) {
            Ok(Goal::Agent) => self.ring_target(leg, agent, called, now),
            Ok(Goal::Flow(target)) => self.transfer_to_flow(leg, agent, called, &target, now),
            Err(status) => self.endpoint.command(Command::NotifyRefer { session, status }, now),
        }
    }

    /// The agent who talks on this leg and may hand the caller on.
    fn transferor(&self, leg: LegId) -> Option<String> {
        let call = self.calls.get(&leg.call).filter(|call| call.ended.is_none() && !self.closing)?;
        let talk = call.talk.as_ref().filter(|talk| talk.bridged && talk.leg == leg.n)?;
        let up = |n: u16| call.legs.get(&n).is_some_and(Leg::is_up);
        (call.transfer.is_none() && call.consult.is_none() && up(0) && up(leg.n)).then(|| talk.agent.clone())
    }

    /// What `called` names, or the status that says why the caller cannot go there.
    fn goal(&self, id: CallId, called: &str, now: Now) -> Result<Goal, u16> {
        let Some(rule) = self.world.number(called) else {
            return self.agent_is_free(called, now).map(|()| Goal::Agent);
        };
        // The skill groups know a callback by the call that booked it: it cannot wait in a queue once more.
        let is_callback = self.calls.get(&id).is_some_and(|call| call.attempt.is_some());
        match &rule.target {
            Target::Flow(_) if rule.takes_calls && !rule.internal && !is_callback => {
                Ok(Goal::Flow(rule.target.clone()))
            }
            Target::Flow(_) | Target::Draft(_) | Target::Echo | Target::Tone => Err(403),
        }
    }

    /// Whether this agent can be rung now, or the status that says why not.
    pub(super) fn agent_is_free(&self, no: &str, now: Now) -> Result<(), u16> {
        self.world.directory.accounts.get(no).ok_or(404_u16)?;
        match self.acd.agent(&AgentNo::from(no), now).ok_or(404_u16)?.state {
            AgentState::LoggedOut => Err(480),
            _ if !self.has_phone(no, now) => Err(480),
            AgentState::Ready { .. } | AgentState::NotReady { .. } => Ok(()),
            AgentState::Ringing { .. } | AgentState::OnCall { .. } | AgentState::WrapUp { .. } => Err(486),
        }
    }

    /// Rings the other agent; the caller hears it.
    fn ring_target(&mut self, leg: LegId, from: String, to: &str, now: Now) {
        let id = leg.call;
        let (call, agent) = (self.acd_call(id), AgentNo::from(to));
        let group = self.group_of(id, &agent, now);
        self.acd.handle(acd::Input::Seize { agent, call, group: None }, now);
        let until = Some(now.instant + TARGET_TIMEOUT);
        let ring = Ring { agent: to.to_owned(), group: group.clone(), until, waited_ms: 0 };
        let party = Party::Target { no: to.to_owned(), group };
        let Some(target) = self.ring_agent(id, party, ring, now) else { return };
        let (to, to_leg) = (to.to_owned(), target.n);
        self.wait_for_target(id, Transfer { from, from_leg: leg.n, to, to_leg, since: now.instant }, now);
    }

    /// The caller hears ringing until the other agent answers.
    pub(super) fn wait_for_target(&mut self, id: CallId, transfer: Transfer, now: Now) {
        let from = id.leg(transfer.from_leg);
        let Some(call) = self.call_mut(id) else { return };
        call.record(Some(from.n), What::Held { agent: transfer.from.clone() }, now);
        call.transfer = Some(transfer);
        let ringing = self.world.sounds.audio.get(speak::RINGING).cloned();
        self.media(media::Command::Unbridge { a: id.leg(0), b: from });
        self.media(media::Command::Music { leg: id.leg(0), music: ringing });
        self.set_mixes(id);
    }

    /// The group for which an agent takes a call that is handed on: the call's own, else the agent's first.
    pub(super) fn group_of(&self, id: CallId, agent: &AgentNo, now: Now) -> String {
        let own = self.calls.get(&id).and_then(|call| call.group.clone()).unwrap_or_default();
        let groups = self.acd.agent(agent, now).map(|view| view.groups).unwrap_or_default();
        let theirs = groups.get(&GroupId(own.clone())).or(groups.first()).cloned();
        theirs.map_or(own, |group| group.0)
    }

    /// The other agent's phone says something before it is answered.
    pub(super) fn on_target_rings(&mut self, leg: LegId, status: u16, now: Now) {
        let transfer = self.calls.get(&leg.call).and_then(|call| call.transfer.as_ref());
        let Some(from) = transfer.filter(|transfer| transfer.to_leg == leg.n).map(|transfer| transfer.from_leg) else {
            return;
        };
        if (180..=183).contains(&status) {
            self.notify_transferor(leg.call.leg(from), 180, now);
        }
    }

    /// The other agent answered: the caller is theirs.
    pub(super) fn on_target_answered(&mut self, leg: LegId, now: Now) {
        let id = leg.call;
        let Some(call) = self.call_mut(id) else { return };
        let Some(transfer) = call.transfer.take_if(|transfer| transfer.to_leg == leg.n) else {
            return self.hang_up_leg(leg, HangupReason::Normal, now);
        };
        let Transfer { from, from_leg, to, to_leg, since } = transfer;
        let waited_ms = u64::try_from(now.instant.since(since).as_millis()).unwrap_or(u64::MAX);
        call.record(Some(leg.n), What::RingEnded { agent: to.clone(), why: RingEnd::Answered }, now);
        let kind = TransferKind::Blind;
        self.hand_over(id, HandOver { from, from_leg, to, to_leg, waited_ms, kind }, now);
        self.notify_transferor(id.leg(from_leg), 200, now);
    }

    /// The caller is another agent's from here on.
    pub(super) fn hand_over(&mut self, id: CallId, over: HandOver, now: Now) {
        let HandOver { from, from_leg, to, to_leg, waited_ms, kind } = over;
        self.become_agent(id.leg(to_leg), now);
        let Some(call) = self.call_mut(id) else { return };
        call.record(Some(to_leg), What::Answered { agent: to.clone(), waited_ms }, now);
        self.live(Live::Answered { call: id, at: now.utc, agent: to.clone(), waited_ms });
        self.let_go(id.leg(from_leg), &from, &to, kind, now);
        self.tell_flow(id, FlowInput::AgentAnswered { staff_no: to.clone() }, now);
        let Some(call) = self.call_mut(id) else { return };
        call.talk = Some(Talk { agent: to, leg: to_leg, bridged: false });
        self.media(media::Command::Music { leg: id.leg(0), music: None });
        self.connect_agent(id, now);
    }

    /// The agent at this leg has the caller: from here on it is a call of their group.
    fn become_agent(&mut self, leg: LegId, now: Now) {
        let call = self.acd_call(leg.call);
        let Some(Leg { party, .. }) = self.leg_mut(leg) else { return };
        if let Party::Target { no, group } | Party::Asked { no, group } = party.clone() {
            *party = Party::Agent { no: no.clone(), group: group.clone() };
            self.acd.handle(acd::Input::Seize { agent: AgentNo(no), call, group: Some(GroupId(group)) }, now);
        }
    }

    /// The conversation of the agent who handed the caller on is over.
    fn let_go(&mut self, leg: LegId, from: &str, to: &str, kind: TransferKind, now: Now) {
        let Some(call) = self.call_mut(leg.call) else { return };
        let (from, to) = (from.to_owned(), to.to_owned());
        call.record(Some(leg.n), What::Transferred { from: from.clone(), to, kind }, now);
        if call.talk.take().is_some() {
            call.record(Some(leg.n), What::Unbridged { agent: from }, now);
        }
        self.stop_conversation_recording(leg.call);
        self.drop_supervisors(leg.call, now);
    }

    /// The other agent did not answer: the caller goes back to who handed them on, or on with the flow.
    pub(super) fn on_target_failed(&mut self, leg: LegId, status: u16, now: Now) {
        let id = leg.call;
        let Some(call) = self.call_mut(id) else { return };
        let Some(transfer) = call.transfer.take_if(|transfer| transfer.to_leg == leg.n) else { return };
        let (agent, why) = (transfer.to.clone(), ring_end(status));
        call.record(Some(leg.n), What::RingEnded { agent: agent.clone(), why }, now);
        let waits_for = call.talk.as_ref().map(|talk| talk.leg);
        let held = call.is_held();
        if !held && waits_for.is_some() {
            call.record(Some(transfer.from_leg), What::Resumed { agent: transfer.from }, now);
        }
        self.live(Live::RingEnded { call: id, at: now.utc, agent, why });
        self.media(media::Command::Music { leg: id.leg(0), music: None });
        match waits_for {
            None => self.agent_left(id, now),
            Some(n) if !held => self.media(media::Command::Bridge { a: id.leg(0), b: id.leg(n) }),
            Some(_) => {}
        }
        self.set_mixes(id);
        self.notify_transferor(id.leg(transfer.from_leg), status, now);
    }

    /// The call is over while another agent's phone rings for it.
    pub(super) fn withdraw_transfer(&mut self, id: CallId, why: RingEnd, now: Now) {
        if let Some(transfer) = self.call_mut(id).and_then(|call| call.transfer.take()) {
            self.live(Live::RingEnded { call: id, at: now.utc, agent: transfer.to, why });
        }
    }

    /// The caller goes through the flow of a number of ours.
    fn transfer_to_flow(&mut self, leg: LegId, from: String, number: &str, target: &Target, now: Now) {
        let id = leg.call;
        let Some((program, Some((flow, version)))) = self.program_for(id, number, target, now) else {
            return self.notify_transferor(leg, 480, now);
        };
        self.take_last_flow_events(id, now);
        self.let_go(leg, &from, number, TransferKind::Blind, now);
        let Some(call) = self.call_mut(id) else { return };
        call.program = program;
        call.flow = Some((flow.clone(), version));
        call.record(None, What::FlowStarted { flow, version }, now);
        self.media(media::Command::Unbridge { a: id.leg(0), b: leg });
        self.music(id, None);
        self.notify_transferor(leg, 200, now);
        self.tell_flow(id, FlowInput::Start, now);
    }

    pub(super) fn notify_transferor(&mut self, leg: LegId, status: u16, now: Now) {
        let session = self.leg_mut(leg).filter(|leg| !leg.is_gone()).map(|leg| leg.session);
        if let Some(session) = session {
            self.endpoint.command(Command::NotifyRefer { session, status }, now);
        }
    }

    /// The last word about a REFER is told: who handed the caller on is let go.
    pub(super) fn on_refer_over(&mut self, leg: LegId, now: Now) {
        let Some(call) = self.calls.get(&leg.call) else { return };
        if call.talk.as_ref().is_none_or(|talk| talk.leg != leg.n) {
            self.hang_up_leg(leg, HangupReason::Normal, now);
        }
    }
}

/// What the transferring phone is told of a phone that was not answered.
pub(super) fn told(status: u16, by: FailedBy) -> u16 {
    match by {
        FailedBy::Remote => status,
        FailedBy::Timeout => 408,
        FailedBy::Unreachable => 480,
        FailedBy::Barred => 403,
        FailedBy::Local => 487,
    }
}

pub(super) fn ring_end(status: u16) -> RingEnd {
    match status {
        486 | 600 => RingEnd::Busy,
        403 | 603 => RingEnd::Declined,
        408 | 487 => RingEnd::NoAnswer,
        _ => RingEnd::Failed,
    }
}

#[cfg(test)]
pub(super) mod tests;
