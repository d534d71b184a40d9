//! A recording of a line on its way to the writer.

use std::collections::VecDeque;
use std::path::PathBuf;

use crate::base::Instant;
use crate::driver::media::RecordingSink;
use crate::media::{BlockPool, Channel, Recorder, RecordingId, RecordingOutput};

/// Blocks of 200 ms that wait when the writer does not keep up; older ones are lost and silent.
const MAX_WAITING: usize = 50;

/// One recording that runs, or whose end the writer has not taken yet.
pub(super) struct LineRecording {
    pub id: RecordingId,
    /// Samples go to both sides of the file: a line has only one.
    recorder: Recorder,
    timestamp: u32,
    waiting: VecDeque<RecordingOutput>,
    closed: bool,
}

impl LineRecording {
    pub fn start(id: RecordingId, path: PathBuf, now: Instant) -> Self {
        let waiting = VecDeque::from([RecordingOutput::Open { path }]);
        LineRecording { id, recorder: Recorder::new(now), timestamp: 0, waiting, closed: false }
    }

    /// Samples at 8 kHz, the last of them heard now.
    pub fn on_samples(&mut self, samples: &[i16], now: Instant, pool: &mut BlockPool) {
        if self.closed {
            return;
        }
        for channel in [Channel::Left, Channel::Right] {
            self.recorder.on_audio(channel, (0, self.timestamp), samples.iter().copied(), now, pool);
        }
        self.timestamp = self.timestamp.wrapping_add(u32::try_from(samples.len()).unwrap_or(u32::MAX));
    }

    /// Hands over what is complete.
    pub fn poll(&mut self, now: Instant, pool: &mut BlockPool, sink: &RecordingSink) {
        while !self.closed
            && let Some(block) = self.recorder.poll_block(now, pool)
        {
            self.push(RecordingOutput::Block(block));
        }
        self.flush(sink);
    }

    pub fn finish(&mut self, now: Instant, pool: &mut BlockPool, sink: &RecordingSink) {
        if !std::mem::replace(&mut self.closed, true) {
            let (blocks, frames, marks) = self.recorder.finish(now, pool);
            blocks.into_iter().for_each(|block| self.push(RecordingOutput::Block(block)));
            self.push(RecordingOutput::Close { frames, marks });
        }
        self.flush(sink);
    }

    /// Its end is with the writer.
    pub fn is_done(&self) -> bool {
        self.closed && self.waiting.is_empty()
    }

    fn push(&mut self, what: RecordingOutput) {
        let is_block = |what: &RecordingOutput| matches!(what, RecordingOutput::Block(_));
        if self.waiting.len() >= MAX_WAITING
            && let Some(oldest) = self.waiting.iter().position(is_block)
        {
            self.waiting.remove(oldest);
        }
        self.waiting.push_back(what);
    }

    fn flush(&mut self, sink: &RecordingSink) {
        while let Some(what) = self.waiting.pop_front() {
            if let Err(what) = sink.send(self.id, what) {
                self.waiting.push_front(what);
                return;
            }
        }
    }
}
