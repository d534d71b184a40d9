use super::event::token_and_params;
use super::{Header, HeaderError, Params, Wire};
use crate::sip::{HeaderName, Text};

/// Why a request was sent or a call ended (RFC 3326): `SIP;cause=200;text="Call completed elsewhere"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// `SIP`, `Q.850` or another.
    pub protocol: Text,
    pub params: Params,
}

impl Reason {
    pub fn new(protocol: &'static str, cause: u32, text: &str) -> Reason {
        let mut params = Params::default();
        params.push("cause", &cause.to_string());
        if !text.is_empty() {
            params.push("text", text);
        }
        Reason { protocol: Text::from_static(protocol), params }
    }

    pub fn cause(&self) -> Option<u32> {
        self.params.get("cause")?.to_u32_saturating()
    }

    pub fn text(&self) -> Option<Text> {
        self.params.get("text")
    }
}

impl Header for Reason {
    const NAME: HeaderName = HeaderName::Reason;

    fn parse_in(text: &Text, value: &[u8]) -> Result<Self, HeaderError> {
        let (protocol, params) = token_and_params(text, value)?;
        Ok(Reason { protocol, params })
    }
}

impl Wire for Reason {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.protocol.as_bytes());
        out.extend_from_slice(self.params.as_text().as_bytes());
    }
}
