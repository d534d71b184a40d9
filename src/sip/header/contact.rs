use super::{HeaderError, NameAddr};
use crate::sip::{HeaderName, Message, Text};

/// One contact with its own parameters (RFC 3261 20.10).
pub type Contact = NameAddr;

/// The Contact values of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contacts {
    /// `Contact: *`: all bindings (RFC 3261 10.2.2).
    Star,
    /// In order, possibly none.
    Addresses(Vec<NameAddr>),
}

impl Contacts {
    pub fn parse(message: &Message) -> Result<Contacts, HeaderError> {
        let mut addresses = Vec::new();
        let mut star = false;
        for value in message.header(HeaderName::Contact) {
            match value.as_bytes() {
                b"*" => star = true,
                _ => addresses.push(NameAddr::parse(&value)?),
            }
        }
        match (star, addresses.is_empty()) {
            (true, false) => Err(HeaderError::Star),
            (true, true) => Ok(Contacts::Star),
            (false, _) => Ok(Contacts::Addresses(addresses)),
        }
    }
}

impl NameAddr {
    /// The `expires` parameter of a contact in seconds, at most `u32::MAX`; None when it is missing or no number
    /// (then the Expires header counts, RFC 3261 10.2.1.1).
    pub fn expires_s(&self) -> Option<u32> {
        self.params.get("expires")?.to_u32_saturating()
    }

    /// The `q` parameter of a contact in thousandths, 0 to 1000; None when it is missing or no qvalue.
    pub fn q_thousandths(&self) -> Option<u16> {
        q_thousandths(&self.params.get("q")?)
    }
}

/// RFC 3261 25.1 `qvalue`: 0, 1, 0.5, 0.123, 1.000.
fn q_thousandths(value: &Text) -> Option<u16> {
    let (whole, fraction) = match value.as_bytes() {
        [whole] => (*whole, &[][..]),
        [whole, b'.', fraction @ ..] if fraction.len() <= 3 => (*whole, fraction),
        _ => return None,
    };
    if !matches!(whole, b'0' | b'1') || !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digit = |at: usize| fraction.get(at).map_or(0, |d| u16::from(d - b'0'));
    let q = u16::from(whole - b'0') * 1000 + digit(0) * 100 + digit(1) * 10 + digit(2);
    (q <= 1000).then_some(q)
}
