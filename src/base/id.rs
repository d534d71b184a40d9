//! Identities of calls and legs. They are unique across nodes: 41 bits of milliseconds, 10 bits of node, 12 of sequence.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::time::UtcMillis;

/// 2026-01-01T00:00:00Z: identities count from here, so 41 bits last until 2095.
const EPOCH_MS: i64 = 1_767_225_600_000;
const NODE_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// One call, from the first INVITE (or ring) to its end, through every transfer. Ours: not the SIP Call-ID.
///
/// Written as 13 characters of Crockford's base 32 that sort as time; in JSON a string.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(i64);

impl CallId {
    /// From a database row or a test.
    pub const fn from_raw(raw: i64) -> Self {
        CallId(raw)
    }

    pub const fn raw(self) -> i64 {
        self.0
    }

    /// Not greater than any identity of a call that began at `utc` or later, by a right clock.
    pub const fn first_at(utc: UtcMillis) -> Self {
        let ms = utc.0 - EPOCH_MS;
        CallId(if ms > 0 { ms << (NODE_BITS + SEQUENCE_BITS) } else { 0 })
    }

    /// The node that made it, 0 to 1023.
    pub const fn node(self) -> u16 {
        ((self.0 >> SEQUENCE_BITS) & ((1 << NODE_BITS) - 1)) as u16
    }

    /// The `n`th leg of this call: 0 is the caller.
    pub const fn leg(self, n: u16) -> LegId {
        LegId { call: self, n }
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.0 as u64;
        (0..13).rev().try_for_each(|i| {
            let digit = DIGITS[((bits >> (i * 5)) & 31) as usize];
            write!(f, "{}", char::from(digit))
        })
    }
}

impl fmt::Debug for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no call identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a call id: 13 letters and digits are expected")]
pub struct ParseIdError(String);

impl FromStr for CallId {
    type Err = ParseIdError;
    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let fail = || ParseIdError(text.chars().take(40).collect());
        if text.len() != 13 {
            return Err(fail());
        }
        let mut bits: u64 = 0;
        for byte in text.bytes() {
            let digit = DIGITS.iter().position(|d| *d == byte.to_ascii_lowercase()).ok_or_else(fail)?;
            if bits >> 59 != 0 {
                return Err(fail());
            }
            bits = (bits << 5) | digit as u64;
        }
        i64::try_from(bits).map(CallId).map_err(|_| fail())
    }
}

impl Serialize for CallId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CallId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// One leg of a call: the caller (0), or an agent or outside line that was rung for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LegId {
    pub call: CallId,
    pub n: u16,
}

impl fmt::Display for LegId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.call, self.n)
    }
}

impl fmt::Debug for LegId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Hands out identities for one node.
#[derive(Clone, Debug)]
pub struct IdSource {
    node: u16,
    last: i64,
}

impl IdSource {
    /// `node` is 0 to 1023 and differs between the nodes that share a store.
    pub fn new(node: u16) -> Self {
        IdSource { node: node & ((1 << NODE_BITS) - 1), last: 0 }
    }

    /// A new identity; later ones are greater, also when the wall clock goes back.
    pub fn next_call(&mut self, utc: UtcMillis) -> CallId {
        let ms = (utc.0 - EPOCH_MS).max(0) << SEQUENCE_BITS;
        self.last = ms.max(self.last + 1);
        let time = self.last >> SEQUENCE_BITS;
        let sequence = self.last & ((1 << SEQUENCE_BITS) - 1);
        CallId((time << (NODE_BITS + SEQUENCE_BITS)) | (i64::from(self.node) << SEQUENCE_BITS) | sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_even_when_the_clock_goes_back_and_read_back_from_their_text() {
        let mut source = IdSource::new(7);
        let first = source.next_call(UtcMillis(EPOCH_MS + 5000));
        let second = source.next_call(UtcMillis(EPOCH_MS + 1000));
        assert!(second > first);
        assert_eq!(first.to_string().parse(), Ok(first));
        assert!(first.to_string() < second.to_string());
    }

    #[test]
    fn two_nodes_never_share_an_id() {
        let at = UtcMillis(EPOCH_MS + 1);
        assert_ne!(IdSource::new(1).next_call(at), IdSource::new(2).next_call(at));
        assert_eq!(IdSource::new(1023).next_call(at).node(), 1023);
    }

    #[test]
    fn refuses_texts_that_are_no_ids() {
        for text in ["", "abc", "zzzzzzzzzzzzz", "0123456789ab!"] {
            assert!(text.parse::<CallId>().is_err(), "{text}");
        }
    }
}
