use std::net::SocketAddr;

use super::{HeaderName, Message, Text};
use crate::sip::header::scan::{next_element, trim};
use crate::sip::header::{HeaderError, Via, Wire};

impl Message {
    /// Writes into the top Via of a received request where it came from: `received` when the sender's host is another
    /// or a name (RFC 3261 18.2.1), `received` and `rport` when it asked for `rport` (RFC 3581 4).
    ///
    /// What the sender itself wrote there is replaced, so that it cannot send our answers to someone else.
    pub fn stamp_source(&mut self, source: SocketAddr) -> Result<(), HeaderError> {
        let via = self.top_via()?;
        let ip = source.ip().to_canonical();
        let wants_rport = via.wants_rport();
        let needs_received = wants_rport || via.host.ip().map(|host| host.to_canonical()) != Some(ip);
        if !needs_received && !via.params.has("received") {
            return Ok(());
        }
        let mut params = via.params.without("received").without("rport");
        if needs_received {
            params.push("received", &ip.to_string());
        }
        if wants_rport {
            params.push("rport", &source.port().to_string());
        }
        self.replace_top_via(&Via { params, ..via })
    }

    /// Puts `via` where the first Via value is; the other values of its line stay behind it.
    fn replace_top_via(&mut self, via: &Via) -> Result<(), HeaderError> {
        let is_via = |name| name == HeaderName::Via;
        let at = self.fields.iter().position(|f| is_via(f.name)).ok_or(HeaderError::Missing)?;
        let field = self.fields[at];
        let start = usize::from(field.value_start);
        let mut old = self.value_bytes(&field);
        while trim(next_element(old).0).is_empty() && !old.is_empty() {
            old = next_element(old).1;
        }
        let rest = next_element(old).1;
        let mut value = Vec::with_capacity(old.len() + 48);
        via.write(&mut value);
        if !rest.is_empty() {
            value.extend_from_slice(b",");
            value.extend_from_slice(rest);
        }
        self.splice(at, start, &value)
    }

    /// Replaces the value of field `at` and moves everything behind it.
    fn splice(&mut self, at: usize, start: usize, value: &[u8]) -> Result<(), HeaderError> {
        let raw = self.raw.as_bytes();
        let old_end = start + usize::from(self.fields[at].value_len);
        let mut bytes = Vec::with_capacity(raw.len() + value.len());
        bytes.extend_from_slice(&raw[..start]);
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(&raw[old_end..]);
        let moved = |n: u16| u16::try_from(usize::from(n) + start + value.len() - old_end);
        let mut fields = self.fields.clone();
        for (n, field) in fields.iter_mut().enumerate() {
            if n == at {
                field.value_len = u16::try_from(value.len()).map_err(|_| HeaderError::TooLarge)?;
            } else if usize::from(field.name_start) > start {
                field.name_start = moved(field.name_start).map_err(|_| HeaderError::TooLarge)?;
                field.value_start = moved(field.value_start).map_err(|_| HeaderError::TooLarge)?;
            }
        }
        self.body_start = self.body_start + start + value.len() - old_end;
        self.fields = fields;
        self.raw = Text::from(bytes::Bytes::from(bytes));
        Ok(())
    }
}
