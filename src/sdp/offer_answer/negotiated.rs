use std::net::SocketAddr;

use crate::sdp::{Codec, Crypto, Direction};

/// What offer and answer agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    pub codec: Codec,
    /// The payload type of `codec` in what we send: the peer's number.
    pub payload_type: u8,
    /// The payload type of `codec` in what the peer sends: our number. It differs only when the peer answered our
    /// offer with another number (RFC 3264 5.1).
    pub receive_payload_type: u8,
    /// How keys are sent and received; None when the peer takes none by RTP.
    pub telephone_event: Option<TelephoneEvent>,
    /// The packet length that the peer likes to receive, 10 to 60 ms.
    pub ptime_ms: u8,
    /// Where we send RTP: what the peer's SDP says, also when it is a private address. The unspecified address when
    /// the peer holds the old way (then we do not send).
    pub remote: SocketAddr,
    /// Where we send RTCP; equal to `remote` with RTCP multiplexing.
    pub remote_rtcp: SocketAddr,
    pub rtcp_mux: bool,
    /// Which way media flows, seen from us.
    pub direction: Direction,
    /// The peer wants to hear nothing: `sendonly`, `inactive` or an unspecified address.
    pub is_held_by_peer: bool,
    /// The keys of both sides when the stream is SRTP.
    pub crypto: Option<CryptoPair>,
}

impl Negotiated {
    /// The payload type of `telephone-event` in what we send.
    pub fn dtmf_payload_type(&self) -> Option<u8> {
        self.telephone_event.map(|event| event.payload_type)
    }
}

/// RFC 4733.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelephoneEvent {
    pub payload_type: u8,
    /// In what the peer sends.
    pub receive_payload_type: u8,
    /// Durations and timestamps count in this clock; it is the codec's whenever the peer offers that.
    pub clock_hz: u32,
}

/// The keys of a stream (RFC 4568): each side encrypts with its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CryptoPair {
    /// What we encrypt with.
    pub local: Crypto,
    /// What the peer encrypts with.
    pub remote: Crypto,
}
