use super::cseq::number;
use super::{Header, HeaderError, Wire};
use crate::sip::{HeaderName, Method, Text};

/// Which provisional response a PRACK acknowledges (RFC 3262 7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RAck {
    /// The RSeq of the response.
    pub rseq: u32,
    /// The CSeq number of the request that it answered.
    pub cseq: u32,
    pub method: Method,
}

impl Header for RAck {
    const NAME: HeaderName = HeaderName::RAck;

    fn parse_in(text: &Text, value: &[u8]) -> Result<RAck, HeaderError> {
        let (rseq, rest) = number(value).ok_or(HeaderError::Number)?;
        let (cseq, rest) = number(rest).ok_or(HeaderError::Number)?;
        let method = Method::parse_in(text, rest).ok_or(HeaderError::Token)?;
        Ok(RAck { rseq, cseq, method })
    }
}

impl Wire for RAck {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("{} {} ", self.rseq, self.cseq).as_bytes());
        out.extend_from_slice(self.method.as_bytes());
    }
}
