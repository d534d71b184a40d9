//! An agent's phone rings, and outside numbers are dialled.

use std::time::Duration;

use super::core::Switch;
use super::leg::{Leg, LegState, Party};
use super::offer;
use super::output::Output;
use super::supervise::SUPERVISOR_TIMEOUT;
use super::transfer::TARGET_TIMEOUT;
use crate::acd::{self, AgentNo, Refusal};
use crate::base::{CallId, Instant, LegId, Now};
use crate::call::event::{EndCause, RingEnd, What};
use crate::call::live::{Live, Pop};
use crate::ivr::session::{DialResult, Input as FlowInput};
use crate::sdp::{Direction, SrtpPolicy};
use crate::sip::endpoint::{Body, CallerId, Command, Destination, HangupReason, Invite};

/// The flow hangs up earlier; this is the limit of any ringing.
const DIAL_TIMEOUT: Duration = Duration::from_secs(180);

/// A customer who is called back may let it ring so long.
const CUSTOMER_TIMEOUT: Duration = Duration::from_secs(45);

/// An order of the skill groups to ring somebody.
pub(super) struct Ring {
    pub agent: String,
    pub group: String,
    pub until: Option<Instant>,
    pub waited_ms: u64,
}

impl Switch {
    pub(super) fn ring(&mut self, id: CallId, ring: Ring, now: Now) {
        let party = Party::Agent { no: ring.agent.clone(), group: ring.group.clone() };
        self.ring_agent(id, party, ring, now);
    }

    /// Rings an agent's phone and tells the desk who calls; the new leg.
    pub(super) fn ring_agent(&mut self, id: CallId, party: Party, ring: Ring, now: Now) -> Option<LegId> {
        let session = self.endpoint.new_session();
        let call = self.call_mut(id)?;
        let mut leg = Leg::new(party, session);
        leg.registered = true;
        let leg = call.add_leg(leg);
        let ringing = What::Ringing { agent: ring.agent.clone(), group: ring.group.clone(), waited_ms: ring.waited_ms };
        call.record(Some(leg.n), ringing, now);
        let pop = Pop {
            caller: call.remote(),
            called: if call.attempt.is_some() { call.caller.clone().unwrap_or_default() } else { call.called.clone() },
            group: ring.group,
            customer: call.customer.clone(),
            path: call.path.clone(),
            waited_ms: ring.waited_ms,
            answer_within_s: ring.until.map(|until| until.since(now.instant).as_secs()),
        };
        self.sessions.insert(session, leg);
        self.live(Live::Ringing { call: id, at: now.utc, agent: ring.agent, pop: Box::new(pop) });
        self.outputs.push_back(Output::OpenMedia { leg });
        Some(leg)
    }

    /// Ports for a leg are open, or none could be had.
    pub(super) fn on_media_opened(&mut self, leg: LegId, address: Result<std::net::SocketAddr, String>, now: Now) {
        let Some(opened) = self.leg_mut(leg) else {
            // It was given up while its ports were being opened.
            if address.is_ok() {
                self.media(crate::media::Command::Close { leg });
            }
            return;
        };
        match address {
            Ok(local) => opened.local = Some(local),
            Err(why) => return self.on_no_media(leg, &why, now),
        }
        if opened.is_gone() {
            return self.media(crate::media::Command::Close { leg });
        }
        let party = opened.party.clone();
        if let Some(policy) = self.srtp_policy(leg, now) {
            self.prepare_sdp(leg, policy);
        }
        match party {
            Party::Caller => self.on_caller_media(leg, now),
            Party::Agent { .. }
            | Party::Target { .. }
            | Party::Asked { .. }
            | Party::Customer
            | Party::Outside { .. }
            | Party::Supervisor { .. } => self.invite(leg, now),
            Party::Asker { .. } => self.ring_asked(leg.call, now),
        }
    }

    /// The leg's offer/answer state; an outgoing leg prefers the caller's codec, so that nothing is transcoded.
    pub(super) fn prepare_sdp(&mut self, id: LegId, srtp: SrtpPolicy) {
        let Some(call) = self.calls.get(&id.call) else { return };
        let preferred = call.caller_leg().and_then(Leg::agreed).map(|agreed| agreed.codec);
        let Some(leg) = self.calls.get_mut(&id.call).and_then(|call| call.legs.get_mut(&id.n)) else { return };
        let opus = self.config.offer_opus;
        leg.sdp = leg.local.map(|local| offer::negotiator(local, preferred, opus, srtp, &mut self.rng));
    }

    fn on_no_media(&mut self, leg: LegId, why: &str, now: Now) {
        self.alarm(format!("no RTP ports for a leg of call {}: {why}", leg.call), now);
        let Some(party) = self.leg_mut(leg).map(|leg| leg.party.clone()) else { return };
        match party {
            Party::Caller => self.refuse(leg.call, 503, crate::call::event::EndCause::Overloaded, now),
            Party::Agent { no, .. } => {
                self.forget_leg(leg);
                let call = self.acd_call(leg.call);
                let refused = acd::Input::Refused { call, agent: AgentNo(no), why: Refusal::Unreachable };
                self.acd.handle(refused, now);
            }
            Party::Supervisor { .. } => self.drop_leg(leg, now),
            Party::Target { .. } => {
                self.drop_leg(leg, now);
                self.on_target_failed(leg, 503, now);
            }
            Party::Asker { .. } | Party::Asked { .. } => self.end_consult(leg.call, 503, now),
            Party::Customer => {
                self.forget_leg(leg);
                self.customer_not_reached(leg, EndCause::Unreachable, now);
            }
            Party::Outside { dial, .. } => {
                self.forget_leg(leg);
                self.tell_flow(leg.call, FlowInput::Dialled { dial, result: DialResult::Failed }, now);
            }
        }
    }

    /// Sends the INVITE of an outgoing leg.
    pub(super) fn invite(&mut self, id: LegId, now: Now) {
        let Some(call) = self.calls.get(&id.call) else { return };
        let shown = match call.legs.get(&id.n).map(|leg| &leg.party) {
            Some(Party::Outside { caller_id, .. }) => Some(caller_id.clone().unwrap_or_else(|| call.called.clone())),
            Some(Party::Customer) => call.caller.clone(),
            Some(Party::Agent { .. } | Party::Target { .. } | Party::Supervisor { .. } | Party::Caller) | None => {
                call.remote()
            }
            Some(Party::Asked { .. } | Party::Asker { .. }) => call.talk.as_ref().map(|talk| talk.agent.clone()),
        };
        let from = CallerId {
            user: shown.unwrap_or_else(|| "anonymous".to_owned()),
            display_name: call.customer.as_ref().and_then(|customer| customer.name.clone()),
            presentation: Default::default(),
        };
        let (first_trunk, called) = (self.outside_trunk(), call.called.clone());
        let goes_out = call.legs.get(&id.n).is_some_and(Leg::goes_out);
        let barred = if goes_out { self.barred_trunks(now) } else { Default::default() };
        let mut rng = self.rng.fork();
        let Some(leg) = self.leg_mut(id) else { return };
        let Some(Ok(body)) = leg.sdp.as_mut().map(|sdp| sdp.make_offer(Direction::SendRecv, &mut rng)) else { return };
        leg.state = LegState::Calling;
        let (session, secure_only) = (leg.session, leg.offers_srtp());
        let (to, ring_timeout) = match &leg.party {
            // The skill groups watch the answer timeout.
            Party::Agent { no, .. } => (Destination::Account(no.clone()), None),
            Party::Target { no, .. } | Party::Asked { no, .. } => {
                (Destination::Account(no.clone()), Some(TARGET_TIMEOUT))
            }
            Party::Supervisor { no, .. } => (Destination::Account(no.clone()), Some(SUPERVISOR_TIMEOUT)),
            Party::Customer => (Destination::Trunk { name: first_trunk, number: called }, Some(CUSTOMER_TIMEOUT)),
            Party::Outside { number, trunk, .. } => {
                let name = trunk.clone().unwrap_or(first_trunk);
                (Destination::Trunk { name, number: number.clone() }, Some(DIAL_TIMEOUT))
            }
            Party::Caller | Party::Asker { .. } => return,
        };
        let invite = Invite {
            session,
            to,
            from,
            body: Some(Body::sdp(body)),
            headers: vec![("X-Hotline-Call".to_owned(), id.call.to_string())],
            ring_timeout,
            replaces: None,
            barred,
            secure_only,
        };
        self.endpoint.command(Command::Invite(Box::new(invite)), now);
        if let Some(sip_call_id) = self.endpoint.sip_call_id(session) {
            self.outputs.push_back(Output::SipDialog { call: id.call, sip_call_id });
        }
    }

    /// The first trunk that can carry calls.
    fn outside_trunk(&self) -> String {
        let trunk = self.world.directory.trunks.iter().find(|trunk| trunk.uri.is_some());
        trunk.map(|trunk| trunk.name.clone()).unwrap_or_default()
    }

    pub(super) fn dial_outside(&mut self, id: CallId, party: Party) {
        let session = self.endpoint.new_session();
        let Some(call) = self.call_mut(id) else { return };
        let leg = call.add_leg(Leg::new(party, session));
        self.sessions.insert(session, leg);
        self.outputs.push_back(Output::OpenMedia { leg });
    }

    /// The skill groups took the call away from a phone that rings (or has just failed).
    pub(super) fn stop_ringing(&mut self, id: CallId, agent: &str, why: RingEnd, now: Now) {
        let Some(call) = self.call_mut(id) else { return };
        let leg = call.agent_leg(agent);
        call.record(leg, What::RingEnded { agent: agent.to_owned(), why }, now);
        self.live(Live::RingEnded { call: id, at: now.utc, agent: agent.to_owned(), why });
        if let Some(n) = leg {
            self.hang_up_leg(id.leg(n), HangupReason::Normal, now);
        }
    }

    pub(super) fn hang_up_agent(&mut self, id: CallId, agent: &str, now: Now) {
        if let Some(n) = self.calls.get(&id).and_then(|call| call.agent_leg(agent)) {
            self.hang_up_leg(id.leg(n), HangupReason::Normal, now);
        }
    }
}
