//! What the switch asks of a media worker.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use super::clip::Clip;
use crate::base::{CallId, LegId};
use crate::rtp::Codec;
use crate::rtp::srtp::MasterKey;

/// One `Play`, chosen by the switch; its end is told with the same number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PlayId(pub u64);

/// One recording, chosen by the switch: unique among those that run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RecordingId(pub u64);

/// One piece of a play.
#[derive(Clone, Debug)]
pub enum Segment {
    Clip(Arc<Clip>),
    /// Rounded up to whole frames of 20 ms.
    Silence {
        ms: u32,
    },
    /// A sine at `level_dbm0` (0 is 3.17 dB below full scale mu-law; clamped to -60..=3), rounded up to whole frames.
    Tone {
        hz: u32,
        level_dbm0: f32,
        ms: u32,
    },
}

/// Whose RTP a leg hears.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PeerRule {
    /// Exactly the address and port of the SDP.
    Exact,
    /// A registered device behind NAT: the first valid RTP packet from this address (the one its signalling comes
    /// from) fixes the port, once, within ten seconds. Until then, and when none came, it is the port of the SDP.
    LatchOnce(IpAddr),
}

/// Which way media flows, seen from us (RFC 3264 5.1, our side of the answer).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Direction {
    #[default]
    SendRecv,
    /// We send, the peer does not (it is held, or listens only).
    SendOnly,
    /// We hear and send nothing.
    RecvOnly,
    Inactive,
}

impl Direction {
    pub const fn sends(self) -> bool {
        match self {
            Direction::SendRecv | Direction::SendOnly => true,
            Direction::RecvOnly | Direction::Inactive => false,
        }
    }

    pub const fn receives(self) -> bool {
        match self {
            Direction::SendRecv | Direction::RecvOnly => true,
            Direction::SendOnly | Direction::Inactive => false,
        }
    }
}

/// The peer of a leg as offer and answer agreed on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Remote {
    pub rtp: SocketAddr,
    /// The peer's RTCP address (`a=rtcp`, RFC 3605); `None` is the RTP port + 1; `rtp` itself
    /// is RTCP on the RTP port (`a=rtcp-mux`, RFC 5761).
    pub rtcp: Option<SocketAddr>,
    pub accept_from: PeerRule,
    pub codec: Codec,
    /// 0 to 127, of `codec`, in what we send.
    pub payload_type: u8,
    /// The same in what the peer sends: another number only where it answered our offer with its own (RFC 3264 5.1).
    pub receive_payload_type: u8,
    /// Of `telephone-event`, when the peer takes it (RFC 4733), in what we send.
    pub dtmf_payload_type: Option<u8>,
    /// The same in what the peer sends.
    pub dtmf_receive_payload_type: Option<u8>,
    /// The clock of the events' durations: 8000, or 48000 beside Opus.
    pub dtmf_clock_hz: u32,
    /// What the peer likes to receive (RFC 8866 `a=ptime` is a wish): the packets of a bridged peer are cut and joined to it,
    /// clips are sent in frames of 20 ms whatever it says.
    pub ptime_ms: u8,
    pub direction: Direction,
}

impl Remote {
    /// A peer at exactly `rtp` that speaks `codec` under its usual payload type and takes telephone events as 101.
    pub fn plain(rtp: SocketAddr, codec: Codec) -> Remote {
        Remote {
            rtp,
            rtcp: None,
            accept_from: PeerRule::Exact,
            codec,
            payload_type: codec.usual_payload_type(),
            receive_payload_type: codec.usual_payload_type(),
            dtmf_payload_type: Some(101),
            dtmf_receive_payload_type: Some(101),
            dtmf_clock_hz: codec.clock_rate(),
            ptime_ms: 20,
            direction: Direction::SendRecv,
        }
    }
}

/// The keys of a leg whose RTP and RTCP are encrypted (RFC 3711). `Debug` does not show them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SrtpKeys {
    /// What we encrypt with.
    pub ours: MasterKey,
    /// What the peer encrypts with.
    pub theirs: MasterKey,
}

/// What a worker is told. A command for a leg or recording that does not exist (any more) is ignored.
#[derive(Clone, Debug)]
pub enum Command {
    /// Sets or changes (re-INVITE, UPDATE) the peer. Before the first of these nothing is heard or sent. With `keys`
    /// everything is encrypted, and nothing is heard that was not encrypted and proven; the same keys again go on where
    /// they were.
    SetRemote {
        leg: LegId,
        remote: Remote,
        keys: Option<Box<SrtpKeys>>,
    },
    /// Only the direction changed: hold and resume.
    SetDirection {
        leg: LegId,
        direction: Direction,
    },
    /// Plays `segments` in order, from now on, instead of what the leg hears otherwise; a running play is cut.
    /// `repeat` starts over until it is stopped. `stop_on_key` ends it at the first key of this leg.
    Play {
        leg: LegId,
        play: PlayId,
        segments: Vec<Segment>,
        repeat: bool,
        stop_on_key: bool,
    },
    /// Ends `play` if it still runs.
    StopPlay {
        leg: LegId,
        play: PlayId,
    },
    /// What the leg hears while it is neither played to nor bridged: looped, halted while another thing is heard and
    /// then continued at the same place. The same clip again goes on where it was. `None` is silence.
    Music {
        leg: LegId,
        music: Option<Arc<Clip>>,
    },
    /// Each of two legs hears the other, from the next packet on; plays on both are cut. A leg already in another
    /// bridge leaves it. `a == b` echoes. Both must be legs of one call (or on the same worker).
    Bridge {
        a: LegId,
        b: LegId,
    },
    /// Parts the two if they are bridged.
    Unbridge {
        a: LegId,
        b: LegId,
    },
    /// From now on the leg hears the sum of what `hears` say, 60 ms late, instead of its bridge: a third one listens in,
    /// whispers or joins. Nobody hears the leg itself because of this. Empty ends it. Legs of one call only; at most
    /// [`Command::MOST_HEARD`], itself left out.
    Mix {
        leg: LegId,
        hears: Vec<LegId>,
    },
    /// While muted, nobody hears this leg and its channel of a recording is silent; its keys still count.
    Mute {
        leg: LegId,
        muted: bool,
    },
    /// Records what `left` and `right` say, from now on, as stereo 16-bit 8 kHz WAV at `path` (mono-like with a silent
    /// right channel when `right` is `None`: a voicemail). Ends by itself when both legs are closed.
    Record {
        recording: RecordingId,
        path: PathBuf,
        left: LegId,
        right: Option<LegId>,
    },
    /// Silence is written until `ResumeRecord`; the time goes on.
    PauseRecord {
        recording: RecordingId,
    },
    ResumeRecord {
        recording: RecordingId,
    },
    StopRecord {
        recording: RecordingId,
    },
    /// Sends keys `0-9*#A-D` by RFC 4733 (100 ms, 100 ms apart; `,` is a pause of 500 ms), or as tones when the peer takes no events.
    SendDtmf {
        leg: LegId,
        digits: String,
    },
    /// Ends everything of the leg, frees its ports (after a rest) and tells [`super::Event::LegClosed`].
    Close {
        leg: LegId,
    },
}

impl Command {
    /// Voices of one mix.
    pub const MOST_HEARD: usize = 8;

    /// The call that it concerns; `None` for a command to a recording, whose worker alone knows it.
    pub fn call(&self) -> Option<CallId> {
        match self {
            Command::SetRemote { leg, .. }
            | Command::SetDirection { leg, .. }
            | Command::Play { leg, .. }
            | Command::StopPlay { leg, .. }
            | Command::Music { leg, .. }
            | Command::Bridge { a: leg, .. }
            | Command::Unbridge { a: leg, .. }
            | Command::Mix { leg, .. }
            | Command::Mute { leg, .. }
            | Command::Record { left: leg, .. }
            | Command::SendDtmf { leg, .. }
            | Command::Close { leg } => Some(leg.call),
            Command::PauseRecord { .. } | Command::ResumeRecord { .. } | Command::StopRecord { .. } => None,
        }
    }
}
