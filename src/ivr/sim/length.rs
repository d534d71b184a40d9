//! How long a prompt lasts in virtual time: recordings as told, speech by its characters.

use std::collections::BTreeMap;

use crate::ivr::session::Sound;
use crate::ivr::speak;

/// A recording of which nothing is known.
const AUDIO_MS: u64 = 3000;
/// A recorded part of a number.
const PART_MS: u64 = 350;
/// A Chinese character; nine of them in two seconds.
const WIDE_CHAR_MS: u64 = 220;
/// Another character; a word of English in under half a second.
const CHAR_MS: u64 = 70;

pub(super) fn length_ms(segments: &[Sound], audio_s: &BTreeMap<String, f64>) -> u64 {
    segments.iter().map(|sound| sound_ms(sound, audio_s)).sum()
}

fn sound_ms(sound: &Sound, audio_s: &BTreeMap<String, f64>) -> u64 {
    match sound {
        Sound::Audio(id) => match audio_s.get(id) {
            Some(seconds) => (seconds.clamp(0.0, 3600.0) * 1000.0) as u64,
            None => recorded_ms(id),
        },
        Sound::Tts { text, .. } => text.chars().map(|c| if c.is_ascii() { CHAR_MS } else { WIDE_CHAR_MS }).sum(),
        Sound::Silence { ms } => *ms,
    }
}

fn recorded_ms(id: &str) -> u64 {
    let tone = speak::tones().into_iter().find(|tone| tone.id == id).map(|tone| u64::from(tone.on_ms));
    tone.or_else(|| speak::spoken(id).map(|_| PART_MS)).unwrap_or(AUDIO_MS)
}

/// What the caller hears, for people to read: `您前面还有 · 两 · 位客户`, a recording as `[welcome_zh]`.
pub(super) fn heard(segments: &[Sound]) -> String {
    let texts: Vec<String> = segments.iter().filter_map(sound_text).collect();
    texts.join(" ")
}

fn sound_text(sound: &Sound) -> Option<String> {
    match sound {
        Sound::Audio(id) => Some(speak::spoken(id).map_or_else(|| format!("[{id}]"), str::to_owned)),
        Sound::Tts { text, .. } => Some(text.clone()),
        Sound::Silence { .. } => None,
    }
}
