//! One state machine a line: rings become a ringing phase with an end, repetitions are dropped, keyed digits become a
//! dialled number. What the device did not say is marked as inferred.

mod caller;
mod hook;
mod line;

use std::collections::{BTreeMap, VecDeque};

pub(super) use hook::Hook;
pub(super) use line::LineState;

use super::event::{DecodeFault, Event, EventKind};
use super::item::Item;
use super::profile::SessionOptions;
use crate::base::Instant;

/// Lines that are followed at once: more are damage.
const MAX_LINES: usize = 128;

pub(super) type Events = VecDeque<Event>;

/// All lines of a box.
#[derive(Debug)]
pub(super) struct Session {
    options: SessionOptions,
    lines: BTreeMap<Option<u32>, LineState>,
}

impl Session {
    pub fn new(options: SessionOptions) -> Self {
        Session { options, lines: BTreeMap::new() }
    }

    pub fn handle(&mut self, line: Option<u32>, item: Item, now: Instant, out: &mut Events) {
        if let Item::Fault(reason) = item {
            out.push_back(Event::told(line, EventKind::DecodeError { reason }));
            return;
        }
        if !self.lines.contains_key(&line) && self.lines.len() >= MAX_LINES {
            out.push_back(Event::told(None, EventKind::DecodeError { reason: DecodeFault::Line }));
            return;
        }
        let state = self.lines.entry(line).or_insert_with(|| LineState::new(line));
        state.handle(item, &self.options, now, out);
    }

    pub fn handle_timeout(&mut self, now: Instant, out: &mut Events) {
        for state in self.lines.values_mut() {
            state.handle_timeout(&self.options, now, out);
        }
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.lines.values().filter_map(|state| state.poll_timeout(&self.options)).min()
    }

    /// The device is gone: what rang no longer does, and no hook is known.
    pub fn handle_lost(&mut self, out: &mut Events) {
        for state in std::mem::take(&mut self.lines).values_mut() {
            state.handle_lost(out);
        }
    }

    pub fn line(&self, line: Option<u32>) -> Option<&LineState> {
        self.lines.get(&line)
    }

    pub fn lines(&self) -> impl Iterator<Item = &LineState> {
        self.lines.values()
    }

    /// Whether some line rings or is off hook: no time for the host's own business with the device.
    pub fn is_busy(&self) -> bool {
        self.lines.values().any(LineState::is_busy)
    }
}
