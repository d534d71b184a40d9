//! Encryption at the edge of a leg (RFC 3711): what is heard inside is plain, what leaves is sealed.

use super::Leg;
use crate::media::command::SrtpKeys;
use crate::rtp::HEADER_BYTES;
use crate::rtp::codec::MAX_PAYLOAD;
use crate::rtp::rtcp;
use crate::rtp::srtp::{MAX_TRAILER, Protector, Unprotector};

/// A report with room for its proof.
pub(in crate::media) struct RtcpPacket(pub [u8; rtcp::MAX_BYTES + MAX_TRAILER]);

impl Default for RtcpPacket {
    fn default() -> Self {
        RtcpPacket([0; rtcp::MAX_BYTES + MAX_TRAILER])
    }
}

/// The keys of both directions, and the packet that is being sealed.
#[derive(Debug)]
pub(super) struct Guard {
    pub(super) ours: Protector,
    pub(super) theirs: Unprotector,
    packet: [u8; HEADER_BYTES + MAX_PAYLOAD + MAX_TRAILER],
}

impl Guard {
    /// The guard under new keys. A direction whose key stayed goes on as it was: a new offer without new keys must not
    /// open the door to what was heard before.
    pub(super) fn changed_to(former: Option<Box<Guard>>, keys: Option<&SrtpKeys>) -> Option<Box<Guard>> {
        let keys = keys?;
        let Some(mut guard) = former else {
            let (ours, theirs) = (Protector::new(&keys.ours), Unprotector::new(&keys.theirs));
            return Some(Box::new(Guard { ours, theirs, packet: [0; HEADER_BYTES + MAX_PAYLOAD + MAX_TRAILER] }));
        };
        if *guard.ours.master() != keys.ours {
            guard.ours = guard.ours.rekeyed(&keys.ours);
        }
        if *guard.theirs.master() != keys.theirs {
            guard.theirs = guard.theirs.rekeyed(&keys.theirs);
        }
        Some(guard)
    }

    /// Hands a packet to `send`: as it is without a guard, else sealed, when it can be.
    pub(super) fn pass(
        guard: &mut Option<Box<Guard>>,
        header: &[u8; HEADER_BYTES],
        payload: &[u8],
        send: impl FnOnce(&[u8], &[u8]),
    ) {
        match guard {
            None => send(header, payload),
            Some(guard) => {
                if let Some((header, payload)) = guard.seal(header, payload) {
                    send(header, payload);
                }
            }
        }
    }

    /// Both parts as one encrypted packet; `None` when it cannot be sent.
    fn seal(&mut self, header: &[u8; HEADER_BYTES], payload: &[u8]) -> Option<(&[u8], &[u8])> {
        let len = HEADER_BYTES + payload.len();
        self.packet[..HEADER_BYTES].copy_from_slice(header);
        self.packet.get_mut(HEADER_BYTES..len)?.copy_from_slice(payload);
        let len = self.ours.protect_rtp(&mut self.packet, len)?;
        Some(self.packet[..len].split_at(HEADER_BYTES))
    }
}

impl Leg {
    /// Hands an RTP packet to `send` in two parts, as it is to go out.
    pub(in crate::media) fn send(
        &mut self,
        header: &[u8; HEADER_BYTES],
        payload: &[u8],
        send: impl FnOnce(&[u8], &[u8]),
    ) {
        Guard::pass(&mut self.guard, header, payload, send);
    }

    /// Seals the report of `len` bytes in `packet`, when that was agreed; the length that is to go out.
    pub(super) fn seal_rtcp(&mut self, packet: &mut RtcpPacket, len: usize) -> Option<usize> {
        match &mut self.guard {
            None => Some(len),
            Some(guard) => guard.ours.protect_rtcp(&mut packet.0, len),
        }
    }
}
