use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use crate::base::Rng;

/// The ways of SRTP that can be agreed on (RFC 4568 6.2). Both use AES-128 in counter mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CryptoSuite {
    /// An 80-bit authentication tag.
    AesCm128HmacSha1_80,
    /// A 32-bit tag on RTP; RTCP keeps 80 bits.
    AesCm128HmacSha1_32,
}

impl CryptoSuite {
    pub const ALL: [CryptoSuite; 2] = [CryptoSuite::AesCm128HmacSha1_80, CryptoSuite::AesCm128HmacSha1_32];

    pub const fn as_str(self) -> &'static str {
        match self {
            CryptoSuite::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            CryptoSuite::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }
}

/// 16 bytes of master key and 14 of master salt (RFC 4568 6.2). `Debug` does not show them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MasterKey(pub [u8; 30]);

impl MasterKey {
    pub fn random(rng: &mut Rng) -> MasterKey {
        let mut key = [0; 30];
        rng.fill(&mut key);
        MasterKey(key)
    }

    pub fn key(&self) -> &[u8] {
        &self.0[..16]
    }

    pub fn salt(&self) -> &[u8] {
        &self.0[16..]
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

/// One `a=crypto` line: the key under which its sender encrypts (RFC 4568 9.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crypto {
    pub tag: u32,
    pub suite: CryptoSuite,
    pub key: MasterKey,
}

/// A tag has at most nine digits.
const MAX_TAG: u32 = 999_999_999;

impl Crypto {
    /// `1 AES_CM_128_HMAC_SHA1_80 inline:<40 characters>|2^31`. None when the suite is unknown, the key has another
    /// length, an MKI is wanted, several keys are given, or a session parameter must be understood that is not.
    pub(super) fn parse(value: &str) -> Option<Crypto> {
        let mut words = value.split_ascii_whitespace();
        let tag = words.next()?.parse().ok().filter(|tag| *tag <= MAX_TAG)?;
        let name = words.next()?;
        let suite = CryptoSuite::ALL.into_iter().find(|suite| suite.as_str().eq_ignore_ascii_case(name))?;
        let key = key(words.next()?)?;
        // RFC 4568 6.3.7: a parameter that begins with `-` may be passed by.
        words.all(|parameter| parameter.starts_with('-') || is_window_hint(parameter)).then_some(Crypto {
            tag,
            suite,
            key,
        })
    }
}

/// WSH only advises the size of the replay window (RFC 4568 6.3.6).
fn is_window_hint(parameter: &str) -> bool {
    parameter.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("WSH="))
}

fn key(text: &str) -> Option<MasterKey> {
    let inline = text.get(..7).filter(|method| method.eq_ignore_ascii_case("inline:"))?;
    let mut parts = text.get(inline.len()..)?.split('|');
    let encoded = parts.next()?;
    if parts.any(|part| part.contains(':')) || encoded.contains(';') {
        return None;
    }
    let bytes = STANDARD.decode(encoded).or_else(|_| STANDARD_NO_PAD.decode(encoded)).ok()?;
    bytes.try_into().ok().map(MasterKey)
}

impl fmt::Display for Crypto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} inline:{}", self.tag, self.suite.as_str(), STANDARD.encode(self.key.0))
    }
}
