//! REGISTER: from the message to the registrar and back (RFC 3261 10.3).

use super::core::{Core, Received};
use super::event::Event;
use super::face::Endpoint;
use super::reply::phrase;
use crate::base::Instant;
use crate::sip::header::Expires;
use crate::sip::message::unsupported_options;
use crate::sip::registrar::{Applied, ContactWish, Contacts, RegisterError, Registration};
use crate::sip::transaction::{Flow, ServerKey, ServerTx};
use crate::sip::{HeaderName, Message, NameAddr, Text, Wire};

/// Options that a REGISTER may require.
const SUPPORTED: &[&str] = &["path", "outbound", "gruu"];

impl Endpoint {
    /// Registration is for one's own address of record only: To, From and digest username are the same user.
    pub(super) fn on_register(&mut self, key: ServerKey, request: Message, flow: Flow, now: Instant) {
        let user = |address: Result<NameAddr, _>| address.ok().and_then(|a: NameAddr| a.uri.user_str());
        let (to, from) = (user(request.to()), user(request.from()));
        let Some(to) = to.filter(|user| !user.is_empty()) else {
            return self.core.refuse(&request, flow, 404, None, now);
        };
        if from.as_ref() != Some(&to) {
            return self.core.refuse(&request, flow, 403, None, now);
        }
        if !self.core.authenticate(&request, flow, &to, now) {
            return;
        }
        self.core.welcome(flow);
        let tag = self.core.tag();
        let received = Received { request: request.clone(), flow, session: None, tag };
        if let Some(tx) = self.core.begin(key, received) {
            self.core.register(tx, &to, &request, flow, now);
        }
    }
}

impl Core {
    fn register(&mut self, tx: ServerTx, user: &str, request: &Message, flow: Flow, now: Instant) {
        let unsupported = unsupported_options(request, SUPPORTED);
        if !unsupported.is_empty() {
            let list: Vec<String> = unsupported.iter().map(Text::to_clean_string).collect();
            return self.answer_with(tx, 420, HeaderName::Unsupported, &list.join(", "), now);
        }
        let Some(registration) = registration(request, flow) else { return self.answer(tx, 400, now) };
        match self.registrar.register(user, &registration, now) {
            Ok(applied) => {
                self.answer_register(tx, user, &registration, now);
                self.tell_registered(user, applied, flow);
            }
            Err(error) => self.answer_register_error(tx, error, now),
        }
    }

    fn answer_register_error(&mut self, tx: ServerTx, error: RegisterError, now: Instant) {
        let status = match error {
            RegisterError::TooBrief { min_expires_s } => {
                return self.answer_with(tx, 423, HeaderName::MinExpires, &min_expires_s.to_string(), now);
            }
            RegisterError::StarNeedsZero => 400,
            RegisterError::OutOfOrder(_) => 500,
            RegisterError::TooManyContacts(_) => 403,
        };
        let reason = format!("{}: {error}", phrase(status));
        if let Some(response) = self.response(tx, status, Some(&reason)) {
            self.respond(tx, status, response, now);
        }
    }

    /// 200 with every binding that there is (RFC 3261 10.3 step 8).
    fn answer_register(&mut self, tx: ServerTx, user: &str, registration: &Registration, now: Instant) {
        let Some(mut response) = self.response(tx, 200, None) else { return };
        for binding in self.registrar.of(user, now) {
            let mut contact = NameAddr::new(binding.contact.clone());
            contact.params.push("expires", &binding.remaining_s(now).to_string());
            if let Some(instance) = &binding.instance {
                contact.params.push("+sip.instance", instance);
            }
            response.add(HeaderName::Contact, contact);
        }
        for path in &registration.path {
            response.add(HeaderName::Path, path.as_str());
        }
        self.respond(tx, 200, response, now);
    }

    fn tell_registered(&mut self, user: &str, applied: Applied, flow: Flow) {
        if let Some((contact, expires_s)) = applied.refreshed {
            self.emit(Event::Registered { user: user.to_owned(), contact, expires_s, flow, first: applied.came });
        }
        if applied.went {
            self.emit(Event::Unregistered { user: user.to_owned() });
        }
        if applied.changed {
            self.emit(Event::BindingsChanged { user: user.to_owned() });
        }
    }
}

fn registration(request: &Message, flow: Flow) -> Option<Registration> {
    let contacts = match request.contacts().ok()? {
        crate::sip::Contacts::Star => Contacts::All,
        crate::sip::Contacts::Addresses(addresses) => Contacts::Some(addresses.iter().map(wish).collect()),
    };
    Some(Registration {
        contacts,
        // RFC 3261 20.19: a value that is no number counts as none.
        expires_s: request.typed::<Expires>().and_then(Result::ok).map(|expires| expires.0),
        call_id: request.call_id()?.to_clean_string(),
        cseq: request.cseq().ok()?.number,
        flow,
        path: request.name_addrs(HeaderName::Path).flatten().map(|path| path.to_text().to_clean_string()).collect(),
        user_agent: request.first(HeaderName::UserAgent).map(|agent| agent.to_clean_string()),
    })
}

fn wish(contact: &NameAddr) -> ContactWish {
    ContactWish {
        uri: contact.uri.clone(),
        expires_s: contact.expires_s(),
        q_milli: contact.q_thousandths().unwrap_or(1000),
        instance: contact.params.get("+sip.instance").map(|instance| instance.to_clean_string()),
    }
}
