//! The recordings of a worker.

use std::path::PathBuf;

use super::{LegKey, Output, Plane, RecordingOutput};
use crate::base::{Instant, LegId};
use crate::media::RecordingId;
use crate::media::leg::Samples;
use crate::media::recorder::{Block, Channel, Recorder};
use crate::media::wav::Mark;
use crate::rtp::Header;

/// The recordings that run, by place.
#[derive(Debug, Default)]
pub(super) struct Recordings(Vec<Option<Running>>);

#[derive(Debug)]
struct Running {
    id: RecordingId,
    recorder: Recorder,
    /// Legs that are heard in it; without any it ends.
    legs: u8,
}

impl Recordings {
    pub(super) fn pause(&mut self, id: RecordingId, now: Instant) {
        self.with(id, |recorder| recorder.pause(now));
    }

    pub(super) fn resume(&mut self, id: RecordingId, now: Instant) {
        self.with(id, |recorder| recorder.resume(now));
    }

    fn with(&mut self, id: RecordingId, then: impl FnOnce(&mut Recorder)) {
        if let Some(running) = self.0.iter_mut().flatten().find(|running| running.id == id) {
            then(&mut running.recorder);
        }
    }

    fn place(&self, id: RecordingId) -> Option<usize> {
        self.0.iter().position(|running| running.as_ref().is_some_and(|running| running.id == id))
    }

    fn insert(&mut self, running: Running) -> usize {
        let place = self.0.iter().position(Option::is_none).unwrap_or_else(|| {
            self.0.push(None);
            self.0.len() - 1
        });
        self.0[place] = Some(running);
        place
    }
}

impl Plane {
    /// Begins a recording; a leg that was in another leaves it.
    pub(super) fn record(&mut self, id: RecordingId, path: PathBuf, left: LegId, right: Option<LegId>, now: Instant) {
        if self.recordings.place(id).is_some() {
            return;
        }
        let sides = [(Some(left), Channel::Left), (right, Channel::Right)];
        let place = self.recordings.insert(Running { id, recorder: Recorder::new(now), legs: 0 });
        self.record_output(id, RecordingOutput::Open { path });
        for (leg, channel) in sides {
            let Some(key) = leg.and_then(|leg| self.keys.get(&leg).copied()) else { continue };
            self.leave_recording(key, now);
            self.change(key, |leg| leg.record = Some((place, channel)));
            if let Some(running) = &mut self.recordings.0[place] {
                running.legs += 1;
            }
        }
        if self.recordings.0[place].as_ref().is_some_and(|running| running.legs == 0) {
            self.finish(place, now);
        }
        self.find_joined();
    }

    /// Who is heard by the left side of a recording without being a side of it has joined the right one. Told at every
    /// change of a mix or of a recording.
    pub(super) fn find_joined(&mut self) {
        self.legs.iter_mut().flatten().for_each(|leg| leg.joins = None);
        for at in 0..self.legs.len() {
            let Some(leg) = self.legs[at].as_deref() else { continue };
            let Some((place, Channel::Left)) = leg.record else { continue };
            let mut joined = 0;
            for heard in 0..leg.mix.len() {
                let key = self.legs[at].as_deref().and_then(|leg| leg.mix.get(heard).copied());
                let Some(other) = key.and_then(|key| self.leg(key)).filter(|leg| leg.record.is_none()) else {
                    continue;
                };
                if joined < Channel::MOST_JOINED {
                    other.joins = Some((place, Channel::Joined(joined)));
                    joined += 1;
                }
            }
        }
    }

    pub(super) fn stop_recording(&mut self, id: RecordingId, now: Instant) {
        let Some(place) = self.recordings.place(id) else { return };
        for leg in self.legs.iter_mut().flatten() {
            leg.record = leg.record.filter(|(at, _)| *at != place);
        }
        self.finish(place, now);
    }

    /// Takes a leg out of its recording, which ends with its last leg.
    pub(super) fn leave_recording(&mut self, key: LegKey, now: Instant) {
        let Some((place, _)) = self.leg(key).and_then(|leg| leg.record.take()) else { return };
        let Some(running) = self.recordings.0.get_mut(place).and_then(Option::as_mut) else { return };
        running.legs = running.legs.saturating_sub(1);
        if running.legs == 0 {
            self.finish(place, now);
        }
    }

    /// Lays the samples that were just decoded into the recording of their leg.
    pub(super) fn record_audio(&mut self, key: LegKey, header: &Header, samples: Samples, now: Instant) {
        let Some((place, channel)) = self.leg(key).and_then(|leg| leg.record.or(leg.joins)) else { return };
        let Some(running) = self.recordings.0.get_mut(place).and_then(Option::as_mut) else { return };
        let place = (header.ssrc, samples.timestamp);
        let samples = self.samples[..samples.count].iter().copied();
        running.recorder.on_audio(channel, place, samples, now, &mut self.pool);
    }

    /// Hands over the blocks that are complete.
    pub(super) fn poll_recordings(&mut self, now: Instant) {
        for running in self.recordings.0.iter_mut().flatten() {
            while let Some(block) = running.recorder.poll_block(now, &mut self.pool) {
                let what = RecordingOutput::Block(block);
                self.outputs.push_back(Output::Recording { recording: running.id, what });
            }
        }
    }

    fn finish(&mut self, place: usize, now: Instant) {
        let Some(mut running) = self.recordings.0.get_mut(place).and_then(Option::take) else { return };
        self.legs.iter_mut().flatten().for_each(|leg| leg.joins = leg.joins.filter(|(at, _)| *at != place));
        let (blocks, frames, marks): (Vec<Box<Block>>, u64, Vec<Mark>) = running.recorder.finish(now, &mut self.pool);
        for block in blocks {
            self.record_output(running.id, RecordingOutput::Block(block));
        }
        self.record_output(running.id, RecordingOutput::Close { frames, marks });
    }

    fn record_output(&mut self, recording: RecordingId, what: RecordingOutput) {
        self.outputs.push_back(Output::Recording { recording, what });
    }
}
