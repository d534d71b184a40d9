//! Short packets of a bridged peer, joined for a peer that wishes longer ones (RFC 8866 `a=ptime`).
//!
//! A packet waits for those that follow it without a gap in number, time or talkspurt; whatever breaks the row sends what
//! waits as it is. So each packet that was lost is still one number that does not come.

use crate::rtp::{Header, Stamp};

/// The longest that is joined: 60 ms at 8 kHz.
const MAX_BYTES: usize = 480;

/// What waits for the rest of its packet.
#[derive(Debug, Default)]
pub(super) struct Joiner(Option<Box<Held>>);

#[derive(Debug)]
struct Held {
    stamp: Stamp,
    ssrc: u32,
    /// Number and timestamp of the peer's packet that would go on.
    seq: u16,
    timestamp: u32,
    len: usize,
    /// How long the packet is to be.
    full: usize,
    bytes: [u8; MAX_BYTES],
}

impl Joiner {
    /// Whether another of `octets` would still fit into a packet of `wish` octets.
    pub(super) fn has_room(octets: usize, wish: usize) -> bool {
        octets > 0 && 2 * octets <= wish.min(MAX_BYTES)
    }

    /// Whether the peer's packet goes on where what waits ends.
    pub(super) fn continues(&self, header: &Header) -> bool {
        self.waiting().is_some_and(|held| {
            let next = (held.ssrc, held.seq, held.timestamp) == (header.ssrc, header.seq, header.timestamp);
            next && !header.marker && held.len + header.payload.len() <= held.full
        })
    }

    /// Whether the peer's packet is from before what waits: it came late.
    pub(super) fn is_behind(&self, header: &Header) -> bool {
        let behind = |held: &Held| held.ssrc == header.ssrc && (header.seq.wrapping_sub(held.seq) as i16) < 0;
        self.waiting().is_some_and(behind)
    }

    /// Keeps the first packet of a row that is to be `wish` octets long; the one before must have been taken.
    pub(super) fn begin(&mut self, stamp: Stamp, header: &Header, payload: &[u8], wish: usize) {
        let held = self.0.get_or_insert_with(|| Box::new(Held::empty(stamp)));
        (held.stamp, held.ssrc, held.len, held.full) = (stamp, header.ssrc, 0, wish.min(MAX_BYTES));
        (held.seq, held.timestamp) = (header.seq, header.timestamp);
        held.add(payload);
    }

    /// Adds a packet that [`Joiner::continues`]; true when no other of its length fits.
    pub(super) fn add(&mut self, payload: &[u8]) -> bool {
        let Some(held) = &mut self.0 else { return true };
        held.add(payload);
        held.len + payload.len() > held.full
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting().is_none()
    }

    /// What waits, to be sent now.
    pub(super) fn take(&mut self) -> Option<(Stamp, &[u8])> {
        let held = self.0.as_deref_mut().filter(|held| held.len > 0)?;
        let len = std::mem::take(&mut held.len);
        Some((held.stamp, &held.bytes[..len]))
    }

    fn waiting(&self) -> Option<&Held> {
        self.0.as_deref().filter(|held| held.len > 0)
    }
}

impl Held {
    fn empty(stamp: Stamp) -> Held {
        Held { stamp, ssrc: 0, seq: 0, timestamp: 0, len: 0, full: 0, bytes: [0; MAX_BYTES] }
    }

    fn add(&mut self, payload: &[u8]) {
        let end = self.len + payload.len();
        if let Some(place) = self.bytes.get_mut(self.len..end) {
            place.copy_from_slice(payload);
            self.len = end;
        }
        self.seq = self.seq.wrapping_add(1);
        // Every codec that is joined has as many bytes as its clock has ticks.
        self.timestamp = self.timestamp.wrapping_add(payload.len() as u32);
    }
}
