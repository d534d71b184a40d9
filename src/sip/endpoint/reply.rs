//! Responses of ours.

use super::core::Core;
use crate::base::Instant;
use crate::sip::dialog::Body;
use crate::sip::transaction::{Flow, ServerTx, Target};
use crate::sip::{HeaderName, Message, MessageBuilder};

/// What we can do (RFC 3261 20.5).
pub(super) const ALLOW: &str = "INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, INFO, UPDATE, PRACK, REFER";

/// The option tags that a request may require of us.
pub(super) const SUPPORTED: &[&str] = &["timer", "100rel", "norefersub"];

/// The same as a value of Supported.
pub(super) const SUPPORTED_TEXT: &str = "timer, 100rel, norefersub";

/// The phrase of a status (RFC 3261 21 and the RFCs of the others).
pub(super) fn phrase(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        180 => "Ringing",
        181 => "Call Is Being Forwarded",
        182 => "Queued",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        302 => "Moved Temporarily",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        410 => "Gone",
        413 => "Request Entity Too Large",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        420 => "Bad Extension",
        421 => "Extension Required",
        422 => "Session Interval Too Small",
        423 => "Interval Too Brief",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        483 => "Too Many Hops",
        484 => "Address Incomplete",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        491 => "Request Pending",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        606 => "Not Acceptable",
        other => class_phrase(other),
    }
}

fn class_phrase(status: u16) -> &'static str {
    match status / 100 {
        1 => "Progress",
        2 => "OK",
        3 => "Redirected",
        4 => "Request Failed",
        5 => "Server Failed",
        _ => "Failed",
    }
}

/// Where responses to `request` go (RFC 3261 18.2.2, RFC 3581 4): back on the connection, or to the address that the
/// datagram came from. A `maddr` is not followed: it would let a stranger aim our answers at others.
pub(super) fn response_target(flow: Flow, request: &Message) -> Target {
    let mut target = flow.reply_target();
    if let Ok(via) = request.top_via()
        && !flow.transport.is_reliable()
        && !via.wants_rport()
    {
        target.remote.set_port(via.port_or_default());
    }
    target
}

impl Core {
    /// A response to the request of `tx`, to be completed and given to [`Core::respond`].
    pub(super) fn response(&self, tx: ServerTx, status: u16, reason: Option<&str>) -> Option<MessageBuilder> {
        let received = self.transactions.owner(tx)?;
        let tag = (status > 100).then_some(received.tag.as_str());
        let reason = reason.unwrap_or_else(|| phrase(status));
        let response = Message::response(&received.request, status, reason, tag);
        Some(response.header(HeaderName::Server, self.config.product.as_str()))
    }

    /// Sends a response to the request of `tx`. `None` when it had its final response before.
    pub(super) fn respond(
        &mut self,
        tx: ServerTx,
        status: u16,
        response: MessageBuilder,
        now: Instant,
    ) -> Option<Message> {
        let message = response.finish();
        self.transactions.respond(tx, status, message.raw().clone(), now).then_some(message)
    }

    /// A response without more.
    pub(super) fn answer(&mut self, tx: ServerTx, status: u16, now: Instant) {
        if let Some(response) = self.response(tx, status, None) {
            self.respond(tx, status, response, now);
        }
    }

    /// A response with one more header.
    pub(super) fn answer_with(&mut self, tx: ServerTx, status: u16, name: HeaderName, value: &str, now: Instant) {
        if let Some(response) = self.response(tx, status, None) {
            self.respond(tx, status, response.header(name, value), now);
        }
    }

    /// The Contact of our answer to the request of `tx`.
    pub(super) fn with_contact(&self, tx: ServerTx, response: MessageBuilder) -> MessageBuilder {
        let Some(received) = self.transactions.owner(tx) else { return response };
        let flow = received.flow;
        let user = received.request.uri().and_then(|uri| uri.user_str());
        response
            .maybe(HeaderName::Contact, self.contact(user.as_deref(), flow.transport, Some(flow.local), flow.remote))
    }
}

/// Puts the body into a response.
pub(super) fn with_body(response: MessageBuilder, body: Option<&Body>) -> MessageBuilder {
    match body {
        Some(body) => response.body(&body.content_type, body.bytes.clone()),
        None => response,
    }
}
