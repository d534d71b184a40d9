//! Playing recorded bytes to an engine in virtual time.

use std::sync::Arc;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use super::engine::{Engine, EngineOptions, Output};
use super::event::Event;
use super::player::Player;
use super::profile::{Library, Profile};
use crate::base::{Instant, Now, UtcMillis};

/// The host clock of a row that names none.
const DEFAULT_NOW: &str = "2026-08-08T12:00:00";
/// Silence after the last byte, so that time-outs fire.
const DEFAULT_TAIL_MS: u64 = 15_000;

/// One transcript of a corpus.
#[derive(Clone, Debug, Deserialize)]
pub struct Row {
    pub id: String,
    /// The id of the device's profile.
    #[serde(alias = "device")]
    pub profile: String,
    #[serde(default)]
    bytes_hex: String,
    /// Milliseconds before each piece, and the piece.
    #[serde(default)]
    chunks: Option<Vec<(u64, String)>>,
    /// Local time of the host at the start.
    #[serde(default)]
    now: Option<String>,
    #[serde(default)]
    tail_ms: Option<u64>,
    /// The port dies after the last byte.
    #[serde(default)]
    eof: bool,
    #[serde(default)]
    eof_after_ms: u64,
}

/// What a row gave.
#[derive(Clone, Debug, Serialize)]
pub struct Replayed {
    pub id: String,
    pub events: Vec<Event>,
}

/// A row that cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    #[error("row {id}: no profile {profile}; see `hotline phonebox list`")]
    UnknownProfile { id: String, profile: String },
    #[error("row {id}: {hex:?} is not hexadecimal")]
    Hex { id: String, hex: String },
    #[error("row {id}: {now:?} is not a time like {DEFAULT_NOW}")]
    Now { id: String, now: String },
}

/// Bytes with their timing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Local time of the host at the start, as if its zone were UTC.
    pub start: UtcMillis,
    /// Milliseconds before each piece, and the piece.
    pub chunks: Vec<(u64, Vec<u8>)>,
    pub tail_ms: u64,
    /// The port dies this long after the last byte.
    pub lost_after_ms: Option<u64>,
}

impl Recording {
    /// Bytes that arrive at once, at the default time.
    pub fn of_bytes(bytes: Vec<u8>) -> Self {
        Recording {
            start: parse_now(DEFAULT_NOW).unwrap_or_default(),
            chunks: vec![(0, bytes)],
            tail_ms: DEFAULT_TAIL_MS,
            lost_after_ms: None,
        }
    }

    /// The events that a listening engine makes of it.
    pub fn play(&self, profile: &Arc<Profile>) -> Vec<Event> {
        let options = EngineOptions { may_talk: false, ..EngineOptions::default() };
        let mut player = Player::new(profile.clone(), options, Now::new(Instant::ZERO, self.start));
        for (delay_ms, bytes) in &self.chunks {
            player.wait(*delay_ms);
            player.hear(bytes);
        }
        match self.lost_after_ms {
            Some(after_ms) => {
                player.wait(after_ms);
                player.act(Engine::handle_lost);
            }
            None => player.wait(self.tail_ms),
        }
        let said = player.take().into_iter().filter_map(|output| match output {
            Output::Event(event) => Some(event),
            Output::Write(_) | Output::Reopen => None,
        });
        said.collect()
    }
}

impl Row {
    pub fn recording(&self) -> Result<Recording, ReplayError> {
        let bytes = |hex: &str| unhex(hex).ok_or_else(|| ReplayError::Hex { id: self.id.clone(), hex: hex.to_owned() });
        let chunks = match &self.chunks {
            Some(chunks) => chunks.iter().map(|(delay, hex)| Ok((*delay, bytes(hex)?))).collect::<Result<_, _>>()?,
            None => vec![(0, bytes(&self.bytes_hex)?)],
        };
        let now = self.now.as_deref().unwrap_or(DEFAULT_NOW);
        let start = parse_now(now).ok_or_else(|| ReplayError::Now { id: self.id.clone(), now: now.to_owned() })?;
        Ok(Recording {
            start,
            chunks,
            tail_ms: self.tail_ms.unwrap_or(DEFAULT_TAIL_MS),
            lost_after_ms: self.eof.then_some(self.eof_after_ms),
        })
    }

    pub fn profile<'l>(&self, library: &'l Library) -> Result<&'l Arc<Profile>, ReplayError> {
        let unknown = || ReplayError::UnknownProfile { id: self.id.clone(), profile: self.profile.clone() };
        library.get(&self.profile).ok_or_else(unknown)
    }

    /// Plays the row.
    pub fn play(&self, library: &Library) -> Result<Replayed, ReplayError> {
        let events = self.recording()?.play(self.profile(library)?);
        Ok(Replayed { id: self.id.clone(), events })
    }
}

fn parse_now(text: &str) -> Option<UtcMillis> {
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").ok()?;
    Some(UtcMillis(time.and_utc().timestamp_millis()))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    digits.filter(|d| d.len() % 2 == 0).map(|d| d.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}
