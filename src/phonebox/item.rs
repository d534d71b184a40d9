//! What one record means, before it is known what that means for a call.

use super::decode::CidFields;
use super::event::{CallerId, DecodeFault, Direction, HookLevel, Tone};

/// Something that concerns a line.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Ring {
        tag: Option<String>,
    },
    RingStop,
    OffHook {
        dir: Option<Direction>,
        source: Option<String>,
    },
    OnHook {
        source: Option<String>,
    },
    /// The record says that the handset is down; news only if it was up.
    StillOnHook,
    HookFlash,
    /// A state that is repeated all the time.
    Level(HookLevel),
    Digit(char),
    Dialed {
        number: String,
    },
    Tone(Tone),
    Lamp {
        waiting: bool,
        messages: Option<u32>,
    },
    Cadence {
        on_ms: Option<u32>,
        off_ms: Option<u32>,
    },
    Info(String),
    Caller(Box<CallerId>),
    Record(Box<LineRecord>),
    Fault(DecodeFault),
}

/// A device's own record of a call's start or end.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct LineRecord {
    pub dir: Direction,
    pub at_start: bool,
    /// The checksum of the caller ID was right.
    pub good: bool,
    pub duration_s: Option<u32>,
    pub rings: Option<u32>,
    pub ring_type: Option<String>,
    pub caller: CallerId,
}

/// What the engine does with a record.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    Line(Item),
    /// A caller ID that still has to be read as text.
    Caller(Box<CidFields>),
    /// Parts of a caller ID that other records complete.
    Part(Box<CidFields>),
    BlockBegin,
    BlockEnd,
    /// An answer, if somebody waits for one.
    Reply,
    Ignore,
    DialFinished,
    Unmatched,
}

/// The acts of one record, all on one line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Reading {
    pub line: Option<u32>,
    pub acts: Vec<Act>,
}

impl Reading {
    pub fn of(act: Act) -> Self {
        Reading { line: None, acts: vec![act] }
    }

    /// Whether the record may be the answer to something the host asked.
    pub fn may_answer(&self) -> bool {
        self.acts.iter().all(|act| matches!(act, Act::Reply | Act::Ignore | Act::Unmatched))
    }
}
