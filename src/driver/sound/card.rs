//! The thread of one card: open it, take what it hears, and look for it again when it is gone.
//!
//! Every wait ends within [`TURN`], so a command waits no longer. Opening may wait for the system as long as it likes: it
//! is this thread alone that waits.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::Duration;

use chrono_tz::Tz;
use tokio::sync::mpsc::Sender;

use super::recording::LineRecording;
use super::set::SoundContext;
use super::source::{Feed, FromCard, Opened};
use crate::base::{Instant, Now};
use crate::media::{BlockPool, RecordingId, StreamResampler};
use crate::phonebox::{EngineOptions, Event, EventKind, LineEar};

/// The longest wait for samples: commands are looked for in between.
const TURN: Duration = Duration::from_millis(50);
/// Between attempts to open: doubled from the first to the second.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// A card that was open for this long was all right.
const STEADY: Duration = Duration::from_secs(5);
/// An open card that gives nothing for this long is gone, whatever the system says.
const SILENT: Duration = Duration::from_secs(5);
/// Recordings that run on one card; more are not begun.
const MAX_RECORDINGS: usize = 16;

/// A card, and the line that it hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardConfig {
    /// The box's id.
    pub device: String,
    /// The line, where the box has several.
    pub line: Option<u32>,
    /// The card's name, as the system has it.
    pub card: String,
    /// Caller ID is read from the sound.
    pub tells_caller: bool,
    /// DTMF caller ID begins and ends with any of A B C D * # (China).
    pub any_marks: bool,
    /// Of the exchange's clock.
    pub zone: Tz,
}

/// What a card can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SoundCommand {
    /// Record from now on. Without `hear_caller` nobody is looked for in the sound meanwhile: it is people who talk.
    Record {
        recording: RecordingId,
        path: PathBuf,
        hear_caller: bool,
    },
    Stop {
        recording: RecordingId,
    },
}

/// What a card tells of its line.
#[derive(Clone, Debug, PartialEq)]
pub struct SoundEvent {
    pub device: String,
    pub line: Option<u32>,
    pub heard: Heard,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// The card is open: the line can be recorded.
    Ready,
    /// It cannot be opened, or is gone; what was recorded is closed. Told once until it is ready again.
    Lost { why: String },
    /// A caller ID.
    Caller(Event),
}

/// Whether the thread goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Going {
    On,
    Stop,
}

/// An open card.
struct Open {
    from: Receiver<FromCard>,
    resampler: StreamResampler,
    dropped: Arc<AtomicU64>,
    _keep: Box<dyn std::any::Any>,
    since: Instant,
    heard_at: Instant,
}

/// The thread's state.
pub(super) struct Card {
    config: CardConfig,
    context: SoundContext,
    commands: Receiver<SoundCommand>,
    events: Sender<SoundEvent>,
    open: Option<Open>,
    pause: Duration,
    /// It was told that the card is gone.
    told_lost: bool,
    ear: Option<LineEar>,
    recordings: Vec<LineRecording>,
    /// Recordings during which nobody is looked for in the sound.
    deaf: Vec<RecordingId>,
    pool: BlockPool,
    samples: Vec<i16>,
}

impl Card {
    pub fn new(
        config: CardConfig,
        context: SoundContext,
        commands: Receiver<SoundCommand>,
        events: Sender<SoundEvent>,
    ) -> Self {
        let options = EngineOptions { zone: config.zone, ..EngineOptions::default() };
        let ear = LineEar::new(&context.library, config.any_marks, &options, context.clock.now());
        Card {
            ear: ear.filter(|_| config.tells_caller),
            config,
            context,
            commands,
            events,
            open: None,
            pause: FIRST_PAUSE,
            told_lost: false,
            recordings: Vec::new(),
            deaf: Vec::new(),
            pool: BlockPool::default(),
            samples: Vec::new(),
        }
    }

    /// Runs until its set is dropped.
    pub fn run(mut self) {
        loop {
            let going = if self.open.is_some() { self.turn() } else { self.try_to_open() };
            if going == Going::Stop {
                self.close();
                return;
            }
        }
    }

    fn try_to_open(&mut self) -> Going {
        let (feed, from, dropped) = Feed::new();
        let opened = self.context.source.open(&self.config.card, feed).and_then(|Opened { rate, keep }| {
            let resampler = StreamResampler::new(rate, LineEar::RATE).map_err(|error| error.to_string())?;
            Ok((resampler, keep))
        });
        match opened {
            Ok((resampler, keep)) => {
                let now = self.context.clock.now().instant;
                self.open = Some(Open { from, resampler, dropped, _keep: keep, since: now, heard_at: now });
                Going::On
            }
            Err(why) => {
                self.lose(why);
                self.rest()
            }
        }
    }

    /// Waits before the next attempt; commands are answered meanwhile.
    fn rest(&mut self) -> Going {
        let until = self.context.clock.now().instant + self.pause;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        loop {
            let left = until.since(self.context.clock.now().instant);
            if left.is_zero() {
                return Going::On;
            }
            match self.commands.recv_timeout(left.min(TURN)) {
                Ok(command) => self.on_command(command),
                Err(RecvTimeoutError::Timeout) => self.flush(),
                Err(RecvTimeoutError::Disconnected) => return Going::Stop,
            }
        }
    }

    fn turn(&mut self) -> Going {
        loop {
            match self.commands.try_recv() {
                Ok(command) => self.on_command(command),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return Going::Stop,
            }
        }
        let Some(open) = &self.open else { return Going::On };
        let heard = open.from.recv_timeout(TURN);
        let now = self.context.clock.now();
        match heard {
            Ok(FromCard::Samples(samples)) => self.on_samples(&samples, now),
            Ok(FromCard::Failed(why)) => return self.on_lost(why, now.instant),
            Err(RecvTimeoutError::Disconnected) => return self.on_lost("it stopped".to_owned(), now.instant),
            Err(RecvTimeoutError::Timeout) if now.instant.since(open.heard_at) >= SILENT => {
                return self.on_lost("it gives no samples".to_owned(), now.instant);
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if let Some(ear) = &mut self.ear {
            ear.handle_timeout(now);
        }
        self.tell_callers();
        self.poll_recordings(now.instant);
        Going::On
    }

    fn on_samples(&mut self, samples: &[i16], now: Now) {
        let Some(open) = &mut self.open else { return };
        if std::mem::replace(&mut open.heard_at, now.instant) == open.since || self.told_lost {
            // The first samples show that it works: some cards open and give nothing.
            self.told_lost = false;
            tracing::info!(device = %self.config.device, card = %self.config.card, "sound card opened");
            self.tell(Heard::Ready);
        }
        self.samples.clear();
        let Some(open) = &mut self.open else { return };
        if let Err(error) = open.resampler.push(samples, &mut self.samples) {
            tracing::debug!(%error, "sound not converted");
        }
        for recording in &mut self.recordings {
            recording.on_samples(&self.samples, now.instant, &mut self.pool);
        }
        if let (Some(ear), true) = (&mut self.ear, self.deaf.is_empty()) {
            ear.handle_samples(&self.samples, now);
        }
    }

    /// Only who calls is told: rings and hooks are the box's to tell.
    fn tell_callers(&mut self) {
        while let Some(event) = self.ear.as_mut().and_then(LineEar::poll_output) {
            if matches!(event.kind, EventKind::CallerId(_)) {
                let event = Event { line: self.config.line, ..event };
                self.tell(Heard::Caller(event));
            }
        }
    }

    fn on_command(&mut self, command: SoundCommand) {
        let now = self.context.clock.now().instant;
        match command {
            SoundCommand::Record { recording, path, hear_caller } => {
                if self.recordings.iter().any(|running| running.id == recording) {
                    return;
                }
                let mut started = LineRecording::start(recording, path, now);
                if self.open.is_none() || self.recordings.len() >= MAX_RECORDINGS {
                    // Whoever asked waits for its end.
                    started.finish(now, &mut self.pool, &self.context.recordings);
                } else if !hear_caller {
                    self.deaf.push(recording);
                }
                self.recordings.push(started);
            }
            SoundCommand::Stop { recording } => {
                if let Some(running) = self.recordings.iter_mut().find(|running| running.id == recording) {
                    running.finish(now, &mut self.pool, &self.context.recordings);
                }
            }
        }
        self.poll_recordings(now);
    }

    fn poll_recordings(&mut self, now: Instant) {
        for recording in &mut self.recordings {
            recording.poll(now, &mut self.pool, &self.context.recordings);
        }
        self.recordings.retain(|recording| !recording.is_done());
        let Card { deaf, recordings, .. } = self;
        deaf.retain(|id| recordings.iter().any(|recording| recording.id == *id));
    }

    fn flush(&mut self) {
        self.poll_recordings(self.context.clock.now().instant);
    }

    fn on_lost(&mut self, why: String, now: Instant) -> Going {
        if self.open.as_ref().is_some_and(|open| now.since(open.since) > STEADY) {
            self.pause = FIRST_PAUSE;
        }
        self.close();
        self.lose(why);
        self.rest()
    }

    /// Closes the card and everything that was recorded of it.
    fn close(&mut self) {
        let now = self.context.clock.now().instant;
        for recording in &mut self.recordings {
            recording.finish(now, &mut self.pool, &self.context.recordings);
        }
        self.poll_recordings(now);
        if let Some(open) = self.open.take() {
            let dropped = open.dropped.load(std::sync::atomic::Ordering::Relaxed);
            if dropped > 0 {
                tracing::warn!(device = %self.config.device, dropped, "samples came faster than they were taken");
            }
        }
    }

    fn lose(&mut self, why: String) {
        if !std::mem::replace(&mut self.told_lost, true) {
            tracing::warn!(device = %self.config.device, card = %self.config.card, %why, "no sound card");
            self.tell(Heard::Lost { why });
        }
    }

    /// Passes on what was heard; what nobody takes is not waited for.
    fn tell(&self, heard: Heard) {
        let event = SoundEvent { device: self.config.device.clone(), line: self.config.line, heard };
        if self.events.try_send(event).is_err() {
            metrics::counter!("hotline_sound_events_dropped_total").increment(1);
        }
    }
}
