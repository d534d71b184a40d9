//! What the media workers tell.

use std::time::Duration;

use super::core::Switch;
use crate::base::{LegId, Now};
use crate::call::event::{EndCause, EndedBy, KeySource, MediaReport, What};
use crate::ivr::session::{self as ivr, Input as FlowInput, VoicemailEnd};
use crate::media::{self, LegReport, PlayEnd, RecordingId};

impl Switch {
    pub(super) fn on_media(&mut self, event: media::Event, now: Now) {
        match event {
            media::Event::PlayEnded { leg, play, by: PlayEnd::Finished } => {
                self.tell_flow(leg.call, FlowInput::PlayEnded { play: ivr::PlayId(play.0) }, now);
            }
            media::Event::PlayEnded { by: PlayEnd::Key | PlayEnd::Cut, .. } => {}
            media::Event::Key { leg, digit, source, duration_ms } => {
                let source = match source {
                    media::KeySource::Rfc4733 => KeySource::Rfc4733,
                    media::KeySource::Inband => KeySource::Inband,
                };
                self.on_key(leg, digit, source, Duration::from_millis(duration_ms.into()), now);
            }
            media::Event::Latched { .. } | media::Event::DtmfSent { .. } => {}
            media::Event::RtpTimeout { leg, .. } => self.on_hung_up(leg, EndCause::RtpTimeout, true, now),
            media::Event::RecordingEnded { recording, duration_ms, bytes, complete } => {
                self.on_recording_ended(recording, duration_ms, bytes, complete, now);
            }
            media::Event::RecordingFailed { error, .. } => {
                metrics::counter!("hotline_recording_failures_total").increment(1);
                self.alarm(format!("recordings cannot be written: {error}; calls go on, make room on the disk"), now);
            }
            media::Event::RecordingRestored { .. } => {
                self.alarm("recordings are written again".to_owned(), now);
            }
            media::Event::LegClosed { leg, report } => self.on_leg_closed(leg, &report, now),
            media::Event::EventsLost { count } => self.alarm(format!("{count} media events were lost"), now),
        }
    }

    /// A key of a leg that was down for `held`: only the caller's go to the flow.
    pub(super) fn on_key(&mut self, leg: LegId, digit: char, by: KeySource, held: Duration, now: Now) {
        if leg.n != 0 {
            return;
        }
        let Some(call) = self.call_mut(leg.call) else { return };
        if !call.presses.is_new(digit, by, held, now.instant) {
            return;
        }
        call.last_way = Some(by);
        self.tell_flow(leg.call, FlowInput::Key { key: digit }, now);
    }

    fn on_recording_ended(&mut self, id: RecordingId, duration_ms: u64, bytes: u64, complete: bool, now: Now) {
        let owner = self.calls.iter().find(|(_, call)| call.recordings.iter().any(|r| r.id == id));
        let Some(call) = owner.map(|(call, _)| *call) else { return };
        let Some(state) = self.call_mut(call) else { return };
        let Some(at) = state.recordings.iter().position(|recording| recording.id == id) else { return };
        let recording = state.recordings.swap_remove(at);
        if self.forget_untold(call, &recording.name) {
            return;
        }
        let Some(state) = self.call_mut(call) else { return };
        let ended = What::RecordingEnded { recording: recording.name, duration_ms, bytes, complete };
        state.record(None, ended, now);
        if let Some(voicemail) = recording.voicemail {
            if state.ended.is_some() {
                // The caller hung up while speaking: the flow is gone, the message is not.
                let kept = duration_ms >= recording.min_ms;
                state.record(None, What::VoicemailEnded { duration_ms, kept }, now);
            }
            let by = if recording.full { VoicemailEnd::MaxLength } else { VoicemailEnd::Stopped };
            self.tell_flow(call, FlowInput::VoicemailEnded { voicemail, duration_ms, by }, now);
        }
    }

    /// The last word of a leg.
    fn on_leg_closed(&mut self, leg: LegId, report: &LegReport, now: Now) {
        let Some(call) = self.call_mut(leg.call) else { return };
        if call.legs.contains_key(&leg.n) {
            call.record(Some(leg.n), What::Media(recorded(report)), now);
            measure(report);
        }
        self.forget_leg(leg);
    }

    /// An answered leg is over, by itself or because its sound stopped.
    pub(super) fn on_hung_up(&mut self, leg: LegId, cause: EndCause, by_remote: bool, now: Now) {
        let Some(state) = self.leg_mut(leg) else { return };
        if state.is_gone() || !by_remote && cause == EndCause::HungUp {
            return;
        }
        if leg.n == 0 {
            return self.end_call(leg.call, cause, EndedBy::Caller, now);
        }
        self.on_other_side_gone(leg, cause, now);
    }
}

/// One leg's quality for `/metrics`: a leg that heard nothing says nothing of loss and jitter.
fn measure(report: &LegReport) {
    metrics::counter!("hotline_rtp_packets_received_total").increment(report.packets_received);
    metrics::counter!("hotline_rtp_packets_sent_total").increment(report.packets_sent);
    metrics::counter!("hotline_rtp_packets_lost_total").increment(report.packets_lost);
    metrics::counter!("hotline_rtp_packets_strange_total").increment(report.packets_strange);
    metrics::counter!("hotline_rtp_packets_forged_total").increment(report.packets_forged);
    metrics::counter!("hotline_rtp_frames_late_total").increment(report.frames_late);
    if report.packets_received > 0 {
        let all = report.packets_received + report.packets_lost;
        metrics::histogram!("hotline_rtp_loss_ratio").record(report.packets_lost as f64 / all as f64);
        metrics::histogram!("hotline_rtp_jitter_seconds").record(f64::from(report.jitter_ms) / 1000.0);
    }
    if let Some(ms) = report.round_trip_ms {
        metrics::histogram!("hotline_rtp_round_trip_seconds").record(f64::from(ms) / 1000.0);
    }
    if let Some(loss) = report.peer_loss {
        metrics::histogram!("hotline_rtp_peer_loss_ratio").record(f64::from(loss));
    }
    if let Some(mos) = report.mos {
        metrics::histogram!("hotline_rtp_mos").record(f64::from(mos));
    }
}

fn recorded(report: &LegReport) -> MediaReport {
    MediaReport {
        packets_sent: report.packets_sent,
        packets_received: report.packets_received,
        packets_lost: report.packets_lost,
        frames_late: report.frames_late,
        packets_strange: report.packets_strange,
        packets_forged: report.packets_forged,
        encrypted: report.encrypted,
        jitter_ms: report.jitter_ms,
        round_trip_ms: report.round_trip_ms,
        peer_loss: report.peer_loss,
        mos: report.mos,
    }
}
