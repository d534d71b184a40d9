//! A recording as it grows: two channels laid side by side by the time their packets came.
//!
//! The first packet of a channel is placed where it arrived; the following ones keep the distances of their timestamps,
//! so that jitter and reordering do not show, and the place slips a sample a packet when the peer's clock and ours run
//! apart. What never came is silence. Blocks are handed over when nothing can fall into them any more; each says where
//! it belongs, so that one that is lost on the way leaves a silent gap and no shift.

use std::collections::VecDeque;
use std::time::Duration;

use super::wav::{Mark, WAV_RATE};
use crate::base::Instant;

/// Stereo samples of a block: 200 ms.
pub const BLOCK_FRAMES: usize = 1600;
/// A block is handed over this long after its end: the reordering that a recording bears.
const REORDERING: Duration = Duration::from_millis(200);
/// A packet this far from where its timestamp puts it begins anew at its arrival.
const MAX_DRIFT: i64 = 800;
/// The place slips by a sample a packet while the smoothed drift is beyond this: 5 ms.
const SLIP_DRIFT: i64 = 40;
/// Blocks that are kept open: the time of the reordering, one that fills, one that a slip may touch.
const MAX_OPEN_BLOCKS: usize = 4;
/// Left, right, and those who joined.
const PLACES: usize = 2 + Channel::MOST_JOINED as usize;
/// Pauses that are marked at most; more are still silent.
const MAX_MARKS: usize = 1000;

/// 200 ms of a recording.
#[derive(Debug)]
pub struct Block {
    /// Where it belongs, in samples from the start.
    pub start: u64,
    /// How many of the samples count: all but in the last block.
    pub frames: usize,
    /// Left and right in turn.
    pub samples: [i16; 2 * BLOCK_FRAMES],
    /// What those say who joined the right side, until it is added to it.
    joined: [i16; BLOCK_FRAMES],
}

/// Which side of the recording a leg is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Channel {
    Left,
    Right,
    /// One of those who joined the right side and are added to it, by number below [`Channel::MOST_JOINED`].
    Joined(u8),
}

impl Channel {
    /// Who joins beyond these is not recorded.
    pub const MOST_JOINED: u8 = 3;

    fn place(self) -> usize {
        match self {
            Channel::Left => 0,
            Channel::Right => 1,
            Channel::Joined(n) => 2 + usize::from(n.min(Channel::MOST_JOINED - 1)),
        }
    }
}

/// Blocks that were written and can be filled again.
#[derive(Debug, Default)]
pub struct BlockPool(Vec<Box<Block>>);

impl BlockPool {
    /// Takes back a block.
    pub fn give(&mut self, block: Box<Block>) {
        const KEPT: usize = 1024;
        if self.0.len() < KEPT {
            self.0.push(block);
        }
    }

    fn take(&mut self, start: u64) -> Box<Block> {
        let fresh = || {
            Box::new(Block { start, frames: BLOCK_FRAMES, samples: [0; 2 * BLOCK_FRAMES], joined: [0; BLOCK_FRAMES] })
        };
        let mut block = self.0.pop().unwrap_or_else(fresh);
        (block.start, block.frames) = (start, BLOCK_FRAMES);
        block.samples.fill(0);
        block.joined.fill(0);
        block
    }
}

/// One recording that runs.
#[derive(Debug)]
pub struct Recorder {
    started: Instant,
    /// Consecutive; the first begins at `flushed`.
    open: VecDeque<Box<Block>>,
    flushed: u64,
    places: [Option<Place>; PLACES],
    paused: bool,
    marks: Vec<Mark>,
}

/// Where a timestamp lies in the recording.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    ssrc: u32,
    timestamp: u32,
    position: i64,
    /// Mean of how far ahead of its arrival a packet is placed, times 32.
    drift: i64,
}

impl Recorder {
    pub fn new(now: Instant) -> Self {
        Recorder {
            started: now,
            open: VecDeque::new(),
            flushed: 0,
            places: [None; PLACES],
            paused: false,
            marks: Vec::new(),
        }
    }

    /// Lays a packet's 8 kHz samples into `channel`. `timestamp` is in samples.
    pub fn on_audio(
        &mut self,
        channel: Channel,
        (ssrc, timestamp): (u32, u32),
        samples: impl ExactSizeIterator<Item = i16>,
        now: Instant,
        pool: &mut BlockPool,
    ) {
        if self.paused {
            return;
        }
        let arrival = self.position(now);
        let place = &mut self.places[channel.place()];
        let (position, slip) = Place::locate(place, ssrc, timestamp, arrival);
        let mut samples = samples.peekable();
        if let (true, Some(first)) = (slip > 0, samples.peek().copied()) {
            // The slip leaves a hole of one sample, which would click: the next one fills it.
            self.put(channel, position - 1, first, pool);
        }
        for (position, sample) in (position..).zip(samples) {
            self.put(channel, position, sample, pool);
        }
    }

    /// Silence from now on, with a mark; the time goes on.
    pub fn pause(&mut self, now: Instant) {
        if !self.paused {
            self.paused = true;
            self.places = [None; PLACES];
            self.mark(now, "paused");
        }
    }

    pub fn resume(&mut self, now: Instant) {
        if self.paused {
            self.paused = false;
            self.mark(now, "resumed");
        }
    }

    /// The next block into which nothing can fall any more.
    pub fn poll_block(&mut self, now: Instant, pool: &mut BlockPool) -> Option<Box<Block>> {
        let end = self.flushed + BLOCK_FRAMES as u64;
        if self.position(now - REORDERING) < end as i64 || now.since(self.started) < REORDERING {
            return None;
        }
        Some(self.hand_over(pool))
    }

    /// Ends it: the blocks that remain, the last one cut to length, and the marks.
    pub fn finish(&mut self, now: Instant, pool: &mut BlockPool) -> (Vec<Box<Block>>, u64, Vec<Mark>) {
        let length = (self.position(now).max(0) as u64).max(self.flushed);
        let mut blocks = Vec::new();
        while self.flushed < length {
            let mut block = self.hand_over(pool);
            block.frames = BLOCK_FRAMES.min((length - block.start) as usize);
            blocks.push(block);
        }
        (blocks, length, std::mem::take(&mut self.marks))
    }

    /// When [`Recorder::poll_block`] has the next block.
    pub fn poll_timeout(&self) -> Instant {
        let end = self.flushed + BLOCK_FRAMES as u64;
        self.started + Duration::from_micros(end * 1_000_000 / u64::from(WAV_RATE)) + REORDERING
    }

    fn mark(&mut self, now: Instant, label: &'static str) {
        if self.marks.len() < MAX_MARKS {
            self.marks.push(Mark { frame: self.position(now).max(0) as u64, label });
        }
    }

    fn position(&self, at: Instant) -> i64 {
        (at.since(self.started).as_micros() * u128::from(WAV_RATE) / 1_000_000) as i64
    }

    fn hand_over(&mut self, pool: &mut BlockPool) -> Box<Block> {
        let mut block = self.open.pop_front().unwrap_or_else(|| pool.take(self.flushed));
        for (pair, joined) in block.samples.chunks_exact_mut(2).zip(block.joined) {
            pair[1] = pair[1].saturating_add(joined);
        }
        self.flushed += BLOCK_FRAMES as u64;
        block
    }

    fn put(&mut self, channel: Channel, position: i64, sample: i16, pool: &mut BlockPool) {
        let Ok(offset) = usize::try_from(position - self.flushed as i64) else { return };
        let (index, within) = (offset / BLOCK_FRAMES, offset % BLOCK_FRAMES);
        if index >= MAX_OPEN_BLOCKS {
            return;
        }
        while self.open.len() <= index {
            self.open.push_back(pool.take(self.flushed + (self.open.len() * BLOCK_FRAMES) as u64));
        }
        let block = &mut self.open[index];
        match channel {
            Channel::Left => block.samples[2 * within] = sample,
            Channel::Right => block.samples[2 * within + 1] = sample,
            Channel::Joined(_) => block.joined[within] = block.joined[within].saturating_add(sample),
        }
    }
}

impl Place {
    /// Where the packet begins, and by how much the place slipped for it (-1, 0 or 1).
    pub(super) fn locate(place: &mut Option<Place>, ssrc: u32, timestamp: u32, arrival: i64) -> (i64, i64) {
        if let Some(known) = place
            && known.ssrc == ssrc
        {
            let ahead = timestamp.wrapping_sub(known.timestamp) as i32;
            let position = known.position + i64::from(ahead);
            let drift = position - arrival;
            if drift.abs() <= MAX_DRIFT {
                known.drift += drift - known.drift / 32;
                let slip = if (known.drift / 32).abs() > SLIP_DRIFT { -known.drift.signum() } else { 0 };
                if ahead > 0 {
                    (known.timestamp, known.position) = (timestamp, position + slip);
                    known.drift += 32 * slip;
                    return (position + slip, slip);
                }
                return (position, 0);
            }
        }
        *place = Some(Place { ssrc, timestamp, position: arrival, drift: 0 });
        (arrival, 0)
    }
}

#[cfg(test)]
mod tests;
