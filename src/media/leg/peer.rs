//! Whose packets a leg takes. Nothing else is ever heard or answered (RTP bleed: rtpengine ES2025-01).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::base::Instant;
use crate::media::command::{PeerRule, Remote};

/// A device that has not spoken for so long after offer and answer is taken at the port of its SDP from then on.
const LATCH_WITHIN: Duration = Duration::from_secs(10);

/// The agreed peer, and where its packets really come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::media) struct Peer {
    pub(in crate::media) remote: Remote,
    /// Where audio goes to; once fixed, the only place it comes from.
    pub(in crate::media) rtp: SocketAddr,
    pub(in crate::media) rtcp: SocketAddr,
    /// The address that may still fix the ports; `None` when they are fixed.
    latch: Option<IpAddr>,
    rtcp_latch: Option<IpAddr>,
    /// Until when.
    latch_until: Instant,
}

/// What becomes of a packet from an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::media) enum Admission {
    /// From the peer.
    Peer,
    /// From the address that may fix the port: if it is RTP of the agreed kind, this is the peer from now on.
    MayLatch,
    Stranger,
}

impl Peer {
    pub(super) fn new(remote: Remote, now: Instant) -> Self {
        let latch_until = now + LATCH_WITHIN;
        let rtcp_beside = |rtp: SocketAddr| SocketAddr::new(rtp.ip(), rtp.port().saturating_add(1));
        match remote.accept_from {
            PeerRule::Exact => {
                let rtcp = remote.rtcp.unwrap_or_else(|| rtcp_beside(remote.rtp));
                Peer { remote, rtp: remote.rtp, rtcp, latch: None, rtcp_latch: None, latch_until }
            }
            PeerRule::LatchOnce(ip) => {
                let rtp = SocketAddr::new(ip, remote.rtp.port());
                let port = remote.rtcp.map_or_else(|| rtcp_beside(rtp).port(), |rtcp| rtcp.port());
                let rtcp = SocketAddr::new(ip, port);
                Peer { remote, rtp, rtcp, latch: Some(ip), rtcp_latch: Some(ip), latch_until }
            }
        }
    }

    /// The peer after a new offer or answer. A port that was latched stays while the SDP's addresses stay: a device
    /// behind NAT says the same private address again when it holds and resumes.
    pub(super) fn changed_to(self, remote: Remote, now: Instant) -> Self {
        let same_place = remote.rtp == self.remote.rtp
            && remote.rtcp == self.remote.rtcp
            && remote.accept_from == self.remote.accept_from;
        if same_place { Peer { remote, ..self } } else { Peer::new(remote, now) }
    }

    /// Whether anything may go there: `0.0.0.0` is an old way to hold (RFC 3264 8.4), and what many would hear is no
    /// peer of a call.
    pub(super) fn is_reachable(&self) -> bool {
        let ip = self.rtp.ip();
        let broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
        !ip.is_unspecified() && !ip.is_multicast() && !broadcast && self.rtp.port() != 0
    }

    /// Whether audio may go there now.
    pub(super) fn takes_audio(&self) -> bool {
        self.remote.direction.sends() && self.is_reachable()
    }

    /// Whether the port is known, so that the socket can be bound to this peer alone.
    pub(in crate::media) fn is_fixed(&self) -> bool {
        self.latch.is_none() && self.is_reachable()
    }

    pub(super) fn admit(&self, from: SocketAddr, now: Instant) -> Admission {
        admission(self.latch, from, self.rtp, now < self.latch_until)
    }

    /// The same for the RTCP port.
    pub(super) fn admit_rtcp(&self, from: SocketAddr, now: Instant) -> Admission {
        admission(self.rtcp_latch, from, self.rtcp, now < self.latch_until)
    }

    /// Fixes the RTP port, for good, and with it that of RTCP when both share one (RFC 5761).
    pub(super) fn latch(&mut self, from: SocketAddr) {
        if self.rtcp == self.rtp {
            (self.rtcp, self.rtcp_latch) = (from, None);
        }
        (self.rtp, self.latch) = (from, None);
    }

    /// Fixes the RTCP port, for good.
    pub(super) fn latch_rtcp(&mut self, from: SocketAddr) {
        (self.rtcp, self.rtcp_latch) = (from, None);
    }

    /// Fixes what never spoke to the ports of the SDP, when its time is over; says whether that changed anything.
    pub(super) fn expire_latch(&mut self, now: Instant) -> bool {
        let open = self.latch.is_some() || self.rtcp_latch.is_some();
        if !open || now < self.latch_until {
            return false;
        }
        (self.latch, self.rtcp_latch) = (None, None);
        true
    }
}

fn admission(latch: Option<IpAddr>, from: SocketAddr, fixed: SocketAddr, in_time: bool) -> Admission {
    match latch {
        Some(ip) if in_time && from.ip() == ip => Admission::MayLatch,
        Some(_) | None if from == fixed => Admission::Peer,
        Some(_) | None => Admission::Stranger,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Direction;
    use crate::rtp::Codec;

    fn remote(rtp: &str, accept_from: PeerRule) -> Remote {
        Remote { accept_from, dtmf_payload_type: None, ..Remote::plain(rtp.parse().expect("an address"), Codec::Pcmu) }
    }

    fn addr(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    #[test]
    fn takes_only_the_address_and_port_of_the_sdp() {
        let peer = Peer::new(remote("192.0.2.1:4000", PeerRule::Exact), at(0));
        assert_eq!(peer.admit(addr("192.0.2.1:4000"), at(1)), Admission::Peer);
        for stranger in ["192.0.2.1:4001", "192.0.2.2:4000"] {
            assert_eq!(peer.admit(addr(stranger), at(1)), Admission::Stranger, "{stranger}");
        }
        assert_eq!(peer.admit_rtcp(addr("192.0.2.1:4001"), at(1)), Admission::Peer);
        assert_eq!(peer.admit_rtcp(addr("192.0.2.9:4001"), at(1)), Admission::Stranger);
    }

    #[test]
    fn latches_once_and_only_to_the_address_of_its_signalling() {
        let ip = addr("198.51.100.7:0").ip();
        let mut peer = Peer::new(remote("10.0.0.5:4000", PeerRule::LatchOnce(ip)), at(0));
        assert_eq!(peer.rtp, addr("198.51.100.7:4000"));
        assert_eq!(peer.admit(addr("10.0.0.5:4000"), at(1)), Admission::Stranger);
        assert_eq!(peer.admit(addr("198.51.100.7:61234"), at(1)), Admission::MayLatch);
        peer.latch(addr("198.51.100.7:61234"));
        assert_eq!(peer.admit(addr("198.51.100.7:61234"), at(2)), Admission::Peer);
        assert_eq!(peer.admit(addr("198.51.100.7:4000"), at(2)), Admission::Stranger);
        assert_eq!(peer.admit_rtcp(addr("198.51.100.7:61235"), at(2)), Admission::MayLatch);
        peer.latch_rtcp(addr("198.51.100.7:61235"));
        assert_eq!(peer.admit_rtcp(addr("198.51.100.7:61236"), at(3)), Admission::Stranger);
    }

    #[test]
    fn rtcp_that_shares_the_port_moves_with_it() {
        let rule = PeerRule::LatchOnce(addr("198.51.100.7:0").ip());
        let muxed = Remote { rtcp: Some(addr("10.0.0.5:4000")), ..remote("10.0.0.5:4000", rule) };
        let mut peer = Peer::new(muxed, at(0));
        peer.latch(addr("198.51.100.7:61234"));
        assert_eq!(peer.rtcp, addr("198.51.100.7:61234"));
        assert_eq!(peer.admit_rtcp(addr("198.51.100.7:61234"), at(1)), Admission::Peer);
        assert_eq!(peer.admit_rtcp(addr("198.51.100.7:61300"), at(1)), Admission::Stranger);
    }

    #[test]
    fn a_latch_is_open_for_ten_seconds() {
        let rule = PeerRule::LatchOnce(addr("198.51.100.7:0").ip());
        let mut peer = Peer::new(remote("10.0.0.5:4000", rule), at(0));
        assert!(!peer.expire_latch(at(9_999)));
        assert_eq!(peer.admit(addr("198.51.100.7:61234"), at(10_000)), Admission::Stranger);
        assert_eq!(peer.admit_rtcp(addr("198.51.100.7:61235"), at(10_000)), Admission::Stranger);
        assert!(peer.expire_latch(at(10_000)));
        assert!(peer.is_fixed() && !peer.expire_latch(at(10_001)));
        assert_eq!(peer.admit(addr("198.51.100.7:4000"), at(10_001)), Admission::Peer);
    }

    #[test]
    fn a_resume_keeps_the_latched_port_and_a_new_address_does_not() {
        let rule = PeerRule::LatchOnce(addr("198.51.100.7:0").ip());
        let mut peer = Peer::new(remote("10.0.0.5:4000", rule), at(0));
        peer.latch(addr("198.51.100.7:61234"));
        let held = Remote { direction: Direction::SendOnly, ..remote("10.0.0.5:4000", rule) };
        assert_eq!(peer.changed_to(held, at(1)).rtp, addr("198.51.100.7:61234"));
        assert!(!peer.changed_to(remote("10.0.0.5:4002", rule), at(1)).is_fixed());
    }
}
