use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use crate::base::Rng;

/// The ways of SRTP that can be agreed on (RFC 4568 6.2, RFC 7714 14.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CryptoSuite {
    /// AES-128 in counter mode with an 80-bit authentication tag.
    AesCm128HmacSha1_80,
    /// The same with a 32-bit tag on RTP; RTCP keeps 80 bits.
    AesCm128HmacSha1_32,
    AeadAes128Gcm,
    AeadAes256Gcm,
}

impl CryptoSuite {
    /// In the order of an offer of ours: first what every phone knows.
    pub const ALL: [CryptoSuite; 4] = [
        CryptoSuite::AesCm128HmacSha1_80,
        CryptoSuite::AesCm128HmacSha1_32,
        CryptoSuite::AeadAes128Gcm,
        CryptoSuite::AeadAes256Gcm,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            CryptoSuite::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            CryptoSuite::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
            CryptoSuite::AeadAes128Gcm => "AEAD_AES_128_GCM",
            CryptoSuite::AeadAes256Gcm => "AEAD_AES_256_GCM",
        }
    }

    /// Bytes of master key and salt together.
    pub const fn key_bytes(self) -> usize {
        match self {
            CryptoSuite::AesCm128HmacSha1_80 | CryptoSuite::AesCm128HmacSha1_32 => 16 + 14,
            CryptoSuite::AeadAes128Gcm => 16 + 12,
            CryptoSuite::AeadAes256Gcm => MOST_KEY_BYTES,
        }
    }
}

const MOST_KEY_BYTES: usize = 32 + 12;

/// A master key with its salt behind it, as long as its suite wants (RFC 4568 6.1). `Debug` does not show them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MasterKey {
    bytes: [u8; MOST_KEY_BYTES],
    len: usize,
}

impl MasterKey {
    pub fn random(suite: CryptoSuite, rng: &mut Rng) -> MasterKey {
        let (mut bytes, len) = ([0; MOST_KEY_BYTES], suite.key_bytes());
        rng.fill(&mut bytes[..len]);
        MasterKey { bytes, len }
    }

    /// `None` when it has another length than `suite` wants.
    fn new(suite: CryptoSuite, key_and_salt: &[u8]) -> Option<MasterKey> {
        let (mut bytes, len) = ([0; MOST_KEY_BYTES], suite.key_bytes());
        bytes.get_mut(..len).filter(|_| key_and_salt.len() == len)?.copy_from_slice(key_and_salt);
        Some(MasterKey { bytes, len })
    }

    /// Key and salt, one after the other.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
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
/// Keys are not renewed within a call, so one that is good for fewer packets is refused: 2^20 are almost six hours.
const LEAST_LIFETIME: u64 = 1 << 20;

impl Crypto {
    /// `1 AES_CM_128_HMAC_SHA1_80 inline:<40 characters>|2^31`. None when the suite is unknown, the key has another
    /// length or too short a life, an MKI is wanted, several keys are given, or a session parameter must be understood
    /// that is not.
    pub(super) fn parse(value: &str) -> Option<Crypto> {
        let mut words = value.split_ascii_whitespace();
        let tag = words.next()?.parse().ok().filter(|tag| *tag <= MAX_TAG)?;
        let name = words.next()?;
        let suite = CryptoSuite::ALL.into_iter().find(|suite| suite.as_str().eq_ignore_ascii_case(name))?;
        let key = key(suite, words.next()?)?;
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

fn key(suite: CryptoSuite, text: &str) -> Option<MasterKey> {
    let inline = text.get(..7).filter(|method| method.eq_ignore_ascii_case("inline:"))?;
    let mut parts = text.get(inline.len()..)?.split('|');
    let encoded = parts.next()?;
    // A part with a colon is an MKI.
    let lasts = |part: &str| lifetime(part).is_some_and(|packets| packets >= LEAST_LIFETIME);
    if !parts.all(lasts) || encoded.contains(';') {
        return None;
    }
    let bytes = STANDARD.decode(encoded).or_else(|_| STANDARD_NO_PAD.decode(encoded)).ok()?;
    MasterKey::new(suite, &bytes)
}

/// `2^31` or a number of packets (RFC 4568 6.1).
fn lifetime(text: &str) -> Option<u64> {
    match text.strip_prefix("2^") {
        Some(power) => 1u64.checked_shl(power.parse().ok()?),
        None => text.parse().ok(),
    }
}

impl fmt::Display for Crypto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} inline:{}", self.tag, self.suite.as_str(), STANDARD.encode(self.key.bytes()))
    }
}
