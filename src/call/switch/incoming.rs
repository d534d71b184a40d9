//! A new call comes in.

use std::time::Duration;

use super::calls::{Call, Program};
use super::core::Switch;
use super::leg::{Leg, LegState, Party};
use super::output::Output;
use super::world::{NumberRule, Target};
use crate::base::{CallId, LegId, Now};
use crate::call::event::{Direction, EndCause, EndedBy, Source, What};
use crate::call::live::Live;
use crate::ivr::session::{CallFacts, Flows, Input as FlowInput, Session};
use crate::sdp;
use crate::sip::endpoint::{Body, Command, Incoming, Origin, SessionId};

/// What a caller is told to wait when there is no place (Retry-After, seconds).
const RETRY_AFTER_S: &str = "5";

impl Switch {
    pub(super) fn on_incoming(&mut self, incoming: Incoming, now: Now) {
        if self.closing || self.overloaded || self.calls.len() >= self.config.max_calls {
            metrics::counter!("hotline_calls_refused_total", "why" => "overload").increment(1);
            return self.reject_overloaded(incoming.session, now);
        }
        let rule = self.world.number(&incoming.called).cloned();
        if let (None, Some(id)) = (&rule, self.consulted_in(&incoming)) {
            return self.consult(id, incoming, now);
        }
        let id = self.ids.next_call(now.utc);
        let session = incoming.session;
        let (source, direction) = match &incoming.origin {
            Origin::Trunk(name) => (Source::Trunk(name.clone()), Direction::Inbound),
            Origin::Account(user) => (Source::Agent(user.clone()), Direction::Internal),
        };
        let mut call = Call::new(id, direction, incoming.caller.clone(), incoming.called.clone(), now);
        let started = What::Started {
            direction,
            caller: incoming.caller.clone(),
            called: incoming.called.clone(),
            source,
            sip_call_id: Some(incoming.sip_call_id.clone()),
        };
        let mut leg = Leg::new(Party::Caller, session);
        leg.offer = incoming.body.as_ref().map(|body| body.bytes.clone());
        leg.registered = matches!(incoming.origin, Origin::Account(_));
        leg.secure = incoming.flow.transport.is_secure();
        leg.signalling = Some(incoming.flow.remote.ip());
        let barred = self.must_not_talk(&leg);
        let leg = call.add_leg(leg);
        call.record(Some(0), started, now);
        self.sessions.insert(session, leg);
        self.outputs.push_back(Output::SipDialog { call: id, sip_call_id: incoming.sip_call_id });
        self.calls.insert(id, call);
        self.live(Live::Started { call: id, at: now.utc, caller: incoming.caller, called: incoming.called.clone() });
        match rule {
            Some(_) if barred => self.refuse(id, 488, EndCause::NotAcceptable, now),
            Some(rule) if rule.takes_calls && (!rule.internal || direction == Direction::Internal) => {
                self.accept_number(leg, &incoming.called, &rule, incoming.body.as_ref(), now);
            }
            Some(_) => self.refuse(id, 403, EndCause::NotAllowed, now),
            None => self.refuse(id, 404, EndCause::UnknownNumber, now),
        }
    }

    fn accept_number(&mut self, leg: LegId, called: &str, rule: &NumberRule, body: Option<&Body>, now: Now) {
        let id = leg.call;
        if body.is_some_and(|body| !body.content_type.eq_ignore_ascii_case("application/sdp")) {
            return self.refuse(id, 415, EndCause::NotAcceptable, now);
        }
        let Some((program, flow)) = self.program_for(id, called, &rule.target, now) else {
            return self.refuse(id, 480, EndCause::FlowFault, now);
        };
        let asks = self.world.asks_for_last_agent(&rule.target);
        let Some(call) = self.call_mut(id) else { return };
        call.program = program;
        if let Some((flow, version)) = flow {
            call.flow = Some((flow.clone(), version));
            call.record(None, What::FlowStarted { flow, version }, now);
        }
        if let (true, Some(number), Direction::Inbound) = (asks, call.caller.clone(), call.direction) {
            self.outputs.push_back(Output::LookUpCaller { call: id, number, card: false });
        }
        self.outputs.push_back(Output::OpenMedia { leg });
    }

    /// What runs a caller of this target, reached by the number `called`, with the flow's id and version.
    pub(super) fn program_for(
        &self,
        id: CallId,
        called: &str,
        target: &Target,
        now: Now,
    ) -> Option<(Program, Option<(String, i64)>)> {
        let (flow, published) = match target {
            Target::Echo => return Some((Program::Echo, None)),
            Target::Tone => return Some((Program::Tone, None)),
            Target::Flow(flow) => (flow, self.world.flows.get(flow)?),
            Target::Draft(flow) => (flow, self.world.drafts.get(flow)?),
        };
        let call = self.calls.get(&id)?;
        let facts = CallFacts { caller: call.caller.clone(), called: called.to_owned(), call_id: id.to_string() };
        let session =
            Session::new(Flows::new(published.flow.clone(), published.subflows.values().cloned()), facts, now);
        Some((Program::Flow(Box::new(session)), Some((flow.clone(), published.version))))
    }

    /// Ports for the caller are open: answer, at once or after some ringing.
    pub(super) fn on_caller_media(&mut self, leg: LegId, now: Now) {
        let Some(call) = self.calls.get(&leg.call) else { return };
        let delay = self.world.number(&call.called).map_or(0, |rule| rule.answer_after_ms);
        if delay == 0 {
            return self.accept_caller(leg.call, now);
        }
        let answer_at = now.instant + Duration::from_millis(delay);
        let Some(caller) = self.leg_mut(leg) else { return };
        caller.state = LegState::Alerting { answer_at };
        let session = caller.session;
        self.endpoint.command(Command::Provisional { session, status: 180, body: None }, now);
    }

    /// Sends the 200 with our answer (or, to an offerless INVITE, our offer).
    pub(super) fn accept_caller(&mut self, id: CallId, now: Now) {
        let mut rng = self.rng.fork();
        let Some(leg) = self.leg_mut(id.leg(0)) else { return };
        let session = leg.session;
        let offer = leg.offer.take();
        let Some(sdp) = &mut leg.sdp else { return };
        let body = match offer {
            Some(offer) => sdp.answer_offer(&offer, sdp::Direction::SendRecv, &mut rng).map(|(body, _)| body),
            None => sdp.make_offer(sdp::Direction::SendRecv, &mut rng),
        };
        let body = match body {
            Ok(body) => body,
            Err(error) => {
                tracing::debug!(call = %id, %error, "offer refused");
                return self.refuse(id, error.status(), EndCause::NotAcceptable, now);
            }
        };
        leg.state = LegState::Accepted;
        self.set_remote(id.leg(0));
        self.endpoint.command(Command::Accept { session, body: Some(Body::sdp(body)) }, now);
    }

    /// The ACK came: the caller hears us from here on.
    pub(super) fn on_acked(&mut self, leg: LegId, body: Option<Body>, now: Now) {
        let Some(caller) = self.leg_mut(leg) else { return };
        if caller.state != LegState::Accepted {
            return;
        }
        caller.state = LegState::Up;
        if let Some(sdp) = caller.sdp.as_mut().filter(|sdp| sdp.has_pending_offer()) {
            let answer = body.map(|body| body.bytes).unwrap_or_default();
            if sdp.read_answer(&answer).is_err() {
                return match leg.n {
                    0 => self.end_call(leg.call, EndCause::NotAcceptable, EndedBy::Switch, now),
                    _ => self.on_other_side_gone(leg, EndCause::NotAcceptable, now),
                };
            }
            self.set_remote(leg);
        }
        if leg.n == 0 {
            self.start_program(leg.call, now);
        }
    }

    fn start_program(&mut self, id: CallId, now: Now) {
        let Some(call) = self.call_mut(id) else { return };
        match &call.program {
            Program::Flow(_) => self.tell_flow(id, FlowInput::Start, now),
            Program::Echo => self.echo(id),
            Program::Tone => self.play_tone(id),
            Program::None => {}
        }
    }

    /// Refuses the caller's INVITE and ends the call.
    pub(super) fn refuse(&mut self, id: CallId, status: u16, cause: EndCause, now: Now) {
        let Some(session) = self.calls.get(&id).and_then(Call::caller_leg).map(|leg| leg.session) else { return };
        let headers = match status {
            503 => vec![("Retry-After".to_owned(), RETRY_AFTER_S.to_owned())],
            _ => Vec::new(),
        };
        self.endpoint.command(Command::Reject { session, status, reason: None, headers }, now);
        self.end_call(id, cause, EndedBy::Switch, now);
    }

    fn reject_overloaded(&mut self, session: SessionId, now: Now) {
        let headers = vec![("Retry-After".to_owned(), RETRY_AFTER_S.to_owned())];
        self.endpoint.command(Command::Reject { session, status: 503, reason: None, headers }, now);
    }
}
