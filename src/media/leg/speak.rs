//! What goes to the peer: one packet a tick from whatever the leg hears, or the packets of the leg it is bridged to.

use std::time::Duration;

use super::Leg;
use super::guard::Guard;
use super::join::Joiner;
use crate::base::Instant;
use crate::media::command::Remote;
use crate::media::player::{Frame, put};
use crate::media::tone::Oscillator;
use crate::rtp::codec::{FRAME_MS, FRAME_SAMPLES, Silence};
use crate::rtp::dtmf::{EventPayload, Step, digit_of, frequencies_of};
use crate::rtp::{Codec, Content, Cut, HEADER_BYTES, Header, Stamp, write_header};

const FRAME: Duration = Duration::from_millis(FRAME_MS as u64);
const HALF_FRAME: Duration = Duration::from_millis(FRAME_MS as u64 / 2);
/// When a bridged peer has been silent for this long after its last packet was over (loss, or silence suppression),
/// silence is sent in its place.
const BRIDGE_GAP: Duration = Duration::from_millis(40);
/// A frame at the clock of events that are not sent, but made as tones.
const TONE_TICKS: u16 = 160;

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
        let ticks = remote.dtmf_payload_type.map_or(TONE_TICKS, |_| event_ticks(&remote));
        let step = if source == Source::Digits { self.digits.step(ticks) } else { None };
        let octets = match (step, remote.dtmf_payload_type) {
            (Some(Step::Event { first, payload }), Some(events)) => {
                frame[..payload.len()].copy_from_slice(&payload);
                let stamp = self.timeline.next_event_packet(due, first, codec.frame_ticks());
                return Spoken::packet(stamp, events, payload.len());
            }
            (Some(Step::Event { payload, .. }), None) => match self.dial(payload, codec, frame) {
                Some(octets) => octets,
                None => self.encoder.encode(codec, &[0; FRAME_SAMPLES], frame),
            },
            // One G.722 encoder through keys and gaps: a decoder needs long to find from another state into a tone.
            (Some(Step::Gap), None) => self.encoder.encode(codec, &[0; FRAME_SAMPLES], frame),
            (Some(_), Some(_)) | (None, _) => self.fill(source, codec, sounds, frame),
        };
        let stamp = self.timeline.next_frame(due, skipped, codec.frame_ticks(), octets);
        Spoken::packet(stamp, payload_type, octets)
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
        let ticks = remote.codec.ticks_of(payload);
        // A packet of Opus can be neither cut nor joined.
        let is_plain = Codec::PLAIN.contains(&remote.codec);
        let wish = u32::from(remote.ptime_ms.max(1)) * (remote.codec.clock_rate() / 1000);
        let wish = if is_plain { wish } else { ticks };
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
        let longest = if is_plain { wish as usize } else { payload.len().max(1) };
        let frame_ticks = remote.codec.frame_ticks();
        let Some(first) = self.timeline.forward_cut(header, Content::Audio, cut, now, frame_ticks) else { return };
        if !late && is_plain && Joiner::has_room(payload.len(), wish as usize) {
            return self.joiner.begin(first, header, payload, wish as usize);
        }
        for (index, piece) in (0..cut.pieces).zip(payload.chunks(longest)) {
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

    /// Sends a telephone event of the bridged peer, whose duration counts at `clock_hz`, to this leg's peer, when that takes
    /// any.
    pub(in crate::media) fn pass_event(
        &mut self,
        header: &Header,
        payload: &[u8],
        clock_hz: u32,
        now: Instant,
        mut send: impl FnMut(&[u8], &[u8]),
    ) {
        let Some(remote) = self.hears_the_bridge() else { return };
        self.pass_held(&mut send);
        let Some(payload_type) = remote.dtmf_payload_type else { return };
        let frame_ticks = remote.codec.frame_ticks();
        let Some(first) = self.timeline.forward(header, Content::Event, now, frame_ticks) else { return };
        let cut = Cut { pieces: self.timeline.pieces(), ticks: 0 };
        let other_clock = rescaled(payload, clock_hz, remote.dtmf_clock_hz);
        let payload = other_clock.as_ref().map_or(payload, |payload| payload);
        for index in 0..cut.pieces {
            self.send(&first.piece(index, cut).header(payload_type), payload, &mut send);
        }
    }

    /// The peer, when it may be sent what the bridged one says.
    fn hears_the_bridge(&self) -> Option<Remote> {
        let remote = self.peer.as_ref().filter(|peer| peer.takes_audio())?.remote;
        let by_packets = self.mix.is_empty() && self.through_voice.is_none();
        (self.player.is_none() && self.digits.is_idle() && by_packets).then_some(remote)
    }

    /// At which the telephone events of this leg's peer count.
    pub(in crate::media) fn event_clock_hz(&self) -> Option<u32> {
        self.peer.as_ref().map(|peer| peer.remote.dtmf_clock_hz)
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
        } else if !self.mix.is_empty() || self.through_voice.is_some() {
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

    /// A frame of a key as tones, and its bytes; `None` for the repeats of its end, which are silence.
    fn dial(&mut self, [event, _, high, low]: EventPayload, codec: Codec, frame: &mut Frame) -> Option<usize> {
        let index = u16::from_be_bytes([high, low]) / TONE_TICKS;
        let before = self.dialling.as_ref().map_or(0, |(_, before)| *before);
        if index == before {
            self.dialling = None;
            return None;
        }
        if index == 1 {
            let tones = digit_of(event).and_then(frequencies_of);
            self.dialling = tones.map(|(low, high)| {
                let part = |hz: f32, dbm0| (f64::from(hz), dbm0);
                (Oscillator::new(&[part(low, LOW_TONE_DBM0), part(high, HIGH_TONE_DBM0)]), 0)
            });
        }
        let (oscillator, before) = self.dialling.as_mut()?;
        *before = index;
        let mut samples = [0; FRAME_SAMPLES];
        oscillator.frame(u32::from(index - 1), &mut samples);
        Some(self.encoder.encode(codec, &samples, frame))
    }

    /// The next frame of what the leg hears, and how many bytes it has.
    fn fill(&mut self, source: Source, codec: Codec, sounds: Sounds<'_>, frame: &mut Frame) -> usize {
        let silence = sounds.silence;
        let filled = match source {
            Source::Player => {
                self.player.as_mut().and_then(|player| player.next(codec, silence, &mut self.encoder, frame))
            }
            Source::Music => self.music.as_mut().and_then(|music| music.next(codec)).map(|music| put(music, frame)),
            Source::Mix => sounds.mixed.map(|mixed| self.encoder.encode(codec, mixed, frame)),
            Source::Digits | Source::Silence | Source::Peer => None,
        };
        filled.filter(|bytes| *bytes > 0).unwrap_or_else(|| put(silence.frame(codec), frame))
    }
}

/// An event whose duration counts at another clock; `None` where it is the same one.
fn rescaled(payload: &[u8], from_hz: u32, to_hz: u32) -> Option<EventPayload> {
    let [event, flags, high, low, ..] = *payload else { return None };
    if from_hz == to_hz {
        return None;
    }
    let ticks = u64::from(u16::from_be_bytes([high, low])) * u64::from(to_hz) / u64::from(from_hz.max(1));
    let [high, low] = u16::try_from(ticks).unwrap_or(u16::MAX).to_be_bytes();
    Some([event, flags, high, low])
}

/// A frame of 20 ms at the clock of the peer's telephone events.
fn event_ticks(remote: &Remote) -> u16 {
    u16::try_from(remote.dtmf_clock_hz / 50).unwrap_or(TONE_TICKS)
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
