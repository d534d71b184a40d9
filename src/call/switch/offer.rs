//! Offers and answers of our legs (RFC 3264), between `sdp` and `media`.

use std::net::SocketAddr;

use crate::base::Rng;
use crate::media::{self, PeerRule, Remote};
use crate::rtp;
use crate::sdp::{Codec, Direction, Negotiated, Negotiator, Settings, SrtpPolicy};

/// What we speak, best first for the outside: A-law is what lines outside North America carry. An offer of the peer is
/// answered in the peer's order.
const CODECS: [Codec; 3] = [Codec::Pcma, Codec::Pcmu, Codec::G722];

/// The offer/answer state of a leg whose RTP comes to `local`. `preferred` is the codec of the leg that it will be
/// joined to, so that nothing is transcoded: it comes first, and wideband is not offered beside a narrowband one.
pub(super) fn negotiator(local: SocketAddr, preferred: Option<Codec>, srtp: SrtpPolicy, rng: &mut Rng) -> Negotiator {
    let mut settings = Settings::new(local.ip(), local.port());
    settings.srtp = srtp;
    let is_of_use = |codec: &Codec| Some(*codec) != preferred && (preferred.is_none() || *codec != Codec::G722);
    settings.codecs = preferred.into_iter().chain(CODECS.into_iter().filter(is_of_use)).collect();
    // RFC 8866 5.2 wants a number; 62 bits fit every reader.
    Negotiator::new(settings, rng.next_u64() >> 2)
}

/// What was agreed, as the media worker needs it; `None` for a codec that it does not carry.
pub(super) fn remote(agreed: &Negotiated, accept_from: PeerRule) -> Option<Remote> {
    let codec = match agreed.codec {
        Codec::Pcmu => rtp::Codec::Pcmu,
        Codec::Pcma => rtp::Codec::Pcma,
        Codec::G722 => rtp::Codec::G722,
        Codec::Opus => return None,
    };
    let direction = match agreed.direction {
        Direction::SendRecv => media::Direction::SendRecv,
        Direction::SendOnly => media::Direction::SendOnly,
        Direction::RecvOnly => media::Direction::RecvOnly,
        Direction::Inactive => media::Direction::Inactive,
    };
    Some(Remote {
        rtp: agreed.remote,
        rtcp: Some(agreed.remote_rtcp),
        accept_from,
        codec,
        payload_type: agreed.payload_type,
        dtmf_payload_type: agreed.dtmf_payload_type(),
        ptime_ms: agreed.ptime_ms,
        direction,
    })
}
