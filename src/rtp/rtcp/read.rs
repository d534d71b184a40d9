//! Compound packets of the peer. Every length is checked against the bytes that are there.

use super::{BLOCK_BYTES, GOODBYE, Ntp, RECEIVER_REPORT, ReportNumbers, SENDER_REPORT};

/// What a compound packet told us.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Incoming {
    /// NTP time of the sender report in it.
    pub sender_report: Option<Ntp>,
    /// The block about our stream, with its LSR and DLSR.
    pub about_us: Option<(ReportNumbers, u32, u32)>,
    pub goodbye: bool,
}

/// Reads a compound packet; `our_ssrc` picks the block about us. `None` for what is no RTCP: it must be whole, begin
/// with a report and step exactly to its end (RFC 3550 A.2).
pub fn read(packet: &[u8], our_ssrc: u32) -> Option<Incoming> {
    let mut incoming = Incoming::default();
    let mut rest = packet;
    if !matches!(*packet.get(1)?, SENDER_REPORT | RECEIVER_REPORT) {
        return None;
    }
    while !rest.is_empty() {
        let [first, kind, high, low, ..] = *rest else { return None };
        let len = (usize::from(u16::from_be_bytes([high, low])) + 1) * 4;
        if first >> 6 != 2 || len > rest.len() {
            return None;
        }
        let (body, after) = rest.split_at(len);
        let count = usize::from(first & 0x1f);
        match kind {
            SENDER_REPORT => {
                let (high, low) = (word(body, 8)?, word(body, 12)?);
                incoming.sender_report = Some(Ntp((u64::from(high) << 32) | u64::from(low)));
                incoming.read_blocks(body.get(28..)?, count, our_ssrc)?;
            }
            RECEIVER_REPORT => incoming.read_blocks(body.get(8..)?, count, our_ssrc)?,
            GOODBYE => incoming.goodbye = true,
            _ => {}
        }
        rest = after;
    }
    Some(incoming)
}

impl Incoming {
    fn read_blocks(&mut self, blocks: &[u8], count: usize, our_ssrc: u32) -> Option<()> {
        for block in blocks.get(..count * BLOCK_BYTES)?.chunks_exact(BLOCK_BYTES) {
            if word(block, 0)? != our_ssrc {
                continue;
            }
            let lost = word(block, 4)?;
            let numbers = ReportNumbers {
                ssrc: our_ssrc,
                fraction_lost: (lost >> 24) as u8,
                cumulative_lost: ((lost << 8) as i32) >> 8,
                highest_seq: word(block, 8)?,
                jitter: word(block, 12)?,
            };
            self.about_us = Some((numbers, word(block, 16)?, word(block, 20)?));
        }
        Some(())
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}
