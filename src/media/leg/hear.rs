//! What comes from the peer.

use std::net::SocketAddr;
use std::time::Duration;

use super::{Admission, Leg};
use crate::base::Instant;
use crate::rtp::codec::{Codec, MAX_SAMPLES};
use crate::rtp::dtmf::{Key, ToneEvent};
use crate::rtp::{Header, Order, is_rtcp};

/// Comfort noise: the peer is there, and silent (RFC 3389).
const COMFORT_NOISE: u8 = 13;
/// The longest audio that is taken: 120 ms.
const MAX_PAYLOAD: usize = MAX_SAMPLES;

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

impl Leg {
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
            let known = kind == peer.remote.payload_type || Some(kind) == peer.remote.dtmf_payload_type;
            known || kind == COMFORT_NOISE
        };
        let Some(header) = Header::read(packet).filter(agreed).filter(|h| h.payload.len() <= MAX_PAYLOAD) else {
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
        if Some(header.payload_type) == remote.dtmf_payload_type {
            return (self.hear_event(header, packet, now), latched);
        }
        let order = self.reception.on_packet(&header, now);
        let audible =
            remote.direction.receives() && header.payload_type == remote.payload_type && order != Order::Doubtful;
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
