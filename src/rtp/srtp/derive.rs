//! Session keys from a master key (RFC 3711 4.3, RFC 6188 3, RFC 7714 11), at a key derivation rate of zero.

use aes::cipher::{InnerIvInit as _, KeyInit as _, StreamCipher as _};
use aes::{Aes128, Aes256};
use ctr::{Ctr128BE, CtrCore};

use super::MasterKey;

/// What a session key is for (RFC 3711 4.3.2).
#[derive(Clone, Copy)]
pub(super) enum Label {
    RtpCipher = 0,
    RtpProof = 1,
    RtpSalt = 2,
    RtcpCipher = 3,
    RtcpProof = 4,
    RtcpSalt = 5,
}

/// Fills `out` with the session key for `label`.
pub(super) fn derive(master: &MasterKey, label: Label, out: &mut [u8]) {
    derive_from(master.key(), master.salt(), label, out);
}

/// The same from a key of 16 or 32 bytes and a salt of at most 14.
pub(super) fn derive_from(key: &[u8], salt: &[u8], label: Label, out: &mut [u8]) {
    // A salt of 12 bytes has two zeros behind it (RFC 7714 11).
    let mut block = [0; 16];
    block[..salt.len()].copy_from_slice(salt);
    block[7] ^= label as u8;
    out.fill(0);
    match Aes128::new_from_slice(key) {
        Ok(aes) => keystream(&aes, block, out),
        Err(_) => keystream_256(&Aes256::new_from_slice(key).expect("a key of 16 or 32 bytes"), block, out),
    }
}

/// XORs `data` with AES-128 in counter mode from `block` on (RFC 3711 4.1.1).
pub(super) fn keystream(aes: &Aes128, block: [u8; 16], data: &mut [u8]) {
    Ctr128BE::from_core(CtrCore::inner_iv_init(aes, &block.into())).apply_keystream(data);
}

fn keystream_256(aes: &Aes256, block: [u8; 16], data: &mut [u8]) {
    Ctr128BE::from_core(CtrCore::inner_iv_init(aes, &block.into())).apply_keystream(data);
}
