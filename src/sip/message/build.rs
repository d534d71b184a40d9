use bytes::Bytes;

use super::field::Field;
use super::limits::{MAX_BODY_BYTES, MAX_FIELDS, MAX_HEAD_BYTES};
use super::{HeaderName, Message, Method, StartLine, Text};
use crate::sip::Uri;
use crate::sip::header::Wire;
use crate::sip::header::scan::is_token;

/// Writes a message line by line and gives it out as a [`Message`].
///
/// Whatever is put in stays in its line: control characters become spaces, names that are no tokens are left out.
/// Content-Length is written by [`MessageBuilder::finish`]. What would not fit `limits` is left out.
#[derive(Clone, Debug)]
pub struct MessageBuilder {
    start: StartLine,
    head: Vec<u8>,
    fields: Vec<Field>,
    body: Bytes,
}

/// Room for the head of an ordinary message, so that it is allocated once.
const USUAL_HEAD_BYTES: usize = 1024;
/// Room for the fields of an ordinary message.
const USUAL_FIELDS: usize = 16;
/// `Content-Length: ` with its number and the empty line always fit behind the other fields.
const RESERVED_BYTES: usize = 64;

impl MessageBuilder {
    pub fn request(method: Method, uri: Uri) -> MessageBuilder {
        let mut head = Vec::with_capacity(USUAL_HEAD_BYTES);
        push_clean(&mut head, method.as_bytes());
        head.push(b' ');
        push_clean(&mut head, uri.as_text().as_bytes());
        head.extend_from_slice(b" SIP/2.0\r\n");
        MessageBuilder::started(StartLine::Request { method, uri }, head)
    }

    /// `status` is brought into 100 to 699.
    pub fn response(status: u16, reason: &str) -> MessageBuilder {
        let status = status.clamp(100, 699);
        let mut head = Vec::with_capacity(USUAL_HEAD_BYTES);
        head.extend_from_slice(format!("SIP/2.0 {status} ").as_bytes());
        push_clean(&mut head, reason.as_bytes());
        head.extend_from_slice(b"\r\n");
        let start = StartLine::Response { status, reason: Text::from(reason) };
        MessageBuilder::started(start, head)
    }

    fn started(start: StartLine, head: Vec<u8>) -> MessageBuilder {
        MessageBuilder { start, head, fields: Vec::with_capacity(USUAL_FIELDS), body: Bytes::new() }
    }

    /// Adds one header line. Content-Length is ignored here.
    pub fn header(mut self, name: HeaderName, value: impl Wire) -> MessageBuilder {
        self.add(name, value);
        self
    }

    /// Adds one header line when there is a value.
    pub fn maybe(mut self, name: HeaderName, value: Option<impl Wire>) -> MessageBuilder {
        if let Some(value) = value {
            self.add(name, value);
        }
        self
    }

    /// Adds one header line by its name, for headers that [`HeaderName`] does not list.
    pub fn named(mut self, name: &str, value: impl Wire) -> MessageBuilder {
        self.push(HeaderName::of(name.as_bytes()), name.as_bytes(), &value);
        self
    }

    /// As [`MessageBuilder::header`], in place.
    pub fn add(&mut self, name: HeaderName, value: impl Wire) {
        self.push(name, name.as_str().as_bytes(), &value);
    }

    /// Copies the lines of `message` called `name`, byte for byte.
    pub fn copy(mut self, message: &Message, name: HeaderName) -> MessageBuilder {
        for field in message.fields.iter().filter(|field| field.name == name) {
            let value = message.raw.slice_ref(message.value_bytes(field));
            self.push(name, name.as_str().as_bytes(), &value);
        }
        self
    }

    /// Sets the body and its Content-Type. A body beyond `limits::MAX_BODY_BYTES` is left out.
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> MessageBuilder {
        let body = body.into();
        if body.len() <= MAX_BODY_BYTES {
            self.add(HeaderName::ContentType, content_type);
            self.body = body;
        }
        self
    }

    /// The whole message, Content-Length included.
    pub fn finish(mut self) -> Message {
        self.push_line(HeaderName::ContentLength, b"Content-Length", &self.body.len().to_string());
        self.head.extend_from_slice(b"\r\n");
        let body_start = self.head.len();
        self.head.extend_from_slice(&self.body);
        let raw = Text::from(Bytes::from(self.head));
        Message { raw, start: self.start, fields: self.fields, body_start }
    }

    fn push(&mut self, name: HeaderName, written: &[u8], value: &impl Wire) {
        if name == HeaderName::ContentLength || !is_token(written) || self.fields.len() + 1 >= MAX_FIELDS {
            return;
        }
        self.push_line(name, written, value);
        if self.head.len() + RESERVED_BYTES > MAX_HEAD_BYTES
            && let Some(field) = self.fields.pop()
        {
            self.head.truncate(usize::from(field.name_start));
        }
    }

    fn push_line(&mut self, name: HeaderName, written: &[u8], value: &(impl Wire + ?Sized)) {
        let name_start = self.head.len();
        self.head.extend_from_slice(written);
        self.head.extend_from_slice(b": ");
        let value_start = self.head.len();
        value.write(&mut self.head);
        clean(&mut self.head, value_start);
        let value_len = self.head.len() - value_start;
        self.head.extend_from_slice(b"\r\n");
        self.fields.push(Field::new(name, name_start, written.len(), value_start, value_len));
    }
}

/// Control characters as spaces, from `start` on: a line end inside a value would begin a header of the sender's.
fn clean(head: &mut [u8], start: usize) {
    for byte in head.iter_mut().skip(start).filter(|byte| byte.is_ascii_control() && **byte != b'\t') {
        *byte = b' ';
    }
}

fn push_clean(head: &mut Vec<u8>, bytes: &[u8]) {
    let start = head.len();
    head.extend_from_slice(bytes);
    clean(head, start);
}

impl Message {
    /// A builder for a request of our own.
    pub fn request(method: Method, uri: Uri) -> MessageBuilder {
        MessageBuilder::request(method, uri)
    }
}
