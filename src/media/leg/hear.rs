//! What comes from the peer.

use std::net::SocketAddr;
use std::time::Duration;

use super::{Admission, Leg};
use crate::base::Instant;
use crate::rtp::codec::{Codec, MAX_PAYLOAD, MAX_SAMPLES};
use crate::rtp::dtmf::{Key, ToneEvent};
use crate::rtp::{Header, Order, is_rtcp};

/// Comfort noise: the peer is there, and silent (RFC 3389).
const COMFORT_NOISE: u8 = 13;
/// The longest audio of a byte a sample that is taken: 120 ms.
const MAX_BYTES: usize = MAX_SAMPLES;

/// A packet of Opus this far behind the newest is late; one that is farther behind begins anew.
const MAX_DISORDER: i16 = 500;
/// Packets one after another of which all but the last may be made up.
const MOST_MADE_UP: i16 = 3;

/// A key whose tone broke off with the stream is told after this long.
const TONE_LOST: Duration = Duration::from_millis(120);

/// What a packet was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::media) enum Heard {
    /// Dropped and counted: a stranger's, not proven, no RTP, or of a kind that was not agreed.
    Nothing,
    /// RTCP on the RTP port, as agreed (RFC 5761).
    Control,
    /// Audio for whoever hears this leg.
    Audio { header: Header, codec: Codec },
    /// A telephone event; a key when it ends one.
    Event { header: Header, key: Option<Key>, pressed: bool },
}

/// A packet of the peer that was decoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Decoded {
    ssrc: u32,
    seq: u16,
    timestamp: u32,
    /// The timestamp in samples of 8 kHz.
    samples: u32,
}

impl Decoded {
    fn of(header: &Header, samples: u32) -> Decoded {
        Decoded { ssrc: header.ssrc, seq: header.seq, timestamp: header.timestamp, samples }
    }
}

/// The samples of a packet: how many, and the timestamp of the first in samples of 8 kHz.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::media) struct Samples {
    pub(in crate::media) count: usize,
    pub(in crate::media) timestamp: u32,
}

impl Leg {
    /// Decodes a packet of audio to 8 kHz. Opus is decoded in order: what comes late gives nothing, what was lost before
    /// it is made up.
    pub(in crate::media) fn decode(
        &mut self,
        header: &Header,
        codec: Codec,
        payload: &[u8],
        out: &mut [i16; MAX_SAMPLES],
    ) -> Samples {
        if codec != Codec::Opus {
            let count = self.decoder.decode(codec, payload, out);
            return Samples { count, timestamp: header.timestamp };
        }
        let before = self.decoded.filter(|before| before.ssrc == header.ssrc);
        let ahead = before.map_or(1, |before| header.seq.wrapping_sub(before.seq) as i16);
        let samples = before.map_or(header.timestamp / 6, |before| {
            let ticks = header.timestamp.wrapping_sub(before.timestamp) as i32;
            before.samples.wrapping_add_signed(ticks / 6)
        });
        if (-MAX_DISORDER..=0).contains(&ahead) {
            return Samples::default();
        }
        self.decoded = Some(Decoded::of(header, samples));
        let lost = if (1..=MOST_MADE_UP).contains(&ahead) { ahead as u16 - 1 } else { 0 };
        let (count, made_up) = self.decoder.decode_after(lost, codec, payload, out);
        Samples { count, timestamp: samples.wrapping_sub(made_up as u32) }
    }

    /// Takes a packet and says what it is, and whether it fixed the peer's port.
    pub(in crate::media) fn hear(&mut self, from: SocketAddr, packet: &mut [u8], now: Instant) -> (Heard, bool) {
        let admission = self.peer.as_ref().map_or(Admission::Stranger, |peer| peer.admit(from, now));
        let (Admission::Peer | Admission::MayLatch, Some(peer)) = (admission, &mut self.peer) else {
            self.packets_strange += 1;
            return (Heard::Nothing, false);
        };
        if admission == Admission::Peer && peer.rtcp == peer.rtp && is_rtcp(packet) {
            return (Heard::Control, false);
        }
        let len = match &mut self.guard {
            None => packet.len(),
            Some(guard) => match guard.theirs.unprotect_rtp(packet) {
                Ok(len) => len,
                Err(_) => {
                    self.packets_forged += 1;
                    return (Heard::Nothing, false);
                }
            },
        };
        let packet = &packet[..len];
        let agreed = |header: &Header| {
            let kind = header.payload_type;
            let remote = &peer.remote;
            let known = kind == remote.receive_payload_type || Some(kind) == remote.dtmf_receive_payload_type;
            known || kind == COMFORT_NOISE
        };
        let longest = if peer.remote.codec == Codec::Opus { MAX_PAYLOAD } else { MAX_BYTES };
        let Some(header) = Header::read(packet).filter(agreed).filter(|h| h.payload.len() <= longest) else {
            self.packets_malformed += 1;
            return (Heard::Nothing, false);
        };
        let latched = admission == Admission::MayLatch;
        if latched {
            peer.latch(from);
        }
        let remote = peer.remote;
        self.last_heard = now;
        self.timeout_told = false;
        if Some(header.payload_type) == remote.dtmf_receive_payload_type {
            return (self.hear_event(header, packet, now), latched);
        }
        let order = self.reception.on_packet(&header, now);
        let audible = remote.direction.receives()
            && header.payload_type == remote.receive_payload_type
            && order != Order::Doubtful;
        let heard = if audible { Heard::Audio { header, codec: remote.codec } } else { Heard::Nothing };
        (heard, latched)
    }

    /// The key whose end packets were lost.
    pub(in crate::media) fn lost_key(&mut self, now: Instant) -> Option<Key> {
        if self.keys.is_down() { self.keys.handle_timeout(now) } else { None }
    }

    /// Listens for keys as tones in what the peer says: each that goes down or comes up is told.
    pub(in crate::media) fn hear_tones(&mut self, samples: &[i16], mut tell: impl FnMut(ToneEvent)) {
        if let Some(tones) = &mut self.tones {
            samples.iter().filter_map(|sample| tones.push(*sample)).for_each(&mut tell);
        }
    }

    /// The key that was down when the peer's stream stopped.
    pub(in crate::media) fn lost_tone(&mut self, now: Instant) -> Option<Key> {
        let stopped = now.since(self.last_heard) >= TONE_LOST;
        self.tones.as_mut().filter(|tones| stopped && tones.is_down())?.stop()
    }

    /// Whether anything wants the peer's audio as samples.
    pub(in crate::media) fn wants_samples(&self) -> bool {
        self.record.is_some() || self.tones.is_some() || self.voice.is_some()
    }

    fn hear_event(&mut self, header: Header, packet: &[u8], now: Instant) -> Heard {
        self.reception.on_event_packet(&header, now);
        let was_down = self.keys.is_down();
        let key = self.keys.on_packet(&header, &packet[header.payload.clone()], now);
        let pressed = key.is_some() || (!was_down && self.keys.is_down());
        Heard::Event { header, key, pressed }
    }
}
