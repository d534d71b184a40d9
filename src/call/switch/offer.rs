//! Offers and answers of our legs (RFC 3264), between `sdp` and `media`.

use std::net::SocketAddr;

use crate::base::Rng;
use crate::media::{self, PeerRule, Remote};
use crate::rtp;
use crate::sdp::{Codec, Direction, Negotiated, Negotiator, Settings, SrtpPolicy};

/// What we speak, best first for the outside: A-law is what lines outside North America carry. An offer of the peer is
/// answered in the peer's order.
const CODECS: [Codec; 4] = [Codec::Pcma, Codec::Pcmu, Codec::G722, Codec::Opus];

/// The offer/answer state of a leg whose RTP comes to `local`. `preferred` is the codec of the leg that it will be
/// joined to, so that nothing is transcoded: it comes first, and wideband is not offered beside a narrowband one, unless
/// it is `opus` that is wished.
pub(super) fn negotiator(
    local: SocketAddr,
    preferred: Option<Codec>,
    opus: bool,
    srtp: SrtpPolicy,
    rng: &mut Rng,
) -> Negotiator {
    let mut settings = Settings::new(local.ip(), local.port());
    settings.srtp = srtp;
    let is_of_use = |codec: &Codec| match codec {
        _ if Some(*codec) == preferred => false,
        Codec::Pcma | Codec::Pcmu => true,
        Codec::G722 => preferred.is_none(),
        Codec::Opus => preferred.is_none() || opus,
    };
    settings.codecs = preferred.into_iter().chain(CODECS.into_iter().filter(is_of_use)).collect();
    // RFC 8866 5.2 wants a number; 62 bits fit every reader.
    Negotiator::new(settings, rng.next_u64() >> 2)
}

/// What was agreed, as the media worker needs it.
pub(super) fn remote(agreed: &Negotiated, accept_from: PeerRule) -> Remote {
    let codec = match agreed.codec {
        Codec::Pcmu => rtp::Codec::Pcmu,
        Codec::Pcma => rtp::Codec::Pcma,
        Codec::G722 => rtp::Codec::G722,
        Codec::Opus => rtp::Codec::Opus,
    };
    let direction = match agreed.direction {
        Direction::SendRecv => media::Direction::SendRecv,
        Direction::SendOnly => media::Direction::SendOnly,
        Direction::RecvOnly => media::Direction::RecvOnly,
        Direction::Inactive => media::Direction::Inactive,
    };
    Remote {
        rtp: agreed.remote,
        rtcp: Some(agreed.remote_rtcp),
        accept_from,
        codec,
        payload_type: agreed.payload_type,
        receive_payload_type: agreed.receive_payload_type,
        dtmf_payload_type: agreed.dtmf_payload_type(),
        dtmf_receive_payload_type: agreed.telephone_event.map(|event| event.receive_payload_type),
        dtmf_clock_hz: agreed.telephone_event.map_or(8000, |event| event.clock_hz),
        ptime_ms: agreed.ptime_ms,
        direction,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The codecs of an offer to somebody who will be joined to a leg of `preferred`.
    fn offered(preferred: Option<Codec>, opus: bool) -> Vec<Codec> {
        let mut rng = Rng::from_number(1);
        let mut ours =
            negotiator(SocketAddr::from(([192, 0, 2, 1], 4000)), preferred, opus, SrtpPolicy::default(), &mut rng);
        let text = ours.make_offer(Direction::SendRecv, &mut rng).expect("an offer");
        let numbers = |codec: &Codec| text.contains(&format!("{} {}/", codec.usual_payload_type(), codec.name()));
        let mut offered: Vec<Codec> = Codec::ALL.into_iter().filter(numbers).collect();
        let place = |codec: &Codec| text.find(codec.name());
        offered.sort_by_key(place);
        offered
    }

    #[test]
    fn an_agent_is_offered_what_the_caller_speaks_and_nothing_that_would_only_cost() {
        use Codec::{G722, Opus, Pcma, Pcmu};
        assert_eq!(offered(None, false), [Pcma, Pcmu, G722, Opus], "a caller who lets us offer");
        assert_eq!(offered(Some(Pcmu), false), [Pcmu, Pcma]);
        assert_eq!(offered(Some(G722), false), [G722, Pcma, Pcmu]);
        assert_eq!(offered(Some(Opus), false), [Opus, Pcma, Pcmu]);
        assert_eq!(offered(Some(Pcmu), true), [Pcmu, Pcma, Opus], "where it is wished");
    }
}
