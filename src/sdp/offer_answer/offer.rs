//! Our offers and the peer's answers to them.

use super::line::{Choice, addresses, choose, peer_direction, ptime_ms};
use super::negotiator::PendingOffer;
use super::payload_map::Payload;
use super::{CryptoPair, Negotiated, NegotiationError, Negotiator, SrtpPolicy, TelephoneEvent};
use crate::base::Rng;
use crate::sdp::{
    Attribute, Codec, Connection, Crypto, CryptoSuite, Direction, MasterKey, Media, MediaKind, Protocol, Session,
};

impl Negotiator {
    /// An offer with `direction` seen from us; `sendonly` holds the peer. `rng` makes the SRTP key.
    ///
    /// In a running session it keeps the media lines and payload types. It fails while another offer waits.
    pub fn make_offer(&mut self, direction: Direction, rng: &mut Rng) -> Result<String, NegotiationError> {
        self.refuse_when_pending()?;
        let cryptos = self.offered_cryptos(rng);
        let audio = self.offered_audio(direction, &cryptos);
        let mut media: Vec<Media> = self.lines.iter().map(refused).collect();
        match media.get_mut(self.audio) {
            Some(line) => *line = audio,
            None => media.push(audio),
        }
        let (session, version) = self.versioned(self.description(media));
        self.version = version;
        let text = session.to_string();
        self.pending = Some(PendingOffer { session, audio: self.audio, direction, cryptos });
        Ok(text)
    }

    /// Reads the answer to our offer. On an error the offer still waits: end the call or [`Negotiator::withdraw_offer`].
    ///
    /// Another answer to the same offer replaces the first: carriers answer differently in 183 and 200, and each
    /// branch of a forked INVITE answers for itself.
    pub fn read_answer(&mut self, answer: &[u8]) -> Result<Negotiated, NegotiationError> {
        let offer = self.pending.as_ref().or(self.answered.as_ref()).ok_or(NegotiationError::NoOffer)?;
        let answer = Session::parse(answer)?;
        same_lines(&offer.session.media, &answer.media)?;
        let media = answer.media.get(offer.audio).ok_or(NegotiationError::NoAudio)?;
        let offered = offer.session.media.get(offer.audio).ok_or(NegotiationError::NoOffer)?;
        if media.port != 0 && media.protocol != offered.protocol {
            return Err(NegotiationError::Protocol(media.protocol.to_string()));
        }
        let choice = self.chosen_by_peer(media, offered)?;
        let agreed = self.agreed(&answer, offer, media, choice)?;
        self.local_crypto = agreed.crypto.map(|pair| pair.local);
        self.lines = offer.session.media.clone();
        self.sent = Some(offer.session.clone());
        self.answered = self.pending.take().or(self.answered.take());
        self.current = Some(agreed.clone());
        Ok(agreed)
    }

    fn agreed(
        &self,
        answer: &Session,
        offer: &PendingOffer,
        media: &Media,
        choice: Choice,
    ) -> Result<Negotiated, NegotiationError> {
        let crypto = match choice.crypto {
            _ if offer.cryptos.is_empty() => None,
            Some(remote) => Some(agreed_crypto(&offer.cryptos, remote).ok_or(NegotiationError::NoCrypto)?),
            None => return Err(NegotiationError::NoCrypto),
        };
        let peer = peer_direction(answer, offer.audio);
        let addresses = addresses(answer, offer.audio, &self.settings)?;
        let number = |payload: Payload, theirs: u8| self.payloads.get(payload).unwrap_or(theirs);
        let telephone_event = choice.telephone_event.map(|(payload_type, clock_hz)| TelephoneEvent {
            payload_type,
            receive_payload_type: number(Payload::TelephoneEvent { clock_hz }, payload_type),
            clock_hz,
        });
        Ok(Negotiated {
            codec: choice.codec,
            payload_type: choice.payload_type,
            receive_payload_type: number(Payload::Audio(choice.codec), choice.payload_type),
            telephone_event,
            ptime_ms: ptime_ms(media, self.settings.ptime_ms),
            remote: addresses.rtp,
            remote_rtcp: addresses.rtcp,
            rtcp_mux: addresses.rtcp_mux,
            direction: offer.direction.and(peer.mirrored()),
            is_held_by_peer: !peer.receives(),
            crypto,
        })
    }

    /// The first format of the answer that we offered (RFC 3264 6.1), whatever the codecs are set to by now.
    fn chosen_by_peer(&self, media: &Media, offered: &Media) -> Result<Choice, NegotiationError> {
        let mut settings = self.settings.clone();
        let was_offered = |codec: &Codec| {
            let number = self.payloads.get(Payload::Audio(*codec));
            number.is_some_and(|number| offered.payload_types().any(|pt| pt == number))
        };
        settings.codecs = Codec::ALL.into_iter().filter(was_offered).collect();
        if offered.protocol.is_srtp() {
            settings.srtp = SrtpPolicy::Required;
        } else {
            settings.srtp = SrtpPolicy::Refused;
        }
        choose(media, &settings)
    }

    /// What is agreed, else one key for each suite that we can do (RFC 4568 5.1.1).
    fn offered_cryptos(&self, rng: &mut Rng) -> Vec<Crypto> {
        let is_srtp = match &self.current {
            Some(current) => current.crypto.is_some(),
            None => self.settings.srtp == SrtpPolicy::Required,
        };
        match (is_srtp, self.local_crypto) {
            (false, _) => Vec::new(),
            (true, Some(local)) => vec![local],
            (true, None) => {
                let new = |(tag, suite)| Crypto { tag, suite, key: MasterKey::random(suite, rng) };
                (1..).zip(CryptoSuite::ALL).map(new).collect()
            }
        }
    }

    fn offered_audio(&mut self, direction: Direction, cryptos: &[Crypto]) -> Media {
        let codecs = self.settings.codecs.clone();
        let mut audio = self.audio_line(!cryptos.is_empty());
        let mut clocks: Vec<u32> = Vec::new();
        for codec in codecs {
            let number = self.payloads.number(Payload::Audio(codec));
            push_codec(&mut audio, codec, number);
            if !clocks.contains(&codec.clock_hz()) {
                clocks.push(codec.clock_hz());
            }
        }
        for clock_hz in clocks.into_iter().filter(|_| self.settings.telephone_event) {
            let number = self.payloads.number(Payload::TelephoneEvent { clock_hz });
            push_telephone_event(&mut audio, number, clock_hz);
        }
        self.finish_audio(&mut audio, direction, cryptos, self.settings.rtcp_mux);
        audio
    }

    fn audio_line(&self, is_srtp: bool) -> Media {
        let usual = if is_srtp { Protocol::RtpSavp } else { Protocol::RtpAvp };
        let protocol = self.lines.get(self.audio).map_or(usual, |line| line.protocol.clone());
        Media {
            kind: MediaKind::Audio,
            port: self.settings.rtp_port,
            protocol,
            formats: Vec::new(),
            connection: None,
            attributes: Vec::new(),
        }
    }

    /// The attributes that an offer and an answer of ours share.
    pub(super) fn finish_audio(&self, audio: &mut Media, direction: Direction, cryptos: &[Crypto], rtcp_mux: bool) {
        audio.attributes.push(Attribute::with("ptime", self.settings.ptime_ms));
        for crypto in cryptos {
            audio.attributes.push(Attribute::with("crypto", crypto));
        }
        if rtcp_mux {
            audio.attributes.push(Attribute::flag("rtcp-mux"));
        }
        audio.attributes.push(Attribute::flag(direction.as_str()));
    }

    pub(super) fn description(&self, media: Vec<Media>) -> Session {
        Session {
            origin: crate::sdp::Origin::new(self.session_id, self.version, self.settings.address),
            name: "-".to_owned(),
            connection: Some(Connection::new(self.settings.address)),
            attributes: Vec::new(),
            media,
        }
    }
}

/// The key of ours that the peer answered, under the tag and suite that we offered (RFC 4568 5.1.3), with a key of its
/// own (RFC 4568 6.1).
fn agreed_crypto(offered: &[Crypto], remote: Crypto) -> Option<CryptoPair> {
    let local = offered.iter().find(|local| local.tag == remote.tag && local.suite == remote.suite)?;
    (local.key != remote.key).then_some(CryptoPair { local: *local, remote })
}

pub(super) fn push_codec(audio: &mut Media, codec: Codec, number: u8) {
    audio.formats.push(number.to_string());
    audio.attributes.push(Attribute::with("rtpmap", codec.map(number)));
    if codec == Codec::Opus {
        audio.attributes.push(Attribute::with("fmtp", format!("{number} useinbandfec=1")));
    }
}

/// Events 0 to 15: the sixteen keys (RFC 4733 3.2).
pub(super) fn push_telephone_event(audio: &mut Media, number: u8, clock_hz: u32) {
    audio.formats.push(number.to_string());
    audio.attributes.push(Attribute::with("rtpmap", format!("{number} telephone-event/{clock_hz}")));
    audio.attributes.push(Attribute::with("fmtp", format!("{number} 0-15")));
}

/// The media line with port 0: refused in an answer, kept closed in an offer (RFC 3264 6, 8.2).
pub(super) fn refused(line: &Media) -> Media {
    Media {
        kind: line.kind.clone(),
        port: 0,
        protocol: line.protocol.clone(),
        formats: line.formats.iter().take(1).cloned().collect(),
        connection: None,
        attributes: Vec::new(),
    }
}

/// RFC 3264 6: as many media lines as in the offer, each of the same kind.
fn same_lines(offered: &[Media], answered: &[Media]) -> Result<(), NegotiationError> {
    if offered.len() != answered.len() {
        return Err(NegotiationError::LineCount { offered: offered.len(), answered: answered.len() });
    }
    match offered.iter().zip(answered).position(|(a, b)| a.kind != b.kind) {
        Some(line) => Err(NegotiationError::LineKind(line + 1)),
        None => Ok(()),
    }
}
