//! Encryption and proof of one packet with session keys (RFC 3711 4, RFC 7714 8 and 9).

use aes::Aes128;
use aes::cipher::KeyInit as _;
use hmac::{Hmac, Mac as _};
use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use sha1::Sha1;
use subtle::ConstantTimeEq as _;

use super::derive::{Label, derive, keystream};
use super::{ENCRYPTED, INDEX_BYTES, MasterKey, RTCP_HEADER, SrtpSuite};

/// The session keys of RTP or of RTCP.
pub(super) enum Transform {
    Counter { aes: Aes128, salt: [u8; 14], proof: Hmac<Sha1>, tag_bytes: usize },
    Gcm { aead: LessSafeKey, salt: [u8; 12] },
}

const GCM_TAG: usize = 16;

impl Transform {
    pub(super) fn rtp(master: &MasterKey) -> Transform {
        let tag_bytes = master.suite().rtp_tag_bytes();
        Transform::new(master, tag_bytes, [Label::RtpCipher, Label::RtpProof, Label::RtpSalt])
    }

    pub(super) fn rtcp(master: &MasterKey) -> Transform {
        let tag_bytes = master.suite().rtcp_tag_bytes();
        Transform::new(master, tag_bytes, [Label::RtcpCipher, Label::RtcpProof, Label::RtcpSalt])
    }

    fn new(master: &MasterKey, tag_bytes: usize, [cipher, proof, salt]: [Label; 3]) -> Transform {
        let mut key = [0; 32];
        let key = &mut key[..master.suite().key_bytes()];
        derive(master, cipher, key);
        match master.suite() {
            SrtpSuite::AesCm128HmacSha1_80 | SrtpSuite::AesCm128HmacSha1_32 => {
                let (mut proof_key, mut session_salt) = ([0; 20], [0; 14]);
                derive(master, proof, &mut proof_key);
                derive(master, salt, &mut session_salt);
                Transform::counter(key, session_salt, &proof_key, tag_bytes)
            }
            SrtpSuite::AeadAes128Gcm | SrtpSuite::AeadAes256Gcm => {
                let mut session_salt = [0; 12];
                derive(master, salt, &mut session_salt);
                Transform::gcm(key, session_salt)
            }
        }
    }

    fn counter(key: &[u8], salt: [u8; 14], proof_key: &[u8], tag_bytes: usize) -> Transform {
        let aes = Aes128::new_from_slice(key).expect("a key of 16 bytes");
        let proof = Hmac::new_from_slice(proof_key).expect("HMAC takes keys of any length");
        Transform::Counter { aes, salt, proof, tag_bytes }
    }

    pub(super) fn gcm(key: &[u8], salt: [u8; 12]) -> Transform {
        let algorithm = if key.len() == 16 { &AES_128_GCM } else { &AES_256_GCM };
        let key = UnboundKey::new(algorithm, key).expect("a key of 16 or 32 bytes");
        Transform::Gcm { aead: LessSafeKey::new(key), salt }
    }

    pub(super) fn tag_bytes(&self) -> usize {
        match self {
            Transform::Counter { tag_bytes, .. } => *tag_bytes,
            Transform::Gcm { .. } => GCM_TAG,
        }
    }

    /// Encrypts an RTP packet whose payload begins at `offset`; the proof goes into the `tag_bytes` behind `len`.
    pub(super) fn seal_rtp(&self, packet: &mut [u8], len: usize, offset: usize, ssrc: u32, index: u64) {
        match self {
            Transform::Counter { aes, salt, proof, tag_bytes } => {
                keystream(aes, counter_block(salt, ssrc, index), &mut packet[offset..len]);
                let (body, tag) = packet.split_at_mut(len);
                tag[..*tag_bytes].copy_from_slice(&rtp_proof(proof, body, index)[..*tag_bytes]);
            }
            Transform::Gcm { aead, salt } => {
                let (head, rest) = packet.split_at_mut(offset);
                let (body, tag) = rest.split_at_mut(len - offset);
                seal(aead, rtp_nonce(salt, ssrc, index), head, body, tag);
            }
        }
    }

    /// Proves and decrypts an RTP packet; false when it is not the peer's. `packet` is whole, its last `tag_bytes` are
    /// the proof. Whatever it says, a packet that is not proven is not to be used.
    pub(super) fn open_rtp(&self, packet: &mut [u8], offset: usize, ssrc: u32, index: u64) -> bool {
        match self {
            Transform::Counter { aes, salt, proof, tag_bytes } => {
                let (body, tag) = packet.split_at_mut(packet.len() - tag_bytes);
                let good = bool::from(rtp_proof(proof, body, index)[..*tag_bytes].ct_eq(tag));
                if good {
                    keystream(aes, counter_block(salt, ssrc, index), &mut body[offset..]);
                }
                good
            }
            Transform::Gcm { aead, salt } => {
                let (head, body) = packet.split_at_mut(offset);
                aead.open_in_place(rtp_nonce(salt, ssrc, index), Aad::from(head), body).is_ok()
            }
        }
    }

    /// Encrypts an RTCP packet of `len` bytes and puts proof and index behind it; the whole length.
    pub(super) fn seal_rtcp(&self, packet: &mut [u8], len: usize, ssrc: u32, index: u32) -> usize {
        let marked = (ENCRYPTED | index).to_be_bytes();
        let end = len + INDEX_BYTES + self.tag_bytes();
        match self {
            Transform::Counter { aes, salt, proof, tag_bytes } => {
                keystream(aes, counter_block(salt, ssrc, index.into()), &mut packet[RTCP_HEADER..len]);
                packet[len..len + INDEX_BYTES].copy_from_slice(&marked);
                let (body, tag) = packet.split_at_mut(len + INDEX_BYTES);
                tag[..*tag_bytes].copy_from_slice(&rtcp_proof(proof, body)[..*tag_bytes]);
            }
            Transform::Gcm { aead, salt } => {
                let (head, rest) = packet.split_at_mut(RTCP_HEADER);
                let (body, rest) = rest.split_at_mut(len - RTCP_HEADER);
                let (tag, rest) = rest.split_at_mut(GCM_TAG);
                rest[..INDEX_BYTES].copy_from_slice(&marked);
                seal(aead, rtcp_nonce(salt, ssrc, index), &rtcp_readable(head, marked), body, tag);
            }
        }
        end
    }

    /// Proves and decrypts an RTCP packet with its proof and index; false when it is not the peer's.
    pub(super) fn open_rtcp(&self, packet: &mut [u8], ssrc: u32, index: u32) -> bool {
        match self {
            Transform::Counter { aes, salt, proof, tag_bytes } => {
                let (body, tag) = packet.split_at_mut(packet.len() - tag_bytes);
                let good = bool::from(rtcp_proof(proof, body)[..*tag_bytes].ct_eq(tag));
                if good {
                    let end = body.len() - INDEX_BYTES;
                    keystream(aes, counter_block(salt, ssrc, index.into()), &mut body[RTCP_HEADER..end]);
                }
                good
            }
            Transform::Gcm { aead, salt } => {
                let (head, rest) = packet.split_at_mut(RTCP_HEADER);
                let body = rest.len() - INDEX_BYTES;
                let readable = rtcp_readable(head, (ENCRYPTED | index).to_be_bytes());
                aead.open_in_place(rtcp_nonce(salt, ssrc, index), Aad::from(readable), &mut rest[..body]).is_ok()
            }
        }
    }
}

/// RFC 3711 4.1.1.
fn counter_block(salt: &[u8; 14], ssrc: u32, index: u64) -> [u8; 16] {
    let mut padded = [0; 16];
    padded[..14].copy_from_slice(salt);
    let block = u128::from_be_bytes(padded) ^ (u128::from(ssrc) << 64) ^ (u128::from(index) << 16);
    block.to_be_bytes()
}

/// Over the packet and its rollover counter (RFC 3711 4.2).
fn rtp_proof(proof: &Hmac<Sha1>, body: &[u8], index: u64) -> [u8; 20] {
    let rollover = (index >> 16) as u32;
    let mut proof = proof.clone();
    proof.update(body);
    proof.update(&rollover.to_be_bytes());
    proof.finalize().into_bytes().into()
}

/// Over the packet with its index behind it (RFC 3711 4.2).
fn rtcp_proof(proof: &Hmac<Sha1>, body: &[u8]) -> [u8; 20] {
    let mut proof = proof.clone();
    proof.update(body);
    proof.finalize().into_bytes().into()
}

fn seal(aead: &LessSafeKey, nonce: Nonce, readable: &[u8], body: &mut [u8], tag: &mut [u8]) {
    let made = aead.seal_in_place_separate_tag(nonce, Aad::from(readable), body);
    tag[..GCM_TAG].copy_from_slice(made.expect("a packet is shorter than 64 GB").as_ref());
}

/// RFC 7714 8.1.
fn rtp_nonce(salt: &[u8; 12], ssrc: u32, index: u64) -> Nonce {
    nonce(salt, (u128::from(ssrc) << 48) | u128::from(index))
}

/// RFC 7714 9.1.
fn rtcp_nonce(salt: &[u8; 12], ssrc: u32, index: u32) -> Nonce {
    nonce(salt, (u128::from(ssrc) << 48) | u128::from(index))
}

fn nonce(salt: &[u8; 12], number: u128) -> Nonce {
    let mut bytes = [0; 12];
    bytes.copy_from_slice(&number.to_be_bytes()[4..]);
    bytes.iter_mut().zip(salt).for_each(|(byte, salt)| *byte ^= salt);
    Nonce::assume_unique_for_key(bytes)
}

/// What is proven of an RTCP packet without being encrypted (RFC 7714 9.2).
fn rtcp_readable(head: &[u8], marked: [u8; INDEX_BYTES]) -> [u8; RTCP_HEADER + INDEX_BYTES] {
    let mut readable = [0; RTCP_HEADER + INDEX_BYTES];
    readable[..RTCP_HEADER].copy_from_slice(head);
    readable[RTCP_HEADER..].copy_from_slice(&marked);
    readable
}
