use std::fmt;

use super::stream::{LAST_INDEX, Window, nearest_index};
use super::transform::Transform;
use super::{ENCRYPTED, INDEX_BYTES, MasterKey, RTCP_HEADER, payload_offset, seq, word};

/// The most bytes that a packet grows by.
pub const MAX_TRAILER: usize = 16 + INDEX_BYTES;

/// What we send under one key: one stream of RTP and its RTCP.
pub struct Protector {
    master: MasterKey,
    rtp: Transform,
    rtcp: Transform,
    /// Which packets were sent: a number that is used twice would give the key away.
    sent: Window,
    next_rtcp: u32,
}

impl Protector {
    pub fn new(master: &MasterKey) -> Protector {
        Protector {
            master: *master,
            rtp: Transform::rtp(master),
            rtcp: Transform::rtcp(master),
            sent: Window::default(),
            next_rtcp: 1,
        }
    }

    pub fn master(&self) -> &MasterKey {
        &self.master
    }

    /// The same stream under another key: its rollover counter and the RTCP index go on (RFC 3711 3.3.1).
    pub fn rekeyed(&self, master: &MasterKey) -> Protector {
        Protector { sent: Window::from(self.sent.highest()), next_rtcp: self.next_rtcp, ..Protector::new(master) }
    }

    /// Encrypts the RTP packet in the first `len` bytes of `buffer`, in place; the longer length. `None`, with nothing
    /// changed, for a sequence number that was used before or is far behind, and for what does not fit the buffer.
    pub fn protect_rtp(&mut self, buffer: &mut [u8], len: usize) -> Option<usize> {
        let packet = buffer.get(..len)?;
        let (offset, ssrc, seq) = (payload_offset(packet)?, word(packet, 8)?, seq(packet)?);
        let end = len + self.rtp.tag_bytes();
        let nearest = nearest_index(self.sent.highest(), seq);
        let index = if self.sent.is_empty() { nearest.unwrap_or(seq.into()) } else { nearest? };
        if end > buffer.len() || !self.sent.admits(index) {
            return None;
        }
        self.rtp.seal_rtp(&mut buffer[..end], len, offset, ssrc, index);
        self.sent.mark(index);
        Some(end)
    }

    /// The same for a compound RTCP packet.
    pub fn protect_rtcp(&mut self, buffer: &mut [u8], len: usize) -> Option<usize> {
        let ssrc = word(buffer.get(..len)?, 4)?;
        if len < RTCP_HEADER || len + self.rtcp.tag_bytes() + INDEX_BYTES > buffer.len() {
            return None;
        }
        // RFC 3711 3.4: 2^31 packets, then the key is used up.
        let index = Some(self.next_rtcp).filter(|index| *index < ENCRYPTED)?;
        self.next_rtcp += 1;
        Some(self.rtcp.seal_rtcp(buffer, len, ssrc, index))
    }
}

impl fmt::Debug for Protector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Protector({:?}, at {} of {LAST_INDEX})", self.master, self.sent.highest())
    }
}
