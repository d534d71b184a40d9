//! Whose packets a leg takes. Nothing else is ever heard or answered (RTP bleed: rtpengine ES2025-01).

use std::net::{IpAddr, SocketAddr};

use crate::media::command::{PeerRule, Remote};

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
    pub(super) fn new(remote: Remote) -> Self {
        let rtcp_beside = |rtp: SocketAddr| SocketAddr::new(rtp.ip(), rtp.port().saturating_add(1));
        match remote.accept_from {
            PeerRule::Exact => {
                let rtcp = remote.rtcp.unwrap_or_else(|| rtcp_beside(remote.rtp));
                Peer { remote, rtp: remote.rtp, rtcp, latch: None, rtcp_latch: None }
            }
            PeerRule::LatchOnce(ip) => {
                let rtp = SocketAddr::new(ip, remote.rtp.port());
                let port = remote.rtcp.map_or_else(|| rtcp_beside(rtp).port(), |rtcp| rtcp.port());
                Peer { remote, rtp, rtcp: SocketAddr::new(ip, port), latch: Some(ip), rtcp_latch: Some(ip) }
            }
        }
    }

    /// The peer after a new offer or answer. A port that was latched stays while the SDP's addresses stay: a device
    /// behind NAT says the same private address again when it holds and resumes.
    pub(super) fn changed_to(self, remote: Remote) -> Self {
        let same_place = remote.rtp == self.remote.rtp
            && remote.rtcp == self.remote.rtcp
            && remote.accept_from == self.remote.accept_from;
        if same_place { Peer { remote, ..self } } else { Peer::new(remote) }
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

    pub(super) fn admit(&self, from: SocketAddr) -> Admission {
        match self.latch {
            None if from == self.rtp => Admission::Peer,
            Some(ip) if from.ip() == ip => Admission::MayLatch,
            None | Some(_) => Admission::Stranger,
        }
    }

    /// Fixes the RTP port, for good.
    pub(super) fn latch(&mut self, from: SocketAddr) {
        (self.rtp, self.latch) = (from, None);
    }

    /// Whether RTCP from here is the peer's; the first one behind NAT fixes the port.
    pub(super) fn admit_rtcp(&mut self, from: SocketAddr) -> bool {
        if self.rtcp_latch == Some(from.ip()) {
            (self.rtcp, self.rtcp_latch) = (from, None);
        }
        from == self.rtcp
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Direction;
    use crate::rtp::Codec;

    fn remote(rtp: &str, accept_from: PeerRule) -> Remote {
        Remote {
            rtp: rtp.parse().expect("an address"),
            rtcp: None,
            accept_from,
            codec: Codec::Pcmu,
            payload_type: 0,
            dtmf_payload_type: None,
            ptime_ms: 20,
            direction: Direction::SendRecv,
        }
    }

    fn addr(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn takes_only_the_address_and_port_of_the_sdp() {
        let mut peer = Peer::new(remote("192.0.2.1:4000", PeerRule::Exact));
        assert_eq!(peer.admit(addr("192.0.2.1:4000")), Admission::Peer);
        for stranger in ["192.0.2.1:4001", "192.0.2.2:4000"] {
            assert_eq!(peer.admit(addr(stranger)), Admission::Stranger, "{stranger}");
        }
        assert!(peer.admit_rtcp(addr("192.0.2.1:4001")));
        assert!(!peer.admit_rtcp(addr("192.0.2.9:4001")));
    }

    #[test]
    fn latches_once_and_only_to_the_address_of_its_signalling() {
        let ip = addr("198.51.100.7:0").ip();
        let mut peer = Peer::new(remote("10.0.0.5:4000", PeerRule::LatchOnce(ip)));
        assert_eq!(peer.rtp, addr("198.51.100.7:4000"));
        assert_eq!(peer.admit(addr("10.0.0.5:4000")), Admission::Stranger);
        assert_eq!(peer.admit(addr("198.51.100.7:61234")), Admission::MayLatch);
        peer.latch(addr("198.51.100.7:61234"));
        assert_eq!(peer.admit(addr("198.51.100.7:61234")), Admission::Peer);
        assert_eq!(peer.admit(addr("198.51.100.7:4000")), Admission::Stranger);
        assert!(peer.admit_rtcp(addr("198.51.100.7:61235")));
        assert!(!peer.admit_rtcp(addr("198.51.100.7:61236")));
    }

    #[test]
    fn a_resume_keeps_the_latched_port_and_a_new_address_does_not() {
        let rule = PeerRule::LatchOnce(addr("198.51.100.7:0").ip());
        let mut peer = Peer::new(remote("10.0.0.5:4000", rule));
        peer.latch(addr("198.51.100.7:61234"));
        let held = Remote { direction: Direction::SendOnly, ..remote("10.0.0.5:4000", rule) };
        assert_eq!(peer.changed_to(held).rtp, addr("198.51.100.7:61234"));
        assert!(!peer.changed_to(remote("10.0.0.5:4002", rule)).is_fixed());
    }
}
