use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr;

use super::{Host, decode};
use crate::sip::Text;
use crate::sip::header::scan::is_uri_mark_or_forbidden;
use crate::sip::message::limits::MAX_URI_BYTES;
use crate::sip::message::u32_saturating;

/// The scheme of a URI; schemes are compared without case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    Sip,
    Sips,
    /// RFC 3966.
    Tel,
    /// Any other: only the text is kept.
    Other,
}

/// Why a text is no URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    #[error("the URI is longer than {MAX_URI_BYTES} bytes")]
    TooLong,
    #[error("the URI holds white space, control characters, quotes or angle brackets")]
    Forbidden,
    #[error("the URI has no scheme")]
    Scheme,
    #[error("the host of the URI is no name and no address")]
    Host,
    #[error("the port of the URI is not 1 to 65535")]
    Port,
    #[error("the telephone number of the URI is empty")]
    Number,
}

/// A URI. See the module for what is read of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uri {
    pub(super) text: Text,
    pub(super) scheme: Scheme,
    pub(super) parts: Parts,
    pub(super) host: Option<Host>,
    pub(super) port: Option<u16>,
}

/// Where the parts are in the text, as ranges; empty when absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Parts {
    /// Before a `:` of the user part or the `@`; of a `tel` URI the number.
    pub(super) user: Span,
    pub(super) password: Span,
    /// From the host to before the first `;` or `?`.
    pub(super) host_port: Span,
    /// Behind the first `;`.
    pub(super) params: Span,
    /// Behind the `?`.
    pub(super) headers: Span,
    pub(super) has_user: bool,
    pub(super) has_headers: bool,
}

/// A range of the text; `MAX_URI_BYTES` fits 16 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Span {
    start: u16,
    end: u16,
}

const _: () = assert!(MAX_URI_BYTES <= u16::MAX as usize);

impl Span {
    fn of(range: Range<usize>) -> Span {
        let fit = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        Span { start: fit(range.start), end: fit(range.end) }
    }

    pub(super) fn range(self) -> Range<usize> {
        usize::from(self.start)..usize::from(self.end)
    }
}

impl Uri {
    pub fn parse(text: &Text) -> Result<Uri, UriError> {
        Uri::parse_in(text, text.as_bytes())
    }

    /// As [`Uri::parse`] for a part of `text`.
    pub(crate) fn parse_in(text: &Text, bytes: &[u8]) -> Result<Uri, UriError> {
        if bytes.len() > MAX_URI_BYTES {
            return Err(UriError::TooLong);
        }
        let marks = Marks::of(bytes)?;
        let colon = marks.scheme.ok_or(UriError::Scheme)?;
        let scheme = scheme(&bytes[..colon])?;
        let (parts, host, port) = match scheme {
            Scheme::Sip | Scheme::Sips => {
                let parts = sip_parts(&marks, colon + 1, bytes.len());
                let (host, port) = host_port(text, &bytes[parts.host_port.range()])?;
                (parts, Some(host), port)
            }
            Scheme::Tel => (tel_parts(bytes, colon + 1)?, None, None),
            Scheme::Other => (Parts::default(), None, None),
        };
        Ok(Uri { text: text.slice_ref(bytes), scheme, parts, host, port })
    }

    /// A stand-in for a Request-URI that cannot be read, so that its request can be answered.
    pub(crate) fn unreadable(text: Text) -> Uri {
        Uri { text, scheme: Scheme::Other, parts: Parts::default(), host: None, port: None }
    }

    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The scheme as it was written.
    pub fn scheme_text(&self) -> &[u8] {
        self.text.as_bytes().split(|byte| *byte == b':').next().unwrap_or_default()
    }

    /// Whether the scheme is `sip` or `sips`.
    pub fn is_sip(&self) -> bool {
        matches!(self.scheme, Scheme::Sip | Scheme::Sips)
    }

    /// The user part without escapes, or the number of a `tel` URI with its visual separators; None when there is none.
    ///
    /// It may hold any byte, NUL and `@` included.
    pub fn user(&self) -> Option<Cow<'_, [u8]>> {
        self.parts.has_user.then(|| decode(self.part(self.parts.user)))
    }

    /// The user as text: broken UTF-8 is None.
    pub fn user_str(&self) -> Option<String> {
        String::from_utf8(self.user()?.into_owned()).ok()
    }

    /// The password (RFC 3261 19.1.1 advises against it). Never logged: `Debug` shows the text as received.
    pub fn password(&self) -> Option<Cow<'_, [u8]>> {
        let password = self.part(self.parts.password);
        (!password.is_empty()).then(|| decode(password))
    }

    /// The host of a `sip` or `sips` URI.
    pub fn host(&self) -> Option<&Host> {
        self.host.as_ref()
    }

    /// The port, when one is written.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The value of a URI parameter without escapes; empty when it stands alone. Names are compared without case.
    pub fn param(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        self.params().find(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value)
    }

    /// The value of a URI parameter as text.
    pub fn param_str(&self, name: &str) -> Option<String> {
        String::from_utf8(self.param(name)?.into_owned()).ok()
    }

    pub fn has_param(&self, name: &str) -> bool {
        self.param(name).is_some()
    }

    /// Whether the URI names a loose router (RFC 3261 19.1.1 `lr`).
    pub fn is_loose_router(&self) -> bool {
        self.has_param("lr")
    }

    /// URI parameters, names and values without escapes.
    pub fn params(&self) -> impl Iterator<Item = (Cow<'_, [u8]>, Cow<'_, [u8]>)> {
        pairs(self.part(self.parts.params), b';')
    }

    /// Headers behind the `?`, names and values without escapes (RFC 3261 19.1.1).
    pub fn headers(&self) -> impl Iterator<Item = (Cow<'_, [u8]>, Cow<'_, [u8]>)> {
        pairs(self.part(self.parts.headers), b'&')
    }

    /// Whether there is a `?`: not allowed in a Request-URI (RFC 3261 19.1.1 table 1).
    pub fn has_headers(&self) -> bool {
        self.parts.has_headers
    }

    /// The URI as written.
    pub fn as_text(&self) -> &Text {
        &self.text
    }

    pub(super) fn part(&self, span: Span) -> &[u8] {
        self.text.as_bytes().get(span.range()).unwrap_or_default()
    }
}

/// The characters that divide a URI, found in one pass.
#[derive(Default)]
struct Marks {
    /// The first `:`.
    scheme: Option<usize>,
    /// The next `:` before the `@`.
    user_colon: Option<usize>,
    /// The first `@` (RFC 3261 25.1): the user part may hold `;`, `?` and `/`, but no `@`.
    at: Option<usize>,
    /// The first `;` or `?` behind the `@`.
    host_end: Option<usize>,
    /// The first `?` behind the `@`.
    question: Option<usize>,
}

impl Marks {
    fn of(bytes: &[u8]) -> Result<Marks, UriError> {
        let mut marks = Marks::default();
        for (at, &byte) in bytes.iter().enumerate().filter(|(_, byte)| is_uri_mark_or_forbidden(**byte)) {
            match byte {
                b':' if marks.scheme.is_none() => marks.scheme = Some(at),
                b':' => marks.user_colon = marks.user_colon.or(Some(at)),
                b'@' if marks.at.is_none() => {
                    marks.at = Some(at);
                    marks.user_colon = marks.user_colon.or(Some(at));
                    (marks.host_end, marks.question) = (None, None);
                }
                b';' => marks.host_end = marks.host_end.or(Some(at)),
                b'?' => {
                    marks.host_end = marks.host_end.or(Some(at));
                    marks.question = marks.question.or(Some(at));
                }
                b'@' => {}
                _ => return Err(UriError::Forbidden),
            }
        }
        Ok(marks)
    }
}

fn sip_parts(marks: &Marks, start: usize, end: usize) -> Parts {
    let mut parts = Parts::default();
    let mut host_start = start;
    if let Some(at) = marks.at {
        let user_end = marks.user_colon.unwrap_or(at);
        parts.user = Span::of(start..user_end);
        parts.password = Span::of((user_end + 1).min(at)..at);
        parts.has_user = true;
        host_start = at + 1;
    }
    let host_end = marks.host_end.unwrap_or(end);
    let headers = marks.question.unwrap_or(end);
    parts.host_port = Span::of(host_start..host_end);
    parts.params = Span::of((host_end + 1).min(headers)..headers);
    parts.headers = Span::of((headers + 1).min(end)..end);
    parts.has_headers = headers < end;
    parts
}

/// RFC 3966 3: the number up to the first `;`, then parameters.
fn tel_parts(bytes: &[u8], start: usize) -> Result<Parts, UriError> {
    let end = bytes[start..].iter().position(|byte| *byte == b';').map_or(bytes.len(), |at| start + at);
    if !bytes[start..end].iter().any(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'*' | b'#')) {
        return Err(UriError::Number);
    }
    Ok(Parts {
        user: Span::of(start..end),
        has_user: true,
        params: Span::of((end + 1).min(bytes.len())..bytes.len()),
        ..Parts::default()
    })
}

fn scheme(text: &[u8]) -> Result<Scheme, UriError> {
    if text.eq_ignore_ascii_case(b"sip") {
        return Ok(Scheme::Sip);
    }
    if text.eq_ignore_ascii_case(b"sips") {
        return Ok(Scheme::Sips);
    }
    if text.eq_ignore_ascii_case(b"tel") {
        return Ok(Scheme::Tel);
    }
    // RFC 3986 3.1
    let letters = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    match text.first() {
        Some(first) if first.is_ascii_alphabetic() && text.iter().all(letters) => Ok(Scheme::Other),
        _ => Err(UriError::Scheme),
    }
}

/// `host` or `host:port`, a part of `text`; the last colon outside brackets begins the port.
pub(crate) fn host_port(text: &Text, bytes: &[u8]) -> Result<(Host, Option<u16>), UriError> {
    let host_len = match bytes.first() {
        Some(b'[') => memchr(b']', bytes).map(|end| end + 1).ok_or(UriError::Host)?,
        _ => bytes.iter().position(|byte| *byte == b':').unwrap_or(bytes.len()),
    };
    let host = Host::parse_in(text, &bytes[..host_len]).ok_or(UriError::Host)?;
    let port = match &bytes[host_len..] {
        [] => None,
        [b':', digits @ ..] => Some(port(digits).ok_or(UriError::Port)?),
        _ => return Err(UriError::Host),
    };
    Ok((host, port))
}

fn port(digits: &[u8]) -> Option<u16> {
    u32_saturating(digits).and_then(|port| u16::try_from(port).ok()).filter(|port| *port != 0)
}

type Pair<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

fn pairs(text: &[u8], separator: u8) -> impl Iterator<Item = Pair<'_>> {
    text.split(move |byte| *byte == separator).filter(|pair| !pair.is_empty()).map(|pair| {
        let equals = memchr(b'=', pair).unwrap_or(pair.len());
        (decode(&pair[..equals]), decode(pair.get(equals + 1..).unwrap_or_default()))
    })
}
