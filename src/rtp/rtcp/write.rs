//! Compound packets of ours: a report, who we are, and at the end good-bye (RFC 3550 6.1).

use super::{BLOCK_BYTES, GOODBYE, Ntp, RECEIVER_REPORT, ReportNumbers, SENDER_REPORT, SOURCE_DESCRIPTION};

/// The longest packet that [`write()`] makes: sender report with a block, CNAME of 16 letters, BYE.
pub const MAX_BYTES: usize = 28 + BLOCK_BYTES + 28 + 8;
const CNAME_BYTES: usize = 16;
const CNAME_ITEM: u8 = 1;

/// What a sender tells of its stream (RFC 3550 6.4.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SenderNumbers {
    pub ntp: Ntp,
    pub timestamp: u32,
    pub packets: u32,
    pub octets: u32,
}

/// One report of ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outgoing {
    pub ssrc: u32,
    /// `None` makes a receiver report.
    pub sender: Option<SenderNumbers>,
    pub block: Option<ReportNumbers>,
    /// Middle of the NTP time of the peer's last sender report, and the time since, in 1/65536 s; zeros when none came.
    pub last_sender_report: u32,
    pub delay_since: u32,
    pub goodbye: bool,
}

/// Writes the compound packet into `out` and returns its length.
pub fn write(report: &Outgoing, out: &mut [u8; MAX_BYTES]) -> usize {
    let mut writer = Writer { out, len: 0 };
    let count = u8::from(report.block.is_some());
    let block_words = u16::from(count) * (BLOCK_BYTES / 4) as u16;
    match report.sender {
        Some(sender) => {
            writer.head(count, SENDER_REPORT, 6 + block_words, report.ssrc);
            writer.word((sender.ntp.0 >> 32) as u32);
            writer.word(sender.ntp.0 as u32);
            writer.word(sender.timestamp);
            writer.word(sender.packets);
            writer.word(sender.octets);
        }
        None => writer.head(count, RECEIVER_REPORT, 1 + block_words, report.ssrc),
    }
    if let Some(block) = &report.block {
        writer.word(block.ssrc);
        writer.word((u32::from(block.fraction_lost) << 24) | (block.cumulative_lost as u32 & 0x00ff_ffff));
        writer.word(block.highest_seq);
        writer.word(block.jitter);
        writer.word(report.last_sender_report);
        writer.word(report.delay_since);
    }
    writer.cname(report.ssrc);
    if report.goodbye {
        writer.head(1, GOODBYE, 1, report.ssrc);
    }
    writer.len
}

struct Writer<'a> {
    out: &'a mut [u8; MAX_BYTES],
    len: usize,
}

impl Writer<'_> {
    fn bytes(&mut self, bytes: &[u8]) {
        self.out[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    fn word(&mut self, word: u32) {
        self.bytes(&word.to_be_bytes());
    }

    fn head(&mut self, count: u8, kind: u8, words: u16, ssrc: u32) {
        self.bytes(&[0x80 | count, kind]);
        self.bytes(&words.to_be_bytes());
        self.word(ssrc);
    }

    /// A CNAME that says nothing of the machine: the SSRC in hexadecimal, twice (RFC 7022 asks for a random one).
    fn cname(&mut self, ssrc: u32) {
        self.head(1, SOURCE_DESCRIPTION, 6, ssrc);
        self.bytes(&[CNAME_ITEM, CNAME_BYTES as u8]);
        for turn in [ssrc, ssrc.rotate_left(13) ^ 0x5bd1_e995] {
            for nibble in (0..8).rev() {
                self.bytes(&[b"0123456789abcdef"[(turn >> (nibble * 4)) as usize & 15]]);
            }
        }
        self.bytes(&[0, 0]);
    }
}
