//! UPDATE of theirs: a change of the session that needs no ACK and may come before the answer (RFC 3311 5.2).

use super::core::Core;
use super::event::Event;
use super::reply::{ALLOW, with_body};
use super::session::{Change, Session, Stage};
use super::session_timer::Agreed;
use crate::base::Instant;
use crate::sip::dialog::Body;
use crate::sip::transaction::ServerTx;
use crate::sip::{HeaderName, Message};

impl Session {
    pub(super) fn on_update(&mut self, core: &mut Core, tx: ServerTx, request: &Message, now: Instant) {
        let Some(body) = Body::of(request) else { return self.on_empty_update(core, tx, request, now) };
        match &mut self.stage {
            Stage::Up(up) => match up.change {
                Change::Asked { .. } => core.answer_later(tx, now),
                Change::Sent { .. } | Change::Owed { .. } => core.answer(tx, 491, now),
                Change::None | Change::Backoff { .. } if up.unacked.as_ref().is_some_and(|unacked| unacked.offered) => {
                    core.answer(tx, 491, now);
                }
                Change::None | Change::Backoff { .. } => {
                    up.put_back();
                    up.change = Change::Asked { tx };
                    core.emit(Event::Reoffer { session: self.id, body: Some(body) });
                }
            },
            // The offer of their INVITE has no answer yet.
            Stage::Incoming(_) => core.answer_later(tx, now),
            // The offer of ours has none.
            Stage::Calling(_) => core.answer(tx, 491, now),
            Stage::Closing(_) | Stage::Over => core.answer(tx, 481, now),
        }
    }

    /// Without an offer it refreshes the target, or the session timer.
    fn on_empty_update(&mut self, core: &mut Core, tx: ServerTx, request: &Message, now: Instant) {
        let Some(dialog) = self.dialog_of(request) else { return core.answer(tx, 481, now) };
        dialog.refresh_target(request);
        let mut agreed = None;
        if let Stage::Up(up) = &mut self.stage {
            agreed = core.agree(tx, up.timer.as_ref());
            up.timer = agreed.map(|agreed| agreed.start(now));
        }
        core.accept_update(tx, None, agreed, now);
    }
}

impl Core {
    /// 200 to an UPDATE.
    pub(super) fn accept_update(&mut self, tx: ServerTx, body: Option<&Body>, agreed: Option<Agreed>, now: Instant) {
        let Some(response) = self.response(tx, 200, None) else { return };
        let response = self.with_contact(tx, response).header(HeaderName::Allow, ALLOW);
        let response = match agreed {
            Some(agreed) => agreed.stamp(response),
            None => response,
        };
        self.respond(tx, 200, with_body(response, body), now);
    }

    /// RFC 3261 14.2, RFC 3311 5.2: another offer of theirs waits for its answer.
    pub(super) fn answer_later(&mut self, tx: ServerTx, now: Instant) {
        let wait = self.rng.below(10).to_string();
        self.answer_with(tx, 500, HeaderName::RetryAfter, &wait, now);
    }
}
