//! RTCP: what the two ends tell each other of their reception (RFC 3550 6).
//!
//! Written: SR or RR with one report block and an SDES CNAME, and BYE. Read: SR, RR and BYE; everything else is
//! stepped over by its length.

mod read;
mod write;

pub use read::{Incoming, read};
pub use write::{MAX_BYTES, Outgoing, SenderNumbers, write};

use super::reception::ReportNumbers;

pub(super) const SENDER_REPORT: u8 = 200;
pub(super) const RECEIVER_REPORT: u8 = 201;
pub(super) const SOURCE_DESCRIPTION: u8 = 202;
pub(super) const GOODBYE: u8 = 203;
pub(super) const BLOCK_BYTES: usize = 24;

/// Wall-clock time as NTP writes it: seconds since 1900 and their fraction (RFC 3550 4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ntp(pub u64);

impl Ntp {
    /// Milliseconds since 1970 as NTP time.
    pub fn from_utc_millis(millis: i64) -> Ntp {
        const SECONDS_1900_TO_1970: i64 = 2_208_988_800;
        let seconds = millis.div_euclid(1000).saturating_add(SECONDS_1900_TO_1970) as u64;
        let fraction = ((millis.rem_euclid(1000) as u64) << 32) / 1000;
        Ntp((seconds << 32) | fraction)
    }

    /// The middle 32 bits, in 1/65536 s: what LSR, DLSR and round trips are counted in.
    pub fn middle(self) -> u32 {
        (self.0 >> 16) as u32
    }
}

/// The round trip of a report block that came at `now` (RFC 3550 6.4.1); `None` when the peer has had no report of ours.
pub fn round_trip_ms(now: Ntp, last_sender_report: u32, delay_since: u32) -> Option<f32> {
    if last_sender_report == 0 {
        return None;
    }
    let units = now.middle().wrapping_sub(last_sender_report).wrapping_sub(delay_since) as i32;
    // A clock that was set between the two makes nonsense: more than a minute, or less than nothing.
    (-65..60 * 65_536).contains(&units).then(|| units.max(0) as f32 * 1000.0 / 65_536.0)
}

#[cfg(test)]
mod tests;
