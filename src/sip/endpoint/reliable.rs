//! Provisional responses that are sent until they are acknowledged by PRACK (RFC 3262), as called and as calling side.

use std::time::Duration;

use bytes::Bytes;

use super::core::Core;
use super::event::{Event, Output};
use super::reply::{ALLOW, with_body};
use super::send::{Dispatch, Owner, Sent};
use super::session::{Incoming, Session, Stage, hop};
use crate::base::Instant;
use crate::sip::dialog::{Body, Dialog};
use crate::sip::header::{RAck, RSeq};
use crate::sip::transaction::{Flow, ServerTx, Target, Timer};
use crate::sip::{HeaderName, Message, Method, Wire};

/// The option tag (RFC 3262 8.1).
const OPTION: &str = "100rel";

/// How our provisional responses to one INVITE travel.
#[derive(Debug, Default)]
pub(super) struct Reliability {
    required: bool,
    supported: bool,
    /// The INVITE has no offer: the first reliable response would have to make one (RFC 3262 5), which is left to our
    /// 2xx. So none goes out, and the caller sees the 100 until then.
    offerless: bool,
    last_rseq: Option<u32>,
    pending: Option<Unpracked>,
    /// The newest provisional response that waits for the PRACK of the one before.
    waiting: Option<(u16, Option<Body>)>,
    /// The 2xx waits for the PRACK of a response with a body (RFC 3262 3).
    accepting: Option<Option<Body>>,
}

/// A provisional response that waits for its PRACK.
#[derive(Debug)]
struct Unpracked {
    rseq: u32,
    bytes: Bytes,
    to: Target,
    has_body: bool,
    resend_at: Instant,
    interval: Duration,
    give_up: Instant,
}

/// What a PRACK must name that still may come after our 2xx.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct LatePrack(u32);

impl Reliability {
    pub(super) fn of(invite: &Message) -> Self {
        let has = |name: HeaderName| invite.header(name).any(|option| option.eq_ignore_case(OPTION));
        let (required, supported) = (has(HeaderName::Require), has(HeaderName::Supported));
        Reliability { required, supported, offerless: Body::of(invite).is_none(), ..Reliability::default() }
    }

    /// Whether a provisional response is sent reliably: when the caller insists, or when it carries media.
    fn applies(&self, body: Option<&Body>) -> bool {
        self.required || (self.supported && body.is_some() && !self.offerless)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.pending.as_ref().map(|pending| pending.resend_at.min(pending.give_up))
    }

    /// The 2xx goes out: what may still be acknowledged.
    pub(super) fn finish(self) -> Option<LatePrack> {
        self.pending.map(|pending| LatePrack(pending.rseq))
    }

    /// Keeps the 2xx back until its time. True when it must wait.
    pub(super) fn holds_back(&mut self, body: Option<&Body>) -> bool {
        let waits = self.pending.as_ref().is_some_and(|pending| pending.has_body);
        if waits {
            self.accepting = Some(body.cloned());
        }
        waits
    }
}

impl Session {
    /// 101 to 199.
    pub(super) fn provisional(&mut self, core: &mut Core, status: u16, body: Option<&Body>, now: Instant) {
        let Stage::Incoming(incoming) = &mut self.stage else { return };
        let status = status.clamp(101, 199);
        match (incoming.reliability.applies(body), &incoming.reliability.pending) {
            (true, _) if incoming.reliability.offerless => {}
            (true, Some(_)) => incoming.reliability.waiting = Some((status, body.cloned())),
            (true, None) => incoming.send_reliably(core, status, body, now),
            (false, _) => {
                if let Some(response) = core.response(incoming.tx, status, None) {
                    let response = core.with_contact(incoming.tx, response).header(HeaderName::Allow, ALLOW);
                    core.respond(incoming.tx, status, with_body(response, body), now);
                }
            }
        }
    }

    /// Their PRACK (RFC 3262 3).
    pub(super) fn on_prack(&mut self, core: &mut Core, tx: ServerTx, request: &Message, now: Instant) {
        let named = request.typed::<RAck>().and_then(Result::ok).filter(|rack| rack.method == Method::Invite);
        let Some(named) = named else { return core.answer(tx, 400, now) };
        let is_ours = match &mut self.stage {
            Stage::Incoming(incoming) => incoming.is_acknowledged(core, &named),
            Stage::Up(up) => up.late_prack.take_if(|late| late.0 == named.rseq).is_some(),
            Stage::Calling(_) | Stage::Closing(_) | Stage::Over => false,
        };
        let status = match is_ours {
            // A new offer in it would need its answer here (RFC 3262 5); a re-INVITE can make it later.
            true if Body::of(request).is_some() => 488,
            true => 200,
            false => 481,
        };
        core.answer(tx, status, now);
        if is_ours {
            self.go_on(core, now);
        }
    }

    /// What waited for a PRACK: the next provisional response, or the 2xx.
    fn go_on(&mut self, core: &mut Core, now: Instant) {
        let Stage::Incoming(incoming) = &mut self.stage else { return };
        let (accepting, waiting) = (incoming.reliability.accepting.take(), incoming.reliability.waiting.take());
        match (accepting, waiting) {
            (Some(body), _) => self.accept(core, body.as_ref(), now),
            (None, Some((status, body))) => incoming.send_reliably(core, status, body.as_ref(), now),
            (None, None) => {}
        }
    }

    /// RFC 3262 3: nobody acknowledges within 64*T1, so the INVITE is refused.
    pub(super) fn prack_timeout(&mut self, core: &mut Core, now: Instant) {
        let Stage::Incoming(incoming) = &mut self.stage else { return };
        let Some(pending) = &mut incoming.reliability.pending else { return };
        if pending.give_up <= now {
            core.answer(incoming.tx, 504, now);
            self.stage = Stage::Over;
            core.emit(Event::Cancelled { session: self.id, elsewhere: false });
        } else if pending.resend_at <= now {
            pending.interval = core.config.timers.next(Timer::A, pending.interval);
            pending.resend_at = now + pending.interval;
            core.outputs.push_back(Output::Transmit { to: pending.to.clone(), bytes: pending.bytes.clone() });
        }
    }

    /// Acknowledges a reliable provisional response to our INVITE in its early dialog (RFC 3262 4). False: it came
    /// before, or out of order, and means nothing.
    pub(super) fn acknowledge_provisional(
        &mut self,
        core: &mut Core,
        response: &Message,
        flow: Flow,
        now: Instant,
    ) -> bool {
        let Stage::Calling(calling) = &mut self.stage else { return false };
        let Some(early) = calling.early.iter_mut().find(|early| early.dialog.owns_response(response)) else {
            return false;
        };
        let (Some(Ok(RSeq(rseq))), Ok(cseq)) = (response.typed::<RSeq>(), response.cseq()) else { return false };
        if early.last_rseq.is_some_and(|last| last.checked_add(1) != Some(rseq)) {
            return false;
        }
        early.last_rseq = Some(rseq);
        if early.answer.is_none() {
            early.answer = Body::of(response);
        }
        let rack = RAck { rseq, cseq: cseq.number, method: Method::Invite };
        let draft = early.dialog.request(Method::Prack).header(HeaderName::RAck, rack.to_text());
        let hop = hop(&self.peer, Some(flow), &early.dialog);
        // Without an answer the INVITE's own timers decide.
        let _unsent: Dispatch = core.send(Sent::new(Owner::Prack { session: self.id }, draft), hop, now);
        true
    }
}

impl Incoming {
    fn send_reliably(&mut self, core: &mut Core, status: u16, body: Option<&Body>, now: Instant) {
        let Some(response) = core.response(self.tx, status, None) else { return };
        let Some(to) = core.transactions.server_target(self.tx).cloned() else { return };
        // RFC 3262 3: the first number is random and below 2^31, so that it cannot wrap.
        let first = u32::try_from(core.rng.below(1 << 30)).unwrap_or(0);
        let rseq = self.reliability.last_rseq.unwrap_or(first).saturating_add(1);
        let response = core
            .with_contact(self.tx, response)
            .header(HeaderName::Allow, ALLOW)
            .header(HeaderName::Require, OPTION)
            .header(HeaderName::RSeq, RSeq(rseq));
        let Some(message) = core.respond(self.tx, status, with_body(response, body), now) else { return };
        let (interval, give_up) = (core.config.timers.t1, now + core.config.timers.timeout());
        let (bytes, has_body) = (message.raw().clone(), body.is_some());
        self.reliability.last_rseq = Some(rseq);
        self.reliability.pending =
            Some(Unpracked { rseq, bytes, to, has_body, resend_at: now + interval, interval, give_up });
    }

    /// The response that waits is the one that the PRACK names.
    fn is_acknowledged(&mut self, core: &Core, named: &RAck) -> bool {
        let invite = core.request(self.tx).and_then(|invite| invite.cseq().ok()).map(|cseq| cseq.number);
        let this = |pending: &mut Unpracked| pending.rseq == named.rseq && invite == Some(named.cseq);
        self.reliability.pending.take_if(this).is_some()
    }
}

/// A dialog that a provisional response to our INVITE made.
#[derive(Debug)]
pub(super) struct Early {
    pub dialog: Dialog,
    last_rseq: Option<u32>,
    /// The answer to our offer, if a reliable response carried it: the 2xx need not repeat it (RFC 3262 5).
    pub answer: Option<Body>,
}

impl Early {
    pub(super) fn new(dialog: Dialog) -> Self {
        Early { dialog, last_rseq: None, answer: None }
    }
}

/// The response wants a PRACK.
pub(super) fn is_reliable(response: &Message) -> bool {
    response.header(HeaderName::Require).any(|option| option.eq_ignore_case(OPTION))
}
