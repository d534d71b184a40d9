//! What a caller hears: prompts put together from sounds, and music.

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

/// A prompt that waits for speech.
pub(super) struct Pending {
    play: ivr::PlayId,
    sounds: Vec<Sound>,
    pub deadline: Instant,
}

impl Switch {
    pub(super) fn play(&mut self, id: CallId, play: ivr::PlayId, sounds: Vec<Sound>, now: Now) {
        let missing: Vec<(String, String)> = sounds
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
            call.pending = Some(Pending { play, sounds, deadline: now.instant + SPEECH_DEADLINE });
        }
        self.outputs.extend(missing.into_iter().map(|(language, text)| Output::Speak { language, text }));
    }

    /// Speech was rendered: every prompt that waited for it and now has all is played.
    pub(super) fn on_spoken(&mut self, language: &str, text: &str, clip: Option<&Arc<Clip>>, now: Now) {
        let waits = |sound: &Sound| matches!(sound, Sound::Tts { language: l, text: t } if l == language && t == text);
        let calls: Vec<CallId> = self
            .calls
            .iter()
            .filter(|(_, call)| call.pending.as_ref().is_some_and(|pending| pending.sounds.iter().any(waits)))
            .map(|(id, _)| *id)
            .collect();
        for id in calls {
            let Some(pending) = self.call_mut(id).and_then(|call| call.pending.take()) else { continue };
            let extra: Vec<_> = clip.map(|clip| (language, text, clip.clone())).into_iter().collect();
            self.play_now(id, pending.play, &pending.sounds, &extra, now);
        }
    }

    /// Speech did not come in time: the prompt is played without it.
    pub(super) fn on_speech_late(&mut self, id: CallId, now: Now) {
        let Some(pending) = self.call_mut(id).and_then(|call| call.pending.take()) else { return };
        metrics::counter!("hotline_speech_late_total").increment(1);
        self.play_now(id, pending.play, &pending.sounds, &[], now);
    }

    fn play_now(
        &mut self,
        id: CallId,
        play: ivr::PlayId,
        sounds: &[Sound],
        extra: &[(&str, &str, Arc<Clip>)],
        now: Now,
    ) {
        let segments: Vec<Segment> = sounds.iter().filter_map(|sound| self.segment(sound, extra)).collect();
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

    fn segment(&self, sound: &Sound, extra: &[(&str, &str, Arc<Clip>)]) -> Option<Segment> {
        match sound {
            Sound::Audio(audio) => self.audio(audio),
            Sound::Silence { ms } => Some(Segment::Silence { ms: u32::try_from(*ms).unwrap_or(u32::MAX) }),
            Sound::Tts { language, text } => {
                let fresh = extra.iter().find(|(l, t, _)| l == language && t == text).map(|(_, _, clip)| clip.clone());
                self.speech(language, text).or(fresh).map(Segment::Clip)
            }
        }
    }

    /// An audio of the library; the made tones are there even when nobody recorded them.
    fn audio(&self, id: &str) -> Option<Segment> {
        if let Some(clip) = self.world.sounds.audio.get(id) {
            return Some(Segment::Clip(clip.clone()));
        }
        let tone = crate::ivr::speak::tones().into_iter().find(|tone| tone.id == id)?;
        Some(Segment::Tone { hz: tone.frequency_hz, level_dbm0: f32::from(tone.level_dbm0), ms: tone.on_ms })
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
