//! HID telephones (HT82M99E class): reports of 8 bytes `id n data…`; the data of several reports make one message
//! `FF length command data…`.

use std::time::Duration;

use super::{Frame, Frames};
use crate::base::Instant;
use crate::phonebox::event::DecodeFault;
use crate::phonebox::profile::HidOptions;

pub(in crate::phonebox) const REPORT_BYTES: usize = 8;
const DATA_BYTES: usize = REPORT_BYTES - 2;
/// Set in the length byte when the report acknowledges one of the host's.
const TAKEN: u8 = 0x80;
/// The reports of one message follow each other within this time.
const IDLE_MS: u64 = 1000;

#[derive(Debug)]
pub(in crate::phonebox) struct HidTp {
    options: HidOptions,
    report: Vec<u8>,
    message: Vec<u8>,
    heard: Option<Instant>,
}

impl HidTp {
    pub fn new(options: HidOptions) -> Self {
        HidTp { options, report: Vec::new(), message: Vec::new(), heard: None }
    }

    pub fn push(&mut self, byte: u8, now: Instant, out: &mut Frames) {
        self.heard = Some(now);
        self.report.push(byte);
        if self.report.len() == REPORT_BYTES {
            let report = std::mem::take(&mut self.report);
            self.take_report(&report, out);
        }
    }

    fn take_report(&mut self, report: &[u8], out: &mut Frames) {
        let (id, length, data) = (report[0], report[1], &report[2..]);
        if id != self.options.report_id {
            self.message.clear();
            out.push_back(Frame::Fault(DecodeFault::ReportId));
            return;
        }
        if length & TAKEN != 0 {
            self.message.clear();
            out.push_back(Frame::TpTaken);
        }
        let length = usize::from(length & !TAKEN);
        if length > DATA_BYTES {
            self.message.clear();
            out.push_back(Frame::Fault(DecodeFault::Length));
            return;
        }
        self.message.extend_from_slice(&data[..length]);
        self.take_message(out);
    }

    fn take_message(&mut self, out: &mut Frames) {
        match self.message.as_slice() {
            [] | [_] if self.message.first().is_none_or(|flag| *flag == self.options.flag) => return,
            [flag, length, rest @ ..] if *flag == self.options.flag && *length > 0 => {
                let length = usize::from(*length);
                match (rest.len().cmp(&length), rest) {
                    (std::cmp::Ordering::Less, _) => return,
                    (std::cmp::Ordering::Equal, [command, data @ ..]) => {
                        out.push_back(Frame::Tp { command: *command, data: data.to_vec() });
                    }
                    _ => out.push_back(Frame::Fault(DecodeFault::Length)),
                }
            }
            _ => out.push_back(Frame::Fault(DecodeFault::Length)),
        }
        self.message.clear();
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        let waiting = !self.report.is_empty() || !self.message.is_empty();
        self.heard.filter(|_| waiting).map(|at| at + Duration::from_millis(IDLE_MS))
    }

    pub fn end(&mut self, out: &mut Frames) {
        if !self.report.is_empty() || !self.message.is_empty() {
            out.push_back(Frame::Fault(DecodeFault::Truncated));
        }
        self.report.clear();
        self.message.clear();
        self.heard = None;
    }
}

/// The reports that carry a command to the telephone. Unused bytes count on, as the vendor's software sends them.
pub(in crate::phonebox) fn reports(options: HidOptions, command: u8, data: &[u8]) -> Vec<[u8; REPORT_BYTES]> {
    let length = u8::try_from(data.len() + 1).unwrap_or(u8::MAX);
    let mut message = vec![options.flag, length, command];
    message.extend(data.iter().take(usize::from(length - 1)));
    message
        .chunks(DATA_BYTES)
        .map(|part| {
            let mut report = [options.report_id, part.len() as u8, 2, 3, 4, 5, 6, 7];
            report[2..2 + part.len()].copy_from_slice(part);
            report
        })
        .collect()
}
