//! The peer's offers and our answers to them.

use super::line::{Addresses, Choice, addresses, choose, peer_direction, ptime_ms};
use super::offer::{push_codec, push_telephone_event, refused};
use super::payload_map::Payload;
use super::{CryptoPair, Negotiated, NegotiationError, Negotiator, TelephoneEvent};
use crate::base::Rng;
use crate::sdp::{Crypto, Direction, MasterKey, Media, Session};

impl Negotiator {
    /// Answers `offer`. `allowed` is what we would do, seen from us: `SendRecv`, or `SendOnly` while we hold the peer;
    /// the answer never goes beyond the offer (RFC 3264 6.1). `rng` makes the SRTP key.
    pub fn answer_offer(
        &mut self,
        offer: &[u8],
        allowed: Direction,
        rng: &mut Rng,
    ) -> Result<(String, Negotiated), NegotiationError> {
        self.refuse_when_pending()?;
        let offer = Session::parse(offer)?;
        let (index, choice) = self.stream(&offer)?;
        let peer = peer_direction(&offer, index);
        let addresses = addresses(&offer, index, &self.settings)?;
        let direction = allowed.and(peer.mirrored());
        let crypto = choice.crypto.map(|remote| CryptoPair { local: self.answered_crypto(remote, rng), remote });
        let media = offer.media.get(index).ok_or(NegotiationError::NoAudio)?;
        let agreed = self.agreed_by_us(media, choice, &addresses, crypto, direction, peer);
        let audio = self.answered_audio(media, &agreed);
        let lines =
            offer.media.iter().enumerate().map(|(at, line)| if at == index { audio.clone() } else { refused(line) });
        let (session, version) = self.versioned(self.description(lines.collect()));
        self.version = version;
        self.audio = index;
        self.lines = session.media.clone();
        self.local_crypto = crypto.map(|pair| pair.local);
        self.payloads.set(Payload::Audio(choice.codec), choice.payload_type);
        if let Some((number, clock_hz)) = choice.telephone_event {
            self.payloads.set(Payload::TelephoneEvent { clock_hz }, number);
        }
        let text = session.to_string();
        self.sent = Some(session);
        self.answered = None;
        self.current = Some(agreed.clone());
        Ok((text, agreed))
    }

    /// Which line of the offer becomes our stream: an encrypted one before a plain one, else the first that can be
    /// used; in a running session the line of the stream before others. The error is that of the first audio line.
    fn stream(&self, offer: &Session) -> Result<(usize, Choice), NegotiationError> {
        let mut first_error = None;
        let mut usable: Vec<(usize, Choice)> = Vec::new();
        for (index, media) in offer.media.iter().enumerate() {
            match choose(media, &self.settings) {
                Ok(choice) => usable.push((index, choice)),
                Err(NegotiationError::NoAudio) => {}
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        let running = usable.iter().find(|(index, _)| self.current.is_some() && *index == self.audio);
        let chosen = running.or_else(|| usable.iter().find(|(_, choice)| choice.crypto.is_some())).or(usable.first());
        chosen.copied().ok_or(first_error.unwrap_or(NegotiationError::NoAudio))
    }

    /// Our key under the peer's tag and suite (RFC 4568 5.1.2); the key of a running stream is kept. No key is used in
    /// both directions (RFC 4568 6.1).
    fn answered_crypto(&self, remote: Crypto, rng: &mut Rng) -> Crypto {
        let key = match self.local_crypto {
            Some(local) if local.suite == remote.suite && local.key != remote.key => local.key,
            _ => MasterKey::random(remote.suite, rng),
        };
        Crypto { tag: remote.tag, suite: remote.suite, key }
    }

    fn agreed_by_us(
        &self,
        media: &Media,
        choice: Choice,
        addresses: &Addresses,
        crypto: Option<CryptoPair>,
        direction: Direction,
        peer: Direction,
    ) -> Negotiated {
        let event =
            |(payload_type, clock_hz)| TelephoneEvent { payload_type, receive_payload_type: payload_type, clock_hz };
        Negotiated {
            codec: choice.codec,
            payload_type: choice.payload_type,
            receive_payload_type: choice.payload_type,
            telephone_event: choice.telephone_event.map(event),
            ptime_ms: ptime_ms(media, self.settings.ptime_ms),
            remote: addresses.rtp,
            remote_rtcp: addresses.rtcp,
            rtcp_mux: addresses.rtcp_mux,
            direction,
            is_held_by_peer: !peer.receives(),
            crypto,
        }
    }

    /// One codec, so that the peer cannot change it in the middle, and telephone-event, under the peer's numbers.
    fn answered_audio(&self, offered: &Media, agreed: &Negotiated) -> Media {
        let mut audio = Media { port: self.settings.rtp_port, formats: Vec::new(), ..refused(offered) };
        push_codec(&mut audio, agreed.codec, agreed.payload_type);
        if let Some(event) = agreed.telephone_event {
            push_telephone_event(&mut audio, event.payload_type, event.clock_hz);
        }
        let crypto = agreed.crypto.map(|pair| pair.local);
        self.finish_audio(&mut audio, agreed.direction, crypto.as_slice(), agreed.rtcp_mux);
        audio
    }
}
