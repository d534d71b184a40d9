//! The calling side of a session: from our INVITE to its final response (RFC 3261 13.2), forks and CANCEL included.

use std::time::Duration;

use super::command::{HangupReason, Invite};
use super::core::Core;
use super::event::{Event, FailedBy};
use super::reliable::{Early, is_reliable};
use super::send::{Dispatch, Hop, Owner, Sent};
use super::session::{
    Branch, Calling, Cancel, Change, Closing, Fallback, Peer, Session, Stage, Up, hop, reason_header,
};
use super::session_timer::{SessionTimer, allows_update};
use crate::base::Instant;
use crate::sip::dialog::{Body, Dialog, Draft};
use crate::sip::transaction::Flow;
use crate::sip::{Message, Method, Uri};

/// How long an INVITE rings when the switch sets no limit (RFC 3261 16.6: timer C is longer than 3 minutes).
pub(super) const LONGEST_RING: Duration = Duration::from_secs(200);
/// How long a trunk may say nothing at all before the next one is tried.
pub(super) const TRUNK_PATIENCE: Duration = Duration::from_secs(5);
/// Early dialogs of one call: more forks than that are not remembered.
const MAX_EARLY: usize = 16;

/// How an outgoing call goes.
pub(super) struct Way {
    pub peer: Peer,
    pub places: Vec<Place>,
    pub fallback: Option<Fallback>,
}

/// One place to ring.
pub(super) struct Place {
    pub draft: Draft,
    pub hop: Hop,
    pub contact: Option<Uri>,
}

impl Session {
    /// Sends the INVITEs of a new call, all at once.
    pub(super) fn call(core: &mut Core, invite: &Invite, tag: String, way: Way, now: Instant) -> Session {
        let Way { peer, places, fallback } = way;
        let ring_until = now + invite.ring_timeout.unwrap_or(LONGEST_RING);
        let calling = Calling { offered: invite.body.is_some(), ring_until, best: None, early: Vec::new(), fallback };
        let (id, stage) = (invite.session, Stage::Calling(calling));
        let mut session = Session { id, tag, peer, flow: None, branches: Vec::new(), stage };
        for place in places {
            session.branch(core, place, now);
        }
        session.check_all_failed(core, now);
        session
    }

    fn branch(&mut self, core: &mut Core, place: Place, now: Instant) {
        let owner = Owner::Invite { session: self.id, branch: self.branches.len() };
        let draft = place.draft.clone();
        let dispatch = core.send(Sent::new(owner, place.draft), place.hop, now);
        let (tx, over) = match dispatch {
            Dispatch::Sent(tx) => (Some(tx), false),
            Dispatch::Resolving | Dispatch::SentAck(..) => (None, false),
            Dispatch::Failed => (None, true),
        };
        if over {
            self.note_failure(503, "Service Unavailable");
        }
        let contact = place.contact;
        self.branches.push(Branch { tx, draft, cancel: Cancel::No, over, give_up: None, contact, heard: false });
    }

    /// The host of a branch has been found and its INVITE sent, or not.
    pub(super) fn invite_sent(
        &mut self,
        core: &mut Core,
        branch: usize,
        draft: Draft,
        dispatch: Dispatch,
        now: Instant,
    ) {
        let Some(branch) = self.branches.get_mut(branch) else { return };
        branch.draft = draft;
        match dispatch {
            Dispatch::Sent(tx) => branch.tx = Some(tx),
            Dispatch::Resolving | Dispatch::SentAck(..) => {}
            Dispatch::Failed => {
                branch.over = true;
                self.note_failure(503, "Service Unavailable");
                self.check_all_failed(core, now);
            }
        }
    }

    /// Whether a branch whose host has been found is still to be sent.
    pub(super) fn still_wants(&self, branch: usize) -> bool {
        matches!(self.stage, Stage::Calling(_)) && self.branches.get(branch).is_some_and(|b| !b.over)
    }

    /// A response to an INVITE of ours.
    pub(super) fn on_invite_response(
        &mut self,
        core: &mut Core,
        branch: usize,
        response: &Message,
        flow: Flow,
        now: Instant,
    ) {
        let status = response.status().unwrap_or(0);
        if let Some(branch) = self.branches.get_mut(branch) {
            branch.heard = true;
        }
        match status {
            0..=199 => self.on_provisional(core, branch, response, flow, now),
            200..=299 => self.on_success(core, branch, response, flow, now),
            _ => self.on_failure(
                core,
                branch,
                status,
                &response.reason().cloned().unwrap_or_default().to_clean_string(),
                now,
            ),
        }
    }

    fn on_provisional(&mut self, core: &mut Core, branch: usize, response: &Message, flow: Flow, now: Instant) {
        let status = response.status().unwrap_or(0);
        let Some(found) = self.branches.get(branch) else { return };
        if found.cancel == Cancel::Wanted {
            return self.cancel_branch(core, branch, HangupReason::Normal, now);
        }
        let Stage::Calling(calling) = &mut self.stage else { return };
        if status == 100 {
            return;
        }
        let known = calling.early.iter().any(|early| early.dialog.owns_response(response));
        if response.to_tag().is_some()
            && !known
            && calling.early.len() < MAX_EARLY
            && let Ok(dialog) = Dialog::from_response(&found.draft, response)
        {
            calling.early.push(Early::new(dialog));
        }
        if is_reliable(response) && !self.acknowledge_provisional(core, response, flow, now) {
            return;
        }
        core.emit(Event::Provisional { session: self.id, status, body: Body::of(response) });
    }

    fn on_success(&mut self, core: &mut Core, branch: usize, response: &Message, flow: Flow, now: Instant) {
        if let Stage::Up(up) = &self.stage
            && up.dialog.owns_response(response)
        {
            return self.acknowledge_again(core, response);
        }
        let Some(found) = self.branches.get_mut(branch) else { return };
        found.over = true;
        let draft = found.draft.clone();
        let Stage::Calling(calling) = &mut self.stage else {
            return decline(core, &self.peer, flow, &draft, response, now);
        };
        let offered = calling.offered;
        let Ok(mut dialog) = Dialog::from_response(&draft, response) else { return };
        let early = calling.early.iter_mut().find(|early| early.dialog.owns_response(response));
        let early_answer = early.and_then(|early| {
            dialog.resume(&early.dialog);
            early.answer.take()
        });
        self.flow = Some(flow);
        let (timer, peer_updates) = (SessionTimer::of_answer(response, now), allows_update(response));
        let up = Up { timer, peer_updates, sdp: draft.body.clone(), ..Up::new(dialog) };
        self.stage = Stage::Up(Box::new(up));
        self.cancel_branches(core, HangupReason::CompletedElsewhere, now);
        self.owe_ack(core, offered, draft.cseq, now);
        let body = Body::of(response).or(early_answer);
        core.emit(Event::Answered { session: self.id, body, remote: flow.remote });
    }

    /// A 2xx has come to our INVITE with `cseq`: it is acknowledged now, or when the switch has answered its offer.
    pub(super) fn owe_ack(&mut self, core: &mut Core, offered: bool, cseq: u32, now: Instant) {
        match offered {
            true => self.acknowledge(core, cseq, None, now),
            false => {
                if let Stage::Up(up) = &mut self.stage {
                    up.change = Change::Owed { cseq };
                }
            }
        }
    }

    /// A 2xx that came before: its ACK was lost (RFC 3261 13.2.2.4).
    pub(super) fn acknowledge_again(&self, core: &mut Core, response: &Message) {
        let Stage::Up(up) = &self.stage else { return };
        let Some(ack) = &up.ack else { return };
        if response.cseq().is_ok_and(|cseq| cseq.number == ack.cseq) {
            let (to, bytes) = (ack.to.clone(), ack.bytes.clone());
            core.outputs.push_back(super::event::Output::Transmit { to, bytes });
        }
    }

    /// A final response of 300 or more, a time-out (408), or no way (503).
    pub(super) fn on_failure(&mut self, core: &mut Core, branch: usize, status: u16, reason: &str, now: Instant) {
        let Some(branch) = self.branches.get_mut(branch) else { return };
        branch.over = true;
        let silent = !branch.heard && branch.contact.is_some();
        self.note_failure(status, reason);
        if silent {
            self.report_unreachable(core);
        }
        if status >= 600 {
            // RFC 3261 16.7 step 5: nobody else need be asked.
            self.cancel_branches(core, HangupReason::Normal, now);
        }
        self.check_all_failed(core, now);
    }

    fn note_failure(&mut self, status: u16, reason: &str) {
        let Stage::Calling(calling) = &mut self.stage else { return };
        if calling.best.as_ref().is_none_or(|(best, _)| weight(status) > weight(*best)) {
            calling.best = Some((status, reason.to_owned()));
        }
    }

    fn check_all_failed(&mut self, core: &mut Core, now: Instant) {
        let Stage::Calling(calling) = &self.stage else { return };
        let stopped = |branch: &Branch| branch.over || branch.cancel != Cancel::No;
        if !self.branches.iter().all(stopped) {
            return;
        }
        let by_trunk = calling.best.as_ref().is_none_or(|(status, _)| is_trunk_failure(*status));
        if by_trunk && calling.early.is_empty() && self.next_trunk(core, now) {
            return;
        }
        let Stage::Calling(calling) = &self.stage else { return };
        let (status, reason) = calling.best.clone().unwrap_or((480, "Temporarily Unavailable".to_owned()));
        let unheard = !self.branches.iter().any(|branch| branch.heard);
        let by = match (unheard, status) {
            (true, _) => FailedBy::Unreachable,
            (false, _) => FailedBy::Remote,
        };
        self.stage = Stage::Closing(Closing::default());
        core.emit(Event::Failed { session: self.id, status, reason, by });
    }

    /// A trunk that says nothing is given up for the next.
    pub(super) fn lose_patience(&mut self, core: &mut Core, now: Instant) {
        let Stage::Calling(calling) = &mut self.stage else { return };
        let Some(fallback) = calling.fallback.as_mut().filter(|fallback| fallback.patience <= now) else { return };
        fallback.patience = now + TRUNK_PATIENCE;
        if !self.branches.iter().any(|branch| branch.heard) && self.next_trunk(core, now) {
            let last = self.branches.len() - 1;
            for branch in 0..last {
                self.cancel_branch(core, branch, HangupReason::Normal, now);
            }
        }
    }

    /// Rings by the next trunk that can take the call.
    fn next_trunk(&mut self, core: &mut Core, now: Instant) -> bool {
        let Stage::Calling(calling) = &mut self.stage else { return false };
        let Some(fallback) = &mut calling.fallback else { return false };
        let Some((name, place)) = core.next_trunk_place(fallback, &self.tag, now) else {
            calling.fallback = None;
            return false;
        };
        fallback.patience = now + TRUNK_PATIENCE;
        calling.best = None;
        if let Peer::Trunk(before) = std::mem::replace(&mut self.peer, Peer::Trunk(name.clone())) {
            core.count_call(&before, false, now);
            core.count_call(&name, true, now);
        }
        core.emit(Event::TrunkTaken { session: self.id, trunk: name });
        self.branch(core, place, now);
        true
    }

    /// Nobody answered in time.
    pub(super) fn ring_timeout(&mut self, core: &mut Core, now: Instant) {
        let unheard = !self.branches.iter().any(|branch| branch.heard);
        if unheard {
            self.report_unreachable(core);
        }
        self.stage = Stage::Closing(Closing::default());
        self.cancel_branches(core, HangupReason::Normal, now);
        let by = if unheard { FailedBy::Unreachable } else { FailedBy::Timeout };
        core.emit(Event::Failed { session: self.id, status: 408, reason: "Request Timeout".to_owned(), by });
    }

    fn report_unreachable(&self, core: &mut Core) {
        if let Peer::Account(user) = &self.peer {
            core.emit(Event::AccountUnreachable { user: user.clone() });
        }
    }

    /// The switch hangs up before an answer.
    pub(super) fn give_up(&mut self, core: &mut Core, reason: HangupReason, now: Instant) {
        self.stage = Stage::Closing(Closing::default());
        self.cancel_branches(core, reason, now);
        let (status, text) = (487, "Request Terminated".to_owned());
        core.emit(Event::Failed { session: self.id, status, reason: text, by: FailedBy::Local });
    }

    fn cancel_branches(&mut self, core: &mut Core, reason: HangupReason, now: Instant) {
        for branch in 0..self.branches.len() {
            self.cancel_branch(core, branch, reason, now);
        }
    }

    fn cancel_branch(&mut self, core: &mut Core, branch: usize, reason: HangupReason, now: Instant) {
        let Some(branch) = self.branches.get_mut(branch) else { return };
        if branch.over || branch.cancel == Cancel::Sent {
            return;
        }
        let Some(tx) = branch.tx else {
            // Not sent yet, and never will be.
            branch.over = true;
            return;
        };
        branch.give_up.get_or_insert(now + core.config.timers.timeout());
        if core.transactions.is_unheard(tx) {
            branch.cancel = Cancel::Wanted;
            return;
        }
        branch.cancel = Cancel::Sent;
        core.cancel(tx, reason_header(reason), now);
    }

    /// Cancelled INVITEs that nobody answers finally are forgotten after 64*T1 (RFC 3261 9.1).
    pub(super) fn forget_silent_branches(&mut self, core: &mut Core, now: Instant) {
        for branch in self.branches.iter_mut().filter(|b| !b.over && b.give_up.is_some_and(|at| at <= now)) {
            branch.over = true;
            if let Some(tx) = branch.tx {
                core.transactions.forget(tx);
            }
        }
    }
}

/// A failure of the way, not of the called side: another trunk may do better.
fn is_trunk_failure(status: u16) -> bool {
    matches!(status, 408 | 500..=599)
}

/// How much a failure says of the called side: busy and refused before not there, not there before not reached.
fn weight(status: u16) -> u8 {
    match status {
        600..=699 => 5,
        486 => 4,
        408 | 480 | 500..=599 => 1,
        487 => 0,
        _ => 3,
    }
}

/// A 2xx that nobody wants any more (a late fork, or one that crossed our CANCEL): acknowledged and ended
/// (RFC 3261 13.2.2.4).
pub(super) fn decline(core: &mut Core, peer: &Peer, flow: Flow, draft: &Draft, response: &Message, now: Instant) {
    let Ok(mut dialog) = Dialog::from_response(draft, response) else { return };
    let hop = hop(peer, Some(flow), &dialog);
    core.send(Sent::new(Owner::Nobody, dialog.ack(draft.cseq)), hop.clone(), now);
    core.send(Sent::new(Owner::Nobody, dialog.request(Method::Bye)), hop, now);
}
