//! An agent asks a colleague while the caller is on hold, and joins the two when they agree (RFC 5589 7).
//!
//! The second call of the agent's phone is none of its own: both its legs belong to the caller's call, so the agent still
//! has one call, and to join the two is to bridge other legs. It ends with the caller's call.

use super::core::Switch;
use super::leg::{Leg, LegState, Party};
use super::output::Output;
use super::ring::Ring;
use super::transfer::{HandOver, TARGET_TIMEOUT, Transfer, ring_end};
use crate::acd::{self, AgentNo};
use crate::base::{CallId, Instant, LegId, Now};
use crate::call::event::{RingEnd, TransferKind, What};
use crate::call::live::Live;
use crate::media;
use crate::sdp;
use crate::sip::endpoint::{Body, Command, HangupReason, Incoming, Origin};

/// An agent who talks has a second call, to a colleague.
#[derive(Debug)]
pub(super) struct Consult {
    /// Who asks, on which leg of the second call.
    from: String,
    from_leg: u16,
    /// Who is asked, and on which leg once that is rung.
    to: String,
    group: String,
    to_leg: Option<u16>,
    since: Instant,
    /// They talk.
    joined: bool,
}

impl Switch {
    /// The conversation whose agent calls a colleague, when this is such a call.
    pub(super) fn consulted_in(&self, incoming: &Incoming) -> Option<CallId> {
        let Origin::Account(user) = &incoming.origin else { return None };
        self.world.directory.accounts.get(&incoming.called)?;
        let talks = |call: &&super::calls::Call| {
            let talk = call.talk.as_ref().filter(|talk| talk.bridged && talk.agent == *user);
            call.ended.is_none() && talk.is_some_and(|talk| call.legs.get(&talk.leg).is_some_and(Leg::is_up))
        };
        self.calls.values().find(talks).map(|call| call.id)
    }

    /// An agent on a call calls a colleague.
    pub(super) fn consult(&mut self, id: CallId, incoming: Incoming, now: Now) {
        let (session, to) = (incoming.session, incoming.called);
        let barred = self.config.srtp == super::srtp::SrtpUse::Required && !incoming.flow.transport.is_secure();
        let busy = self.calls.get(&id).is_none_or(|call| call.transfer.is_some() || call.consult.is_some());
        let readable = incoming.body.as_ref().is_none_or(|body| body.content_type == "application/sdp");
        let refused = match self.agent_is_free(&to, now) {
            _ if !readable => Some(415),
            _ if barred => Some(403),
            _ if busy => Some(486),
            Err(status) => Some(status),
            Ok(()) => None,
        };
        if let Some(status) = refused {
            let reject = Command::Reject { session, status, reason: None, headers: Vec::new() };
            return self.endpoint.command(reject, now);
        }
        let (agent, seized) = (AgentNo(to.clone()), self.acd_call(id));
        let group = self.group_of(id, &agent, now);
        self.acd.handle(acd::Input::Seize { agent, call: seized, group: None }, now);
        let from = incoming.caller.unwrap_or_default();
        let mut leg = Leg::new(Party::Asker { no: from.clone() }, session);
        leg.offer = incoming.body.map(|body| body.bytes);
        leg.registered = true;
        leg.secure = incoming.flow.transport.is_secure();
        leg.signalling = Some(incoming.flow.remote.ip());
        let Some(call) = self.call_mut(id) else { return };
        let leg = call.add_leg(leg);
        let (from_leg, since) = (leg.n, now.instant);
        call.consult = Some(Consult { from, from_leg, to, group, to_leg: None, since, joined: false });
        self.sessions.insert(session, leg);
        self.outputs.push_back(Output::SipDialog { call: id, sip_call_id: incoming.sip_call_id });
        self.outputs.push_back(Output::OpenMedia { leg });
    }

    /// The asking leg has its ports: the colleague's phone is rung.
    pub(super) fn ring_asked(&mut self, id: CallId, now: Now) {
        let Some(consult) = self.calls.get(&id).and_then(|call| call.consult.as_ref()) else { return };
        let (agent, group) = (consult.to.clone(), consult.group.clone());
        let party = Party::Asked { no: agent.clone(), group: group.clone() };
        let ring = Ring { agent, group, until: Some(now.instant + TARGET_TIMEOUT), waited_ms: 0 };
        let leg = self.ring_agent(id, party, ring, now);
        if let Some(consult) = self.call_mut(id).and_then(|call| call.consult.as_mut()) {
            consult.to_leg = leg.map(|leg| leg.n);
        }
    }

    /// The colleague's phone rings: so the asking one is told.
    pub(super) fn on_asked_rings(&mut self, leg: LegId, status: u16, now: Now) {
        let Some(call) = self.calls.get(&leg.call) else { return };
        let asker = call.consult.as_ref().filter(|consult| consult.to_leg == Some(leg.n) && !consult.joined);
        let asker = asker.filter(|_| (180..=183).contains(&status));
        if let Some(session) = asker.and_then(|consult| call.legs.get(&consult.from_leg)).map(|leg| leg.session) {
            self.endpoint.command(Command::Provisional { session, status: 180, body: None }, now);
        }
    }

    /// The colleague answered: the two agents talk.
    pub(super) fn on_asked_answered(&mut self, leg: LegId, now: Now) {
        let id = leg.call;
        let consult = self.calls.get(&id).and_then(|call| call.consult.as_ref());
        let Some(consult) = consult.filter(|consult| consult.to_leg == Some(leg.n)) else {
            return self.hang_up_leg(leg, HangupReason::Normal, now);
        };
        let (from, to, asker) = (consult.from.clone(), consult.to.clone(), id.leg(consult.from_leg));
        if let Err(status) = self.accept_asker(asker, now) {
            return self.end_consult(id, status, now);
        }
        let Some(call) = self.call_mut(id) else { return };
        if let Some(consult) = &mut call.consult {
            consult.joined = true;
        }
        call.record(Some(leg.n), What::RingEnded { agent: to.clone(), why: RingEnd::Answered }, now);
        call.record(Some(leg.n), What::Consulted { agent: from, with: to.clone() }, now);
        self.live(Live::RingEnded { call: id, at: now.utc, agent: to, why: RingEnd::Answered });
        self.media(media::Command::Bridge { a: asker, b: leg });
    }

    /// 200 to the asking phone.
    fn accept_asker(&mut self, asker: LegId, now: Now) -> Result<(), u16> {
        let mut rng = self.rng.fork();
        let leg = self.leg_mut(asker).ok_or(500_u16)?;
        let (session, offer) = (leg.session, leg.offer.take());
        let sdp = leg.sdp.as_mut().ok_or(500_u16)?;
        let body = match offer {
            Some(offer) => sdp.answer_offer(&offer, sdp::Direction::SendRecv, &mut rng).map(|(body, _)| body),
            None => sdp.make_offer(sdp::Direction::SendRecv, &mut rng),
        };
        let body = body.map_err(|error| error.status())?;
        leg.state = LegState::Accepted;
        self.set_remote(asker);
        self.endpoint.command(Command::Accept { session, body: Some(Body::sdp(body)) }, now);
        Ok(())
    }

    /// The consultation is over, or came to nothing with `status`; the caller is still the first agent's.
    pub(super) fn end_consult(&mut self, id: CallId, status: u16, now: Now) {
        let Some(call) = self.call_mut(id) else { return };
        let Some(consult) = call.consult.take() else { return };
        let Consult { from, from_leg, to, to_leg, joined, .. } = consult;
        if joined {
            call.record(to_leg, What::ConsultEnded { agent: from, with: to.clone() }, now);
        } else {
            let why = ring_end(status);
            call.record(to_leg, What::RingEnded { agent: to.clone(), why }, now);
            self.live(Live::RingEnded { call: id, at: now.utc, agent: to.clone(), why });
            if let Some(session) = self.leg_mut(id.leg(from_leg)).map(|leg| leg.session) {
                let reject = Command::Reject { session, status, reason: None, headers: Vec::new() };
                self.endpoint.command(reject, now);
            }
        }
        self.hang_up_leg(id.leg(from_leg), HangupReason::Normal, now);
        match to_leg {
            Some(n) => self.hang_up_leg(id.leg(n), HangupReason::Normal, now),
            // Never rung: nothing but the skill groups know of it.
            None => {
                let call = self.acd_call(id);
                self.acd.handle(acd::Input::Ended { call, agent: AgentNo(to) }, now);
            }
        }
    }

    /// The two legs of an agent's phone, when `a` and `b` are its calls with the caller and with a colleague.
    pub(super) fn is_consult_of(&self, a: LegId, b: LegId) -> bool {
        let call = self.calls.get(&a.call).filter(|call| a.call == b.call && call.ended.is_none() && !self.closing);
        let legs = call.and_then(|call| Some((call.talk.as_ref()?, call.consult.as_ref()?)));
        legs.is_some_and(|(talk, consult)| {
            let (talks, asks) = (talk.leg, consult.from_leg);
            consult.to_leg.is_some() && ((a.n, b.n) == (talks, asks) || (a.n, b.n) == (asks, talks))
        })
    }

    /// The caller is joined to the colleague; one who is still rung is rung on for the caller. `leg` is told of it.
    pub(super) fn join_consulted(&mut self, leg: LegId, now: Now) {
        let id = leg.call;
        let Some(call) = self.call_mut(id) else { return };
        let (Some(talk), Some(consult)) = (&call.talk, call.consult.take()) else { return };
        let (talks, Consult { from, from_leg, to, group, to_leg, since, joined }) = (talk.leg, consult);
        let (Some(to_leg), asker) = (to_leg, id.leg(from_leg)) else { return };
        if !joined {
            if let Some(asked) = call.legs.get_mut(&to_leg) {
                asked.party = Party::Target { no: to.clone(), group };
            }
            self.wait_for_target(id, Transfer { from, from_leg: talks, to, to_leg, since }, now);
            return self.hang_up_leg(asker, HangupReason::Normal, now);
        }
        call.record(Some(to_leg), What::ConsultEnded { agent: from.clone(), with: to.clone() }, now);
        self.media(media::Command::Unbridge { a: asker, b: id.leg(to_leg) });
        self.media(media::Command::Unbridge { a: id.leg(0), b: id.leg(talks) });
        let kind = TransferKind::Attended;
        self.hand_over(id, HandOver { from, from_leg: talks, to, to_leg, waited_ms: 0, kind }, now);
        self.notify_transferor(leg, 200, now);
        let other = if leg.n == talks { asker } else { id.leg(talks) };
        self.hang_up_leg(other, HangupReason::Normal, now);
    }
}

#[cfg(test)]
mod tests;
