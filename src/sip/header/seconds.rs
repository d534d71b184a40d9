//! The headers that are one number: Expires, Min-Expires, Min-SE, Max-Forwards, RSeq.

use super::scan::trim_end;
use super::{Header, HeaderError, Params, Wire};
use crate::sip::message::u32_saturating;
use crate::sip::{HeaderName, Text};

/// Seconds a registration, subscription or invitation holds, at most `u32::MAX`: 4294967296 is not 0 (RFC 3261 20.19).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expires(pub u32);

/// The shortest Expires that is taken, in seconds (RFC 3261 20.23).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MinExpires(pub u32);

/// The shortest session interval, in seconds (RFC 4028 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MinSe(pub u32);

/// Hops a request may still take, 0 to 255; larger numbers are read as 255 (RFC 3261 20.22).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MaxForwards(pub u8);

/// The number of a reliable provisional response (RFC 3262 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RSeq(pub u32);

/// The number before any parameters.
pub(super) fn number_and_params(text: &Text, bytes: &[u8]) -> Result<(u32, Params), HeaderError> {
    let end = bytes.iter().position(|byte| *byte == b';').unwrap_or(bytes.len());
    let number = u32_saturating(trim_end(&bytes[..end])).ok_or(HeaderError::Number)?;
    Ok((number, Params::parse_in(text, &bytes[end..])?))
}

impl Header for Expires {
    const NAME: HeaderName = HeaderName::Expires;
    fn parse_in(_: &Text, value: &[u8]) -> Result<Self, HeaderError> {
        u32_saturating(value).map(Expires).ok_or(HeaderError::Number)
    }
}

impl Header for MinExpires {
    const NAME: HeaderName = HeaderName::MinExpires;
    fn parse_in(_: &Text, value: &[u8]) -> Result<Self, HeaderError> {
        u32_saturating(value).map(MinExpires).ok_or(HeaderError::Number)
    }
}

impl Header for MinSe {
    const NAME: HeaderName = HeaderName::MinSe;
    fn parse_in(text: &Text, value: &[u8]) -> Result<Self, HeaderError> {
        number_and_params(text, value).map(|(seconds, _)| MinSe(seconds))
    }
}

impl Header for MaxForwards {
    const NAME: HeaderName = HeaderName::MaxForwards;
    fn parse_in(_: &Text, value: &[u8]) -> Result<Self, HeaderError> {
        let hops = u32_saturating(value).ok_or(HeaderError::Number)?;
        Ok(MaxForwards(u8::try_from(hops).unwrap_or(u8::MAX)))
    }
}

impl Header for RSeq {
    const NAME: HeaderName = HeaderName::RSeq;
    fn parse_in(_: &Text, value: &[u8]) -> Result<Self, HeaderError> {
        u32_saturating(value).map(RSeq).ok_or(HeaderError::Number)
    }
}

impl Wire for Expires {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
}

impl Wire for MinExpires {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
}

impl Wire for MinSe {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
}

impl Wire for MaxForwards {
    fn write(&self, out: &mut Vec<u8>) {
        u32::from(self.0).write(out);
    }
}

impl Wire for RSeq {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
}
