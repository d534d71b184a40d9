//! Two people are joined: bridge, hold, recording.

use std::time::Duration;

use super::calls::Recording;
use super::core::Switch;
use super::line::{LineKey, LineSound};
use super::offer;
use super::output::Output;
use super::srtp;
use crate::base::{CallId, LegId, Now};
use crate::call::event::{RecordingKind, What};
use crate::ivr::session::{DialId, VoicemailId};
use crate::media::{self, RecordingId};
use crate::sdp::Direction;
use crate::sip::endpoint::{Body, Command};

/// How long a message may and must be.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub min_ms: u64,
    pub max_ms: u64,
}

impl Switch {
    /// The flow has said its connected prompt: caller and agent hear each other from now on.
    pub(super) fn connect_agent(&mut self, id: CallId, now: Now) {
        let Some(call) = self.call_mut(id) else { return };
        let Some(talk) = &mut call.talk else { return };
        talk.bridged = true;
        let (agent, n) = (talk.agent.clone(), talk.leg);
        let group = call.group.clone().unwrap_or_default();
        call.record(Some(n), What::Bridged { agent }, now);
        self.media(media::Command::Bridge { a: id.leg(0), b: id.leg(n) });
        if self.world.groups.get(&group).is_none_or(|rules| rules.record) {
            self.record_conversation(id, n, now);
        }
    }

    fn record_conversation(&mut self, id: CallId, n: u16, now: Now) {
        let Some(recording) = self.new_recording(id, None, None, now) else { return };
        let path = self.config.recordings.join(&recording.name);
        let started = What::RecordingStarted { recording: recording.name.clone(), kind: RecordingKind::Conversation };
        let number = recording.id;
        if let Some(call) = self.call_mut(id) {
            call.record(Some(n), started, now);
            call.recordings.push(recording);
        }
        let (left, right) = (id.leg(0), Some(id.leg(n)));
        self.media(media::Command::Record { recording: number, path, left, right });
    }

    /// `YEAR/MONTH/DAY/CALL-N.wav`: a folder a day, so that none grows without bound.
    pub(super) fn new_recording(
        &mut self,
        id: CallId,
        voicemail: Option<VoicemailId>,
        limits: Option<Limits>,
        now: Now,
    ) -> Option<Recording> {
        let number = self.next_recording;
        let day = chrono::DateTime::from_timestamp_millis(now.utc.0)?.format("%Y/%m/%d");
        self.next_recording += 1;
        Some(Recording {
            id: RecordingId(number),
            name: format!("{day}/{id}-{number}.wav"),
            voicemail,
            stop_at: limits.map(|limits| now.instant + Duration::from_millis(limits.max_ms)),
            min_ms: limits.map_or(0, |limits| limits.min_ms),
            full: false,
            card: None,
            outlives: None,
            paused_until: None,
        })
    }

    pub(super) fn record_voicemail(
        &mut self,
        id: CallId,
        voicemail: VoicemailId,
        limits: Limits,
        group: String,
        now: Now,
    ) {
        let Some(recording) = self.new_recording(id, Some(voicemail), Some(limits), now) else { return };
        let path = self.config.recordings.join(&recording.name);
        let number = recording.id;
        let Some(call) = self.call_mut(id) else { return };
        call.group = Some(group);
        let started = What::RecordingStarted { recording: recording.name.clone(), kind: RecordingKind::Voicemail };
        call.record(Some(0), started, now);
        call.recordings.push(recording);
        self.media(media::Command::Record { recording: number, path, left: id.leg(0), right: None });
    }

    pub(super) fn stop_voicemail(&mut self, id: CallId, voicemail: VoicemailId) {
        let Some(call) = self.calls.get(&id) else { return };
        let found = call.recordings.iter().find(|recording| recording.voicemail == Some(voicemail));
        if let Some(recording) = found.map(|recording| recording.id) {
            self.media(media::Command::StopRecord { recording });
        }
    }

    /// Recordings that reached their longest are stopped; their end is told by whoever writes them.
    pub(super) fn stop_full_recordings(&mut self, id: CallId, now: Now) {
        let Some(call) = self.call_mut(id) else { return };
        let mut full = Vec::new();
        for recording in &mut call.recordings {
            if recording.stop_at.is_some_and(|at| at <= now.instant) {
                recording.stop_at = None;
                recording.full = true;
                full.push((recording.id, recording.card.clone()));
            }
        }
        for (recording, card) in full {
            self.stop_recording(recording, card);
        }
    }

    /// Stops the recording of a conversation, when the agent is gone and the call goes on.
    pub(super) fn stop_conversation_recording(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else { return };
        let ends = |recording: &&Recording| recording.voicemail.is_none() && recording.outlives.is_none();
        let running: Vec<_> = call.recordings.iter().filter(ends).map(|r| (r.id, r.card.clone())).collect();
        for (recording, card) in running {
            self.stop_recording(recording, card);
        }
    }

    /// Stops a recording of the media workers, or of the sound card on a line.
    pub(super) fn stop_recording(&mut self, recording: RecordingId, card: Option<LineKey>) {
        match card {
            Some(LineKey { device, line }) => {
                let what = LineSound::Stop { recording };
                self.outputs.push_back(Output::LineSound { device, line, what });
            }
            None => self.media(media::Command::StopRecord { recording }),
        }
    }

    pub(super) fn connect_dialled(&mut self, id: CallId, dial: DialId) {
        if let Some(n) = self.calls.get(&id).and_then(|call| call.dialled_leg(dial)) {
            self.media(media::Command::Bridge { a: id.leg(0), b: id.leg(n) });
        }
    }

    pub(super) fn hang_up_dialled(&mut self, id: CallId, dial: DialId, now: Now) {
        if let Some(n) = self.calls.get(&id).and_then(|call| call.dialled_leg(dial)) {
            self.hang_up_leg(id.leg(n), Default::default(), now);
        }
    }

    /// The other side wants to change the session: hold, resume, another address or codec.
    pub(super) fn on_reoffer(&mut self, id: LegId, body: Option<Body>, now: Now) {
        let mut rng = self.rng.fork();
        let Some(leg) = self.leg_mut(id) else { return };
        let session = leg.session;
        let Some(sdp) = &mut leg.sdp else { return };
        let answer = match body {
            Some(body) => sdp.answer_offer(&body.bytes, Direction::SendRecv, &mut rng).map(|(body, _)| body),
            None => sdp.make_offer(Direction::SendRecv, &mut rng),
        };
        let answer = answer.map(|body| Some(Body::sdp(body))).map_err(|error| error.status());
        let changed = answer.is_ok();
        self.endpoint.command(Command::AnswerReoffer { session, answer }, now);
        if changed {
            self.set_remote(id);
            self.note_hold(id, now);
        }
    }

    /// The ACK of an offerless re-INVITE brings the answer to our offer.
    pub(super) fn on_reoffer_acked(&mut self, id: LegId, body: Option<Body>, now: Now) {
        let Some(leg) = self.leg_mut(id) else { return };
        let (Some(sdp), Some(body)) = (&mut leg.sdp, body) else { return };
        if sdp.has_pending_offer() && sdp.read_answer(&body.bytes).is_ok() {
            self.set_remote(id);
            self.note_hold(id, now);
        }
    }

    pub(super) fn on_reoffer_answered(&mut self, id: LegId, result: Result<Option<Body>, u16>, now: Now) {
        self.on_reoffer_acked(id, result.ok().flatten(), now);
    }

    /// A side that put us on hold hears nothing, and the other hears music, until it comes back.
    fn note_hold(&mut self, id: LegId, now: Now) {
        let Some(leg) = self.leg_mut(id) else { return };
        let held = leg.agreed().is_some_and(|agreed| agreed.is_held_by_peer);
        if held == leg.held {
            return;
        }
        leg.held = held;
        let agent = leg.agent().map(str::to_owned);
        let Some(call) = self.call_mut(id.call) else { return };
        // While a caller waits for another agent nobody is joined to anybody.
        let waits = call.transfer.is_some();
        let Some(talk) = call.talk.as_ref().filter(|talk| talk.bridged && !waits) else { return };
        if id.n != 0 && id.n != talk.leg {
            return;
        }
        let (caller, other) = (id.call.leg(0), id.call.leg(talk.leg));
        let who = agent.unwrap_or_else(|| talk.agent.clone());
        let what = if held { What::Held { agent: who } } else { What::Resumed { agent: who } };
        call.record(Some(id.n), what, now);
        let music = call.music.clone();
        if held {
            self.media(media::Command::Unbridge { a: caller, b: other });
            let music = music.and_then(|music| self.world.sounds.audio.get(&music).cloned());
            let listener = if id == caller { other } else { caller };
            self.media(media::Command::Music { leg: listener, music });
        } else {
            self.media(media::Command::Music { leg: other, music: None });
            self.media(media::Command::Music { leg: caller, music: None });
            self.media(media::Command::Bridge { a: caller, b: other });
        }
        self.set_mixes(id.call);
    }

    /// Tells the media worker what offer and answer agreed on.
    pub(super) fn set_remote(&mut self, id: LegId) {
        let Some(leg) = self.leg_mut(id) else { return };
        let Some(agreed) = leg.agreed() else { return };
        let remote = offer::remote(agreed, leg.accept_from(agreed.remote.ip()));
        let keys = srtp::keys(agreed);
        self.media(media::Command::SetRemote { leg: id, remote, keys });
    }
}
