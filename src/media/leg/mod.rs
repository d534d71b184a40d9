//! One leg: its peer, its timeline, what it hears and what is known of both directions.

mod guard;
mod hear;
mod join;
mod peer;
mod report;
mod speak;

pub(super) use guard::RtcpPacket;
pub(super) use hear::{Heard, Samples};
pub(super) use peer::{Admission, Peer};
pub(super) use speak::{Sounds, Spoken};

use std::time::Duration;

use self::guard::Guard;
use self::hear::Decoded;
use self::join::Joiner;
use self::report::Reports;
use super::command::{Direction, Remote, SrtpKeys};
use super::plane::LegKey;
use super::player::{Music, Player};
use super::recorder::Channel;
use super::tone::Oscillator;
use super::voice::Voice;
use crate::base::{Instant, LegId, Rng};
use crate::rtp::codec::{NarrowDecoder, NarrowEncoder};
use crate::rtp::dtmf::{DigitSender, KeyReceiver, ToneReceiver};
use crate::rtp::{Codec, Reception, Timeline};

/// Until a peer is known, time is counted in the units of G.711.
const FIRST_CODEC: Codec = Codec::Pcmu;

/// A leg of a call on this worker.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) id: LegId,
    /// `None` before the first `SetRemote`: nothing is heard or sent.
    pub(super) peer: Option<Peer>,
    pub(super) player: Option<Player>,
    pub(super) music: Option<Music>,
    /// Whom it hears and who hears it.
    pub(super) bridge: Option<LegKey>,
    pub(super) muted: bool,
    /// Whom it hears in a mix, instead of its bridge; none is no mix.
    pub(super) mix: Vec<LegKey>,
    /// What it says, while others hear it in a mix, and how many do.
    pub(super) voice: Option<Voice>,
    pub(super) listeners: u32,
    /// The recording it is heard in, by its place in the plane's table.
    pub(super) record: Option<(usize, Channel)>,
    /// The recording whose right side it has joined.
    pub(super) joins: Option<(usize, Channel)>,
    pub(super) digits: DigitSender,
    /// The key that is being sent as tones, to a peer that takes no events, and how many of its frames were sent.
    dialling: Option<(Oscillator, u16)>,
    /// The bridged leg, when its codec can only be heard through samples: its voice is heard as in a mix of one.
    pub(super) through_voice: Option<LegKey>,
    /// The newest packet that was decoded: its source, number and timestamp, and the latter in samples of 8 kHz.
    decoded: Option<Decoded>,
    /// What the peer says, at 8 kHz, wherever that is needed.
    pub(super) decoder: NarrowDecoder,
    /// What the peer hears, where that is made of 8 kHz samples.
    pub(super) encoder: NarrowEncoder,
    /// Listens for keys as tones; only when the peer sends no telephone events.
    tones: Option<Box<ToneReceiver>>,
    /// Encryption, when it was agreed on.
    guard: Option<Box<Guard>>,
    timeline: Timeline,
    /// How long the newest packet of the bridged peer lasts, or the last piece of it.
    passed: Duration,
    /// Of the bridged peer: what waits for the rest of its packet.
    joiner: Joiner,
    reception: Reception,
    keys: KeyReceiver,
    reports: Reports,
    /// Of the peer's last packet, or of the moment from which one is waited for.
    last_heard: Instant,
    timeout_told: bool,
    packets_strange: u64,
    packets_forged: u64,
    packets_malformed: u64,
    frames_late: u64,
}

impl Leg {
    pub(super) fn new(id: LegId, now: Instant, rng: &mut Rng) -> Self {
        Leg {
            id,
            peer: None,
            player: None,
            music: None,
            bridge: None,
            muted: false,
            mix: Vec::new(),
            voice: None,
            listeners: 0,
            record: None,
            joins: None,
            digits: DigitSender::default(),
            dialling: None,
            through_voice: None,
            decoded: None,
            decoder: NarrowDecoder::default(),
            encoder: NarrowEncoder::default(),
            tones: None,
            guard: None,
            timeline: Timeline::new(FIRST_CODEC.clock_rate(), rng),
            passed: Duration::ZERO,
            joiner: Joiner::default(),
            reception: Reception::new(FIRST_CODEC.clock_rate()),
            keys: KeyReceiver::default(),
            reports: Reports::new(rng),
            last_heard: now,
            timeout_told: false,
            packets_strange: 0,
            packets_forged: 0,
            packets_malformed: 0,
            frames_late: 0,
        }
    }

    /// The peer, or its address, codec or direction, is agreed on (anew).
    pub(super) fn set_remote(&mut self, remote: Remote, keys: Option<&SrtpKeys>, now: Instant) {
        self.guard = Guard::changed_to(self.guard.take(), keys);
        let clock_rate = remote.codec.clock_rate();
        let changed = self.peer.as_ref().is_none_or(|peer| peer.remote.codec.clock_rate() != clock_rate);
        if changed {
            self.decoded = None;
            self.timeline.set_clock_rate(clock_rate);
            self.reception.set_clock_rate(clock_rate);
        }
        self.keys.set_clock_hz(remote.dtmf_clock_hz);
        self.tones = match (remote.dtmf_payload_type, self.tones.take()) {
            (Some(_), _) => None,
            (None, tones) => Some(tones.unwrap_or_default()),
        };
        self.peer = Some(match self.peer.take() {
            Some(peer) => {
                if peer.remote.codec != remote.codec {
                    // Of another codec: nobody can hear it any more.
                    self.joiner.take();
                }
                peer.changed_to(remote, now)
            }
            None => Peer::new(remote, now),
        });
        self.wait_anew(now);
    }

    /// Hold or resume.
    pub(super) fn set_direction(&mut self, direction: Direction, now: Instant) {
        if let Some(peer) = &mut self.peer {
            peer.remote.direction = direction;
        }
        self.wait_anew(now);
    }

    /// The time to learn the port of a device behind NAT is over: whether that fixed anything.
    pub(super) fn expire_latch(&mut self, now: Instant) -> bool {
        self.peer.as_mut().is_some_and(|peer| peer.expire_latch(now))
    }

    /// Silence is counted from here: the direction, the peer or the bridge changed.
    pub(super) fn wait_anew(&mut self, now: Instant) {
        self.last_heard = now;
        self.timeout_told = false;
    }

    /// The worker stood still for so long: that is no silence of the peer, whose packets may be waiting.
    pub(super) fn forgive(&mut self, stood_still: Duration, now: Instant) {
        self.last_heard = (self.last_heard + stood_still).min(now);
    }

    /// How long the peer has been silent when that is longer than the limits allow; told once.
    pub(super) fn check_silence(&mut self, now: Instant, limit: Duration, hold_limit: Duration) -> Option<u64> {
        let direction = self.peer.as_ref()?.remote.direction;
        let limit = if direction.receives() { limit } else { hold_limit };
        let silent = now.since(self.last_heard);
        if self.timeout_told || silent < limit {
            return None;
        }
        self.timeout_told = true;
        Some(u64::try_from(silent.as_millis()).unwrap_or(u64::MAX))
    }

    /// The mix was changed: the bridge, if it is heard again, is taken up anew.
    pub(super) fn set_mixed(&mut self) {
        self.timeline.let_go();
    }

    /// The bridge was made, parted or changed: the next packet of the peer is taken up anew.
    pub(super) fn set_bridge(&mut self, with: Option<LegKey>) {
        if self.bridge != with {
            self.bridge = with;
            self.timeline.let_go();
        }
    }
}
