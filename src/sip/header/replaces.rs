use super::scan::trim_end;
use super::{Header, HeaderError, Params, Wire};
use crate::sip::{HeaderName, Text};

/// The dialog that an INVITE takes the place of (RFC 3891 6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaces {
    pub call_id: Text,
    pub to_tag: Text,
    pub from_tag: Text,
    /// Only an early dialog may be replaced.
    pub early_only: bool,
}

impl Header for Replaces {
    const NAME: HeaderName = HeaderName::Replaces;

    /// Each tag must be there exactly once (RFC 3891 3).
    fn parse_in(text: &Text, bytes: &[u8]) -> Result<Self, HeaderError> {
        let end = bytes.iter().position(|byte| *byte == b';').unwrap_or(bytes.len());
        let call_id = trim_end(&bytes[..end]);
        let params = Params::parse_in(text, &bytes[end..])?;
        if params.is_repeated("to-tag") || params.is_repeated("from-tag") {
            return Err(HeaderError::Repeated);
        }
        let tag = |name: &str| params.get(name).filter(|tag| !tag.is_empty()).ok_or(HeaderError::Incomplete);
        if call_id.is_empty() {
            return Err(HeaderError::Incomplete);
        }
        Ok(Replaces {
            call_id: text.slice_ref(call_id),
            to_tag: tag("to-tag")?,
            from_tag: tag("from-tag")?,
            early_only: params.has("early-only"),
        })
    }
}

impl Wire for Replaces {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.call_id.as_bytes());
        out.extend_from_slice(b";to-tag=");
        out.extend_from_slice(self.to_tag.as_bytes());
        out.extend_from_slice(b";from-tag=");
        out.extend_from_slice(self.from_tag.as_bytes());
        if self.early_only {
            out.extend_from_slice(b";early-only");
        }
    }
}
