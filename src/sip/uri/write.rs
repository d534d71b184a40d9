use std::fmt;
use std::str::FromStr;

use super::escape::{encode_header, encode_param, encode_user};
use super::{Host, Uri, UriError};
use crate::sip::Text;

impl Uri {
    /// `sip:user@host:port`, or without user and port when they are None. The user is escaped.
    pub fn sip(user: Option<&str>, host: &Host, port: Option<u16>) -> Result<Uri, UriError> {
        let user = user.map(|user| format!("{}@", encode_user(user.as_bytes()))).unwrap_or_default();
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        Uri::parse(&Text::from(format!("sip:{user}{host}{port}")))
    }

    /// The same URI with the parameter `name`, replacing one of that name; an empty value writes the name alone.
    pub fn with_param(&self, name: &str, value: &str) -> Result<Uri, UriError> {
        let value = if value.is_empty() { String::new() } else { format!("={}", encode_param(value.as_bytes())) };
        let mut uri = self.without_param(name)?.into_head_and_headers();
        uri.0.extend_from_slice(format!(";{}{value}", encode_param(name.as_bytes())).as_bytes());
        join(uri)
    }

    /// The same URI without the parameter `name`.
    pub fn without_param(&self, name: &str) -> Result<Uri, UriError> {
        if !self.has_param(name) {
            return Ok(self.clone());
        }
        let (head, headers) = self.clone().into_head_and_headers();
        let params_start = self.parts.params.range().start.saturating_sub(1);
        let mut kept = head.get(..params_start).unwrap_or_default().to_vec();
        for param in self.part(self.parts.params).split(|byte| *byte == b';') {
            let raw_name = param.split(|byte| *byte == b'=').next().unwrap_or_default();
            if !param.is_empty() && !super::decode(raw_name).eq_ignore_ascii_case(name.as_bytes()) {
                kept.push(b';');
                kept.extend_from_slice(param);
            }
        }
        join((kept, headers))
    }

    /// The same URI with the header `name` behind the `?`.
    pub fn with_header(&self, name: &str, value: &str) -> Result<Uri, UriError> {
        let (head, mut headers) = self.clone().into_head_and_headers();
        headers.push(if headers.is_empty() { b'?' } else { b'&' });
        let pair = format!("{}={}", encode_header(name.as_bytes()), encode_header(value.as_bytes()));
        headers.extend_from_slice(pair.as_bytes());
        join((head, headers))
    }

    /// The same URI without the headers behind the `?`: what a Request-URI may hold.
    pub fn without_headers(&self) -> Uri {
        let (head, _) = self.clone().into_head_and_headers();
        join((head, Vec::new())).unwrap_or_else(|_| self.clone())
    }

    /// The same URI with another host and port.
    pub fn with_host_port(&self, host: &Host, port: Option<u16>) -> Result<Uri, UriError> {
        let range = self.parts.host_port.range();
        let bytes = self.text.as_bytes();
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let mut text = bytes.get(..range.start).unwrap_or_default().to_vec();
        text.extend_from_slice(format!("{host}{port}").as_bytes());
        text.extend_from_slice(bytes.get(range.end..).unwrap_or_default());
        Uri::parse(&Text::from(bytes::Bytes::from(text)))
    }

    /// The same URI with another user part, which is escaped.
    pub fn with_user(&self, user: &str) -> Result<Uri, UriError> {
        let mut text = self.scheme_text().to_vec();
        text.extend_from_slice(format!(":{}@", encode_user(user.as_bytes())).as_bytes());
        text.extend_from_slice(self.text.as_bytes().get(self.parts.host_port.range().start..).unwrap_or_default());
        Uri::parse(&Text::from(bytes::Bytes::from(text)))
    }

    /// A copy that does not keep the message's buffer alive.
    pub fn detached(&self) -> Uri {
        let text = self.text.detached();
        Uri::parse(&text).unwrap_or_else(|_| Uri::unreadable(text))
    }

    /// Everything before the `?`, and the `?` with what follows.
    fn into_head_and_headers(self) -> (Vec<u8>, Vec<u8>) {
        let bytes = self.text.as_bytes();
        let end = match self.parts.has_headers {
            true => self.parts.headers.range().start.saturating_sub(1),
            false => bytes.len(),
        };
        let (head, headers) = bytes.split_at(end.min(bytes.len()));
        (head.to_vec(), headers.to_vec())
    }
}

fn join((mut head, headers): (Vec<u8>, Vec<u8>)) -> Result<Uri, UriError> {
    head.extend_from_slice(&headers);
    Uri::parse(&Text::from(bytes::Bytes::from(head)))
}

impl FromStr for Uri {
    type Err = UriError;
    fn from_str(text: &str) -> Result<Uri, UriError> {
        Uri::parse(&Text::from(text))
    }
}

impl AsRef<[u8]> for Uri {
    fn as_ref(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.text, f)
    }
}
