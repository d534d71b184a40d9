//! A file of a folder as the checks of flows see it.

use std::path::Path;

use super::admit::{AudioRefusal, admit};
use crate::ivr::check::{AudioFlaw, AudioInfo};

/// What can be said of the sound at `path`; it counts as approved.
pub fn examine(path: &Path) -> AudioInfo {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let admitted = match std::fs::read(path) {
        Ok(bytes) => admit(&name, &bytes),
        Err(error) => return flawed(AudioFlaw::Unreadable(error.to_string())),
    };
    match admitted {
        Ok(sound) => AudioInfo { approved: true, duration_ms: Some(sound.duration_ms), flaws: sound.flaws },
        Err(AudioRefusal::TooLarge(bytes)) => flawed(AudioFlaw::TooLarge { bytes }),
        Err(
            refusal @ (AudioRefusal::Empty
            | AudioRefusal::CutOff { .. }
            | AudioRefusal::FramesMissing { .. }
            | AudioRefusal::Broken(_)),
        ) => flawed(AudioFlaw::Unreadable(refusal.to_string())),
        Err(refusal) => flawed(AudioFlaw::Format(refusal.to_string())),
    }
}

fn flawed(flaw: AudioFlaw) -> AudioInfo {
    AudioInfo { approved: true, duration_ms: None, flaws: vec![flaw] }
}
