//! Demodulated caller-ID bytes: noise, a seizure of 0x55, a mark, the frame, noise.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Frame, Frames};
use crate::base::Instant;
use crate::phonebox::decode::body_fits;
use crate::phonebox::event::DecodeFault;
use crate::phonebox::profile::XdmfOptions;

/// A frame is at most 258 bytes; two of them and a seizure fit, so that one inside a damaged one is found.
const MAX_BUFFER: usize = 640;
/// Type, length and checksum.
const AROUND_BODY: usize = 3;

/// Finds frames in two ways: after a seizure the next type byte begins one, right or wrong; without a seizure only a
/// frame whose checksum and parameters both fit is one. A wrong checksum is told only where there was a frame.
#[derive(Debug)]
pub(in crate::phonebox) struct Xdmf {
    options: XdmfOptions,
    bytes: VecDeque<u8>,
    /// Places in `bytes` where a frame may begin, oldest first.
    candidates: Vec<Candidate>,
    /// Seizure bytes in a row up to here, and bytes since the last one of a long enough row.
    sync_run: usize,
    since_sync: Option<usize>,
    heard: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Candidate {
    start: usize,
    after_seizure: bool,
}

impl Xdmf {
    pub fn new(options: XdmfOptions) -> Self {
        Xdmf { options, bytes: VecDeque::new(), candidates: Vec::new(), sync_run: 0, since_sync: None, heard: None }
    }

    pub fn push(&mut self, byte: u8, now: Instant, out: &mut Frames) {
        self.heard = Some(now);
        let after_seizure = self.follows_seizure();
        self.count_sync(byte);
        if self.options.types.contains(&byte) {
            self.candidates.push(Candidate { start: self.bytes.len(), after_seizure });
            if after_seizure {
                self.since_sync = None;
            }
        }
        self.bytes.push_back(byte);
        self.finish_candidates(out);
        self.forget_old();
    }

    fn follows_seizure(&self) -> bool {
        self.since_sync.is_some_and(|since| since <= self.options.sync_gap_max)
    }

    fn count_sync(&mut self, byte: u8) {
        if byte == self.options.sync_byte {
            self.sync_run += 1;
            if self.sync_run >= self.options.sync_min {
                self.since_sync = Some(0);
            }
        } else {
            self.sync_run = 0;
            self.since_sync = self.since_sync.map(|since| since + 1).filter(|since| *since <= MAX_BUFFER);
        }
    }

    /// Looks at the candidates that are whole with the byte that just came.
    fn finish_candidates(&mut self, out: &mut Frames) {
        let length = self.bytes.len();
        let whole: Vec<Candidate> =
            self.candidates.iter().copied().filter(|c| self.end_of(*c) == Some(length)).collect();
        for candidate in whole {
            if let Some(frame) = self.judge(candidate) {
                let cut_short = self.candidates.iter().any(|c| c.after_seizure && c.start < candidate.start);
                if cut_short {
                    out.push_back(Frame::Fault(DecodeFault::Truncated));
                }
                out.push_back(frame);
                self.reset();
                return;
            }
        }
        let bytes = &self.bytes;
        self.candidates.retain(|c| frame_length(bytes, *c).is_none_or(|size| c.start + size > length));
    }

    fn end_of(&self, candidate: Candidate) -> Option<usize> {
        frame_length(&self.bytes, candidate).map(|size| candidate.start + size)
    }

    /// What a whole candidate is: a frame, a fault worth telling, or nothing.
    fn judge(&self, candidate: Candidate) -> Option<Frame> {
        let frame: Vec<u8> = self.bytes.iter().skip(candidate.start).copied().collect();
        let right = frame.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)) == 0;
        let fits = body_fits(frame[0], &frame[2..frame.len() - 1]);
        match (right, candidate.after_seizure || fits) {
            (true, true) => Some(Frame::Message(frame)),
            (false, true) => Some(Frame::Fault(DecodeFault::Checksum)),
            (_, false) => None,
        }
    }

    fn forget_old(&mut self) {
        while self.bytes.len() > MAX_BUFFER {
            self.bytes.pop_front();
            self.candidates.retain(|candidate| candidate.start > 0);
            self.candidates.iter_mut().for_each(|candidate| candidate.start -= 1);
        }
        if self.candidates.is_empty() {
            self.bytes.clear();
        }
    }

    fn reset(&mut self) {
        self.bytes.clear();
        self.candidates.clear();
        self.sync_run = 0;
        self.since_sync = None;
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.heard.map(|at| at + Duration::from_millis(u64::from(self.options.idle_ms)))
    }

    /// The carrier is gone: a frame that a seizure announced was cut short.
    pub fn end(&mut self, out: &mut Frames) {
        if self.candidates.iter().any(|candidate| candidate.after_seizure) {
            out.push_back(Frame::Fault(DecodeFault::Truncated));
        }
        self.reset();
        self.heard = None;
    }
}

fn frame_length(bytes: &VecDeque<u8>, candidate: Candidate) -> Option<usize> {
    bytes.get(candidate.start + 1).map(|length| usize::from(*length) + AROUND_BODY)
}
