//! Changes of an answered session: re-INVITE both ways, one at a time, and glare (RFC 3261 14).

use std::time::Duration;

use super::command::HangupReason;
use super::core::Core;
use super::event::{EndReason, Event};
use super::send::{Dispatch, Owner, Sent};
use super::session::{Change, Session, Stage, Wanted};
use super::session_timer::SessionTimer;
use super::uas::accept_invite;
use super::unacked::AckOf;
use crate::base::Instant;
use crate::sip::dialog::Body;
use crate::sip::transaction::ServerTx;
use crate::sip::{Message, Method};

impl Session {
    /// The switch wants a change; it waits for its turn when another is under way.
    pub(super) fn reoffer(&mut self, core: &mut Core, body: Option<Body>, now: Instant) {
        let Stage::Up(up) = &mut self.stage else { return };
        up.wanted = Some(Wanted(body));
        self.next_change(core, now);
    }

    /// Sends the change that waits, if nothing else is under way.
    pub(super) fn next_change(&mut self, core: &mut Core, now: Instant) {
        let Stage::Up(up) = &mut self.stage else { return };
        if !matches!(up.change, Change::None) || up.unacked.is_some() {
            return;
        }
        let Some(wanted) = up.wanted.take() else { return };
        let draft = up.dialog.request(Method::Invite).body(wanted.0.clone());
        up.change = Change::Sent { wanted };
        let draft = self.ask_again(draft);
        let Stage::Up(up) = &self.stage else { return };
        let hop = self.hop(&up.dialog);
        if core.send(Sent::new(Owner::Reoffer { session: self.id }, draft), hop, now) == Dispatch::Failed {
            self.reoffer_failed(core, 503, now);
        }
    }

    /// The switch answers the offer of a 2xx: its ACK can go.
    pub(super) fn acknowledge_offer(&mut self, core: &mut Core, body: Body, now: Instant) {
        let Stage::Up(up) = &mut self.stage else { return };
        let Change::Owed { cseq } = up.change else { return };
        up.change = Change::None;
        up.sdp = Some(body.clone());
        self.acknowledge(core, cseq, Some(body), now);
        self.next_change(core, now);
    }

    /// The back-off after glare is over.
    pub(super) fn retry_change(&mut self, core: &mut Core, now: Instant) {
        let Stage::Up(up) = &mut self.stage else { return };
        up.put_back();
        self.next_change(core, now);
    }

    /// A response to our re-INVITE.
    pub(super) fn on_reoffer_response(&mut self, core: &mut Core, response: &Message, now: Instant) {
        let (Some(status), Ok(cseq)) = (response.status(), response.cseq()) else { return };
        let Stage::Up(up) = &mut self.stage else { return };
        match status {
            0..=199 => {}
            200..=299 => {
                let Change::Sent { wanted } = &up.change else { return self.acknowledge_again(core, response) };
                let offer = wanted.0.clone();
                let offered = offer.is_some();
                up.change = Change::None;
                up.sdp = offer.or_else(|| up.sdp.take());
                up.timer = SessionTimer::of_answer(response, now);
                up.dialog.refresh_target(response);
                self.owe_ack(core, offered, cseq.number, now);
                core.emit(Event::ReofferAnswered { session: self.id, result: Ok(Body::of(response)) });
                self.next_change(core, now);
            }
            _ => self.reoffer_failed(core, status, now),
        }
    }

    /// Our re-INVITE was refused, or not answered (408), or not sent (503).
    pub(super) fn reoffer_failed(&mut self, core: &mut Core, status: u16, now: Instant) {
        let Stage::Up(up) = &mut self.stage else { return };
        let Change::Sent { wanted } = std::mem::replace(&mut up.change, Change::None) else { return };
        match status {
            491 => {
                let at = now + glare_wait(core, self.is_caller());
                if let Stage::Up(up) = &mut self.stage {
                    up.change = Change::Backoff { at, wanted };
                }
            }
            // RFC 3261 12.2.1.2: the other side knows nothing of this dialog, or is gone.
            408 | 481 => self.lost(core, now),
            _ => {
                core.emit(Event::ReofferAnswered { session: self.id, result: Err(status) });
                self.next_change(core, now);
            }
        }
    }

    /// A request in the dialog got 408 or 481.
    pub(super) fn lost(&mut self, core: &mut Core, now: Instant) {
        if let Stage::Up(_) = self.stage {
            core.emit(Event::Ended { session: self.id, by_remote: false, reason: EndReason::DialogLost });
            self.bye(core, HangupReason::Normal, now);
        }
    }

    /// Our INVITE began the call, so the Call-ID is ours (RFC 3261 14.1).
    fn is_caller(&self) -> bool {
        !self.branches.is_empty()
    }

    /// Their re-INVITE.
    pub(super) fn on_reinvite(&mut self, core: &mut Core, tx: ServerTx, request: &Message, now: Instant) {
        let Stage::Up(up) = &mut self.stage else { return };
        match up.change {
            Change::Asked { .. } => return core.answer_later(tx, now),
            Change::Sent { .. } | Change::Owed { .. } => return core.answer(tx, 491, now),
            Change::None | Change::Backoff { .. } if up.unacked.is_some() => return core.answer(tx, 491, now),
            Change::None | Change::Backoff { .. } => up.put_back(),
        }
        core.answer(tx, 100, now);
        up.change = Change::Asked { tx };
        core.emit(Event::Reoffer { session: self.id, body: Body::of(request) });
    }

    /// The switch answers their re-INVITE or UPDATE.
    pub(super) fn answer_reoffer(&mut self, core: &mut Core, answer: Result<Option<Body>, u16>, now: Instant) {
        let Stage::Up(up) = &mut self.stage else { return };
        let Change::Asked { tx } = up.change else { return };
        up.change = Change::None;
        match answer {
            Ok(body) => {
                let Some(request) = core.request(tx).cloned() else { return };
                // RFC 3261 12.2.2, RFC 6141 4.6: a request that is refused changes nothing.
                up.dialog.refresh_target(&request);
                let agreed = core.agree(tx, up.timer.as_ref());
                up.timer = agreed.map(|agreed| agreed.start(now));
                up.sdp = body.clone().or_else(|| up.sdp.take());
                if request.method() == Some(&Method::Update) {
                    core.accept_update(tx, body.as_ref(), agreed, now);
                    return self.next_change(core, now);
                }
                up.unacked = accept_invite(core, tx, body.as_ref(), agreed, AckOf::Reinvite, now);
            }
            Err(status) => {
                core.answer(tx, status.clamp(300, 699), now);
                self.next_change(core, now);
            }
        }
    }

    /// Their CANCEL of a re-INVITE that the switch has not answered.
    pub(super) fn reoffer_cancelled(&mut self, core: &mut Core, now: Instant) {
        let Stage::Up(up) = &mut self.stage else { return };
        let Change::Asked { tx } = up.change else { return };
        up.change = Change::None;
        core.answer(tx, 487, now);
        self.next_change(core, now);
    }
}

/// RFC 3261 14.1: 2.1 to 4 s for the side that made the Call-ID, 0 to 2 s for the other, in steps of 10 ms.
fn glare_wait(core: &mut Core, caller: bool) -> Duration {
    let steps = match caller {
        true => 210 + core.rng.below(191),
        false => core.rng.below(201),
    };
    Duration::from_millis(steps * 10)
}
