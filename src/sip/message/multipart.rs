use bytes::Bytes;
use memchr::memmem;

use super::parse::head_end;
use super::{HeaderName, Message, Text};
use crate::sip::header::scan::{trim, trim_end};
use crate::sip::header::{ContentType, Header};

/// One part of a body (RFC 2046 5.1): of a body that is not multipart, the whole.
#[derive(Clone, Debug)]
pub struct Part {
    /// None when it is missing or cannot be read; RFC 2046 5.1 then means `text/plain`.
    pub content_type: Option<ContentType>,
    pub body: Text,
}

/// Parts of one body; what comes behind them is left out.
const MAX_PARTS: usize = 16;

/// The parts of a message's body. Multipart bodies inside multipart bodies are given as one part, unread: nothing that
/// a call needs is nested, and so nesting costs nothing. A body without boundary or without any part is no part.
pub fn parts(message: &Message) -> Vec<Part> {
    let content_type = message.content_type().and_then(Result::ok);
    let body = message.body_text();
    if body.is_empty() {
        return Vec::new();
    }
    match &content_type {
        Some(media) if media.kind.eq_ignore_case("multipart") => match media.boundary() {
            Some(boundary) => split(&body, boundary.as_bytes()),
            None => Vec::new(),
        },
        _ => vec![Part { content_type, body }],
    }
}

/// The pieces between delimiter lines; an unclosed last part goes to the end.
fn split(body: &Text, boundary: &[u8]) -> Vec<Part> {
    let mut delimiter = b"--".to_vec();
    delimiter.extend_from_slice(boundary);
    let bytes = body.as_bytes();
    let mut parts = Vec::new();
    let mut open: Option<usize> = None;
    for at in memmem::find_iter(bytes, &delimiter) {
        if at > 0 && bytes[at - 1] != b'\n' {
            continue;
        }
        if let Some(start) = open.take() {
            parts.push(part(body, start, at));
        }
        let rest = &bytes[at + delimiter.len()..];
        if rest.starts_with(b"--") || parts.len() == MAX_PARTS {
            return parts;
        }
        let line = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |lf| lf + 1);
        open = Some(at + delimiter.len() + line);
    }
    if let Some(start) = open {
        parts.push(part(body, start, bytes.len()));
    }
    parts
}

/// Headers, an empty line, content; the line end before the next delimiter belongs to that.
fn part(body: &Text, start: usize, end: usize) -> Part {
    let bytes = &body.as_bytes()[start.min(end)..end];
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    let content_start = match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\n', ..] => 1,
        _ => head_end(bytes).unwrap_or(bytes.len()),
    };
    let (head, content) = bytes.split_at(content_start);
    Part { content_type: content_type(head), body: body.slice_ref(content) }
}

fn content_type(head: &[u8]) -> Option<ContentType> {
    let is_content_type = |line: &&[u8]| {
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        HeaderName::of(trim_end(name)) == HeaderName::ContentType
    };
    let line = head.split(|byte| *byte == b'\n').find(is_content_type)?;
    let colon = line.iter().position(|byte| *byte == b':')?;
    ContentType::parse(&Text::from(Bytes::copy_from_slice(trim(&line[colon + 1..])))).ok()
}

impl Message {
    /// The session description: the body when Content-Type is `application/sdp`, or the first such part of it.
    pub fn sdp(&self) -> Option<Text> {
        let is_sdp = |part: &Part| part.content_type.as_ref().is_some_and(ContentType::is_sdp);
        parts(self).into_iter().find(is_sdp).map(|part| part.body)
    }
}
