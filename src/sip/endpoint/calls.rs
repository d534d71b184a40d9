//! The switch's commands, and the beginning of outgoing calls.

use super::command::{Command, Destination, HangupReason, Invite};
use super::core::Core;
use super::event::{Event, FailedBy, Presentation, SessionId};
use super::face::Endpoint;
use super::reply::ALLOW;
use super::send::Hop;
use super::session::{Closing, Peer, Session, Stage};
use super::uac::Place;
use crate::base::{Instant, Now};
use crate::sip::dialog::Draft;
use crate::sip::{HeaderName, Host, Method, NameAddr, Replaces, Text, Uri, Wire};

/// Why no INVITE can be sent.
struct NoWay(u16, &'static str);

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
            Command::Refer { .. } | Command::AnswerRefer { .. } | Command::NotifyRefer { .. } => {}
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
            Ok((peer, places)) => {
                let session = Session::call(&mut self.core, invite, tag, peer, places, now);
                self.add_session(session, now);
            }
            Err(NoWay(status, reason)) => {
                let (session, reason) = (invite.session, reason.to_owned());
                self.core.emit(Event::Failed { session, status, reason, by: FailedBy::Unreachable });
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

impl Core {
    /// Where an outgoing call rings.
    fn places(&mut self, invite: &Invite, tag: &str, now: Instant) -> Result<(Peer, Vec<Place>), NoWay> {
        let call_id = Text::from(format!("{}@{}", self.rng.token(24), self.directory.realm));
        let draft = |core: &Core, uri: Uri, to: Uri, domain: &str| core.invite(invite, tag, &call_id, uri, to, domain);
        match &invite.to {
            Destination::Account(user) => {
                let realm = self.directory.realm.clone();
                let to = Uri::sip(Some(user), &host(&realm)?, None).map_err(|_| NoWay(404, "Not Found"))?;
                let mut bindings: Vec<_> = self.registrar.of(user, now).cloned().collect();
                bindings.sort_by_key(|binding| std::cmp::Reverse(binding.q_milli));
                let mut places = Vec::new();
                for binding in bindings {
                    let mut draft = draft(self, binding.contact.clone(), to.clone(), &realm)?;
                    draft.routes = binding.path.iter().map(|path| Text::from(path.as_str())).collect();
                    let hop = Hop::Target(binding.flow.reply_target());
                    places.push(Place { draft, hop, contact: Some(binding.contact) });
                }
                match places.is_empty() {
                    true => Err(NoWay(480, "Not Registered")),
                    false => Ok((Peer::Account(user.clone()), places)),
                }
            }
            Destination::Uri(uri) => {
                let uri: Uri = uri.parse().map_err(|_| NoWay(416, "Unreadable URI"))?;
                let realm = self.directory.realm.clone();
                let draft = draft(self, uri.without_headers(), uri.clone(), &realm)?;
                Ok((Peer::Uri, vec![Place { draft, hop: Hop::Uri, contact: None }]))
            }
            Destination::Trunk { name, number } => {
                let trunk = self.directory.trunk(name).ok_or(NoWay(404, "No Such Trunk"))?;
                let uri = trunk.uri.as_deref().ok_or(NoWay(480, "Trunk Takes No Calls"))?;
                let uri: Uri = uri.parse().map_err(|_| NoWay(480, "Unreadable Trunk URI"))?;
                let uri = uri.with_user(number).map_err(|_| NoWay(484, "Address Incomplete"))?;
                let domain = uri.host().map(Host::to_string).unwrap_or_default();
                let draft = draft(self, uri.clone(), uri, &domain)?;
                Ok((Peer::Trunk(name.clone()), vec![Place { draft, hop: Hop::Uri, contact: None }]))
            }
        }
    }

    /// The INVITE to `uri`, from the caller that the switch names at `domain`.
    fn invite(
        &self,
        invite: &Invite,
        tag: &str,
        call_id: &Text,
        uri: Uri,
        to: Uri,
        domain: &str,
    ) -> Result<Draft, NoWay> {
        let from = caller(invite, domain)?;
        let to = NameAddr::new(to);
        let mut draft = Draft::new(Method::Invite, uri, from.with_tag(tag), to, call_id.clone(), 1)
            .header(HeaderName::Allow, ALLOW)
            .header(HeaderName::Supported, "replaces, timer")
            .body(invite.body.clone());
        if invite.from.presentation == Presentation::Restricted {
            draft = draft.header(HeaderName::Privacy, "id");
        }
        if let Some(replaces) = &invite.replaces {
            draft = draft.header(HeaderName::Replaces, replaces_header(replaces).to_text());
        }
        draft.named = invite.headers.clone();
        Ok(draft)
    }
}

/// From, with the number hidden when the caller wants it (RFC 3323 4.1.1.3).
fn caller(invite: &Invite, domain: &str) -> Result<NameAddr, NoWay> {
    let no_way = |_| NoWay(500, "Unusable Caller");
    match invite.from.presentation {
        Presentation::Restricted => {
            let uri = "sip:anonymous@anonymous.invalid".parse().map_err(no_way)?;
            Ok(NameAddr::new(uri).with_display_name("Anonymous"))
        }
        Presentation::Allowed => {
            let user = Some(invite.from.user.as_str()).filter(|user| !user.is_empty());
            let from = NameAddr::new(Uri::sip(user, &host(domain)?, None).map_err(no_way)?);
            Ok(match &invite.from.display_name {
                Some(name) => from.with_display_name(name),
                None => from,
            })
        }
    }
}

fn host(name: &str) -> Result<Host, NoWay> {
    Host::parse(&Text::from(name)).ok_or(NoWay(500, "The Realm Is No Host Name"))
}

pub(super) fn replaces_header(replaces: &super::event::Replaces) -> Replaces {
    Replaces {
        call_id: Text::from(replaces.call_id.as_str()),
        to_tag: Text::from(replaces.to_tag.as_str()),
        from_tag: Text::from(replaces.from_tag.as_str()),
        early_only: replaces.early_only,
    }
}
