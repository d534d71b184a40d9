//! What a media line of the peer offers us.

use std::net::{IpAddr, SocketAddr};

use super::{NegotiationError, Settings, SrtpPolicy};
use crate::sdp::{Codec, Crypto, Direction, Media, MediaKind, Session};

/// A format of the peer that we can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) codec: Codec,
    pub(super) payload_type: u8,
    /// The peer's telephone-event that fits the codec: payload type and clock.
    pub(super) telephone_event: Option<(u8, u32)>,
    /// The peer's key when the line is SRTP.
    pub(super) crypto: Option<Crypto>,
}

/// Whether `media` can be our stream under `settings`, and how.
pub(super) fn choose(media: &Media, settings: &Settings) -> Result<Choice, NegotiationError> {
    if media.kind != MediaKind::Audio || media.port == 0 {
        return Err(NegotiationError::NoAudio);
    }
    let crypto = crypto(media, settings.srtp)?;
    let (codec, payload_type) = media
        .payload_types()
        .filter_map(|pt| codec_of(media, pt).map(|codec| (codec, pt)))
        .find(|(codec, _)| settings.codecs.contains(codec))
        .ok_or_else(|| NegotiationError::NoCodec(media.formats.join(" ")))?;
    let telephone_event = if settings.telephone_event { telephone_event(media, codec) } else { None };
    Ok(Choice { codec, payload_type, telephone_event, crypto })
}

fn crypto(media: &Media, policy: SrtpPolicy) -> Result<Option<Crypto>, NegotiationError> {
    let refused = || NegotiationError::Protocol(media.protocol.to_string());
    match policy {
        SrtpPolicy::Refused | SrtpPolicy::Accepted if media.protocol.is_plain_rtp() => Ok(None),
        SrtpPolicy::Accepted | SrtpPolicy::Required if media.protocol.is_srtp() => {
            media.cryptos().next().map(Some).ok_or(NegotiationError::NoCrypto)
        }
        SrtpPolicy::Refused | SrtpPolicy::Accepted | SrtpPolicy::Required => Err(refused()),
    }
}

fn codec_of(media: &Media, payload_type: u8) -> Option<Codec> {
    match media.rtpmap(payload_type) {
        Some(map) => Codec::of_map(&map),
        None => Codec::of_static(payload_type),
    }
}

/// The telephone-event with the codec's clock (RFC 4733 2.1); failing that the one with 8000, which some phones offer
/// alone beside Opus.
fn telephone_event(media: &Media, codec: Codec) -> Option<(u8, u32)> {
    let of_clock = |clock_hz: u32| {
        let is_it = |pt: &u8| {
            media.rtpmap(*pt).is_some_and(|map| {
                map.name.eq_ignore_ascii_case("telephone-event") && map.clock_hz == clock_hz && map.channels == 1
            })
        };
        media.payload_types().find(is_it).map(|pt| (pt, clock_hz))
    };
    of_clock(codec.clock_hz()).or_else(|| of_clock(8000))
}

/// Where the peer wants RTP and RTCP.
pub(super) struct Addresses {
    pub(super) rtp: SocketAddr,
    pub(super) rtcp: SocketAddr,
    pub(super) rtcp_mux: bool,
}

pub(super) fn addresses(session: &Session, index: usize, settings: &Settings) -> Result<Addresses, NegotiationError> {
    let media = session.media.get(index).ok_or(NegotiationError::NoAudio)?;
    let ip = session.connection_of(index).and_then(|c| c.ip()).ok_or(NegotiationError::NoAddress)?;
    if !is_usable(ip) {
        return Err(NegotiationError::NoAddress);
    }
    let rtp = SocketAddr::new(ip, media.port);
    let rtcp_mux = settings.rtcp_mux && media.has_rtcp_mux();
    let rtcp = match media.rtcp() {
        _ if rtcp_mux => rtp,
        Some(rtcp) => {
            SocketAddr::new(rtcp.ip.filter(|own| is_usable(*own) && !own.is_unspecified()).unwrap_or(ip), rtcp.port)
        }
        None => SocketAddr::new(ip, media.port.checked_add(1).unwrap_or(media.port)),
    };
    Ok(Addresses { rtp, rtcp, rtcp_mux })
}

/// Sending to a group or to everyone would make us an amplifier.
fn is_usable(ip: IpAddr) -> bool {
    let is_broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
    !ip.is_multicast() && !is_broadcast
}

/// The peer's direction, seen from the peer, with the old way of holding read as what it means (RFC 3264 8.4).
pub(super) fn peer_direction(session: &Session, index: usize) -> Direction {
    let written = session.direction_of(index);
    let old_hold = session.connection_of(index).is_some_and(|connection| connection.is_hold());
    if old_hold { Direction::of(written.sends(), false) } else { written }
}

/// The packet length that the peer likes, brought into what we can send: 10 to 60 ms in steps of 10.
pub(super) fn ptime_ms(media: &Media, ours: u8) -> u8 {
    let wish = media.ptime_ms().unwrap_or(u16::from(ours));
    let limit = media.maxptime_ms().unwrap_or(u16::MAX);
    let steps = wish.min(limit).clamp(10, 60) / 10 * 10;
    u8::try_from(steps).unwrap_or(20)
}
