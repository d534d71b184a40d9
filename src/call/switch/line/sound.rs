//! The sound of a line, where a sound card hears it: recorded from off hook to on hook, or while it rings where the box
//! cannot tell the hook. A card that is missing is an alarm; the call goes on without a recording.

use std::path::PathBuf;
use std::time::Duration;

use super::{LineKey, LineState, Out, Stage};
use crate::base::{CallId, Now};
use crate::call::event::{RecordingKind, What};
use crate::call::switch::core::Switch;
use crate::call::switch::output::Output;
use crate::call::switch::talk::Limits;
use crate::media::RecordingId;

/// A handset that is beside its cradle ends the recording, not the disk.
const LONGEST_MS: u64 = 4 * 60 * 60 * 1000;

/// What a sound card told of its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundTold {
    pub device: String,
    pub line: Option<u32>,
    /// It can record, or why it cannot.
    pub ready: Result<(), String>,
}

/// What is wanted of the sound card on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineSound {
    /// Its end is told as that of any recording. With `hear_caller` a caller ID may still be in the sound.
    Record {
        recording: RecordingId,
        path: PathBuf,
        hear_caller: bool,
    },
    Stop {
        recording: RecordingId,
    },
}

impl Switch {
    pub(in crate::call::switch) fn on_sound(&mut self, told: SoundTold, now: Now) {
        let card = LineKey { device: told.device, line: told.line };
        match told.ready {
            Ok(()) => {
                self.cards.insert(card.clone());
                self.record_talks_on(&card, now);
            }
            Err(why) => {
                self.cards.remove(&card);
                let text = format!("the sound of phone box {} is not recorded: {why}; calls go on", card.device);
                self.alarm(text, now);
            }
        }
    }

    /// The card came (back) while people talk: the rest of it is recorded.
    fn record_talks_on(&mut self, card: &LineKey, now: Now) {
        let talk = |state: &LineState| match state {
            LineState::Talking { call, .. } => Some(*call),
            LineState::Out(Out { call, stage: Stage::OffHook | Stage::Up { .. }, .. }) => Some(*call),
            LineState::Out(_) | LineState::Waiting { .. } | LineState::Ringing { .. } => None,
        };
        let is_heard = |key: &LineKey| key.device == card.device && (card.line.is_none() || card.line == key.line);
        let talks: Vec<(LineKey, CallId)> = self
            .lines
            .iter()
            .filter(|(key, _)| is_heard(key))
            .filter_map(|(key, state)| Some((key.clone(), talk(state)?)))
            .collect();
        for (key, call) in talks {
            self.record_line(&key, call, false, now);
        }
    }

    /// Records from now on, if a card hears the line and the group's calls are recorded.
    pub(super) fn record_line(&mut self, key: &LineKey, id: CallId, hear_caller: bool, now: Now) {
        let whole_box = LineKey { device: key.device.clone(), line: None };
        let Some(card) = [key.clone(), whole_box].into_iter().find(|card| self.cards.contains(card)) else { return };
        let Some(call) = self.calls.get(&id) else { return };
        let group = call.group.clone().unwrap_or_default();
        let records = self.world.groups.get(&group).is_none_or(|rules| rules.record);
        if !records || call.ended.is_some() || call.recordings.iter().any(|recording| recording.card.is_some()) {
            return;
        }
        self.stop_old_recordings(&card);
        let limits = Limits { min_ms: 0, max_ms: LONGEST_MS };
        let Some(mut recording) = self.new_recording(id, None, Some(limits), now) else { return };
        recording.card = Some(card.clone());
        let (number, path) = (recording.id, self.config.recordings.join(&recording.name));
        let name = recording.name.clone();
        if let Some(call) = self.call_mut(id) {
            call.recordings.push(recording);
            match &mut call.on_line {
                // The record begins with the number.
                Some(on_line) if call.held && call.called.is_empty() => on_line.untold.push(name),
                _ => call.record(None, What::RecordingStarted { recording: name, kind: RecordingKind::Line }, now),
            }
        }
        let what = LineSound::Record { recording: number, path, hear_caller };
        self.outputs.push_back(Output::LineSound { device: card.device, line: card.line, what });
    }

    /// A number was dialled: the record has begun, and what was recorded since the handset is off belongs to it.
    pub(super) fn tell_recordings(&mut self, id: CallId, now: Now) {
        let Some(call) = self.call_mut(id) else { return };
        let untold = call.on_line.as_mut().map(|on_line| std::mem::take(&mut on_line.untold)).unwrap_or_default();
        for recording in untold {
            call.record(None, What::RecordingStarted { recording, kind: RecordingKind::Line }, now);
        }
    }

    /// The recording of a handset that dialled nothing so far is over: it is nobody's. True when it was one.
    pub(in crate::call::switch) fn forget_untold(&mut self, id: CallId, name: &str) -> bool {
        let Some(on_line) = self.call_mut(id).and_then(|call| call.on_line.as_mut()) else { return false };
        let Some(at) = on_line.untold.iter().position(|untold| untold == name) else { return false };
        on_line.untold.remove(at);
        self.outputs.push_back(Output::DiscardRecording { path: self.config.recordings.join(name) });
        true
    }

    /// A call that was over, and whose recording went on because nobody knew, is over indeed: the line rings again.
    fn stop_old_recordings(&mut self, card: &LineKey) {
        let old: Vec<RecordingId> = self
            .calls
            .values()
            .filter(|call| call.ended.is_some())
            .flat_map(|call| &call.recordings)
            .filter(|recording| recording.card.as_ref() == Some(card) && recording.outlives.is_some())
            .map(|recording| recording.id)
            .collect();
        old.into_iter().for_each(|recording| self.stop_recording(recording, Some(card.clone())));
    }

    /// The handset is down: the recording ends, although the call may wait for the agent's word.
    pub(super) fn stop_line_recording(&mut self, id: CallId) {
        self.stop_conversation_recording(id);
    }

    /// Nobody knows whether people talk after the ringing: recorded for as long as the agent counts as on the call.
    pub(super) fn record_on_after_ring(&mut self, id: CallId, millis: u64, now: Now) {
        let until = now.instant + Duration::from_millis(millis);
        let Some(call) = self.call_mut(id) else { return };
        for recording in call.recordings.iter_mut().filter(|recording| recording.card.is_some()) {
            recording.stop_at = Some(until);
            recording.outlives = Some(until);
        }
    }
}
