//! Responses to requests of ours, and requests that get none.

use super::face::Endpoint;
use super::send::{Dispatch, Owner, Sent};
use super::session::Peer;
use super::session_timer;
use super::uac::decline;
use crate::base::Instant;
use crate::sip::Message;
use crate::sip::transaction::{ClientKey, ClientTx, Flow, Target};

impl Endpoint {
    /// A response that was parsed; it finds its transaction or is dropped.
    pub(super) fn on_response(&mut self, response: &Message, flow: Flow, now: Instant) {
        let (Some(status), Ok(via), Ok(cseq)) = (response.status(), response.top_via(), response.cseq()) else {
            return;
        };
        let Some(branch) = via.branch() else { return };
        let key = ClientKey::new(branch.as_bytes(), cseq.method.as_bytes());
        let Some(delivery) = self.core.transactions.response(&key, status, now) else { return };
        if delivery.needs_ack {
            self.core.acknowledge_failure(delivery.tx, response);
        }
        let Some(sent) = self.core.transactions.client(delivery.tx).cloned() else { return };
        if matches!(status, 401 | 407) && self.answer_challenge(delivery.tx, &sent, response, now) {
            return;
        }
        if status == 422 && self.accept_longer_interval(delivery.tx, &sent, response, now) {
            return;
        }
        self.deliver(sent, response, flow, now);
    }

    /// Gives a response to whom it is for.
    fn deliver(&mut self, sent: Sent, response: &Message, flow: Flow, now: Instant) {
        let (Some(status), Ok(cseq)) = (response.status(), response.cseq()) else { return };
        match sent.owner {
            Owner::Invite { session, branch } => {
                let told = self.with_session(session, now, |session, core| {
                    session.on_invite_response(core, branch, response, flow, now);
                });
                if told.is_none() && (200..300).contains(&status) {
                    decline(&mut self.core, &Peer::Uri, flow, &sent.draft, response, now);
                }
            }
            Owner::Reoffer { session } => {
                self.with_session(session, now, |session, core| session.on_reoffer_response(core, response, now));
            }
            Owner::Refresh { session } => {
                self.with_session(session, now, |session, core| session.on_refresh_response(core, response, now));
            }
            Owner::Bye { session } if status >= 200 => self.bye_done(session, now),
            Owner::Notify { session } if status >= 200 => {
                self.with_session(session, now, |session, core| session.notify_done(core, status < 300, now));
            }
            Owner::Info { session } if matches!(status, 408 | 481) => {
                self.with_session(session, now, |session, core| session.lost(core, now));
            }
            Owner::TrunkRegister { trunk } => {
                self.core.on_trunk_register(&trunk, response, flow, cseq.number, now);
            }
            Owner::TrunkOptions { trunk } if status >= 200 => {
                self.core.trunk_answered(&trunk, !matches!(status, 408 | 503), now);
            }
            Owner::Bye { .. }
            | Owner::Info { .. }
            | Owner::Notify { .. }
            | Owner::Ack { .. }
            | Owner::Prack { .. }
            | Owner::TrunkOptions { .. }
            | Owner::Nobody => {}
        }
    }

    /// Sends a request again whose session interval was too short, if it is still wanted.
    fn accept_longer_interval(&mut self, tx: ClientTx, sent: &Sent, response: &Message, now: Instant) -> bool {
        let wanted = match &sent.owner {
            Owner::Invite { session, branch } => self.sessions.get(session).is_some_and(|s| s.still_wants(*branch)),
            Owner::Reoffer { session } | Owner::Refresh { session } => self.sessions.contains_key(session),
            _ => false,
        };
        let Some(next) = session_timer::with_longer_interval(sent, response).filter(|_| wanted) else { return false };
        let Some(target) = self.core.transactions.client_target(tx).cloned() else { return false };
        self.send_again(next, target, now);
        true
    }

    /// Sends a challenged request again with our credentials, if the challenge is one that we answer.
    fn answer_challenge(&mut self, tx: ClientTx, sent: &Sent, response: &Message, now: Instant) -> bool {
        let peer = match &sent.owner {
            Owner::TrunkRegister { trunk } | Owner::TrunkOptions { trunk } => Some(Peer::Trunk(trunk.clone())),
            Owner::Invite { session, branch } => {
                self.sessions.get(session).filter(|s| s.still_wants(*branch)).map(|s| s.peer.clone())
            }
            Owner::Reoffer { session }
            | Owner::Refresh { session }
            | Owner::Prack { session }
            | Owner::Bye { session }
            | Owner::Notify { session }
            | Owner::Info { session } => self.sessions.get(session).map(|s| s.peer.clone()),
            Owner::Ack { .. } | Owner::Nobody => None,
        };
        let Some(target) = self.core.transactions.client_target(tx).cloned() else { return false };
        let next = peer.and_then(|peer| self.core.with_credentials(&peer, sent, response));
        let Some(next) = next else { return false };
        self.send_again(next, target, now);
        true
    }

    /// A request got no response (408) or could not be sent (503): the next target is tried, else its owner is told.
    pub(super) fn request_failed(&mut self, mut sent: Sent, status: u16, now: Instant) {
        if let Some(next) = sent.alternatives.pop_front() {
            return self.send_again(sent, next, now);
        }
        match sent.owner {
            Owner::Invite { session, branch } => {
                let reason = super::reply::phrase(status);
                self.with_session(session, now, |session, core| session.on_failure(core, branch, status, reason, now));
            }
            Owner::Reoffer { session } => {
                self.with_session(session, now, |session, core| session.reoffer_failed(core, status, now));
            }
            Owner::Refresh { session } => {
                self.with_session(session, now, |session, core| session.refresh_failed(core, status, now));
            }
            Owner::Bye { session } => self.bye_done(session, now),
            Owner::Notify { session } => {
                self.with_session(session, now, |session, core| session.notify_done(core, false, now));
            }
            Owner::Info { session } => {
                self.with_session(session, now, |session, core| session.lost(core, now));
            }
            Owner::TrunkRegister { trunk } => self.core.trunk_register_failed(&trunk, status, now),
            Owner::TrunkOptions { .. } | Owner::Ack { .. } | Owner::Prack { .. } | Owner::Nobody => {}
        }
    }

    /// Sends a request to another target, and tells its owner.
    pub(super) fn send_again(&mut self, sent: Sent, target: Target, now: Instant) {
        let (owner, draft) = (sent.owner.clone(), sent.draft.clone());
        let dispatch = self.core.dispatch(sent.clone(), target, now);
        match owner {
            Owner::Invite { session, branch } => {
                self.with_session(session, now, |session, core| {
                    session.invite_sent(core, branch, draft, dispatch, now)
                });
            }
            Owner::Ack { session, cseq } => {
                self.with_session(session, now, |session, _| session.ack_sent(cseq, dispatch));
            }
            Owner::Reoffer { session }
            | Owner::Refresh { session }
            | Owner::Prack { session }
            | Owner::Bye { session }
            | Owner::Notify { session }
            | Owner::Info { session } => {
                self.with_session(session, now, |session, _| session.sent(draft.cseq));
                if dispatch == Dispatch::Failed {
                    self.request_failed(sent, 503, now);
                }
            }
            Owner::TrunkRegister { .. } | Owner::TrunkOptions { .. } | Owner::Nobody => {
                if dispatch == Dispatch::Failed {
                    self.request_failed(sent, 503, now);
                }
            }
        }
    }
}
