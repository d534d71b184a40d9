use bytes::Bytes;
use memchr::{memchr, memchr_iter};

use super::field::{Field, Message, StartLine};
use super::limits::{MAX_BODY_BYTES, MAX_FIELDS, MAX_HEAD_BYTES, MAX_URI_BYTES};
use super::text::u32_saturating;
use super::{Fault, HeaderName, Method, ParseError, Text};
use crate::sip::header::scan::{is_space, is_token, trim, trim_end, trim_start};
use crate::sip::{Uri, UriError};

/// Room for the header lines of a carrier's INVITE, so that the list is allocated once.
const USUAL_FIELDS: usize = 32;

/// The body's length that the head of a message on a stream announces; there it must be there (RFC 3261 18.3).
pub(crate) fn framed_body_len(head: &[u8]) -> Result<usize, Fault> {
    let read = read_head(head);
    if !read.is_folded {
        return announced(head, &read.fields);
    }
    let unfolded = unfold(head, head.len());
    announced(&unfolded, &read_head(&unfolded).fields)
}

fn announced(head: &[u8], fields: &[Field]) -> Result<usize, Fault> {
    let len = content_length(head, fields)?.ok_or(Fault::NoContentLength)?;
    Ok(usize::try_from(len).unwrap_or(usize::MAX))
}

/// Content-Length, at most `u32::MAX`; several that differ are an error (RFC 4475 3.3.9).
fn content_length(head: &[u8], fields: &[Field]) -> Result<Option<u32>, Fault> {
    let mut length = None;
    for field in fields.iter().filter(|field| field.name == HeaderName::ContentLength) {
        let start = usize::from(field.value_start);
        let value = head.get(start..start + usize::from(field.value_len)).unwrap_or_default();
        let this = u32_saturating(value).ok_or(Fault::ContentLength)?;
        if length.is_some_and(|other| other != this) {
            return Err(Fault::Repeated(HeaderName::ContentLength));
        }
        length = Some(this);
    }
    Ok(length)
}

impl Message {
    /// Reads one message from a datagram, or from a piece that [`crate::sip::StreamFramer`] has cut.
    ///
    /// Bytes behind Content-Length are cut off; without Content-Length the body is the rest (RFC 3261 18.3).
    /// Lines may end with LF alone. Lines without a colon, or whose name is no token, are left out.
    pub fn parse(datagram: Bytes) -> Result<Message, ParseError> {
        let skipped = datagram.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let mut raw = if skipped == 0 { datagram } else { datagram.slice(skipped..) };
        if raw.is_empty() {
            return Err(drop_it(Fault::Empty));
        }
        let mut head = read_head(&raw);
        if head.is_folded {
            raw = unfold(&raw, head.len);
            head = read_head(&raw);
        }
        let raw = Text::from(raw);
        let (start, start_fault) = start_line(&raw, head.start_line_len).map_err(drop_it)?;
        let mut message = Message { raw, start, fields: head.fields, body_start: head.len };
        match head.fault.or(start_fault).or_else(|| message.cut_body().err()) {
            None => Ok(message),
            Some(fault) => Err(message.into_error(fault)),
        }
    }

    /// Ends the message where Content-Length says.
    fn cut_body(&mut self) -> Result<(), Fault> {
        let available = self.raw.len().saturating_sub(self.body_start);
        let len = match content_length(self.raw.as_bytes(), &self.fields)? {
            Some(len) if len as usize > available => return Err(Fault::BodyTruncated),
            Some(len) => len as usize,
            None => available,
        };
        if len > MAX_BODY_BYTES {
            return Err(Fault::BodyTooLong);
        }
        if len < available {
            self.raw = self.raw.slice(0..self.body_start + len);
        }
        Ok(())
    }

    /// What can be read of a message that is known to be faulty.
    pub(crate) fn salvage(bytes: Bytes, fault: Fault) -> ParseError {
        let answerable = match Message::parse(bytes) {
            Ok(message) => message.into_error(fault).answerable,
            Err(error) => error.answerable,
        };
        ParseError { fault, answerable }
    }

    fn into_error(self, fault: Fault) -> ParseError {
        let answerable = match &self.start {
            StartLine::Request { method: Method::Ack, .. } | StartLine::Response { .. } => false,
            StartLine::Request { .. } => {
                [HeaderName::Via, HeaderName::From, HeaderName::To, HeaderName::CallId, HeaderName::CSeq]
                    .into_iter()
                    .all(|name| self.has(name))
            }
        };
        ParseError { fault, answerable: answerable.then(|| Box::new(self)) }
    }
}

fn drop_it(fault: Fault) -> ParseError {
    ParseError { fault, answerable: None }
}

/// The length of the head with the empty line that ends it.
pub(crate) fn head_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr(b'\n', bytes.get(at..)?)? + 1;
        match bytes.get(at..)? {
            [b'\n', ..] => return Some(at + 1),
            [b'\r', b'\n', ..] => return Some(at + 2),
            _ => {}
        }
    }
}

/// Where everything is in a head.
struct Head {
    fields: Vec<Field>,
    /// Up to and with the first line end.
    start_line_len: usize,
    /// With the empty line that ends it.
    len: usize,
    /// A line goes on in the next (RFC 3261 7.3.1): the fields are those before it, and unusable.
    is_folded: bool,
    fault: Option<Fault>,
}

/// One pass over the lines up to the empty one.
fn read_head(bytes: &[u8]) -> Head {
    let mut head = Head { fields: Vec::new(), start_line_len: 0, len: 0, is_folded: false, fault: None };
    for lf in memchr_iter(b'\n', &bytes[..bytes.len().min(MAX_HEAD_BYTES)]) {
        let line = &bytes[head.len..lf];
        let at = head.len;
        head.len = lf + 1;
        match line {
            _ if at == 0 => {
                head.start_line_len = lf + 1;
                head.fields.reserve(USUAL_FIELDS);
            }
            [] | [b'\r'] => return head,
            [b' ' | b'\t', ..] => head.is_folded = true,
            _ if head.is_folded => {}
            _ => head.push(line, at),
        }
    }
    head.len = bytes.len().min(MAX_HEAD_BYTES);
    head.start_line_len = if head.start_line_len == 0 { head.len } else { head.start_line_len };
    head.fault = Some(if bytes.len() > MAX_HEAD_BYTES { Fault::HeadTooLong } else { Fault::NoHeadEnd });
    head
}

impl Head {
    fn push(&mut self, line: &[u8], at: usize) {
        if self.fields.len() == MAX_FIELDS {
            self.fault = Some(Fault::TooManyFields);
        } else if let Some(field) = field(line, at) {
            self.fields.push(field);
        }
    }
}

/// A copy whose folds are spaces; nothing moves.
fn unfold(raw: &[u8], head_len: usize) -> Bytes {
    let mut copy = raw.to_vec();
    let head = &mut copy[..head_len];
    for at in 1..head.len() {
        if head[at - 1] == b'\n' && matches!(head[at], b' ' | b'\t') {
            head[at - 1] = b' ';
            if let Some(cr) = at.checked_sub(2).and_then(|i| head.get_mut(i)).filter(|byte| **byte == b'\r') {
                *cr = b' ';
            }
        }
    }
    Bytes::from(copy)
}

/// The start line, and what is wrong with it although it can be answered.
fn start_line(raw: &Text, len: usize) -> Result<(StartLine, Option<Fault>), Fault> {
    let line = &raw.as_bytes()[..len];
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let is_response = line.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"SIP/"));
    if is_response { status_line(raw, line).map(|start| (start, None)) } else { request_line(raw, line) }
}

/// `SIP/2.0 SP status SP reason` (RFC 3261 7.2); the space before an empty reason may be missing.
fn status_line(raw: &Text, line: &[u8]) -> Result<StartLine, Fault> {
    let rest = line.get(..8).filter(|version| version.eq_ignore_ascii_case(b"SIP/2.0 "));
    let rest = rest.map(|version| &line[version.len()..]).ok_or(Fault::Version)?;
    let digits = rest.get(..3).filter(|code| code.iter().all(u8::is_ascii_digit)).ok_or(Fault::StatusCode)?;
    let status = digits.iter().fold(0u16, |n, d| n * 10 + u16::from(d - b'0'));
    let reason = match &rest[3..] {
        [] => &[],
        [b' ', reason @ ..] => reason,
        _ => return Err(Fault::StatusCode),
    };
    if !(100..700).contains(&status) {
        return Err(Fault::StatusCode);
    }
    Ok(StartLine::Response { status, reason: raw.slice_ref(reason) })
}

/// `method SP uri SP SIP/2.0` with exactly one space each (RFC 3261 7.1, RFC 4475 3.1.2.7 to 3.1.2.10).
fn request_line(raw: &Text, line: &[u8]) -> Result<(StartLine, Option<Fault>), Fault> {
    let mut parts = trim_end(line).splitn(2, |byte| *byte == b' ');
    let (method, rest) = (parts.next().unwrap_or_default(), parts.next().ok_or(Fault::NotSip)?);
    let method = Method::parse_in(raw, method).ok_or(Fault::NotSip)?;
    let space = rest.iter().rposition(|byte| *byte == b' ').ok_or(Fault::NotSip)?;
    let (target, version) = (&rest[..space], &rest[space + 1..]);
    if !version.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"SIP/")) {
        return Err(Fault::NotSip);
    }
    let exact = trim_end(line).len() == line.len() && !target.iter().any(|byte| is_space(*byte)) && !target.is_empty();
    let target = trim(target);
    let (uri, uri_fault) = match Uri::parse_in(raw, target) {
        Ok(uri) => (uri, None),
        Err(UriError::TooLong) => (Uri::unreadable(raw.slice_ref(&target[..MAX_URI_BYTES])), Some(Fault::UriTooLong)),
        Err(_) => (Uri::unreadable(raw.slice_ref(target)), Some(Fault::RequestUri)),
    };
    let fault = match () {
        () if !version.eq_ignore_ascii_case(b"SIP/2.0") => Some(Fault::Version),
        () if !exact => Some(Fault::RequestLine),
        () => uri_fault,
    };
    Ok((StartLine::Request { method, uri }, fault))
}

/// One line that begins at `at` of the head; white space before the colon is allowed (RFC 3261 7.3.1).
fn field(line: &[u8], at: usize) -> Option<Field> {
    // Names are short: stepping is faster than a vector search.
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = (trim_end(&line[..colon]), trim_start(&line[colon + 1..]));
    let known = HeaderName::of(name);
    if known == HeaderName::Other && !is_token(name) {
        return None;
    }
    let value_start = at + line.len() - value.len();
    Some(Field::new(known, at, name.len(), value_start, trim_end(value).len()))
}
