//! What goes to the peer: one packet a tick from whatever the leg hears, or the packets of the leg it is bridged to.

use std::time::Duration;

use super::Leg;
use super::guard::Guard;
use super::join::Joiner;
use crate::base::Instant;
use crate::media::command::Remote;
use crate::media::player::Frame;
use crate::media::tone::Oscillator;
use crate::rtp::codec::{FRAME_MS, FRAME_SAMPLES, Silence};
use crate::rtp::dtmf::{EventPayload, Step, digit_of, frequencies_of};
use crate::rtp::{Codec, Content, Cut, HEADER_BYTES, Header, Stamp, write_header};

const FRAME: Duration = Duration::from_millis(FRAME_MS as u64);
const HALF_FRAME: Duration = Duration::from_millis(FRAME_MS as u64 / 2);
/// When a bridged peer has been silent for this long after its last packet was over (loss, or silence suppression),
/// silence is sent in its place.
const BRIDGE_GAP: Duration = Duration::from_millis(40);
/// Telephone events count at 8 kHz beside every codec that is negotiated (RFC 4733 2.1).
const EVENT_TICKS: u16 = 160;

/// Keys as tones: 2 dB more in the high one, which lines weaken more (ITU-T Q.23).
const LOW_TONE_DBM0: f64 = -9.0;
const HIGH_TONE_DBM0: f64 = -7.0;

/// What a tick did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::media) enum Spoken {
    Nothing,
    /// The packet is in the buffer.
    Packet {
        header: [u8; HEADER_BYTES],
        payload_bytes: usize,
    },
    /// What [`Leg::pass_held`] has still to send comes first.
    Held,
}

/// What a tick can use besides what the leg has.
#[derive(Clone, Copy)]
pub(in crate::media) struct Sounds<'a> {
    pub(in crate::media) silence: &'a Silence,
    /// The sum of those whom the leg hears, when it hears several.
    pub(in crate::media) mixed: Option<&'a [i16; FRAME_SAMPLES]>,
}

/// Where a tick's frame comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Digits,
    Player,
    Mix,
    Music,
    Silence,
    /// The bridged peer's own packets.
    Peer,
}

impl Leg {
    /// The tick due at `due`: fills `frame` and gives the header to send before it. `skipped` ticks before this one
    /// came too late to be sent.
    pub(in crate::media) fn speak(
        &mut self,
        due: Instant,
        skipped: u32,
        sounds: Sounds<'_>,
        frame: &mut Frame,
    ) -> Spoken {
        let source = self.source(due);
        if source != Source::Peer && !self.joiner.is_empty() {
            return Spoken::Held;
        }
        let skipped = if source == Source::Peer { 0 } else { self.skip(due, skipped) };
        let Some(remote) = self.peer.as_ref().filter(|peer| peer.takes_audio()).map(|peer| peer.remote) else {
            // A held leg's prompts run on, so that they end.
            if let Some(player) = &mut self.player {
                player.skip(1);
            }
            return Spoken::Nothing;
        };
        let (codec, payload_type) = (remote.codec, remote.payload_type);
        let too_soon = self.timeline.last_at().is_some_and(|at| due.since(at) < HALF_FRAME);
        if source == Source::Peer || too_soon {
            return Spoken::Nothing;
        }
        let step = if source == Source::Digits { self.digits.step(EVENT_TICKS) } else { None };
        match (step, remote.dtmf_payload_type) {
            (Some(Step::Event { first, payload }), Some(events)) => {
                frame[..payload.len()].copy_from_slice(&payload);
                let stamp = self.timeline.next_event_packet(due, first, codec.frame_ticks());
                return Spoken::packet(stamp, events, payload.len());
            }
            (Some(Step::Event { payload, .. }), None) if self.dial(payload, codec, frame) => {}
            // One G.722 encoder through keys and gaps: a decoder needs long to find from another state into a tone.
            (Some(_), None) => {
                self.encoder.encode(codec, &[0; FRAME_SAMPLES], frame);
            }
            (Some(_), Some(_)) | (None, _) => self.fill(source, codec, sounds, frame),
        }
        let stamp = self.timeline.next_frame(due, skipped, codec.frame_ticks(), frame.len());
        Spoken::packet(stamp, payload_type, frame.len())
    }

    /// Sends a packet of audio of the bridged peer, in this leg's codec, to this leg's peer: cut when it is longer than
    /// that peer wishes, and kept for the next one when both fit (RFC 8866 `a=ptime`, `a=maxptime`).
    pub(in crate::media) fn pass_audio(
        &mut self,
        header: &Header,
        payload: &[u8],
        now: Instant,
        mut send: impl FnMut(&[u8], &[u8]),
    ) {
        let Some(remote) = self.hears_the_bridge() else { return };
        // Every codec that is carried has as many bytes as its clock has ticks.
        let wish = u32::from(remote.ptime_ms.max(1)) * (remote.codec.clock_rate() / 1000);
        let ticks = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        let lasts =
            Duration::from_micros(u64::from(wish.min(ticks)) * 1_000_000 / u64::from(remote.codec.clock_rate()));
        if self.joiner.continues(header) {
            self.timeline.join(header);
            self.passed += lasts;
            if self.joiner.add(payload) {
                self.pass_held(send);
            }
            return;
        }
        self.passed = lasts;
        let late = self.joiner.is_behind(header);
        if !late {
            self.pass_held(&mut send);
        }
        let cut = Cut::of(ticks, wish);
        let frame_ticks = remote.codec.frame_ticks();
        let Some(first) = self.timeline.forward_cut(header, Content::Audio, cut, now, frame_ticks) else { return };
        if !late && Joiner::has_room(payload.len(), wish as usize) {
            return self.joiner.begin(first, header, payload, wish as usize);
        }
        for (index, piece) in (0..cut.pieces).zip(payload.chunks(wish as usize)) {
            self.send(&first.piece(index, cut).header(remote.payload_type), piece, &mut send);
        }
    }

    /// Sends what waits for the rest of its packet.
    pub(in crate::media) fn pass_held(&mut self, mut send: impl FnMut(&[u8], &[u8])) {
        let remote = self.peer.as_ref().filter(|peer| peer.takes_audio()).map(|peer| peer.remote);
        if let (Some((stamp, payload)), Some(remote)) = (self.joiner.take(), remote) {
            Guard::pass(&mut self.guard, &stamp.header(remote.payload_type), payload, &mut send);
        }
    }

    /// Sends a telephone event of the bridged peer to this leg's peer, when that takes any.
    pub(in crate::media) fn pass_event(
        &mut self,
        header: &Header,
        payload: &[u8],
        now: Instant,
        mut send: impl FnMut(&[u8], &[u8]),
    ) {
        let Some(remote) = self.hears_the_bridge() else { return };
        self.pass_held(&mut send);
        let Some(payload_type) = remote.dtmf_payload_type else { return };
        let frame_ticks = remote.codec.frame_ticks();
        let Some(first) = self.timeline.forward(header, Content::Event, now, frame_ticks) else { return };
        let cut = Cut { pieces: self.timeline.pieces(), ticks: 0 };
        for index in 0..cut.pieces {
            self.send(&first.piece(index, cut).header(payload_type), payload, &mut send);
        }
    }

    /// The peer, when it may be sent what the bridged one says.
    fn hears_the_bridge(&self) -> Option<Remote> {
        let remote = self.peer.as_ref().filter(|peer| peer.takes_audio())?.remote;
        (self.player.is_none() && self.digits.is_idle() && self.mix.is_empty()).then_some(remote)
    }

    /// The codec in which this leg's peer hears.
    pub(in crate::media) fn codec(&self) -> Option<Codec> {
        self.peer.as_ref().map(|peer| peer.remote.codec)
    }

    fn source(&self, due: Instant) -> Source {
        if !self.digits.is_idle() {
            Source::Digits
        } else if self.player.is_some() {
            Source::Player
        } else if !self.mix.is_empty() {
            Source::Mix
        } else if self.bridge.is_some() {
            let recent = self.timeline.last_at().is_some_and(|at| due.since(at) < self.passed + BRIDGE_GAP);
            if recent && self.timeline.is_forwarding() { Source::Peer } else { Source::Silence }
        } else if self.music.is_some() {
            Source::Music
        } else {
            Source::Silence
        }
    }

    /// Steps over what could not be sent in time. Only ticks since the last packet count.
    fn skip(&mut self, due: Instant, skipped: u32) -> u32 {
        if skipped == 0 {
            return 0;
        }
        let since = self.timeline.last_at().map_or(0, |at| due.since(at).as_micros() / FRAME.as_micros());
        let skipped = skipped.min(u32::try_from(since).unwrap_or(u32::MAX).saturating_sub(1));
        if let Some(player) = &mut self.player {
            player.skip(skipped);
        } else if let (None, Some(music)) = (self.bridge, &mut self.music) {
            music.skip(skipped);
        }
        self.frames_late += u64::from(skipped);
        skipped
    }

    /// A frame of a key as tones; false for the repeats of its end, which are silence.
    fn dial(&mut self, [event, _, high, low]: EventPayload, codec: Codec, frame: &mut Frame) -> bool {
        let index = u16::from_be_bytes([high, low]) / EVENT_TICKS;
        let before = self.dialling.as_ref().map_or(0, |(_, before)| *before);
        if index == before {
            self.dialling = None;
            return false;
        }
        if index == 1 {
            let tones = digit_of(event).and_then(frequencies_of);
            self.dialling = tones.map(|(low, high)| {
                let part = |hz: f32, dbm0| (f64::from(hz), dbm0);
                (Oscillator::new(&[part(low, LOW_TONE_DBM0), part(high, HIGH_TONE_DBM0)]), 0)
            });
        }
        let Some((oscillator, before)) = &mut self.dialling else { return false };
        *before = index;
        let mut samples = [0; FRAME_SAMPLES];
        oscillator.frame(u32::from(index - 1), &mut samples);
        self.encoder.encode(codec, &samples, frame);
        true
    }

    fn fill(&mut self, source: Source, codec: Codec, sounds: Sounds<'_>, frame: &mut Frame) {
        let silence = sounds.silence;
        let filled = match source {
            Source::Player => self.player.as_mut().is_some_and(|player| player.next(codec, silence, frame)),
            Source::Music => match self.music.as_mut().and_then(|music| music.next(codec)) {
                Some(music) => {
                    frame.copy_from_slice(music);
                    true
                }
                None => false,
            },
            Source::Mix => match sounds.mixed {
                Some(mixed) => self.encoder.encode(codec, mixed, frame) == frame.len(),
                None => false,
            },
            Source::Digits | Source::Silence | Source::Peer => false,
        };
        if !filled {
            *frame = *silence.frame(codec);
        }
    }
}

impl Spoken {
    fn packet(stamp: Stamp, payload_type: u8, payload_bytes: usize) -> Self {
        Spoken::Packet { header: stamp.header(payload_type), payload_bytes }
    }
}

impl Stamp {
    fn header(self, payload_type: u8) -> [u8; HEADER_BYTES] {
        write_header(self.marker, payload_type, self.seq, self.timestamp, self.ssrc)
    }
}
