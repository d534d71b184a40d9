//! Voice modems: events are shielded by DLE (ITU-T V.253), text between them is lines.

use std::collections::BTreeMap;

use super::lines::Lines;
use super::{Frame, Frames};
use crate::base::Instant;
use crate::phonebox::profile::{DleCode, LineOptions};

const DLE: u8 = 0x10;

#[derive(Debug)]
pub(in crate::phonebox) struct Dle {
    lines: Lines,
    /// The letters differ by vendor, so the table is the profile's.
    codes: BTreeMap<u8, DleCode>,
    after_dle: bool,
    /// Between `DLE /` and `DLE ~` one digit is printed for as long as its tone lasts; the last one is here.
    held: Option<Option<u8>>,
}

impl Dle {
    pub fn new(options: LineOptions, codes: BTreeMap<u8, DleCode>) -> Self {
        Dle { lines: Lines::new(options), codes, after_dle: false, held: None }
    }

    pub fn push(&mut self, byte: u8, now: Instant, out: &mut Frames) {
        self.lines.end_stale(now, out);
        match (self.after_dle, byte) {
            (false, DLE) => self.after_dle = true,
            (false, _) => self.lines.push(byte, now, out),
            (true, DLE) => {
                self.after_dle = false;
                self.lines.push(DLE, now, out);
            }
            (true, _) => {
                self.after_dle = false;
                self.code(byte, out);
            }
        }
    }

    /// A letter of the profile's table, else a DTMF digit, else nothing that concerns a call.
    fn code(&mut self, letter: u8, out: &mut Frames) {
        match self.codes.get(&letter).cloned() {
            Some(DleCode::DigitBegin) => self.held = Some(None),
            Some(DleCode::DigitEnd) => self.held = None,
            Some(code @ (DleCode::BlockBegin | DleCode::BlockEnd)) => {
                self.lines.finish(out);
                out.push_back(Frame::Code(code));
            }
            Some(code) => out.push_back(Frame::Code(code)),
            None if letter.is_ascii_digit() || b"ABCD*#".contains(&letter) => self.digit(letter, out),
            None => {}
        }
    }

    fn digit(&mut self, digit: u8, out: &mut Frames) {
        if let Some(held) = &mut self.held {
            if *held == Some(digit) {
                return;
            }
            *held = Some(digit);
        }
        out.push_back(Frame::Code(DleCode::Digit(char::from(digit))));
    }

    pub fn end(&mut self, out: &mut Frames) {
        self.after_dle = false;
        self.held = None;
        self.lines.end(out);
    }

    /// Whether no record is under way.
    pub fn is_between(&self, now: Instant) -> bool {
        self.lines.is_between(now) && !self.after_dle
    }
}
