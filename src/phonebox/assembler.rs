//! Puts the lines of one caller ID together, in whatever order a modem prints them.

use std::time::Duration;

use super::decode::CidFields;
use super::profile::AssembleOptions;
use crate::base::Instant;

/// A call that was diverted more often than this is a loop.
const MAX_REDIRECTIONS: usize = 8;

#[derive(Debug)]
pub(super) struct Assembler {
    options: AssembleOptions,
    block: Option<Block>,
}

#[derive(Debug)]
struct Block {
    line: Option<u32>,
    fields: CidFields,
    heard: Instant,
}

/// A block that is whole, with its line.
pub(super) type Flushed = (Option<u32>, CidFields);

impl Assembler {
    pub fn new(options: AssembleOptions) -> Self {
        Assembler { options, block: None }
    }

    /// Adds `part`; gives the block when it is whole with it. A part of another line ends the block before.
    pub fn add(&mut self, line: Option<u32>, part: CidFields, now: Instant) -> Vec<Flushed> {
        let other = self.block.as_ref().is_some_and(|block| block.line != line);
        let mut flushed: Vec<Flushed> = if other { self.flush().into_iter().collect() } else { Vec::new() };
        let block = self.block.get_or_insert_with(|| Block { line, fields: CidFields::default(), heard: now });
        block.heard = now;
        merge(&mut block.fields, part, &self.options);
        if self.is_done() {
            flushed.extend(self.flush());
        }
        flushed
    }

    fn is_done(&self) -> bool {
        let Some(block) = &self.block else { return false };
        let has_number = block.fields.number.is_some() || block.fields.number_reason.is_some();
        let has_name = block.fields.name.is_some() || block.fields.name_reason.is_some();
        let asked = self.options.done_when_number || self.options.done_when_name;
        asked && (has_number || !self.options.done_when_number) && (has_name || !self.options.done_when_name)
    }

    /// A ring ends a block only if it holds a caller: RING can fall between the date and the number.
    pub fn on_ring(&mut self) -> Option<Flushed> {
        let has_caller = self.block.as_ref().is_some_and(|block| block.fields.has_caller());
        if self.options.flush_on_ring && has_caller { self.flush() } else { None }
    }

    pub fn on_block_end(&mut self) -> Option<Flushed> {
        if self.options.flush_on_block_end { self.flush() } else { None }
    }

    /// Gives the block if it has a caller; a date alone is nothing.
    pub fn flush(&mut self) -> Option<Flushed> {
        self.block.take().filter(|block| block.fields.has_caller()).map(|block| (block.line, block.fields))
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.block.as_ref().map(|block| block.heard + Duration::from_millis(u64::from(self.options.idle_ms)))
    }
}

fn merge(fields: &mut CidFields, part: CidFields, options: &AssembleOptions) {
    take(&mut fields.number, part.number, options.first_number_wins);
    take(&mut fields.name, part.name, options.first_name_wins);
    take(&mut fields.number_reason, part.number_reason, true);
    take(&mut fields.name_reason, part.name_reason, true);
    take(&mut fields.called, part.called, true);
    fields.number_status = fields.number_status.or(part.number_status);
    fields.name_status = fields.name_status.or(part.name_status);
    fields.stamp.date = fields.stamp.date.or(part.stamp.date);
    fields.stamp.time = fields.stamp.time.or(part.stamp.time);
    fields.call_type = fields.call_type.or(part.call_type);
    fields.long_distance |= part.long_distance;
    fields.redirected_from.extend(part.redirected_from);
    fields.redirected_from.truncate(MAX_REDIRECTIONS);
}

/// An empty value never hides one.
fn take(held: &mut Option<Vec<u8>>, new: Option<Vec<u8>>, first_wins: bool) {
    let Some(new) = new else { return };
    let keep = held.as_ref().is_some_and(|held| !held.is_empty() && (first_wins || new.is_empty()));
    if !keep {
        *held = Some(new);
    }
}
