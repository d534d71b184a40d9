use std::net::IpAddr;

use crate::sdp::Codec;

/// Whether media may or must be encrypted with keys from `a=crypto` (RFC 4568), which only a secure transport hides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SrtpPolicy {
    /// Offers are plain RTP; offers of SRTP are refused.
    #[default]
    Refused,
    /// Offers are plain RTP; offers of SRTP are preferred to plain ones.
    Accepted,
    /// Offers are SRTP; plain offers are refused.
    Required,
}

/// Our side of a leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The address that the peer shall send to.
    pub address: IpAddr,
    /// Our RTP port, even; RTCP is the next one.
    pub rtp_port: u16,
    /// What we can do, in the order of an offer of ours. An offer of the peer is answered in the peer's order.
    pub codecs: Vec<Codec>,
    /// Whether keys are taken as `telephone-event` (RFC 4733).
    pub telephone_event: bool,
    /// The packet length we like to receive, in ms.
    pub ptime_ms: u8,
    pub srtp: SrtpPolicy,
    /// Whether RTCP may share the RTP port when the peer wishes it (RFC 5761).
    pub rtcp_mux: bool,
}

impl Settings {
    /// G.711 and G.722 with telephone-event in packets of 20 ms, unencrypted, RTCP on a port of its own.
    pub fn new(address: IpAddr, rtp_port: u16) -> Settings {
        Settings {
            address,
            rtp_port,
            codecs: vec![Codec::Pcma, Codec::Pcmu, Codec::G722],
            telephone_event: true,
            ptime_ms: 20,
            srtp: SrtpPolicy::default(),
            rtcp_mux: false,
        }
    }
}
