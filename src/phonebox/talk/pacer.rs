//! Bytes on their way to the device, each with the moment at which it may be written.

use std::collections::VecDeque;
use std::time::Duration;

use super::super::frame::{REPORT_BYTES, reports};
use super::super::profile::HidOptions;
use crate::base::Instant;

#[derive(Debug, Default)]
pub(in crate::phonebox) struct Pacer {
    queue: VecDeque<(Instant, Vec<u8>)>,
}

impl Pacer {
    /// Sends `bytes` at once, or after what is queued. Returns when they are written.
    pub fn send(&mut self, bytes: Vec<u8>, now: Instant) -> Instant {
        let at = self.free_from(now);
        self.queue.push_back((at, bytes));
        at
    }

    /// Sends each byte on its own, `gap_ms` apart. Returns when the last one is written.
    pub fn send_apart(&mut self, bytes: &[u8], gap_ms: u32, now: Instant) -> Instant {
        self.send_parts(bytes.iter().map(|byte| vec![*byte]), gap_ms, now)
    }

    /// Sends a command of a HID telephone, report by report.
    pub fn send_command(&mut self, hid: HidOptions, command: u8, data: &[u8], gap_ms: u32, now: Instant) -> Instant {
        self.send_parts(reports(hid, command, data).into_iter().map(<[u8; REPORT_BYTES]>::into), gap_ms, now)
    }

    fn send_parts(&mut self, parts: impl Iterator<Item = Vec<u8>>, gap_ms: u32, now: Instant) -> Instant {
        let start = self.free_from(now);
        let gap = Duration::from_millis(u64::from(gap_ms));
        let mut last = start;
        for (count, part) in (0_u32..).zip(parts) {
            last = start + gap * count;
            self.queue.push_back((last, part));
        }
        last
    }

    fn free_from(&self, now: Instant) -> Instant {
        self.queue.back().map_or(now, |(at, _)| (*at).max(now))
    }

    /// What is due.
    pub fn take_due(&mut self, now: Instant) -> Option<Vec<u8>> {
        let due = self.queue.front().is_some_and(|(at, _)| *at <= now);
        if due { self.queue.pop_front().map(|(_, bytes)| bytes) } else { None }
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.queue.front().map(|(at, _)| *at)
    }

    pub fn clear(&mut self) {
        self.queue.clear();
    }
}
