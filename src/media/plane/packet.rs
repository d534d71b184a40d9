//! A packet that came: to the other end of the bridge, to the recording, or a key for the switch.

use std::net::SocketAddr;

use super::{Event, LegKey, Plane, Wire};
use crate::base::{Instant, Now};
use crate::media::event::{KeySource, PlayEnd};
use crate::media::leg::{Heard, Samples};
use crate::rtp::codec::{MAX_SAMPLES, g711};
use crate::rtp::dtmf::{Key, ToneEvent};
use crate::rtp::{Codec, Header};

/// Tones that can go down or come up within one packet; there is no room for more in 120 ms.
const MOST_TONES: usize = 6;

/// Where and when a packet came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arrival {
    pub leg: LegKey,
    pub from: SocketAddr,
    pub at: Now,
    /// False when it lay in the socket while the process stood still: its keys count, its audio is too late to be heard.
    pub fresh: bool,
}

impl Plane {
    /// A packet that came to the RTP port of a leg. It may be decrypted and recoded in place.
    pub fn handle_rtp(&mut self, arrival: Arrival, packet: &mut [u8], wire: &mut impl Wire) {
        let Arrival { leg: key, from, at, fresh } = arrival;
        let now = at.instant;
        let Some(leg) = self.leg(key) else { return };
        let (heard, latched) = leg.hear(from, packet, now);
        let (id, muted) = (leg.id, leg.muted);
        if latched {
            self.event(Event::Latched { leg: id, remote: from });
            self.tell_peer(key);
        }
        match heard {
            Heard::Nothing => {}
            Heard::Control => self.handle_rtcp(key, from, packet, at),
            Heard::Audio { header, codec } => {
                let samples = self.take_audio(key, &header, codec, &packet[header.payload.clone()]);
                if !muted && fresh {
                    self.keep_voice(key, &header, samples, now);
                    self.record_audio(key, &header, samples, now);
                    self.pass_audio(key, &header, codec, packet, now, wire);
                }
            }
            Heard::Event { header, key: pressed_key, pressed } => {
                if pressed {
                    self.stop_on_key(key);
                }
                if let Some(pressed) = pressed_key {
                    self.tell_key(key, pressed, KeySource::Rfc4733);
                    self.press_anew(key, pressed);
                }
                self.pass_event(key, &header, packet, now, wire);
            }
        }
    }

    /// A packet that came to the RTCP port of `key`.
    pub fn handle_rtcp(&mut self, key: LegKey, from: SocketAddr, packet: &mut [u8], now: Now) {
        if self.leg(key).is_some_and(|leg| leg.hear_rtcp(from, packet, now)) {
            self.tell_peer(key);
        }
    }

    pub(super) fn tell_key(&mut self, key: LegKey, pressed: Key, source: KeySource) {
        if let Some(leg) = self.leg(key).map(|leg| leg.id) {
            self.event(Event::Key { leg, digit: pressed.digit, source, duration_ms: pressed.duration_ms });
        }
    }

    fn stop_on_key(&mut self, key: LegKey) {
        if self.leg(key).is_some_and(|leg| leg.player.as_ref().is_some_and(|player| player.stop_on_key)) {
            self.end_play(key, PlayEnd::Key);
        }
    }

    /// Decodes what a peer says, when that is wanted, and listens for keys in it.
    fn take_audio(&mut self, key: LegKey, header: &Header, codec: Codec, payload: &[u8]) -> Samples {
        let wide = |codec| codec == Codec::G722;
        let recoded = self.bridged_codec(key).is_some_and(|other| wide(codec) != wide(other));
        let Some(leg) = self.legs.get_mut(key.index()).and_then(Option::as_deref_mut) else {
            return Samples::default();
        };
        if !recoded && !leg.wants_samples() {
            return Samples::default();
        }
        let samples = leg.decode(header, codec, payload, &mut self.samples);
        let count = samples.count;
        let mut told = [None; MOST_TONES];
        let mut next = 0;
        leg.hear_tones(&self.samples[..count], |event| {
            if let Some(place) = told.get_mut(next) {
                (*place, next) = (Some(event), next + 1);
            }
        });
        for event in told.into_iter().flatten() {
            match event {
                ToneEvent::Down => self.stop_on_key(key),
                ToneEvent::Up(pressed) => self.tell_key(key, pressed, KeySource::Inband),
            }
        }
        samples
    }

    /// Keeps the samples that were just decoded for those who hear this leg in a mix.
    fn keep_voice(&mut self, key: LegKey, header: &Header, samples: Samples, now: Instant) {
        let voice = self.legs.get_mut(key.index()).and_then(Option::as_deref_mut).and_then(|leg| leg.voice.as_mut());
        if let Some(voice) = voice {
            voice.on_audio((header.ssrc, samples.timestamp), &self.samples[..samples.count], now);
        }
    }

    /// The codec of the other end of a leg's bridge.
    fn bridged_codec(&mut self, key: LegKey) -> Option<Codec> {
        let other = self.leg(key)?.bridge?;
        self.leg(other)?.codec()
    }

    /// To the other end of the bridge, in its codec: as it is, by a table, or by way of the samples that
    /// [`Plane::take_audio`] has just left.
    fn pass_audio(
        &mut self,
        from: LegKey,
        header: &Header,
        codec: Codec,
        packet: &mut [u8],
        now: Instant,
        wire: &mut impl Wire,
    ) {
        let Some(to) = self.leg(from).and_then(|leg| leg.bridge) else { return };
        let Some(leg) = self.legs.get_mut(to.index()).and_then(Option::as_deref_mut) else { return };
        let Some(wanted) = leg.codec() else { return };
        let mut payload = &mut packet[header.payload.clone()];
        match (codec, wanted) {
            (Codec::Pcmu, Codec::Pcma) => g711::ulaw_to_alaw(payload),
            (Codec::Pcma, Codec::Pcmu) => g711::alaw_to_ulaw(payload),
            (Codec::Pcmu, Codec::Pcmu)
            | (Codec::Pcma, Codec::Pcma)
            | (Codec::G722, Codec::G722)
            | (Codec::Opus, Codec::Opus) => {}
            // Through the voice of the leg ([`Plane::hear_by_voice`]).
            (Codec::Opus, _) | (_, Codec::Opus) => return,
            (Codec::G722, Codec::Pcmu | Codec::Pcma) | (Codec::Pcmu | Codec::Pcma, Codec::G722) => {
                let samples = &self.samples[..payload.len().min(MAX_SAMPLES)];
                let bytes = leg.encoder.encode(wanted, samples, &mut self.recoded[..]);
                payload = &mut self.recoded[..bytes];
            }
        }
        leg.pass_audio(header, payload, now, |header, payload| wire.rtp(to, header, payload));
    }

    /// A key for the other end of the bridge, where the events themselves cannot be passed: it is pressed anew.
    pub(super) fn press_anew(&mut self, from: LegKey, pressed: Key) {
        let Some(to) = self.leg(from).and_then(|leg| leg.bridge) else { return };
        self.change(to, |leg| {
            if leg.through_voice.is_some() {
                leg.digits.push(pressed.digit.encode_utf8(&mut [0; 4]));
            }
        });
    }

    fn pass_event(&mut self, from: LegKey, header: &Header, packet: &[u8], now: Instant, wire: &mut impl Wire) {
        let Some(from) = self.leg(from) else { return };
        let (Some(to), Some(clock_hz)) = (from.bridge, from.event_clock_hz()) else { return };
        let Some(leg) = self.leg(to) else { return };
        let payload = &packet[header.payload.clone()];
        leg.pass_event(header, payload, clock_hz, now, |header, payload| wire.rtp(to, header, payload));
    }
}
