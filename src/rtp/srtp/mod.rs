//! SRTP and SRTCP: packets encrypted and proven in the caller's own buffer, without allocation (RFC 3711, RFC 7714).
//!
//! A [`Protector`] has the key that we send with, an [`Unprotector`] the one that the peer sends with. Both know the
//! state of each stream (SSRC): the rollover counter and which packets were seen. What cannot be proven, and what was
//! seen before, is an error and changes nothing.
//!
//! Left out: MKI, key derivation rates, and everything that switches encryption or authentication off.

mod derive;
mod keys;
mod protect;
mod stream;
mod transform;
mod unprotect;

pub use keys::{MasterKey, SrtpSuite};
pub use protect::{MAX_TRAILER, Protector};
pub use unprotect::{Refused, Unprotector};

/// What says that an SRTCP packet is encrypted, before its index (RFC 3711 3.4).
const ENCRYPTED: u32 = 1 << 31;
/// The header of the first packet of a compound RTCP packet, which stays readable.
const RTCP_HEADER: usize = 8;
const INDEX_BYTES: usize = 4;

/// Where the payload of an RTP packet begins: behind the contributing sources and the extension. `None` for what is no
/// RTP. The padding cannot be looked at before the packet is decrypted.
fn payload_offset(packet: &[u8]) -> Option<usize> {
    let first = *packet.first()?;
    let sources = 12 + usize::from(first & 0x0f) * 4;
    let offset = match first & 0x10 {
        0 => sources,
        _ => {
            let [_, _, high, low] = *packet.get(sources..sources + 4)? else { return None };
            sources + 4 + usize::from(u16::from_be_bytes([high, low])) * 4
        }
    };
    (first >> 6 == 2 && offset <= packet.len()).then_some(offset)
}

fn word(packet: &[u8], at: usize) -> Option<u32> {
    packet.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

fn seq(packet: &[u8]) -> Option<u16> {
    packet.get(2..4)?.try_into().ok().map(u16::from_be_bytes)
}

#[cfg(test)]
mod tests;
