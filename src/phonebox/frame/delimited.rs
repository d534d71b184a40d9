//! Records between marks: `###…+++`, `&…*`.

use std::time::Duration;

use super::{Frame, Frames};
use crate::base::Instant;
use crate::phonebox::event::DecodeFault;
use crate::phonebox::profile::DelimitedOptions;

/// Cuts records. Where a mark both ends and starts records (`*`), each one does both, so that a lost or doubled mark
/// shifts nothing; the nothing between two marks is no record.
#[derive(Debug)]
pub(in crate::phonebox) struct Delimited {
    options: DelimitedOptions,
    /// What came since the last start mark (`open`), or a tail in which a start mark may be growing.
    text: Vec<u8>,
    open: bool,
    heard: Option<Instant>,
}

impl Delimited {
    pub fn new(options: DelimitedOptions) -> Self {
        Delimited { options, text: Vec::new(), open: false, heard: None }
    }

    pub fn push(&mut self, byte: u8, now: Instant, out: &mut Frames) {
        self.heard = Some(now);
        self.text.push(byte);
        if self.open && self.text.ends_with(&self.options.end) {
            self.close(out);
        } else if let Some(start) = self.start_mark() {
            self.restart(start, out);
        } else if !self.open {
            self.keep_tail();
        } else if self.text.len() > self.options.max {
            out.push_back(Frame::Fault(DecodeFault::LineTooLong));
            self.reset();
        }
    }

    fn start_mark(&self) -> Option<usize> {
        self.options.start.iter().find(|mark| self.text.ends_with(mark)).map(Vec::len)
    }

    fn close(&mut self, out: &mut Frames) {
        self.text.truncate(self.text.len() - self.options.end.len());
        let text = std::mem::take(&mut self.text);
        if !text.trim_ascii().is_empty() {
            out.push_back(Frame::Text(text));
        }
        self.open = self.options.start.contains(&self.options.end);
    }

    /// A start mark inside a record: what came before it was cut short.
    fn restart(&mut self, mark: usize, out: &mut Frames) {
        let before = self.text.len() - mark;
        if self.open && !self.text[..before].trim_ascii().is_empty() {
            out.push_back(Frame::Fault(DecodeFault::Truncated));
        }
        self.text.clear();
        self.open = true;
    }

    fn keep_tail(&mut self) {
        let longest = self.options.start.iter().map(Vec::len).max().unwrap_or(1);
        let surplus = self.text.len().saturating_sub(longest - 1);
        self.text.drain(..surplus);
    }

    fn reset(&mut self) {
        self.text.clear();
        self.open = false;
        self.heard = None;
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let waiting = self.open || !self.text.is_empty();
        self.heard.filter(|_| waiting).map(|at| at + Duration::from_millis(u64::from(self.options.idle_ms)))
    }

    pub fn end(&mut self, out: &mut Frames) {
        if self.open && !self.text.trim_ascii().is_empty() {
            out.push_back(Frame::Fault(DecodeFault::Truncated));
        }
        self.reset();
    }
}
