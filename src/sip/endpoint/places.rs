//! Where an outgoing call rings, and the INVITE for each place.

use super::command::{Destination, Invite};
use super::core::Core;
use super::directory::Trunk;
use super::event::Presentation;
use super::reply::{ALLOW, SUPPORTED_TEXT};
use super::send::Hop;
use super::session::{Fallback, Peer};
use super::trunk_requests::through_proxy;
use super::uac::{Place, TRUNK_PATIENCE, Way};
use crate::base::Instant;
use crate::sip::dialog::Draft;
use crate::sip::registrar::Binding;
use crate::sip::{HeaderName, Host, Method, NameAddr, Replaces, Text, Uri, Wire};

/// Why no INVITE can be sent.
pub(super) struct NoWay(pub u16, pub &'static str);

/// What is said when every trunk that could carry a call is barred.
pub(super) const BARRED: NoWay = NoWay(403, "Budget Spent");

/// Trunks that one call tries.
const MAX_TRUNKS: usize = 8;

impl Core {
    /// Where an outgoing call rings.
    pub(super) fn places(&mut self, invite: &Invite, tag: &str, now: Instant) -> Result<Way, NoWay> {
        let call_id = Text::from(self.rng.token(32));
        match &invite.to {
            Destination::Account(user) => self.account_places(invite, user, tag, &call_id, now),
            Destination::Uri(uri) => {
                let uri: Uri = uri.parse().map_err(|_| NoWay(416, "Unreadable URI"))?;
                let draft = self.invite(invite, tag, &call_id, uri.without_headers(), uri, &self.domain())?;
                let places = vec![Place { draft, hop: Hop::Uri, contact: None }];
                Ok(Way { peer: Peer::Uri, places, fallback: None })
            }
            Destination::Trunk { name, number } => {
                let known = self.directory.trunk(name).ok_or(NoWay(404, "No Such Trunk"))?;
                known.uri.as_ref().ok_or(NoWay(480, "Trunk Takes No Calls"))?;
                let invite = Box::new(invite.clone());
                let mut fallback = Fallback { invite, call_id, tried: Vec::new(), patience: now + TRUNK_PATIENCE };
                let found = self.next_trunk_place(&mut fallback, tag, now);
                let (name, place) = found.ok_or_else(|| self.no_trunk(&fallback, number))?;
                Ok(Way { peer: Peer::Trunk(name), places: vec![place], fallback: Some(fallback) })
            }
        }
    }

    /// Every registered contact, the preferred ones first.
    fn account_places(
        &mut self,
        invite: &Invite,
        user: &str,
        tag: &str,
        call_id: &Text,
        now: Instant,
    ) -> Result<Way, NoWay> {
        let domain = self.domain();
        let to = Uri::sip(Some(user), &domain, None).map_err(|_| NoWay(404, "Not Found"))?;
        let may_ring = |binding: &&Binding| !invite.secure_only || binding.flow.transport.is_secure();
        let mut bindings: Vec<_> = self.registrar.of(user, now).filter(may_ring).cloned().collect();
        bindings.sort_by_key(|binding| std::cmp::Reverse(binding.q_milli));
        let mut places = Vec::new();
        for binding in bindings {
            let mut draft = self.invite(invite, tag, call_id, binding.contact.clone(), to.clone(), &domain)?;
            draft.routes = binding.path.iter().map(|path| Text::from(path.as_str())).collect();
            let hop = Hop::Target(binding.flow.reply_target());
            places.push(Place { draft, hop, contact: Some(binding.contact) });
        }
        match places.is_empty() {
            true if invite.secure_only => Err(NoWay(480, "Not Registered by TLS")),
            true => Err(NoWay(480, "Not Registered")),
            false => Ok(Way { peer: Peer::Account(user.to_owned()), places, fallback: None }),
        }
    }

    /// The next trunk, from the wanted one along the fallbacks, that is in order and has room.
    pub(super) fn next_trunk_place(
        &mut self,
        fallback: &mut Fallback,
        tag: &str,
        now: Instant,
    ) -> Option<(String, Place)> {
        let Destination::Trunk { name, number } = fallback.invite.to.clone() else { return None };
        loop {
            let next = match fallback.tried.last() {
                None => name.clone(),
                Some(last) => self.directory.trunk(last)?.fallback.clone()?,
            };
            if fallback.tried.contains(&next) || fallback.tried.len() >= MAX_TRUNKS {
                return None;
            }
            fallback.tried.push(next.clone());
            let trunk = self.directory.trunk(&next)?.clone();
            let barred = fallback.invite.barred.contains(&next);
            if barred || !self.directory.allows(&next, &number) || !self.admit_to_trunk(&trunk, now) {
                continue;
            }
            if let Ok(draft) = self.trunk_invite(&trunk, &fallback.invite, &number, tag, &fallback.call_id) {
                return Some((next, Place { draft, hop: Hop::Uri, contact: None }));
            }
        }
    }

    /// Why none of the trunks that were tried takes a call to `number`.
    fn no_trunk(&self, fallback: &Fallback, number: &str) -> NoWay {
        let allowed: Vec<_> = fallback.tried.iter().filter(|name| self.directory.allows(name, number)).collect();
        match allowed.iter().all(|name| fallback.invite.barred.contains(*name)) {
            _ if allowed.is_empty() => NoWay(403, "Destination Not Allowed"),
            true => BARRED,
            false => NoWay(503, "No Trunk Available"),
        }
    }

    fn trunk_invite(
        &self,
        trunk: &Trunk,
        invite: &Invite,
        number: &str,
        tag: &str,
        call_id: &Text,
    ) -> Result<Draft, NoWay> {
        let uri = trunk.uri.as_deref().ok_or(NoWay(480, "Trunk Takes No Calls"))?;
        let uri: Uri = uri.parse().map_err(|_| NoWay(480, "Unreadable Trunk URI"))?;
        let uri = uri.with_user(&translate(trunk, number)).map_err(|_| NoWay(484, "Address Incomplete"))?;
        let domain = uri.host().ok_or(NoWay(480, "Unreadable Trunk URI"))?.clone();
        let mut draft = self.invite(invite, tag, call_id, uri.clone(), uri, &domain)?;
        if invite.from.presentation == Presentation::Restricted {
            // RFC 3325 9.1: the trunk may know who calls, and keeps it to itself.
            if let Ok(asserted) = Uri::sip(Some(&invite.from.user), &domain, None) {
                draft = draft.header(HeaderName::PAssertedIdentity, NameAddr::new(asserted).to_text());
            }
        }
        Ok(through_proxy(trunk, draft))
    }

    /// The INVITE to `uri`, from the caller that the switch names at `domain`.
    fn invite(
        &self,
        invite: &Invite,
        tag: &str,
        call_id: &Text,
        uri: Uri,
        to: Uri,
        domain: &Host,
    ) -> Result<Draft, NoWay> {
        let from = caller(invite, domain)?;
        let to = NameAddr::new(to);
        let mut draft = Draft::new(Method::Invite, uri, from.with_tag(tag), to, call_id.clone(), 1)
            .header(HeaderName::Allow, ALLOW)
            // An offer in a provisional response would need its answer in the PRACK (RFC 3262 5).
            .header(HeaderName::Supported, if invite.body.is_some() { SUPPORTED_TEXT } else { "timer" })
            .body(invite.body.clone());
        if invite.from.presentation == Presentation::Restricted {
            draft = draft.header(HeaderName::Privacy, "id");
        }
        if let Some(replaces) = &invite.replaces {
            draft = draft.header(HeaderName::Replaces, replaces_header(replaces).to_text());
        }
        draft.named = invite.headers.clone();
        Ok(self.ask_for_timer(draft))
    }
}

/// From, with the number hidden when the caller wants it (RFC 3323 4.1.1.3).
fn caller(invite: &Invite, domain: &Host) -> Result<NameAddr, NoWay> {
    let no_way = |_| NoWay(500, "Unusable Caller");
    match invite.from.presentation {
        Presentation::Restricted => {
            let uri = "sip:anonymous@anonymous.invalid".parse().map_err(no_way)?;
            Ok(NameAddr::new(uri).with_display_name("Anonymous"))
        }
        Presentation::Allowed => {
            let user = Some(invite.from.user.as_str()).filter(|user| !user.is_empty());
            let from = NameAddr::new(Uri::sip(user, domain, None).map_err(no_way)?);
            Ok(match &invite.from.display_name {
                Some(name) => from.with_display_name(name),
                None => from,
            })
        }
    }
}

pub(super) fn replaces_header(replaces: &super::event::Replaces) -> Replaces {
    Replaces {
        call_id: Text::from(replaces.call_id.as_str()),
        to_tag: Text::from(replaces.to_tag.as_str()),
        from_tag: Text::from(replaces.from_tag.as_str()),
        early_only: replaces.early_only,
    }
}

/// The number as the trunk wants it.
fn translate(trunk: &Trunk, number: &str) -> String {
    let rule = trunk.translations.iter().find_map(|(prefix, replacement)| {
        number.strip_prefix(prefix.as_str()).map(|rest| format!("{replacement}{rest}"))
    });
    rule.unwrap_or_else(|| number.to_owned())
}
