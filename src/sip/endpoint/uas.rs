//! The called side of a session: from their INVITE to our final response (RFC 3261 13.3).

use std::time::Duration;

use super::core::Core;
use super::event::{EndReason, Event};
use super::reliable::Reliability;
use super::reply::{ALLOW, SUPPORTED_TEXT, with_body};
use super::session::{Incoming, Session, Stage, Up};
use super::session_timer::{Agreed, allows_update};
use super::unacked::{AckOf, Unacked};
use crate::base::Instant;
use crate::sip::dialog::{Body, Dialog};
use crate::sip::header::Expires;
use crate::sip::transaction::ServerTx;
use crate::sip::{HeaderName, Message, Reason};

/// How long a call may go unanswered when its INVITE has no Expires.
const LONGEST_UNANSWERED: Duration = Duration::from_secs(600);
/// RFC 3261 13.3.1.1.
const REMIND_EVERY: Duration = Duration::from_secs(60);

impl Incoming {
    pub(super) fn new(tx: ServerTx, dialog: Dialog, invite: &Message, now: Instant) -> Self {
        let expires = invite.typed::<Expires>().and_then(Result::ok).filter(|expires| expires.0 > 0);
        let patience = expires.map_or(LONGEST_UNANSWERED, |expires| Duration::from_secs(expires.0.into()));
        let (until, remind_at) = (now + patience.min(LONGEST_UNANSWERED), now + REMIND_EVERY);
        Incoming { tx, dialog, until, remind_at, reliability: Reliability::of(invite) }
    }
}

impl Session {
    /// The caller's patience is over, or proxies are to be told that ours is not.
    pub(super) fn incoming_timeout(&mut self, core: &mut Core, now: Instant) {
        let Stage::Incoming(incoming) = &mut self.stage else { return };
        if incoming.until <= now {
            core.answer(incoming.tx, 487, now);
            self.stage = Stage::Over;
            return core.emit(Event::Cancelled { session: self.id, elsewhere: false });
        }
        if incoming.remind_at <= now {
            incoming.remind_at = now + REMIND_EVERY;
            core.transactions.request_again(incoming.tx);
        }
        self.prack_timeout(core, now);
    }

    /// 200, sent again until its ACK comes.
    pub(super) fn accept(&mut self, core: &mut Core, body: Option<&Body>, now: Instant) {
        let Stage::Incoming(incoming) = &mut self.stage else { return };
        if incoming.reliability.holds_back(body) {
            return;
        }
        let tx = incoming.tx;
        let peer_updates = core.request(tx).is_some_and(allows_update);
        let agreed = core.agree(tx, None);
        let Some(unacked) = accept_invite(core, tx, body, agreed, AckOf::Invite, now) else { return };
        if let Stage::Incoming(incoming) = std::mem::replace(&mut self.stage, Stage::Over) {
            let timer = agreed.map(|agreed| agreed.start(now));
            let up = Up { unacked: Some(unacked), timer, peer_updates, ..Up::new(incoming.dialog) };
            let (late_prack, sdp) = (incoming.reliability.finish(), body.cloned());
            self.stage = Stage::Up(Box::new(Up { late_prack, sdp, ..up }));
        }
    }

    /// 300 to 699; the switch wanted it, and is told that the call is over.
    pub(super) fn reject(
        &mut self,
        core: &mut Core,
        status: u16,
        reason: Option<&str>,
        headers: &[(String, String)],
        now: Instant,
    ) {
        let Stage::Incoming(Incoming { tx, .. }) = &self.stage else { return };
        let (tx, status) = (*tx, status.clamp(300, 699));
        if let Some(mut response) = core.response(tx, status, reason) {
            for (name, value) in headers {
                response = response.named(name, value.as_str());
            }
            core.respond(tx, status, response, now);
        }
        self.stage = Stage::Over;
        core.emit(Event::Ended { session: self.id, by_remote: false, reason: EndReason::Rejected });
    }

    /// Their CANCEL, already answered with 200 (RFC 3261 9.2). Too late after our final response.
    pub(super) fn cancelled(&mut self, core: &mut Core, cancel: &Message, now: Instant) {
        let Stage::Incoming(Incoming { tx, .. }) = &self.stage else { return };
        core.answer(*tx, 487, now);
        self.stage = Stage::Over;
        let completed = |reason: Reason| reason.protocol.eq_ignore_case("SIP") && reason.cause() == Some(200);
        let elsewhere = cancel.all::<Reason>().flatten().any(completed);
        core.emit(Event::Cancelled { session: self.id, elsewhere });
    }
}

/// Sends a 200 to an INVITE or re-INVITE; what waits for its ACK.
pub(super) fn accept_invite(
    core: &mut Core,
    tx: ServerTx,
    body: Option<&Body>,
    agreed: Option<Agreed>,
    of: AckOf,
    now: Instant,
) -> Option<Unacked> {
    let cseq = core.request(tx)?.cseq().ok()?.number;
    let offered = body.is_some() && Body::of(core.request(tx)?).is_none();
    let to = core.transactions.server_target(tx)?.clone();
    let response = core.response(tx, 200, None)?;
    let response =
        core.with_contact(tx, response).header(HeaderName::Allow, ALLOW).header(HeaderName::Supported, SUPPORTED_TEXT);
    let response = match agreed {
        Some(agreed) => agreed.stamp(response),
        None => response,
    };
    let message = core.respond(tx, 200, with_body(response, body), now)?;
    let mut unacked = Unacked::new(core, cseq, message.raw().clone(), to, of, now);
    unacked.offered = offered;
    Some(unacked)
}
