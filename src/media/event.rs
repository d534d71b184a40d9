//! What a media worker tells the switch.

use std::net::SocketAddr;

use super::command::{PlayId, RecordingId};
use crate::base::LegId;

/// How a play ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PlayEnd {
    /// Its last frame was sent.
    Finished,
    /// A key stopped it.
    Key,
    /// Another play, a bridge, `StopPlay` or the end of the leg.
    Cut,
}

/// How a key came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeySource {
    Rfc4733,
    Inband,
}

/// RTP of one leg, as both ends saw it (RFC 3550).
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct LegReport {
    pub packets_sent: u64,
    pub packets_received: u64,
    /// Of the peer's stream on its way to us (RFC 3550 A.3).
    pub packets_lost: u64,
    /// Frames that could not be sent in time and show to the receiver as loss.
    pub frames_late: u64,
    /// Packets from an address that is not the peer's, dropped unheard.
    pub packets_strange: u64,
    /// Packets from the peer's address that could not be proven to be the peer's, or came before (RFC 3711), dropped.
    pub packets_forged: u64,
    /// Packets of the peer that are no RTP, or of a payload type that was not agreed.
    pub packets_malformed: u64,
    /// The sound was encrypted at the end (SRTP).
    pub encrypted: bool,
    /// Interarrival jitter at the end (RFC 3550 A.8).
    pub jitter_ms: f32,
    /// From RTCP; `None` when the peer sent no report.
    pub round_trip_ms: Option<f32>,
    /// Share of our packets that the peer's last report says were lost, 0 to 1.
    pub peer_loss: Option<f32>,
    /// Estimated mean opinion score, 1.0 to 4.5 (ITU-T G.107, narrowband); `None` when nothing was received.
    pub mos: Option<f32>,
}

/// What happened on a worker.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Exactly one for each `Play`, also when the leg closes.
    PlayEnded { leg: LegId, play: PlayId, by: PlayEnd },
    /// A key was pressed and released (or its end was lost). One event a press, whichever ways it came in RTP.
    Key { leg: LegId, digit: char, source: KeySource, duration_ms: u32 },
    /// The peer behind NAT sent its first packet from here; the rule is now exact.
    Latched { leg: LegId, remote: SocketAddr },
    /// No packet of the peer for the set time. Told once; again only after packets came and stopped again.
    RtpTimeout { leg: LegId, silent_ms: u64 },
    /// The file is closed and whole. `complete` is false when a slow or full disk left gaps (they are silent).
    RecordingEnded { recording: RecordingId, duration_ms: u64, bytes: u64, complete: bool },
    /// Alarm: the disk refuses. The recording goes on by itself when it takes data again.
    RecordingFailed { recording: RecordingId, error: String },
    /// The disk takes data again after `RecordingFailed`.
    RecordingRestored { recording: RecordingId },
    /// All digits of a `SendDtmf` were sent.
    DtmfSent { leg: LegId },
    /// The last event of a leg.
    LegClosed { leg: LegId, report: LegReport },
    /// Alarm: the switch did not read its events in time and keys were dropped.
    EventsLost { count: u64 },
}
