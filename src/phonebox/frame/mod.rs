//! Framers: a stream of bytes cut into records. Each keeps at most one unfinished record of a bounded length, and gets
//! into step again at the next record whatever came before it.

mod chars;
mod datagram;
mod delimited;
mod dle;
mod hid;
mod lines;
mod xdmf;

use std::collections::VecDeque;

pub(super) use chars::Chars;
pub(super) use datagram::Datagram;
pub(super) use delimited::Delimited;
pub(super) use dle::Dle;
pub(super) use hid::{HidTp, REPORT_BYTES, reports};
pub(super) use lines::Lines;
pub(super) use xdmf::Xdmf;

use super::event::DecodeFault;
use super::profile::{DleCode, Framing, Profile};
use crate::base::Instant;

/// A record as the framing cut it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// A line, a delimited record, or the text of a datagram.
    Text(Vec<u8>),
    /// One byte that is a state.
    Byte(u8),
    /// DTMF digits with their marks.
    Digits(Vec<u8>),
    /// A caller-ID message from its type byte to its checksum, which is right.
    Message(Vec<u8>),
    /// A message of a HID telephone.
    Tp {
        command: u8,
        data: Vec<u8>,
    },
    /// The device took the report that was sent last.
    TpTaken,
    /// A code after DLE.
    Code(DleCode),
    Fault(DecodeFault),
}

pub(super) type Frames = VecDeque<Frame>;

/// The framer that a profile asks for.
#[derive(Debug)]
pub(super) enum Framer {
    Lines(Lines),
    Dle(Dle),
    Delimited(Delimited),
    Xdmf(Xdmf),
    Bytes,
    Chars(Chars),
    Datagram(Datagram),
    HidTp(HidTp),
}

impl Framer {
    pub fn new(profile: &Profile) -> Self {
        match &profile.framing {
            Framing::Lines(options) if options.dle => Framer::Dle(Dle::new(options.clone(), profile.dle.clone())),
            Framing::Lines(options) => Framer::Lines(Lines::new(options.clone())),
            Framing::Delimited(options) => Framer::Delimited(Delimited::new(options.clone())),
            Framing::Xdmf(options) => Framer::Xdmf(Xdmf::new(options.clone())),
            Framing::Bytes => Framer::Bytes,
            Framing::Chars(options) => Framer::Chars(Chars::new(options.clone())),
            Framing::Datagram(options) => Framer::Datagram(Datagram::new(options.clone())),
            Framing::HidTp(options) => Framer::HidTp(HidTp::new(*options)),
        }
    }

    /// Takes what one read (or one datagram) brought.
    pub fn push(&mut self, bytes: &[u8], now: Instant, out: &mut Frames) {
        match self {
            Framer::Lines(lines) => bytes.iter().for_each(|byte| lines.push(*byte, now, out)),
            Framer::Dle(dle) => bytes.iter().for_each(|byte| dle.push(*byte, now, out)),
            Framer::Delimited(delimited) => bytes.iter().for_each(|byte| delimited.push(*byte, now, out)),
            Framer::Xdmf(xdmf) => bytes.iter().for_each(|byte| xdmf.push(*byte, now, out)),
            Framer::Bytes => out.extend(bytes.iter().map(|byte| Frame::Byte(*byte))),
            Framer::Chars(chars) => bytes.iter().for_each(|byte| chars.push(*byte, now, out)),
            Framer::Datagram(datagram) => datagram.push(bytes, now, out),
            Framer::HidTp(hid) => bytes.iter().for_each(|byte| hid.push(*byte, now, out)),
        }
    }

    /// When the silence after an unfinished record becomes its end.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self {
            Framer::Lines(_) | Framer::Dle(_) | Framer::Bytes => None,
            Framer::Delimited(delimited) => delimited.poll_timeout(),
            Framer::Xdmf(xdmf) => xdmf.poll_timeout(),
            Framer::Chars(chars) => chars.poll_timeout(),
            Framer::Datagram(datagram) => datagram.poll_timeout(),
            Framer::HidTp(hid) => hid.poll_timeout(),
        }
    }

    /// Ends the unfinished record: the silence was long enough, or the port is gone.
    pub fn end(&mut self, out: &mut Frames) {
        match self {
            Framer::Lines(lines) => lines.end(out),
            Framer::Dle(dle) => dle.end(out),
            Framer::Delimited(delimited) => delimited.end(out),
            Framer::Xdmf(xdmf) => xdmf.end(out),
            Framer::Bytes => {}
            Framer::Chars(chars) => chars.end(out),
            Framer::Datagram(datagram) => datagram.end(out),
            Framer::HidTp(hid) => hid.end(out),
        }
    }

    /// Whether no record is under way: a lone reply byte can only stand here, and only here may the host write to a
    /// half-duplex device. A line that was left open long ago is over.
    pub fn is_between_records(&self, now: Instant) -> bool {
        match self {
            Framer::Lines(lines) => lines.is_between(now),
            Framer::Dle(dle) => dle.is_between(now),
            Framer::Delimited(_)
            | Framer::Xdmf(_)
            | Framer::Bytes
            | Framer::Chars(_)
            | Framer::Datagram(_)
            | Framer::HidTp(_) => self.poll_timeout().is_none(),
        }
    }
}
