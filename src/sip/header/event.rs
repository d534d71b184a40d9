use super::scan::{is_token, trim};
use super::{Header, HeaderError, Params, Wire};
use crate::sip::{HeaderName, Text};

/// What a subscription is about (RFC 6665 8.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The package with its templates, such as `dialog` or `presence.winfo`.
    pub package: Text,
    pub params: Params,
}

impl Event {
    /// The `id` parameter, which tells subscriptions of one dialog apart.
    pub fn id(&self) -> Option<Text> {
        self.params.get("id")
    }
}

impl Header for Event {
    const NAME: HeaderName = HeaderName::Event;

    fn parse_in(text: &Text, value: &[u8]) -> Result<Self, HeaderError> {
        let (package, params) = token_and_params(text, value)?;
        Ok(Event { package, params })
    }
}

/// `token;params`.
pub(super) fn token_and_params(text: &Text, bytes: &[u8]) -> Result<(Text, Params), HeaderError> {
    let end = bytes.iter().position(|byte| *byte == b';').unwrap_or(bytes.len());
    let token = trim(&bytes[..end]);
    if !is_token(token) {
        return Err(HeaderError::Token);
    }
    Ok((text.slice_ref(token), Params::parse_in(text, &bytes[end..])?))
}

impl Wire for Event {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.package.as_bytes());
        out.extend_from_slice(self.params.as_text().as_bytes());
    }
}
