//! One datagram is one record: a header, binary bytes and all, then text.

use std::time::Duration;

use super::{Frame, Frames};
use crate::base::Instant;
use crate::phonebox::event::DecodeFault;
use crate::phonebox::profile::DatagramOptions;

/// Takes records from datagrams, and also from a capture that cut them: the header and the line end tell their bounds.
#[derive(Debug)]
pub(in crate::phonebox) struct Datagram {
    options: DatagramOptions,
    bytes: Vec<u8>,
    heard: Option<Instant>,
}

impl Datagram {
    pub fn new(options: DatagramOptions) -> Self {
        Datagram { options, bytes: Vec::new(), heard: None }
    }

    pub fn push(&mut self, datagram: &[u8], now: Instant, out: &mut Frames) {
        if !self.bytes.is_empty() && self.begins_here(datagram) {
            self.end(out);
        }
        for byte in datagram {
            self.heard = Some(now);
            self.bytes.push(*byte);
            if matches!(byte, b'\r' | b'\n') && self.has_text() {
                self.finish(out);
            } else if self.bytes.len() > self.options.max {
                out.push_back(Frame::Fault(DecodeFault::LineTooLong));
                self.reset();
            }
        }
    }

    /// A line end in the header's binary bytes is none.
    fn has_text(&self) -> bool {
        self.header_end().is_some_and(|end| !self.bytes[end..].trim_ascii().is_empty())
    }

    fn begins_here(&self, datagram: &[u8]) -> bool {
        self.options.header.find(datagram).is_some_and(|header| header.start() == 0)
    }

    fn header_end(&self) -> Option<usize> {
        self.options.header.find(&self.bytes).filter(|header| header.start() == 0).map(|header| header.end())
    }

    fn finish(&mut self, out: &mut Frames) {
        let text = self.header_end().map(|end| self.bytes[end..].trim_ascii_end().to_vec());
        self.reset();
        match text {
            Some(text) if text.is_empty() => {}
            Some(text) => out.push_back(Frame::Text(text)),
            None => out.push_back(Frame::Fault(DecodeFault::Unmatched)),
        }
    }

    fn reset(&mut self) {
        self.bytes.clear();
        self.heard = None;
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.heard.map(|at| at + Duration::from_millis(u64::from(self.options.idle_ms)))
    }

    /// A record whose line end is missing counts: the datagram's end was its end.
    pub fn end(&mut self, out: &mut Frames) {
        if self.bytes.trim_ascii().is_empty() {
            self.reset();
        } else {
            self.finish(out);
        }
    }
}
