//! Lines that end in CR, LF or both.

use super::{Frame, Frames};
use crate::phonebox::event::DecodeFault;
use crate::phonebox::profile::LineOptions;

/// Cuts lines. Empty ones are nothing; one that is too long is a fault, and the rest of it is passed over.
#[derive(Debug)]
pub(in crate::phonebox) struct Lines {
    options: LineOptions,
    line: Vec<u8>,
    too_long: bool,
}

impl Lines {
    pub fn new(options: LineOptions) -> Self {
        Lines { options, line: Vec::new(), too_long: false }
    }

    pub fn push(&mut self, byte: u8, out: &mut Frames) {
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
}
