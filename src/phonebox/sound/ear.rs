//! Caller ID from the sound of a line: samples in, events out.

use std::sync::Arc;

use super::dtmf::Dtmf;
use super::fsk::Fsk;
use crate::base::{Instant, Now};
use crate::phonebox::engine::{Engine, EngineOptions, Output};
use crate::phonebox::event::Event;
use crate::phonebox::profile::{Library, Profile};

/// The profile that reads what the FSK demodulator hears: frames with a checksum.
const FSK_PROFILE: &str = "xdmf-raw-1200";
/// The profiles that read DTMF digits: by the marks of most countries, or by any marks, as in China.
const DTMF_PROFILE: &str = "dtmf-ascii";
const DTMF_PROFILE_CHINA: &str = "dtmf-ascii-cn";

/// Hears one line for FSK and DTMF caller ID at once. Contract as of [`Engine`]: one input, then drain the outputs.
#[derive(Debug)]
pub struct LineEar {
    fsk: Fsk,
    fsk_engine: Engine,
    dtmf: Dtmf,
    dtmf_engine: Engine,
}

impl LineEar {
    /// Samples per second that [`LineEar::handle_samples`] takes.
    pub const RATE: u32 = super::fsk::RATE;

    /// `any_marks`: DTMF numbers may begin and end with any of A B C D * # (China). `None` when the library lacks the
    /// profiles that read the digits and frames.
    pub fn new(library: &Library, any_marks: bool, options: &EngineOptions, now: Now) -> Option<Self> {
        let options = EngineOptions { may_talk: false, ..options.clone() };
        let engine = |profile: &Arc<Profile>| Engine::new(profile.clone(), options.clone(), now);
        let dtmf = if any_marks { DTMF_PROFILE_CHINA } else { DTMF_PROFILE };
        Some(LineEar {
            fsk: Fsk::default(),
            fsk_engine: engine(library.get(FSK_PROFILE)?),
            dtmf: Dtmf::default(),
            dtmf_engine: engine(library.get(dtmf)?),
        })
    }

    /// Linear samples, 8000 a second; `now` is the time of the last one.
    pub fn handle_samples(&mut self, samples: &[i16], now: Now) {
        for sample in samples {
            if let Some(byte) = self.fsk.push(*sample) {
                self.fsk_engine.handle_bytes(&[byte], now);
            }
            if let Some(digit) = self.dtmf.push(*sample) {
                self.dtmf_engine.handle_bytes(&[digit], now);
            }
        }
        self.handle_timeout(now);
    }

    pub fn handle_timeout(&mut self, now: Now) {
        self.fsk_engine.handle_timeout(now);
        self.dtmf_engine.handle_timeout(now);
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        [self.fsk_engine.poll_timeout(), self.dtmf_engine.poll_timeout()].into_iter().flatten().min()
    }

    pub fn poll_output(&mut self) -> Option<Event> {
        loop {
            match self.fsk_engine.poll_output().or_else(|| self.dtmf_engine.poll_output())? {
                Output::Event(event) => return Some(event),
                // A listening engine says nothing.
                Output::Write(_) | Output::Reopen => {}
            }
        }
    }
}
