//! Who sent a request, and what strangers get.
//!
//! A request from a trunk's network is the trunk's, unless it claims to be one of our accounts: whoever claims that must
//! prove it by digest, and digest username, From and address of record must be the same user. Anyone else is told 403
//! once, without a transaction, and then nothing.

use std::net::IpAddr;
use std::time::Duration;

use super::ban::{Admission, subject};
use super::core::Core;
use super::event::{Event, GateChange, Origin, Output};
use super::quirk;
use super::reply::response_target;
use crate::base::Instant;
use crate::sip::digest::{Algorithm, Asked, Presented, Verdict};
use crate::sip::transaction::Flow;
use crate::sip::{Auth, HeaderName, Message, Text, Uri};

impl Core {
    /// Whether a packet of `source` is looked at at all.
    pub(super) fn admit(&mut self, source: IpAddr, now: Instant) -> Admission {
        let limits = self.config.limits;
        let rate = match (self.trunk_of(source), self.registrar.has_source(source)) {
            (Some(_), _) => limits.requests_per_trunk_source_s,
            (None, true) => limits.requests_per_source_s.saturating_mul(10),
            (None, false) => limits.requests_per_source_s,
        };
        self.sources.admit(source, rate, now)
    }

    /// Whether `source` is someone we deal with: then its mistakes are answered each time and bring no ban.
    fn is_known(&self, source: IpAddr) -> bool {
        self.trunk_of(source).is_some() || self.registrar.has_source(source)
    }

    /// Answers a request that nothing is to be kept of: each time to those we know, once to strangers.
    pub(super) fn refuse(&mut self, request: &Message, flow: Flow, status: u16, reason: Option<&str>, now: Instant) {
        let source = flow.remote.ip();
        if !self.is_known(source) {
            let (told, banned) = self.sources.refuse(source, is_here(flow), now);
            self.report_ban(source, banned);
            if !told {
                return;
            }
        }
        let mut response = self.stateless(request, status, reason);
        if status == 405 || status == 501 {
            response = response.header(HeaderName::Allow, super::reply::ALLOW);
        }
        self.transmit(response, response_target(flow, request));
    }

    fn report_ban(&mut self, source: IpAddr, banned: Option<Duration>) {
        if let Some(length) = banned {
            self.emit(Event::Banned { source, for_s: length.as_secs() });
            self.outputs.push_back(Output::Gate(GateChange::Silence { source: subject(source), length }));
        }
    }

    /// What came this way was worth its connection.
    pub(super) fn welcome(&mut self, flow: Flow) {
        if let Some(connection) = flow.connection {
            self.outputs.push_back(Output::Gate(GateChange::Welcome { connection }));
        }
    }

    /// Who sent a request outside any dialog; `None` when it has been refused or challenged.
    pub(super) fn identify(&mut self, request: &Message, flow: Flow, now: Instant) -> Option<Origin> {
        let origin = self.origin(request, flow, now);
        if origin.is_some() {
            self.welcome(flow);
        }
        origin
    }

    fn origin(&mut self, request: &Message, flow: Flow, now: Instant) -> Option<Origin> {
        let source = flow.remote.ip();
        let trunk = self.trunk_of(source).map(str::to_owned);
        let claimed = self.claimed_user(request, source);
        match (trunk, claimed) {
            (Some(trunk), None) => Some(Origin::Trunk(trunk)),
            (Some(trunk), Some(user)) if !self.directory.accounts.contains_key(&user) => Some(Origin::Trunk(trunk)),
            (_, Some(user)) => self.authenticate(request, flow, &user, now).then_some(Origin::Account(user)),
            (None, None) => {
                self.refuse(request, flow, 403, None, now);
                None
            }
        }
    }

    /// The account that From claims to be: its host is ours, or a phone is registered at the sender's address.
    fn claimed_user(&self, request: &Message, source: IpAddr) -> Option<String> {
        let uri = request.from().ok()?.uri;
        let user = uri.user_str().filter(|user| !user.is_empty())?;
        (self.is_ours(&uri) || self.registrar.has_source(source)).then_some(user)
    }

    /// Whether the sender has proved to be `user`; if not, it has been challenged or refused.
    pub(super) fn authenticate(&mut self, request: &Message, flow: Flow, user: &str, now: Instant) -> bool {
        let source = flow.remote.ip();
        let presented = match self.presented(request) {
            Ok(Some(presented)) => presented,
            Ok(None) => {
                self.challenge_unproven(request, flow, now);
                return false;
            }
            Err(()) => {
                self.refuse(request, flow, 400, Some("Bad Request: unreadable credentials"), now);
                return false;
            }
        };
        if !self.names_target(request, &presented.uri) {
            self.refuse(request, flow, 400, Some("Bad Request: credentials for another URI"), now);
            return false;
        }
        let verdict = match presented.username == user && !self.sources.is_guessing(source, user, now) {
            true => self.verify(request, &presented, source, now),
            false => Verdict::Wrong,
        };
        match verdict {
            Verdict::Proven => self.sources.proven(source, user),
            Verdict::Stale => self.challenge(request, flow, true, now),
            Verdict::Malformed => self.refuse(request, flow, 400, Some("Bad Request: unreadable credentials"), now),
            Verdict::Wrong => self.wrong(request, flow, user, &presented.nonce, now),
        }
        verdict == Verdict::Proven
    }

    /// Whether the `uri` of an answer names what the request is for (RFC 7616 3.4.6). Phones write it without the user,
    /// the port or parameters, with our realm where the request has our address, and the other way round; so two names
    /// of ours are the same, and the users must agree when both are there.
    fn names_target(&self, request: &Message, uri: &str) -> bool {
        let Some(target) = request.uri() else { return false };
        if target.as_text() == uri {
            return true;
        }
        let Ok(uri) = uri.parse::<Uri>() else { return false };
        let same_host = match (uri.host(), target.host()) {
            (Some(named), Some(host)) => named.is_same(host),
            (_, _) => false,
        };
        let same_user = match (uri.user(), target.user()) {
            (Some(named), Some(user)) => named == user,
            (_, _) => true,
        };
        same_user && uri.is_sip() && (same_host || (self.is_ours(&uri) && self.is_ours(target)))
    }

    fn verify(&mut self, request: &Message, presented: &Presented, source: IpAddr, now: Instant) -> Verdict {
        if !Algorithm::from_name(presented.algorithm.as_deref()).is_none_or(|used| self.config.digest.contains(&used)) {
            return Verdict::Wrong;
        }
        let method = request.method().map(|method| method.to_string()).unwrap_or_default();
        let account = self.directory.accounts.get(&presented.username).map(|account| &account.credentials);
        let (body, realm) = (request.body(), self.directory.realm.as_str());
        let asked = Asked { method: &method, body, realm, source: subject(source) };
        self.verifier.verify(presented, &asked, account, now)
    }

    /// A wrong password, an unknown user, another user than From says: 401, and 403 when it goes on. Over UDP it counts
    /// against the sender only when it answers a challenge that was sent there; else anyone could forge the address of
    /// a phone and have it silenced.
    fn wrong(&mut self, request: &Message, flow: Flow, user: &str, nonce: &str, now: Instant) {
        let source = flow.remote.ip();
        let user = Text::from(user).to_clean_string();
        if !is_here(flow) && !self.verifier.was_given_to(nonce, subject(source), now) {
            self.emit(Event::AuthFailed { user, source });
            return self.challenge_unproven(request, flow, now);
        }
        let guessing = self.sources.guessed(source, &user, now);
        if !self.is_known(source) {
            let banned = self.sources.fault(source, true, now);
            self.report_ban(source, banned);
        }
        self.emit(Event::AuthFailed { user, source });
        match guessing {
            true => self.transmit(self.stateless(request, 403, None), response_target(flow, request)),
            false => self.challenge(request, flow, false, now),
        }
    }

    /// 401 to a request that proves nothing, as long as its source answers challenges.
    fn challenge_unproven(&mut self, request: &Message, flow: Flow, now: Instant) {
        let source = flow.remote.ip();
        if !self.is_known(source) {
            let (may, banned) = self.sources.challenged(source, is_here(flow), now);
            self.report_ban(source, banned);
            if !may {
                return;
            }
        }
        self.challenge(request, flow, false, now);
    }

    /// 401 with a challenge for each algorithm that the phone can bear.
    fn challenge(&mut self, request: &Message, flow: Flow, stale: bool, now: Instant) {
        let realm = self.directory.realm.clone();
        let mut response = self.stateless(request, 401, None);
        let algorithms = quirk::bearable(&self.config.digest, request);
        for challenge in self.verifier.challenges(subject(flow.remote.ip()), &realm, algorithms, stale, now) {
            response.add(HeaderName::WwwAuthenticate, challenge);
        }
        self.transmit(response, response_target(flow, request));
    }

    /// The credentials for our realm. Those for others are not ours to judge.
    fn presented(&self, request: &Message) -> Result<Option<Presented>, ()> {
        for name in [HeaderName::Authorization, HeaderName::ProxyAuthorization] {
            for auth in request.auths(name).take(MAX_CREDENTIALS) {
                let auth = auth.map_err(|_| ())?;
                let ours = auth.get("realm").and_then(Text::to_str) == Some(self.directory.realm.as_str());
                if auth.is_digest() && ours {
                    return presented(&auth).map(Some).ok_or(());
                }
            }
        }
        Ok(None)
    }
}

/// Whether the sender is known to be where it says: a connection is not opened from a forged address.
const fn is_here(flow: Flow) -> bool {
    flow.transport.is_reliable()
}

/// Credentials of one request that are looked at: those for us and for the proxies of a long way.
const MAX_CREDENTIALS: usize = 8;

fn presented(auth: &Auth) -> Option<Presented> {
    let text = |name: &str| auth.get(name).and_then(Text::to_str).map(str::to_owned);
    Some(Presented {
        username: text("username")?,
        realm: text("realm")?,
        nonce: text("nonce")?,
        uri: text("uri")?,
        response: text("response")?,
        algorithm: text("algorithm"),
        qop: text("qop"),
        nc: text("nc"),
        cnonce: text("cnonce"),
    })
}
