//! The way of a message in: parsed, matched to its transaction, its dialog, or given to who deals with new requests.

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::core::{Core, Received};
use super::event::Output;
use super::face::Endpoint;
use super::reply::{phrase, response_target};
use crate::base::Instant;
use crate::sip::message::validate;
use crate::sip::transaction::{Flow, OldMatch, ServerKey, ServerKind, ServerTx, Target};
use crate::sip::{HeaderName, Message, MessageBuilder, Method};

/// How long clients should wait that we have no room for.
const RETRY_AFTER_S: &str = "5";

impl Endpoint {
    pub(super) fn receive(&mut self, flow: Flow, bytes: Bytes, now: Instant) {
        if bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            return self.core.pong(flow, &bytes);
        }
        match Message::parse(bytes) {
            Ok(message) if message.is_request() => self.on_request(message, flow, now),
            Ok(message) => {
                if validate(&message).is_ok() {
                    self.on_response(&message, flow, now);
                }
            }
            Err(error) => {
                if let Some(request) = error.answerable {
                    let (status, reason) = (error.fault.status(), error.fault.reason());
                    self.core.refuse(&request, flow, status, Some(&reason), now);
                }
            }
        }
    }

    fn on_request(&mut self, mut request: Message, flow: Flow, now: Instant) {
        if request.stamp_source(flow.remote).is_err() {
            return;
        }
        let Some(method) = request.method().cloned() else { return };
        let fault = validate(&request);
        if method == Method::Ack {
            if fault.is_ok() {
                self.on_ack(&request, now);
            }
            return;
        }
        let Some(key) = server_key(&request, &method) else { return };
        if let Some(tx) = self.core.transactions.find_server(&key) {
            return self.core.transactions.request_again(tx);
        }
        if let Err(fault) = fault {
            return self.core.refuse(&request, flow, fault.status(), Some(&fault.reason()), now);
        }
        match (method, request.to_tag()) {
            (Method::Cancel, _) => self.on_cancel(key, request, flow, now),
            (_, Some(tag)) => self.on_dialog_request(key, &tag.to_clean_string(), request, flow, now),
            (_, None) => self.on_new_request(key, request, flow, now),
        }
    }

    /// The ACK of a refusal belongs to its transaction, that of a 2xx to its dialog; any other is nobody's.
    fn on_ack(&mut self, ack: &Message, now: Instant) {
        if let Some(tx) = server_key(ack, &Method::Invite).and_then(|key| self.core.transactions.find_server(&key)) {
            self.core.transactions.ack(tx, now);
        }
        let Some(tag) = ack.to_tag() else { return };
        if let Some(id) = self.tags.get(&tag.to_clean_string()).copied() {
            self.with_session(id, now, |session, core| session.on_ack(core, ack, now));
        }
    }

    /// RFC 3261 9.2.
    fn on_cancel(&mut self, key: ServerKey, cancel: Message, flow: Flow, now: Instant) {
        let invite = server_key(&cancel, &Method::Invite).and_then(|key| self.core.transactions.find_server(&key));
        let Some(invite) = invite else { return self.core.refuse(&cancel, flow, 481, None, now) };
        let waiting = self.core.transactions.owner(invite).map(|received| (received.tag.clone(), received.session));
        let tag = waiting.as_ref().map_or_else(|| self.core.stateless_tag(&cancel), |(tag, _)| tag.clone());
        let received = Received { request: cancel.clone(), flow, session: None, tag };
        let Some(tx) = self.core.begin(key, received) else { return };
        self.core.answer(tx, 200, now);
        if let Some((_, Some(session))) = waiting {
            self.with_session(session, now, |session, core| session.on_cancel(core, invite, &cancel, now));
        }
    }

    fn on_dialog_request(&mut self, key: ServerKey, tag: &str, request: Message, flow: Flow, now: Instant) {
        let Some(id) = self.tags.get(tag).copied() else {
            return self.core.refuse(&request, flow, 481, None, now);
        };
        self.core.welcome(flow);
        let received = Received { request: request.clone(), flow, session: Some(id), tag: tag.to_owned() };
        let Some(tx) = self.core.begin(key, received) else { return };
        self.with_session(id, now, |session, core| session.on_request(core, tx, &request, flow, now));
    }
}

impl Core {
    /// Begins the transaction of a request; without room it is told so and forgotten.
    pub(super) fn begin(&mut self, key: ServerKey, received: Received) -> Option<ServerTx> {
        let kind = match received.request.method() {
            Some(Method::Invite) => ServerKind::Invite,
            _ => ServerKind::NonInvite,
        };
        let to = response_target(received.flow, &received.request);
        let merge = merge_key(&received.request);
        let (request, flow) = (received.request.clone(), received.flow);
        match self.transactions.begin(key, kind, merge, to, received) {
            Ok(tx) => Some(tx),
            Err(_) => {
                self.overloaded(&request, flow);
                None
            }
        }
    }

    /// 503 with Retry-After, without a transaction.
    pub(super) fn overloaded(&mut self, request: &Message, flow: Flow) {
        let response = self.stateless(request, 503, None).header(HeaderName::RetryAfter, RETRY_AFTER_S);
        self.transmit(response, response_target(flow, request));
    }

    /// A response that leaves no state behind: a repeated request gets the same one (RFC 3261 8.2.7).
    pub(super) fn stateless(&self, request: &Message, status: u16, reason: Option<&str>) -> MessageBuilder {
        let tag = self.stateless_tag(request);
        Message::response(request, status, reason.unwrap_or_else(|| phrase(status)), Some(&tag))
            .header(HeaderName::Server, self.config.product.as_str())
    }

    pub(super) fn transmit(&mut self, response: MessageBuilder, to: Target) {
        let bytes = response.finish().raw().clone();
        self.outputs.push_back(Output::Transmit { to, bytes });
    }

    /// A tag that is the same for every repetition of a request, and that nobody can foresee.
    pub(super) fn stateless_tag(&self, request: &Message) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.tag_key);
        for name in [HeaderName::Via, HeaderName::CallId, HeaderName::CSeq] {
            hasher.update(request.first(name).unwrap_or_default().as_bytes());
        }
        let digest = hasher.finalize();
        digest.iter().take(10).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The answer to a keep-alive (RFC 5626 3.5.1): a CRLF for two of them, on streams.
    fn pong(&mut self, flow: Flow, bytes: &Bytes) {
        if flow.transport.is_reliable() && bytes.as_ref() == b"\r\n\r\n" {
            self.outputs.push_back(Output::Transmit { to: flow.reply_target(), bytes: Bytes::from_static(b"\r\n") });
        }
    }
}

/// By what a request finds its transaction, as if its method were `method` (RFC 3261 17.2.3).
fn server_key(request: &Message, method: &Method) -> Option<ServerKey> {
    let via = request.top_via().ok()?;
    if let Some(branch) = via.rfc3261_branch() {
        let sent_by = format!("{}:{}", via.host, via.port_or_default());
        return Some(ServerKey::new(branch.as_bytes(), sent_by.as_bytes(), method.as_bytes()));
    }
    let (uri, from_tag) = (request.uri()?.as_text(), request.from_tag().unwrap_or_default());
    let (call_id, via) = (request.call_id()?, request.first(HeaderName::Via)?);
    let fields = OldMatch {
        request_uri: uri.as_bytes(),
        from_tag: from_tag.as_bytes(),
        call_id: call_id.as_bytes(),
        cseq: request.cseq().ok()?.number,
        via: via.as_bytes(),
    };
    Some(ServerKey::old(fields, method.as_bytes()))
}

/// What a request outside a dialog has in common with the same request that came another way (RFC 3261 8.2.2.2).
pub(super) fn merge_key(request: &Message) -> Option<Vec<u8>> {
    if request.to_tag().is_some() || request.method() == Some(&Method::Cancel) {
        return None;
    }
    let (from, call_id, cseq) = (request.from_tag()?, request.call_id()?, request.first(HeaderName::CSeq)?);
    Some([from.as_bytes(), call_id.as_bytes(), cseq.as_bytes()].join(&b'\n'))
}
