//! Requests of theirs within a session's dialog (RFC 3261 12.2.2).

use super::core::Core;
use super::event::{EndReason, Event};
use super::reply::ALLOW;
use super::send::{Dispatch, Owner, Sent};
use super::session::{Calling, Change, Closing, Session, Stage};
use super::unacked::AckOf;
use crate::base::Instant;
use crate::sip::dialog::{Body, Dialog, Order};
use crate::sip::transaction::{Flow, ServerTx};
use crate::sip::{HeaderName, Message, Method};

impl Session {
    /// The dialog that a request of theirs belongs to.
    pub(super) fn dialog_of(&mut self, request: &Message) -> Option<&mut Dialog> {
        let dialogs: &mut [Dialog] = match &mut self.stage {
            Stage::Calling(Calling { early, .. }) => {
                return early.iter_mut().map(|early| &mut early.dialog).find(|dialog| dialog.owns_request(request));
            }
            Stage::Incoming(incoming) => std::slice::from_mut(&mut incoming.dialog),
            Stage::Up(up) => std::slice::from_mut(&mut up.dialog),
            Stage::Closing(Closing { unacked: Some((dialog, ..)), .. }) => std::slice::from_mut(dialog),
            Stage::Closing(Closing { unacked: None, .. }) | Stage::Over => &mut [],
        };
        dialogs.iter_mut().find(|dialog| dialog.owns_request(request))
    }

    /// Any request but ACK and CANCEL.
    pub(super) fn on_request(&mut self, core: &mut Core, tx: ServerTx, request: &Message, flow: Flow, now: Instant) {
        let Some(cseq) = request.cseq().ok().map(|cseq| cseq.number) else { return core.answer(tx, 400, now) };
        let order = match self.dialog_of(request) {
            Some(dialog) => dialog.receive(cseq),
            None => return core.answer(tx, 481, now),
        };
        if order == Order::OutOfOrder {
            return core.answer(tx, 500, now);
        }
        if core.refuse_within(tx, request, now) {
            return;
        }
        self.follow(flow);
        match request.method() {
            Some(Method::Bye) => self.on_bye(core, tx, now),
            Some(Method::Invite) => match self.stage {
                Stage::Up(_) => self.on_reinvite(core, tx, request, now),
                Stage::Incoming(_) | Stage::Calling(_) => core.answer(tx, 491, now),
                Stage::Closing(_) | Stage::Over => core.answer(tx, 481, now),
            },
            Some(Method::Update) => self.on_update(core, tx, request, now),
            Some(Method::Prack) => self.on_prack(core, tx, request, now),
            Some(Method::Info) => self.on_info(core, tx, request, now),
            Some(Method::Refer) => self.on_refer(core, tx, request, flow, now),
            Some(Method::Options) => core.answer_with(tx, 200, HeaderName::Allow, ALLOW, now),
            Some(Method::Other(_)) => core.answer_with(tx, 501, HeaderName::Allow, ALLOW, now),
            _ => core.answer_with(tx, 405, HeaderName::Allow, ALLOW, now),
        }
    }

    /// A phone that moved within its network (a new NAT port, a new connection) is followed; another address is not.
    fn follow(&mut self, flow: Flow) {
        if let Some(known) = &mut self.flow
            && known.remote.ip() == flow.remote.ip()
        {
            *known = flow;
        }
    }

    fn on_bye(&mut self, core: &mut Core, tx: ServerTx, now: Instant) {
        core.answer(tx, 200, now);
        match std::mem::replace(&mut self.stage, Stage::Over) {
            // RFC 3261 15.1.2: what they still wait for is over too.
            Stage::Incoming(incoming) => {
                core.answer(incoming.tx, 487, now);
                core.emit(Event::Cancelled { session: self.id, elsewhere: false });
            }
            Stage::Up(up) => {
                if let Change::Asked { tx } = up.change {
                    core.answer(tx, 487, now);
                }
                up.refer.abandon(core, now);
                core.emit(Event::Ended { session: self.id, by_remote: true, reason: EndReason::Bye });
            }
            // Only the caller may end an early dialog by BYE (RFC 3261 15): a callee's is answered and means nothing.
            Stage::Calling(calling) => self.stage = Stage::Calling(calling),
            Stage::Closing(_) | Stage::Over => {}
        }
    }

    /// Their CANCEL of the INVITE or re-INVITE of `tx`.
    pub(super) fn on_cancel(&mut self, core: &mut Core, tx: ServerTx, cancel: &Message, now: Instant) {
        match &self.stage {
            Stage::Incoming(incoming) if incoming.tx == tx => self.cancelled(core, cancel, now),
            Stage::Up(up) if matches!(up.change, Change::Asked { tx: asked } if asked == tx) => {
                self.reoffer_cancelled(core, now)
            }
            Stage::Incoming(_) | Stage::Calling(_) | Stage::Up(_) | Stage::Closing(_) | Stage::Over => {}
        }
    }

    fn on_info(&mut self, core: &mut Core, tx: ServerTx, request: &Message, now: Instant) {
        core.answer(tx, 200, now);
        if let Some(body) = Body::of(request) {
            core.emit(Event::Info { session: self.id, body });
        }
    }

    /// The ACK of a 2xx of ours.
    pub(super) fn on_ack(&mut self, core: &mut Core, ack: &Message, now: Instant) {
        let Ok(cseq) = ack.cseq() else { return };
        if self.dialog_of(ack).is_none() {
            return;
        }
        match &mut self.stage {
            Stage::Up(up) => {
                let Some(unacked) = up.unacked.take_if(|unacked| unacked.cseq == cseq.number) else { return };
                let (session, body) = (self.id, Body::of(ack));
                core.emit(match unacked.of {
                    AckOf::Invite => Event::Acked { session, body },
                    AckOf::Reinvite => Event::ReofferAcked { session, body },
                });
                self.next_change(core, now);
            }
            Stage::Closing(closing) => {
                let acked = closing.unacked.take_if(|(_, unacked, _)| unacked.cseq == cseq.number);
                if let Some((mut dialog, _, reason)) = acked {
                    self.send_bye(core, &mut dialog, reason, now);
                }
            }
            Stage::Incoming(_) | Stage::Calling(_) | Stage::Over => {}
        }
    }

    /// The switch sends INFO.
    pub(super) fn info(&mut self, core: &mut Core, body: Body, now: Instant) {
        let Stage::Up(up) = &mut self.stage else { return };
        let draft = up.dialog.request(Method::Info).body(Some(body));
        let Stage::Up(up) = &self.stage else { return };
        let hop = self.hop(&up.dialog);
        let _unsent: Dispatch = core.send(Sent::new(Owner::Info { session: self.id }, draft), hop, now);
    }
}
