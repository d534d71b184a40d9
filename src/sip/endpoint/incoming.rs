//! New requests outside any dialog: who may send them, and the beginning of incoming calls.

use super::core::{Core, Received};
use super::event::{Event, Incoming as NewCall, Origin, Presentation, SessionId};
use super::face::Endpoint;
use super::ingress::merge_key;
use super::reply::{ALLOW, SUPPORTED, SUPPORTED_TEXT};
use super::session::{Incoming, Peer, Session, Stage};
use super::session_timer;
use crate::base::Instant;
use crate::sip::dialog::{Body, Dialog};
use crate::sip::header::{Diversion, HistoryInfo, MaxForwards, Privacy};
use crate::sip::message::unsupported_options;
use crate::sip::transaction::{Flow, ServerKey, ServerTx};
use crate::sip::{HeaderName, Host, Message, Method, NameAddr, Text};

impl Endpoint {
    pub(super) fn on_new_request(&mut self, key: ServerKey, request: Message, flow: Flow, now: Instant) {
        let Some(method) = request.method().cloned() else { return };
        if method == Method::Register {
            return self.on_register(key, request, flow, now);
        }
        if method == Method::Options && self.core.registrar.has_source(flow.remote.ip()) {
            // Phones ask whether we live without saying who they are.
            self.core.welcome(flow);
            return self.core.answer_options(&request, flow);
        }
        let Some(origin) = self.core.identify(&request, flow, now) else { return };
        match method {
            Method::Invite => self.on_invite(key, request, flow, origin, now),
            Method::Options => self.core.answer_options(&request, flow),
            Method::Bye
            | Method::Update
            | Method::Prack
            | Method::Info
            | Method::Notify
            | Method::Cancel
            | Method::Ack => {
                self.core.refuse(&request, flow, 481, None, now);
            }
            Method::Subscribe => self.core.refuse(&request, flow, 489, None, now),
            Method::Register | Method::Message | Method::Refer | Method::Publish => {
                self.core.refuse(&request, flow, 405, None, now);
            }
            Method::Other(_) => self.core.refuse(&request, flow, 501, None, now),
        }
    }

    fn on_invite(&mut self, key: ServerKey, request: Message, flow: Flow, origin: Origin, now: Instant) {
        // RFC 3261 8.2.2.2: the same call came another way.
        if merge_key(&request).is_some_and(|merge| self.core.transactions.is_merged(&merge)) {
            return self.core.refuse(&request, flow, 482, None, now);
        }
        let room = match &origin {
            Origin::Trunk(name) => self.core.admit_from_trunk(name, now),
            Origin::Account(_) => true,
        };
        if !room || self.sessions.len() >= self.core.config.limits.sessions {
            return self.core.overloaded(&request, flow);
        }
        let (tag, session) = (self.core.tag(), self.new_session());
        let received = Received { request: request.clone(), flow, session: Some(session), tag: tag.clone() };
        let Some(tx) = self.core.begin(key, received) else { return };
        if self.core.refuse_invite(tx, &request, now) {
            return;
        }
        let dialog = match Dialog::from_request(&request, &tag) {
            Ok(dialog) => dialog,
            Err(error) => {
                let reason = format!("Bad Request: {error}");
                if let Some(response) = self.core.response(tx, 400, Some(&reason)) {
                    self.core.respond(tx, 400, response, now);
                }
                return;
            }
        };
        self.core.answer(tx, 100, now);
        let call = new_call(session, &request, origin.clone(), flow);
        let peer = match origin {
            Origin::Account(user) => Peer::Account(user),
            Origin::Trunk(name) => Peer::Trunk(name),
        };
        let stage = Stage::Incoming(Incoming::new(tx, dialog, &request, now));
        let session = Session { id: session, tag, peer, flow: Some(flow), branches: Vec::new(), stage };
        self.add_session(session, now);
        self.core.emit(Event::Incoming(Box::new(call)));
    }
}

impl Core {
    /// RFC 3261 8.2.2 to 8.2.3: what no INVITE may ask. True when it has been answered.
    fn refuse_invite(&mut self, tx: ServerTx, request: &Message, now: Instant) -> bool {
        // RFC 7332: this switch calls on, so hops are counted as through a proxy.
        if request.typed::<MaxForwards>().is_some_and(|hops| hops == Ok(MaxForwards(0))) {
            self.answer(tx, 483, now);
            return true;
        }
        self.refuse_within(tx, request, now)
    }

    /// What no request of a dialog may ask either. True when it has been answered.
    pub(super) fn refuse_within(&mut self, tx: ServerTx, request: &Message, now: Instant) -> bool {
        let unsupported = unsupported_list(request);
        if !unsupported.is_empty() {
            self.answer_with(tx, 420, HeaderName::Unsupported, &unsupported, now);
            return true;
        }
        if !matches!(request.method(), Some(Method::Invite | Method::Update)) {
            return false;
        }
        if session_timer::is_too_short(request) {
            self.answer_with(tx, 422, HeaderName::MinSe, &session_timer::MIN_SE_S.to_string(), now);
            return true;
        }
        if !request.body().is_empty() && !has_readable_body(request) {
            self.answer_with(tx, 415, HeaderName::Accept, ACCEPT, now);
            return true;
        }
        if request.first(HeaderName::ContentEncoding).is_some_and(|coding| !coding.eq_ignore_case("identity")) {
            let response = self.response(tx, 415, None).map(|r| r.named("Accept-Encoding", "identity"));
            if let Some(response) = response {
                self.respond(tx, 415, response, now);
            }
            return true;
        }
        false
    }

    /// RFC 3261 11.2.
    fn answer_options(&mut self, request: &Message, flow: Flow) {
        let unsupported = unsupported_list(request);
        if !unsupported.is_empty() {
            let response = self.stateless(request, 420, None).header(HeaderName::Unsupported, unsupported.as_str());
            return self.transmit(response, super::reply::response_target(flow, request));
        }
        let response = self
            .stateless(request, 200, None)
            .header(HeaderName::Allow, ALLOW)
            .header(HeaderName::Accept, ACCEPT)
            .header(HeaderName::Supported, SUPPORTED_TEXT);
        self.transmit(response, super::reply::response_target(flow, request));
    }
}

/// RFC 3261 20.1.
const ACCEPT: &str = "application/sdp";

/// What a request requires and we do not do, as a value of Unsupported; empty when there is nothing.
fn unsupported_list(request: &Message) -> String {
    let list: Vec<String> = unsupported_options(request, SUPPORTED).iter().map(Text::to_clean_string).collect();
    list.join(", ")
}

/// A session description, alone or as a part.
fn has_readable_body(request: &Message) -> bool {
    request.sdp().is_some()
}

fn new_call(session: SessionId, request: &Message, origin: Origin, flow: Flow) -> NewCall {
    let trusted = matches!(origin, Origin::Trunk(_));
    let from = request.from().ok();
    let asserted = trusted.then(|| asserted_identity(request)).flatten();
    let identity = asserted.as_ref().or(from.as_ref());
    let hidden = request.typed::<Privacy>().is_some_and(|p| p.is_ok_and(Privacy::hides_caller));
    let caller = match &origin {
        Origin::Account(user) => Some(user.clone()),
        Origin::Trunk(_) => identity.and_then(number),
    };
    let diverted_by = trusted.then(|| diverted_by(request)).flatten();
    NewCall {
        session,
        request_uri: request.uri().map(|uri| uri.to_string()).unwrap_or_default(),
        called: request.uri().map(|uri| user_of(&NameAddr::new(uri.clone()))).unwrap_or_default(),
        presentation: if hidden || caller.is_none() { Presentation::Restricted } else { Presentation::Allowed },
        caller,
        display_name: identity.map(|id| id.display_name.to_clean_string().trim().to_owned()).filter(|n| !n.is_empty()),
        diverted_by,
        body: Body::of(request),
        sip_call_id: request.call_id().map(|id| id.to_clean_string()).unwrap_or_default(),
        flow,
        replaces: None,
        origin,
    }
}

/// RFC 3325 9.1: the first that names a number or user.
fn asserted_identity(request: &Message) -> Option<NameAddr> {
    request.name_addrs(HeaderName::PAssertedIdentity).flatten().find(|identity| number(identity).is_some())
}

/// RFC 5806, or the last entry but one of RFC 7044.
fn diverted_by(request: &Message) -> Option<String> {
    let diversion = request.first(HeaderName::Diversion).and_then(|value| Diversion::parse(&value).ok());
    if let Some(diversion) = diversion {
        return number(&diversion.address);
    }
    let history: Vec<HistoryInfo> =
        request.header(HeaderName::HistoryInfo).filter_map(|value| HistoryInfo::parse(&value).ok()).collect();
    history.len().checked_sub(2).and_then(|at| history.get(at)).and_then(|entry| number(&entry.address))
}

/// The number or user of an address; `None` when it is anonymous (RFC 3323 4.1.1.3).
fn number(address: &NameAddr) -> Option<String> {
    let anonymous_host =
        matches!(address.uri.host(), Some(Host::Name(name)) if name.eq_ignore_case("anonymous.invalid"));
    let user = user_of(address);
    (!user.is_empty() && !anonymous_host && !user.eq_ignore_ascii_case("anonymous")).then_some(user)
}

/// The user part without escapes and without its own parameters, cleaned for people.
pub(super) fn user_of(address: &NameAddr) -> String {
    let user = address.uri.user().unwrap_or_default();
    let user = user.split(|byte| *byte == b';').next().unwrap_or_default();
    Text::from(user).to_clean_string().trim().to_owned()
}
