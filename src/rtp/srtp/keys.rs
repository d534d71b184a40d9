use std::fmt;

use crate::base::Rng;

/// Cipher, proof and their lengths (RFC 4568 6.2, RFC 7714 12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SrtpSuite {
    /// AES-128 in counter mode, an 80-bit tag.
    AesCm128HmacSha1_80,
    /// The same with a 32-bit tag on RTP; RTCP keeps 80 bits.
    AesCm128HmacSha1_32,
    AeadAes128Gcm,
    AeadAes256Gcm,
}

impl SrtpSuite {
    /// Bytes of the master key.
    pub const fn key_bytes(self) -> usize {
        match self {
            SrtpSuite::AesCm128HmacSha1_80 | SrtpSuite::AesCm128HmacSha1_32 | SrtpSuite::AeadAes128Gcm => 16,
            SrtpSuite::AeadAes256Gcm => 32,
        }
    }

    /// Bytes of the master salt.
    pub const fn salt_bytes(self) -> usize {
        match self {
            SrtpSuite::AesCm128HmacSha1_80 | SrtpSuite::AesCm128HmacSha1_32 => 14,
            SrtpSuite::AeadAes128Gcm | SrtpSuite::AeadAes256Gcm => 12,
        }
    }

    /// Bytes of the proof at the end of an RTP packet.
    pub const fn rtp_tag_bytes(self) -> usize {
        match self {
            SrtpSuite::AesCm128HmacSha1_80 => 10,
            SrtpSuite::AesCm128HmacSha1_32 => 4,
            SrtpSuite::AeadAes128Gcm | SrtpSuite::AeadAes256Gcm => 16,
        }
    }

    /// Bytes of the proof of an RTCP packet (RFC 3711 5.2: never below 80 bits).
    pub const fn rtcp_tag_bytes(self) -> usize {
        match self {
            SrtpSuite::AesCm128HmacSha1_80 | SrtpSuite::AesCm128HmacSha1_32 => 10,
            SrtpSuite::AeadAes128Gcm | SrtpSuite::AeadAes256Gcm => 16,
        }
    }
}

/// The longest key with its salt.
const MOST_BYTES: usize = 44;

/// A master key and its salt for one direction. `Debug` does not show them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MasterKey {
    suite: SrtpSuite,
    /// The key, the salt behind it, and zeros.
    bytes: [u8; MOST_BYTES],
}

impl MasterKey {
    /// Key and salt one after the other; `None` when they have another length than `suite` wants.
    pub fn new(suite: SrtpSuite, key_and_salt: &[u8]) -> Option<MasterKey> {
        let len = suite.key_bytes() + suite.salt_bytes();
        let mut bytes = [0; MOST_BYTES];
        bytes.get_mut(..len).filter(|_| key_and_salt.len() == len)?.copy_from_slice(key_and_salt);
        Some(MasterKey { suite, bytes })
    }

    /// A new one.
    pub fn random(suite: SrtpSuite, rng: &mut Rng) -> MasterKey {
        let mut bytes = [0; MOST_BYTES];
        rng.fill(&mut bytes[..suite.key_bytes() + suite.salt_bytes()]);
        MasterKey { suite, bytes }
    }

    pub fn suite(&self) -> SrtpSuite {
        self.suite
    }

    /// Key and salt one after the other, as they are told to the peer.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.suite.key_bytes() + self.suite.salt_bytes()]
    }

    pub(super) fn key(&self) -> &[u8] {
        &self.bytes[..self.suite.key_bytes()]
    }

    pub(super) fn salt(&self) -> &[u8] {
        &self.bytes()[self.suite.key_bytes()..]
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({:?}, ..)", self.suite)
    }
}
