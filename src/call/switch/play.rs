//! What a caller hears: prompts put together from sounds, and music.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::core::Switch;
use super::output::Output;
use crate::base::{CallId, Instant, Now};
use crate::ivr::session::{self as ivr, Input as FlowInput, Sound};
use crate::media::{self, Clip, Segment};

/// A prompt waits this long for speech that must be rendered now; then it is played without it (fault 15: never more
/// than two seconds of silence).
const SPEECH_DEADLINE: Duration = Duration::from_millis(1500);
/// The measuring tone: 1004 Hz at -16 dBm0.
const TONE_HZ: u32 = 1004;
const TONE_LEVEL_DBM0: f32 = -16.0;
const TONE_MS: u32 = 10_000;

/// Speech that was rendered for one prompt: language, text, sound.
type Spoken = (String, String, Arc<Clip>);

/// A prompt that waits for speech.
pub(super) struct Pending {
    play: ivr::PlayId,
    sounds: Vec<Sound>,
    /// Language and text of what has not come yet.
    missing: BTreeSet<(String, String)>,
    /// What came.
    spoken: Vec<Spoken>,
    pub deadline: Instant,
}

impl Switch {
    pub(super) fn play(&mut self, id: CallId, play: ivr::PlayId, sounds: Vec<Sound>, now: Now) {
        let missing: BTreeSet<(String, String)> = sounds
            .iter()
            .filter_map(|sound| match sound {
                Sound::Tts { language, text } if self.speech(language, text).is_none() => {
                    Some((language.clone(), text.clone()))
                }
                Sound::Tts { .. } | Sound::Audio(_) | Sound::Silence { .. } => None,
            })
            .collect();
        if missing.is_empty() {
            return self.play_now(id, play, &sounds, &[], now);
        }
        if let Some(call) = self.call_mut(id) {
            let deadline = now.instant + SPEECH_DEADLINE;
            call.pending = Some(Pending { play, sounds, missing: missing.clone(), spoken: Vec::new(), deadline });
        }
        self.outputs.extend(missing.into_iter().map(|(language, text)| Output::Speak { language, text }));
    }

    /// Speech was rendered, or could not be: every prompt that waited for nothing else is played.
    pub(super) fn on_spoken(&mut self, language: &str, text: &str, clip: Option<&Arc<Clip>>, now: Now) {
        let key = (language.to_owned(), text.to_owned());
        let mut ready = Vec::new();
        for (id, call) in &mut self.calls {
            let Some(pending) = &mut call.pending else { continue };
            if !pending.missing.remove(&key) {
                continue;
            }
            pending.spoken.extend(clip.map(|clip| (key.0.clone(), key.1.clone(), clip.clone())));
            if pending.missing.is_empty() {
                ready.push(*id);
            }
        }
        for id in ready {
            self.play_pending(id, now);
        }
    }

    /// Speech did not come in time: the prompt is played without it.
    pub(super) fn on_speech_late(&mut self, id: CallId, now: Now) {
        metrics::counter!("hotline_speech_late_total").increment(1);
        self.play_pending(id, now);
    }

    fn play_pending(&mut self, id: CallId, now: Now) {
        if let Some(pending) = self.call_mut(id).and_then(|call| call.pending.take()) {
            self.play_now(id, pending.play, &pending.sounds, &pending.spoken, now);
        }
    }

    fn play_now(&mut self, id: CallId, play: ivr::PlayId, sounds: &[Sound], spoken: &[Spoken], now: Now) {
        let segments: Vec<Segment> = sounds.iter().filter_map(|sound| self.segment(sound, spoken)).collect();
        if segments.len() < sounds.len() {
            metrics::counter!("hotline_sounds_missing_total").increment(1);
            tracing::warn!(call = %id, ?sounds, "a prompt is played without the sounds that the library does not have");
        }
        if segments.is_empty() {
            // Nothing of it can be heard; the flow goes on.
            return self.tell_flow(id, FlowInput::PlayEnded { play }, now);
        }
        let play = media::PlayId(play.0);
        self.media(media::Command::Play { leg: id.leg(0), play, segments, repeat: false, stop_on_key: false });
    }

    fn segment(&self, sound: &Sound, spoken: &[Spoken]) -> Option<Segment> {
        match sound {
            Sound::Audio(audio) => self.world.sounds.audio.get(audio).cloned().map(Segment::Clip),
            Sound::Silence { ms } => Some(Segment::Silence { ms: u32::try_from(*ms).unwrap_or(u32::MAX) }),
            Sound::Tts { language, text } => {
                let fresh = spoken.iter().find(|(l, t, _)| l == language && t == text).map(|(_, _, clip)| clip.clone());
                self.speech(language, text).or(fresh).map(Segment::Clip)
            }
        }
    }

    fn speech(&self, language: &str, text: &str) -> Option<Arc<Clip>> {
        self.world.sounds.speech.get(&(language.to_owned(), text.to_owned())).cloned()
    }

    pub(super) fn stop_play(&mut self, id: CallId, play: ivr::PlayId) {
        if let Some(call) = self.call_mut(id)
            && call.pending.as_ref().is_some_and(|pending| pending.play == play)
        {
            call.pending = None;
        }
        self.media(media::Command::StopPlay { leg: id.leg(0), play: media::PlayId(play.0) });
    }

    /// Music under the prompts; it keeps its place in the media worker (P4).
    pub(super) fn music(&mut self, id: CallId, audio: Option<String>) {
        let music = audio.as_ref().and_then(|audio| self.world.sounds.audio.get(audio)).cloned();
        if let Some(call) = self.call_mut(id) {
            call.music = audio;
        }
        self.media(media::Command::Music { leg: id.leg(0), music });
    }

    pub(super) fn play_tone(&mut self, id: CallId) {
        let segments = vec![Segment::Tone { hz: TONE_HZ, level_dbm0: TONE_LEVEL_DBM0, ms: TONE_MS }];
        let play = media::PlayId(0);
        self.media(media::Command::Play { leg: id.leg(0), play, segments, repeat: true, stop_on_key: false });
    }

    pub(super) fn echo(&mut self, id: CallId) {
        self.media(media::Command::Bridge { a: id.leg(0), b: id.leg(0) });
    }

    pub(super) fn media(&mut self, command: media::Command) {
        self.outputs.push_back(Output::Media(command));
    }
}
