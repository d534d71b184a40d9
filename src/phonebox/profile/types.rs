//! A profile in memory. Times are in milliseconds unless a name says otherwise.

use std::collections::BTreeMap;

use super::dial::Dial;
use super::framing::Framing;
use super::rule::{DleCode, Emit, Rule};
use super::script::{Keepalive, Step};
use crate::phonebox::charset::Charset;
use crate::phonebox::event::HookLevel;
use crate::phonebox::number::NumberOptions;

/// Everything that is known of one kind of box.
#[derive(Clone, Debug)]
pub struct Profile {
    pub id: String,
    pub title: String,
    /// Lines of the device; events carry a line number when there are more than one.
    pub lines: u32,
    /// Hints for finding the device; the administrator chooses.
    pub usb: Vec<UsbId>,
    pub tty_glob: Vec<String>,
    pub transport: Transport,
    pub framing: Framing,
    pub charset: Vec<Charset>,
    /// Asked before `init`: an answer proves that this is the device.
    pub probe: Option<Step>,
    pub init: Vec<Step>,
    /// Settings can vanish at the end of a call (some modems forget +VCID): `init` runs again.
    pub reinit_after_call: bool,
    pub keepalive: Option<Keepalive>,
    /// Silence after which a device with a heartbeat is reported.
    pub watchdog_ms: Option<u32>,
    pub grammar: Vec<Rule>,
    pub assemble: AssembleOptions,
    pub bytes: BTreeMap<u8, HookLevel>,
    pub commands: BTreeMap<u8, Emit>,
    pub dle: BTreeMap<u8, DleCode>,
    pub session: SessionOptions,
    pub dial: Option<Dial>,
    /// How far an exchange's clock may be ahead, in hours, before its stamp belongs to last year.
    pub slack_h: u32,
    pub numbers: NumberOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsbId {
    pub vendor: u16,
    pub product: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    Serial(SerialOptions),
    /// Records arrive on this UDP port.
    Udp {
        port: u16,
    },
    Hidraw,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialOptions {
    pub baud: u32,
    /// 5 to 8.
    pub data_bits: u8,
    pub parity: Parity,
    /// 1 or 2.
    pub stop_bits: u8,
    pub flow: FlowControl,
    /// Some boxes are powered from these lines, or send only while RTS is on.
    pub dtr: bool,
    pub rts: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parity {
    None,
    Even,
    Odd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowControl {
    None,
    RtsCts,
    XonXoff,
}

/// How lines are put together to one caller ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssembleOptions {
    /// A block with all of these is whole.
    pub done_when_number: bool,
    pub done_when_name: bool,
    pub flush_on_ring: bool,
    pub flush_on_block_end: bool,
    /// Silence that ends a block.
    pub idle_ms: u32,
    /// Of two numbers (or names) in one block the first counts, else the last.
    pub first_number_wins: bool,
    pub first_name_wins: bool,
}

impl Default for AssembleOptions {
    fn default() -> Self {
        AssembleOptions {
            done_when_number: true,
            done_when_name: true,
            flush_on_ring: true,
            flush_on_block_end: true,
            idle_ms: 800,
            first_number_wins: true,
            first_name_wins: true,
        }
    }
}

/// How a line's events make calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionOptions {
    /// Silence after which a line no longer rings; 0: the device tells the end.
    pub ring_timeout_ms: u32,
    /// How long a caller ID waits for its first ring.
    pub cid_before_ring_ms: u32,
    /// Within this time the same caller ID on a ringing line is a repetition.
    pub dedupe_cid_ms: u32,
    /// The caller ID is the only sign of a call.
    pub cid_is_ring: bool,
    /// The device tells when the handset is lifted: only then can a call be known to be missed.
    pub hook_is_told: bool,
    /// Silence after which keyed digits are a dialled number; 0: the device tells it.
    pub dialed_idle_ms: u32,
}

impl Default for SessionOptions {
    fn default() -> Self {
        SessionOptions {
            ring_timeout_ms: 7000,
            cid_before_ring_ms: 10_000,
            dedupe_cid_ms: 60_000,
            cid_is_ring: false,
            hook_is_told: false,
            dialed_idle_ms: 5000,
        }
    }
}
