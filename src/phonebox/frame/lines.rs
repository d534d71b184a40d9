//! Lines that end in CR, LF or both.

use std::time::Duration;

use super::{Frame, Frames};
use crate::base::Instant;
use crate::phonebox::event::DecodeFault;
use crate::phonebox::profile::LineOptions;

/// After this much silence an open line is not continued: even at 50 baud two bytes of one line are 0.2 s apart.
const STALE: Duration = Duration::from_secs(3);

/// Cuts lines. Empty ones are nothing; one that is too long is a fault, and the rest of it is passed over. A line that
/// was cut off stays open until something follows, and is then told as cut, so that it spoils no other.
#[derive(Debug)]
pub(in crate::phonebox) struct Lines {
    options: LineOptions,
    line: Vec<u8>,
    too_long: bool,
    /// When the last byte of the line came.
    heard: Instant,
}

impl Lines {
    pub fn new(options: LineOptions) -> Self {
        Lines { options, line: Vec::new(), too_long: false, heard: Instant::ZERO }
    }

    /// Ends an open line that this moment is too late for.
    pub fn end_stale(&mut self, now: Instant, out: &mut Frames) {
        if self.is_stale(now) {
            self.end(out);
        }
    }

    fn is_stale(&self, now: Instant) -> bool {
        !self.is_empty() && now.since(self.heard) > STALE
    }

    pub fn push(&mut self, byte: u8, now: Instant, out: &mut Frames) {
        self.end_stale(now, out);
        self.heard = now;
        if self.options.eol.contains(&byte) {
            self.finish(out);
        } else if !self.too_long && !self.options.drop.contains(&byte) {
            self.line.push(byte);
            if self.line.len() > self.options.max {
                self.line.clear();
                self.too_long = true;
                out.push_back(Frame::Fault(DecodeFault::LineTooLong));
            }
        }
    }

    /// The line is whole: at its end, or where a DLE block ends.
    pub fn finish(&mut self, out: &mut Frames) {
        self.too_long = false;
        let mut line = std::mem::take(&mut self.line);
        if self.options.trim {
            line = line.trim_ascii().to_vec();
        }
        if !line.is_empty() {
            out.push_back(Frame::Text(line));
        }
    }

    pub fn end(&mut self, out: &mut Frames) {
        self.too_long = false;
        if !self.line.trim_ascii().is_empty() {
            out.push_back(Frame::Fault(DecodeFault::Truncated));
        }
        self.line.clear();
    }

    pub fn is_empty(&self) -> bool {
        self.line.is_empty() && !self.too_long
    }

    /// Whether the next byte begins a line.
    pub fn is_between(&self, now: Instant) -> bool {
        self.is_empty() || self.is_stale(now)
    }
}
