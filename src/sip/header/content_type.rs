use super::scan::{is_token, trim};
use super::{Header, HeaderError, Params, Wire};
use crate::sip::{HeaderName, Text};

/// A media type (RFC 3261 20.15).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentType {
    pub kind: Text,
    pub subtype: Text,
    pub params: Params,
}

impl ContentType {
    /// Whether it is `kind/subtype` in any case.
    pub fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind.eq_ignore_case(kind) && self.subtype.eq_ignore_case(subtype)
    }

    pub fn is_sdp(&self) -> bool {
        self.is("application", "sdp")
    }

    /// The boundary of a multipart type.
    pub fn boundary(&self) -> Option<Text> {
        self.params.get("boundary").filter(|boundary| !boundary.is_empty())
    }
}

impl Header for ContentType {
    const NAME: HeaderName = HeaderName::ContentType;

    fn parse_in(text: &Text, bytes: &[u8]) -> Result<Self, HeaderError> {
        let end = bytes.iter().position(|byte| *byte == b';').unwrap_or(bytes.len());
        let (media, params) = bytes.split_at(end);
        let slash = media.iter().position(|byte| *byte == b'/').ok_or(HeaderError::Incomplete)?;
        let (kind, subtype) = (trim(&media[..slash]), trim(&media[slash + 1..]));
        if !is_token(kind) || !is_token(subtype) {
            return Err(HeaderError::Token);
        }
        Ok(ContentType {
            kind: text.slice_ref(kind),
            subtype: text.slice_ref(subtype),
            params: Params::parse_in(text, params)?,
        })
    }
}

impl Wire for ContentType {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.kind.as_bytes());
        out.push(b'/');
        out.extend_from_slice(self.subtype.as_bytes());
        out.extend_from_slice(self.params.as_text().as_bytes());
    }
}
