//! Caller ID as it sounds on the line, for boxes and modems that present a sound card and no caller ID: FSK (Bell 202 and
//! V.23) and DTMF. Samples in, events out; `docs/phonebox.md` has the error rates.

mod dtmf;
mod ear;
mod fsk;

pub use ear::LineEar;
