//! The switch's commands, and the beginning of outgoing calls.

use super::command::{Command, HangupReason, Invite};
use super::core::Core;
use super::event::{Event, FailedBy, SessionId};
use super::face::Endpoint;
use super::places::{BARRED, NoWay};
use super::session::{Closing, Peer, Session, Stage};
use crate::base::{Instant, Now};

impl Endpoint {
    /// One wish of the switch. Wishes about a session that is over, or that do not fit its state, do nothing.
    pub fn command(&mut self, command: Command, now: Now) {
        let at = now.instant;
        match command {
            Command::Invite(invite) => self.call(&invite, at),
            Command::Provisional { session, status, body } => {
                self.with_session(session, at, |s, core| s.provisional(core, status, body.as_ref(), at));
            }
            Command::Accept { session, body } => {
                self.with_session(session, at, |s, core| s.accept(core, body.as_ref(), at));
            }
            Command::Reject { session, status, reason, headers } => {
                self.with_session(session, at, |s, core| s.reject(core, status, reason.as_deref(), &headers, at));
            }
            Command::Hangup { session, reason } => {
                self.with_session(session, at, |s, core| s.hangup(core, reason, at));
            }
            Command::Acknowledge { session, body } => {
                self.with_session(session, at, |s, core| s.acknowledge_offer(core, body, at));
            }
            Command::Reoffer { session, body } => {
                self.with_session(session, at, |s, core| s.reoffer(core, body, at));
            }
            Command::AnswerReoffer { session, answer } => {
                self.with_session(session, at, |s, core| s.answer_reoffer(core, answer, at));
            }
            Command::Info { session, body } => {
                self.with_session(session, at, |s, core| s.info(core, body, at));
            }
            Command::AnswerRefer { session, answer } => {
                self.with_session(session, at, |s, core| s.answer_refer(core, answer, at));
            }
            Command::NotifyRefer { session, status } => {
                self.with_session(session, at, |s, core| s.notify_refer(core, status, at));
            }
        }
        self.command_done(at);
    }

    fn call(&mut self, invite: &Invite, now: Instant) {
        if self.sessions.contains_key(&invite.session) {
            return;
        }
        let tag = self.core.tag();
        let places = match self.sessions.len() >= self.core.config.limits.sessions {
            true => Err(NoWay(503, "Too Many Calls")),
            false => self.core.places(invite, &tag, now),
        };
        match places {
            Ok(way) => {
                if let Peer::Trunk(trunk) = &way.peer {
                    let (session, trunk) = (invite.session, trunk.clone());
                    self.core.emit(Event::TrunkTaken { session, trunk });
                }
                let session = Session::call(&mut self.core, invite, tag, way, now);
                self.add_session(session, now);
            }
            Err(NoWay(status, reason)) => {
                let by = if reason == BARRED.1 { FailedBy::Barred } else { FailedBy::Unreachable };
                let (session, reason) = (invite.session, reason.to_owned());
                self.core.emit(Event::Failed { session, status, reason, by });
            }
        }
    }

    /// The BYE of a session has its answer, or will get none.
    pub(super) fn bye_done(&mut self, session: SessionId, now: Instant) {
        self.with_session(session, now, |session, _| {
            if let Stage::Closing(Closing { bye, .. }) = &mut session.stage {
                *bye = false;
            }
        });
    }
}

impl Session {
    fn hangup(&mut self, core: &mut Core, reason: HangupReason, now: Instant) {
        match &self.stage {
            Stage::Incoming(_) => self.reject(core, 480, None, &[], now),
            Stage::Calling(_) => self.give_up(core, reason, now),
            Stage::Up(_) => {
                let (session, reason_ended) = (self.id, super::event::EndReason::Bye);
                core.emit(Event::Ended { session, by_remote: false, reason: reason_ended });
                self.bye(core, reason, now);
            }
            Stage::Closing(_) | Stage::Over => {}
        }
    }
}
