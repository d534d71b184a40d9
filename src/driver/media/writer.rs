//! Writes recordings: one thread for all workers, which may wait for the disk as long as it likes.
//!
//! Each block says where it belongs, so a block that was lost on the way, or that a full disk refused, is a gap that
//! reads as silence, and everything behind it stays where it is. After each block the header is made right.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use super::clock;
use super::events::EventSink;
use crate::base::Instant;
use crate::media::{
    Block, Event, Mark, RecordingId, RecordingOutput, WAV_FRAME_BYTES, WAV_HEADER_BYTES, wav_header, wav_marks,
};

/// A file that could not be opened is tried again after this long.
const RETRY: Duration = Duration::from_secs(1);
/// Events that found no room are offered again this often.
const EVENT_RETRY: Duration = Duration::from_millis(200);
const SAMPLES_PER_MS: u64 = 8;

/// One thing to write.
pub(super) struct WriterOrder {
    /// Whose block it is: it goes back there.
    pub(super) worker: usize,
    pub(super) recording: RecordingId,
    pub(super) what: RecordingOutput,
}

/// The thread's state.
pub(super) struct Writer {
    pub(super) orders: Receiver<WriterOrder>,
    pub(super) returns: Vec<SyncSender<Box<Block>>>,
    pub(super) events: EventSink,
    recordings: BTreeMap<RecordingId, Recording>,
    bytes: Vec<u8>,
}

struct Recording {
    path: PathBuf,
    file: Option<File>,
    /// Samples that were written, or given up.
    written: u64,
    complete: bool,
    /// The disk refused the last thing; told once.
    refused: bool,
    retry_at: Instant,
}

impl Writer {
    pub(super) fn new(orders: Receiver<WriterOrder>, returns: Vec<SyncSender<Box<Block>>>, events: EventSink) -> Self {
        Writer { orders, returns, events, recordings: BTreeMap::new(), bytes: Vec::new() }
    }

    /// Runs until all workers are gone and everything is written.
    pub(super) fn run(mut self) {
        loop {
            match self.orders.recv_timeout(EVENT_RETRY) {
                Ok(order) => self.handle(order),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.events.flush();
        }
        for (id, recording) in std::mem::take(&mut self.recordings) {
            let frames = recording.written;
            self.close(id, recording, frames, &[]);
        }
        self.events.flush();
    }

    fn handle(&mut self, order: WriterOrder) {
        let id = order.recording;
        match order.what {
            RecordingOutput::Open { path } => {
                let mut recording = Recording::new(path);
                let opened = recording.open(clock::instant());
                self.tell(id, &mut recording, opened);
                self.recordings.insert(id, recording);
            }
            RecordingOutput::Block(block) => {
                if let Some(mut recording) = self.recordings.remove(&id) {
                    let late = recording.is_gap(&block);
                    let result = recording.write(&block, &mut self.bytes, clock::instant());
                    if late && !recording.refused {
                        let slow = io::Error::other("the disk is too slow: audio was lost and is silent");
                        self.tell(id, &mut recording, Err(slow));
                    }
                    self.tell(id, &mut recording, result);
                    self.recordings.insert(id, recording);
                }
                if let Some(home) = self.returns.get(order.worker) {
                    // A worker that has blocks enough does not take it.
                    let _ = home.try_send(block);
                }
            }
            RecordingOutput::Close { frames, marks } => {
                if let Some(recording) = self.recordings.remove(&id) {
                    self.close(id, recording, frames, &marks);
                }
            }
        }
    }

    fn close(&mut self, recording: RecordingId, mut file: Recording, frames: u64, marks: &[Mark]) {
        let result = file.finish(frames, marks, clock::instant());
        let bytes = *result.as_ref().unwrap_or(&0);
        if let Err(error) = result {
            self.tell(recording, &mut file, Err(error));
        }
        let complete = file.complete && bytes > 0;
        let duration_ms = frames / SAMPLES_PER_MS;
        self.events.push(Event::RecordingEnded { recording, duration_ms, bytes, complete });
    }

    /// Raises the alarm when the disk begins to refuse, and ends it when it takes data again.
    fn tell(&mut self, recording: RecordingId, file: &mut Recording, result: io::Result<()>) {
        match result {
            Ok(()) if file.refused => {
                file.refused = false;
                self.events.push(Event::RecordingRestored { recording });
            }
            Ok(()) => {}
            Err(error) => {
                file.complete = false;
                if !file.refused {
                    file.refused = true;
                    let error = format!("{}: {error}", file.path.display());
                    self.events.push(Event::RecordingFailed { recording, error });
                }
            }
        }
    }
}

impl Recording {
    fn new(path: PathBuf) -> Self {
        Recording { path, file: None, written: 0, complete: true, refused: false, retry_at: Instant::ZERO }
    }

    /// Makes the file with its header, or nothing.
    fn open(&mut self, now: Instant) -> io::Result<()> {
        self.retry_at = now + RETRY;
        let file = create(&self.path)?;
        if let Err(error) = file.write_all_at(&wav_header(0, 0), 0) {
            // Never a file without a header. If it cannot be removed either, a repair at start says so.
            let _ = fs::remove_file(&self.path);
            return Err(error);
        }
        self.file = Some(file);
        Ok(())
    }

    /// Whether blocks before this one were lost on the way.
    fn is_gap(&self, block: &Block) -> bool {
        block.start > self.written
    }

    fn write(&mut self, block: &Block, bytes: &mut Vec<u8>, now: Instant) -> io::Result<()> {
        self.complete &= !self.is_gap(block);
        self.written = block.start + block.frames as u64;
        if self.file.is_none() {
            if now < self.retry_at {
                return Err(io::Error::other("the file cannot be made yet"));
            }
            self.open(now)?;
        }
        let Some(file) = &self.file else { return Ok(()) };
        bytes.clear();
        bytes.extend(block.samples[..2 * block.frames].iter().flat_map(|sample| sample.to_le_bytes()));
        file.write_all_at(bytes, WAV_HEADER_BYTES as u64 + block.start * WAV_FRAME_BYTES)?;
        file.write_all_at(&wav_header(self.written, 0), 0)
    }

    /// Brings the file to its length, with the marks behind the audio; gives its size.
    fn finish(&mut self, frames: u64, marks: &[Mark], now: Instant) -> io::Result<u64> {
        self.complete &= self.written >= frames;
        if self.file.is_none() {
            self.open(now)?;
        }
        let Some(file) = &self.file else { return Ok(0) };
        let end = WAV_HEADER_BYTES as u64 + frames * WAV_FRAME_BYTES;
        file.set_len(end)?;
        file.write_all_at(&wav_header(frames, 0), 0)?;
        let marks = wav_marks(marks);
        if !marks.is_empty() {
            file.write_all_at(&marks, end)?;
            file.write_all_at(&wav_header(frames, marks.len()), 0)?;
        }
        Ok(end + marks.len() as u64)
    }
}

fn create(path: &Path) -> io::Result<File> {
    let open = || OpenOptions::new().write(true).create(true).truncate(true).open(path);
    match (open(), path.parent()) {
        (Err(error), Some(parent)) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(parent)?;
            open()
        }
        (result, _) => result,
    }
}
