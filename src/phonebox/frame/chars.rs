//! DTMF digits as characters, without line ends: a mark or a pause ends a sequence.

use std::time::Duration;

use super::{Frame, Frames};
use crate::base::Instant;
use crate::phonebox::event::DecodeFault;
use crate::phonebox::profile::CharOptions;

/// A number with its marks is shorter; more is noise.
const MAX_DIGITS: usize = 64;

#[derive(Debug)]
pub(in crate::phonebox) struct Chars {
    options: CharOptions,
    digits: Vec<u8>,
    overflowed: bool,
    heard: Option<Instant>,
}

impl Chars {
    pub fn new(options: CharOptions) -> Self {
        Chars { options, digits: Vec::new(), overflowed: false, heard: None }
    }

    /// Characters outside the set are noise between tones, and no sign of life of the sequence.
    pub fn push(&mut self, byte: u8, now: Instant, out: &mut Frames) {
        if !self.options.set.contains(&byte) {
            return;
        }
        self.heard = Some(now);
        if self.overflowed {
            return;
        }
        let has_number = self.digits.iter().any(u8::is_ascii_digit);
        if !has_number && self.options.start.contains(&byte) {
            self.digits.clear();
        }
        self.digits.push(byte);
        if has_number && self.options.stop.contains(&byte) {
            out.push_back(Frame::Digits(std::mem::take(&mut self.digits)));
            self.heard = None;
        } else if self.digits.len() > MAX_DIGITS {
            self.digits.clear();
            self.overflowed = true;
            out.push_back(Frame::Fault(DecodeFault::LineTooLong));
        }
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.heard.map(|at| at + Duration::from_millis(u64::from(self.options.idle_ms)))
    }

    pub fn end(&mut self, out: &mut Frames) {
        if !self.digits.is_empty() {
            out.push_back(Frame::Fault(DecodeFault::Truncated));
        }
        self.digits.clear();
        self.overflowed = false;
        self.heard = None;
    }
}
