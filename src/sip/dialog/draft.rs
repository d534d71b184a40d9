//! A request of ours before it is known how it travels.

use bytes::Bytes;

use crate::sip::header::{CSeq, MaxForwards};
use crate::sip::{HeaderName, Message, MessageBuilder, Method, NameAddr, Text, Uri, Via};

/// A message body and its Content-Type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Body {
    pub content_type: String,
    pub bytes: Bytes,
}

impl Body {
    pub fn sdp(bytes: impl Into<Bytes>) -> Self {
        Body { content_type: "application/sdp".to_owned(), bytes: bytes.into() }
    }

    /// The session description of `message`, else its whole body; `None` when it has none.
    pub fn of(message: &Message) -> Option<Body> {
        if let Some(sdp) = message.sdp() {
            return Some(Body::sdp(Bytes::copy_from_slice(sdp.as_bytes())));
        }
        let body = message.body();
        let content_type = message.first(HeaderName::ContentType)?.to_clean_string();
        (!body.is_empty()).then(|| Body { content_type, bytes: Bytes::copy_from_slice(body) })
    }
}

/// A request but for its Via and Contact.
#[derive(Clone, Debug)]
pub struct Draft {
    pub method: Method,
    pub uri: Uri,
    /// Where it is sent, unless a way is known: the first route, or the Request-URI.
    pub next_hop: Uri,
    /// Values of Route, in order.
    pub routes: Vec<Text>,
    pub from: NameAddr,
    pub to: NameAddr,
    pub call_id: Text,
    pub cseq: u32,
    pub max_forwards: u8,
    /// Further headers.
    pub headers: Vec<(HeaderName, Text)>,
    /// Further headers that [`HeaderName`] does not list.
    pub named: Vec<(String, String)>,
    pub body: Option<Body>,
}

/// RFC 3261 8.1.1.6.
pub const MAX_FORWARDS: u8 = 70;

impl Draft {
    /// A request outside any dialog.
    pub fn new(method: Method, uri: Uri, from: NameAddr, to: NameAddr, call_id: Text, cseq: u32) -> Self {
        Draft {
            method,
            next_hop: uri.clone(),
            uri,
            routes: Vec::new(),
            from,
            to,
            call_id,
            cseq,
            max_forwards: MAX_FORWARDS,
            headers: Vec::new(),
            named: Vec::new(),
            body: None,
        }
    }

    pub fn header(mut self, name: HeaderName, value: impl Into<Text>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn body(mut self, body: Option<Body>) -> Self {
        self.body = body;
        self
    }

    /// The request as it is sent. `contact` is left out where it is `None`.
    pub fn write(&self, via: &Via, contact: Option<&NameAddr>) -> Message {
        let mut builder = MessageBuilder::request(self.method.clone(), self.uri.clone())
            .header(HeaderName::Via, via)
            .header(HeaderName::MaxForwards, MaxForwards(self.max_forwards));
        for route in &self.routes {
            builder.add(HeaderName::Route, route);
        }
        builder = builder
            .header(HeaderName::From, &self.from)
            .header(HeaderName::To, &self.to)
            .header(HeaderName::CallId, &self.call_id)
            .header(HeaderName::CSeq, CSeq { number: self.cseq, method: self.method.clone() })
            .maybe(HeaderName::Contact, contact);
        for (name, value) in &self.headers {
            builder.add(*name, value);
        }
        for (name, value) in &self.named {
            builder = builder.named(name, value.as_str());
        }
        match &self.body {
            Some(body) => builder.body(&body.content_type, body.bytes.clone()).finish(),
            None => builder.finish(),
        }
    }
}
