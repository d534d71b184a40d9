//! What goes in and out of an engine.

use chrono_tz::Tz;

use crate::phonebox::event::{Event, HookLevel};

/// What is set for a box beside its profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineOptions {
    /// The zone of the exchange's clock.
    pub zone: Tz,
    /// A modem's country code (T.35) in hexadecimal: `26` China, `B5` United States, `B4` United Kingdom.
    pub country: Option<String>,
    /// False to listen only: no set-up, no keep-alive, and nothing can be dialled.
    pub may_talk: bool,
}

impl Default for EngineOptions {
    fn default() -> Self {
        EngineOptions { zone: Tz::UTC, country: None, may_talk: true }
    }
}

/// What the driver does next.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    Event(Event),
    /// Write these bytes now. For a HID telephone they are one report.
    Write(Vec<u8>),
    /// The device does not answer: close the port and open it again later.
    Reopen,
}

/// Things counted since the engine was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    pub bytes: u64,
    pub events: u64,
    pub decode_errors: u64,
    /// Bytes that are no state of a one-byte device.
    pub unknown_bytes: u64,
    /// Decode errors that were not told because the device floods.
    pub suppressed: u64,
    pub opened: u64,
    pub lost: u64,
}

/// What is known of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineStatus {
    pub line: Option<u32>,
    pub ringing: bool,
    /// None where the device does not tell, or has not yet.
    pub hook: Option<HookLevel>,
}
