use super::scan::trim_start;
use super::{Header, HeaderError, Wire};
use crate::sip::{HeaderName, Method, Text};

/// The order of a request in its dialog (RFC 3261 20.16).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CSeq {
    /// Below 2^31 (RFC 3261 8.1.1.5).
    pub number: u32,
    pub method: Method,
}

const MAX_NUMBER: u32 = (1 << 31) - 1;

impl Header for CSeq {
    const NAME: HeaderName = HeaderName::CSeq;

    fn parse_in(text: &Text, value: &[u8]) -> Result<CSeq, HeaderError> {
        let (number, rest) = number(value).ok_or(HeaderError::Number)?;
        if number > MAX_NUMBER {
            return Err(HeaderError::TooLarge);
        }
        let method = Method::parse_in(text, trim_start(rest)).ok_or(HeaderError::Token)?;
        Ok(CSeq { number, method })
    }
}

/// The number at the front, at most `u32::MAX`, and what follows its white space.
pub(super) fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = bytes.split_at(digits);
    let number = crate::sip::message::u32_saturating(number)?;
    let trimmed = trim_start(rest);
    (trimmed.len() < rest.len() || rest.is_empty()).then_some((number, trimmed))
}

impl Wire for CSeq {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("{} ", self.number).as_bytes());
        out.extend_from_slice(self.method.as_bytes());
    }
}
