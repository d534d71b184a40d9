//! What is known of one box, for people: its state, what it told last, its bytes, what went wrong.

use std::collections::VecDeque;
use std::fmt::Write as _;

use serde::Serialize;

use crate::base::UtcMillis;
use crate::phonebox::{Counters, DeviceFault, Event, EventKind, HookLevel, LineStatus};

/// Events that are kept.
const MAX_EVENTS: usize = 100;
/// Pieces of the raw log that are kept, and their bytes.
const MAX_PIECES: usize = 400;
const MAX_RAW_BYTES: usize = 16 << 10;

/// How a box is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum BoxState {
    /// No port, or one that cannot be opened.
    Absent { why: String },
    /// The port is open, the device is being set up (or asked what it is).
    Starting,
    /// It listens. `caller_id` is false when the device refused every command that turns it on.
    Ready { caller_id: bool },
    /// It does not answer as its profile says.
    Refused { reason: DeviceFault },
    /// Its heartbeat stopped.
    Silent,
    /// It sends more than a line can cause: most of it is not looked at.
    Flooding,
}

/// An event with its time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StampedEvent {
    pub at: UtcMillis,
    #[serde(flatten)]
    pub event: Event,
}

/// Bytes as they went over the wire, in hexadecimal, and as text where they are some.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RawPiece {
    pub at: UtcMillis,
    /// From the host to the device.
    pub sent: bool,
    pub hex: String,
    pub text: String,
}

/// Things counted since the driver started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BoxCounters {
    pub bytes: u64,
    pub events: u64,
    /// Records that could not be read.
    pub decode_errors: u64,
    /// Decode errors that were not told one by one because the device floods.
    pub suppressed: u64,
    pub unknown_bytes: u64,
    pub opened: u64,
    pub lost: u64,
    pub open_failures: u64,
    /// Writes that the device did not take in time.
    pub stuck: u64,
    /// Events that nobody took in time, or that came faster than any line can cause them.
    pub events_dropped: u64,
}

impl BoxCounters {
    /// Takes over what the engine counted.
    pub fn set_engine(&mut self, counters: Counters) {
        self.bytes = counters.bytes;
        self.events = counters.events;
        self.decode_errors = counters.decode_errors;
        self.suppressed = counters.suppressed;
        self.unknown_bytes = counters.unknown_bytes;
        self.opened = counters.opened;
        self.lost = counters.lost;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LineView {
    pub line: Option<u32>,
    pub ringing: bool,
    /// `None` where the device does not tell, or has not yet.
    pub hook: Option<HookLevel>,
}

/// One box.
#[derive(Clone, Debug, Serialize)]
pub struct BoxStatus {
    pub id: String,
    /// As the settings name it.
    pub port: String,
    /// Where it is now.
    pub open: Option<String>,
    /// `None` while the profile is still asked for.
    pub profile: Option<String>,
    /// The device can dial.
    pub can_dial: bool,
    /// The device tells the hook: answered and missed are known.
    pub tells_hook: bool,
    #[serde(flatten)]
    pub state: BoxState,
    pub since: UtcMillis,
    pub last_heard: Option<UtcMillis>,
    pub lines: Vec<LineView>,
    pub counters: BoxCounters,
    #[serde(skip)]
    events: VecDeque<StampedEvent>,
    #[serde(skip)]
    raw: VecDeque<RawPiece>,
    #[serde(skip)]
    raw_bytes: usize,
}

impl BoxStatus {
    pub fn new(id: &str, port: &str, now: UtcMillis) -> Self {
        BoxStatus {
            id: id.to_owned(),
            port: port.to_owned(),
            open: None,
            profile: None,
            can_dial: false,
            tells_hook: false,
            state: BoxState::Absent { why: "not looked for yet".to_owned() },
            since: now,
            last_heard: None,
            lines: Vec::new(),
            counters: BoxCounters::default(),
            events: VecDeque::new(),
            raw: VecDeque::new(),
            raw_bytes: 0,
        }
    }

    /// The last events, the oldest first.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &StampedEvent> {
        self.events.iter()
    }

    /// The last bytes, the oldest first.
    pub fn raw(&self) -> impl DoubleEndedIterator<Item = &RawPiece> {
        self.raw.iter()
    }

    pub fn enter(&mut self, state: BoxState, now: UtcMillis) {
        if self.state != state {
            self.state = state;
            self.since = now;
        }
    }

    /// What an event says about the box itself.
    pub fn note_event(&mut self, event: &Event, now: UtcMillis) {
        match &event.kind {
            EventKind::DeviceReady { caller_id } => self.enter(BoxState::Ready { caller_id: *caller_id }, now),
            EventKind::DeviceError { reason } => self.enter(BoxState::Refused { reason: *reason }, now),
            EventKind::DeviceSilent => self.enter(BoxState::Silent, now),
            EventKind::DeviceFlooding => self.enter(BoxState::Flooding, now),
            _ => {}
        }
        if self.events.len() == MAX_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(StampedEvent { at: now, event: event.clone() });
    }

    pub fn note_raw(&mut self, bytes: &[u8], sent: bool, now: UtcMillis) {
        let kept = bytes.get(..bytes.len().min(MAX_RAW_BYTES)).unwrap_or_default();
        self.raw_bytes += kept.len();
        self.raw.push_back(RawPiece { at: now, sent, hex: hex(kept), text: printable(kept) });
        while self.raw.len() > MAX_PIECES || self.raw_bytes > MAX_RAW_BYTES {
            let Some(gone) = self.raw.pop_front() else { break };
            self.raw_bytes -= gone.hex.len() / 2;
        }
    }

    pub fn set_lines(&mut self, lines: impl Iterator<Item = LineStatus>) {
        self.lines = lines.map(|line| LineView { line: line.line, ringing: line.ringing, hook: line.hook }).collect();
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// ASCII as it is, everything else as an escape.
fn printable(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| std::ascii::escape_default(*byte)).map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_raw_log_is_bounded_and_keeps_the_newest() {
        let mut status = BoxStatus::new("b", "/dev/null", UtcMillis(0));
        for n in 0..100_000 {
            status.note_raw(&[b'x'; 100], n % 2 == 0, UtcMillis(n));
        }
        assert!(status.raw_bytes <= MAX_RAW_BYTES);
        assert_eq!(status.raw().count(), MAX_RAW_BYTES / 100);
        assert_eq!(status.raw().next_back().map(|piece| piece.at), Some(UtcMillis(99_999)));
        status.note_raw(&vec![0; 1 << 20], false, UtcMillis(1));
        assert_eq!((status.raw().count(), status.raw_bytes), (1, MAX_RAW_BYTES));
        for n in 0..1000 {
            status.note_raw(b"\r", false, UtcMillis(n));
        }
        assert_eq!(status.raw().count(), MAX_PIECES);
        assert_eq!(
            status.raw().next_back().map(|piece| (piece.hex.as_str(), piece.text.as_str())),
            Some(("0d", "\\r"))
        );
    }

    #[test]
    fn events_say_how_the_box_is() {
        let mut status = BoxStatus::new("b", "auto", UtcMillis(0));
        let told = |kind| Event::told(None, kind);
        status.note_event(&told(EventKind::DeviceReady { caller_id: true }), UtcMillis(5));
        assert_eq!((&status.state, status.since), (&BoxState::Ready { caller_id: true }, UtcMillis(5)));
        status.note_event(&told(EventKind::Ring { n: 1, tag: None }), UtcMillis(6));
        assert_eq!(status.since, UtcMillis(5));
        status.note_event(&told(EventKind::DeviceSilent), UtcMillis(7));
        assert_eq!(status.state, BoxState::Silent);
        (0..200).for_each(|n| status.note_event(&told(EventKind::HookFlash), UtcMillis(n)));
        assert_eq!(status.events().count(), MAX_EVENTS);
    }
}
