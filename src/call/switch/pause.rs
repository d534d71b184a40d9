//! The recording of a conversation pauses while a card number is said, and goes on by itself when that is forgotten (P8).

use std::time::Duration;

use super::core::Switch;
use super::desk::DeskError;
use crate::base::{CallId, Instant, Now};
use crate::call::event::What;
use crate::media::Command;

/// A wish about the recording of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecordingWish {
    /// Silence from now on, `within` at the longest.
    Pause {
        within: Duration,
    },
    Resume,
}

impl Switch {
    /// Pauses or resumes what is recorded of a conversation. `only` is the agent whose calls may be touched, `None` for
    /// all. A wish that is fulfilled already changes nothing but the time.
    pub(super) fn wish_recording(
        &mut self,
        id: CallId,
        wish: RecordingWish,
        only: Option<&str>,
        now: Now,
    ) -> Result<(), DeskError> {
        let call = self.calls.get(&id).filter(|call| call.ended.is_none()).ok_or(DeskError::UnknownCall(id))?;
        let agent = call.talk.as_ref().map(|talk| talk.agent.as_str());
        if only.is_some() && only != agent {
            return Err(DeskError::NotYours(id));
        }
        if !call.recordings.iter().any(|recording| recording.can_pause()) {
            return Err(DeskError::NotRecorded(id));
        }
        let until = match wish {
            RecordingWish::Pause { within } => Some(now.instant + within),
            RecordingWish::Resume => None,
        };
        self.set_paused(id, until, |_| true, now);
        Ok(())
    }

    /// Recordings whose pause has lasted for long enough go on.
    pub(super) fn resume_recordings(&mut self, id: CallId, now: Now) {
        self.set_paused(id, None, |until| until <= now.instant, now);
    }

    /// Sets the pause of the recordings of a conversation: of those that run, and of those paused until a time that
    /// `chosen` takes.
    fn set_paused(&mut self, id: CallId, until: Option<Instant>, chosen: impl Fn(Instant) -> bool, now: Now) {
        let Some(call) = self.call_mut(id) else { return };
        let mut changed = Vec::new();
        for recording in call.recordings.iter_mut().filter(|recording| recording.can_pause()) {
            if recording.paused_until.is_some_and(|until| !chosen(until)) {
                continue;
            }
            if recording.paused_until.is_some() != until.is_some() {
                changed.push((recording.id, recording.name.clone()));
            }
            recording.paused_until = until;
        }
        for (recording, name) in changed {
            let (what, command) = match until {
                Some(_) => (What::RecordingPaused { recording: name }, Command::PauseRecord { recording }),
                None => (What::RecordingResumed { recording: name }, Command::ResumeRecord { recording }),
            };
            if let Some(call) = self.call_mut(id) {
                call.record(None, what, now);
            }
            self.media(command);
        }
    }
}
