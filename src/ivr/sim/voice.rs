//! The virtual caller's message.

use serde::{Deserialize, Serialize};

use super::transcript::Happening;
use super::world::{Coming, World};
use crate::ivr::session::{Input, VoicemailEnd, VoicemailId};

/// A message that is being recorded. Times are milliseconds since the call began.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Recording {
    pub voicemail: VoicemailId,
    pub min_ms: u64,
    pub max_ms: u64,
    pub silence_ms: u64,
    pub started_ms: u64,
    /// Until when the caller speaks or has spoken.
    pub spoken_until_ms: Option<u64>,
}

impl Recording {
    fn duration_ms(&self, now_ms: u64) -> u64 {
        let end = self.spoken_until_ms.unwrap_or(self.started_ms).min(now_ms);
        end.saturating_sub(self.started_ms).min(self.max_ms)
    }
}

impl World {
    pub(super) fn on_record(&mut self, recording: Recording) {
        self.tell(Happening::Recording);
        self.plan(recording.max_ms, Coming::MessageIsFull(recording.voicemail));
        self.plan(recording.silence_ms, Coming::Silence(recording.voicemail));
        self.rest.recording = Some(recording);
    }

    /// The caller speaks, from now on, for `ms`.
    pub(super) fn speak(&mut self, ms: u64) {
        self.tell(Happening::Speaks { ms });
        let until = self.now_ms().saturating_add(ms);
        if let Some(recording) = &mut self.rest.recording {
            recording.spoken_until_ms = Some(until);
            let (voicemail, silence_ms) = (recording.voicemail, recording.silence_ms);
            self.plan(ms.saturating_add(silence_ms), Coming::Silence(voicemail));
        }
    }

    pub(super) fn on_silence(&mut self, voicemail: VoicemailId) {
        let now_ms = self.now_ms();
        let silent = self.rest.recording.as_ref().is_some_and(|recording| {
            let since = recording.spoken_until_ms.unwrap_or(recording.started_ms);
            recording.voicemail == voicemail && since.saturating_add(recording.silence_ms) <= now_ms
        });
        if silent {
            self.end_message(voicemail, VoicemailEnd::Silence);
        }
    }

    /// The recording ends; the session may be over by then.
    pub(super) fn end_message(&mut self, voicemail: VoicemailId, by: VoicemailEnd) {
        let Some(recording) = self.rest.recording.take_if(|recording| recording.voicemail == voicemail) else { return };
        let duration_ms = recording.duration_ms(self.now_ms());
        let kept = duration_ms >= recording.min_ms;
        self.rest.tickets += u32::from(kept);
        self.tell(Happening::Message { duration_ms, kept });
        self.input(Input::VoicemailEnded { voicemail, duration_ms, by });
    }
}
