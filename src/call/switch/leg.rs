//! One leg of a call: its SIP session and its media.

use std::net::{IpAddr, SocketAddr};

use crate::base::Instant;
use crate::call::event::SuperviseMode;
use crate::ivr::session::DialId;
use crate::media::PeerRule;
use crate::sdp::{Negotiated, Negotiator, SrtpPolicy};
use crate::sip::endpoint::SessionId;

/// Who is at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Party {
    Caller,
    /// Who is called back.
    Customer,
    Agent {
        no: String,
        group: String,
    },
    /// An agent who is rung for a caller that another agent hands on; theirs when answered.
    Target {
        no: String,
        group: String,
    },
    /// The second call of the agent who talks, to a colleague.
    Asker {
        no: String,
    },
    /// A colleague who is asked in that call.
    Asked {
        no: String,
        group: String,
    },
    /// Somebody who listens in on the conversation of this call.
    Supervisor {
        no: String,
        mode: SuperviseMode,
    },
    /// An outside number that the flow dialled.
    Outside {
        dial: DialId,
        number: String,
        trunk: Option<String>,
        caller_id: Option<String>,
    },
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LegState {
    /// Waiting for RTP ports.
    Opening,
    /// Incoming: the caller hears ringing until then.
    Alerting {
        answer_at: Instant,
    },
    /// Incoming: 200 sent, the ACK has not come.
    Accepted,
    /// Outgoing: INVITE sent.
    Calling,
    Up,
    /// Hung up; waiting for the last word of the media worker.
    Gone,
}

/// One leg.
#[derive(Debug)]
pub(super) struct Leg {
    pub party: Party,
    pub session: SessionId,
    pub state: LegState,
    /// Our RTP address, once opened.
    pub local: Option<SocketAddr>,
    /// Offer and answer of this leg, once its RTP address is known.
    pub sdp: Option<Negotiator>,
    /// The caller's offer until it is answered.
    pub offer: Option<bytes::Bytes>,
    /// Where the peer's signalling comes from: RTP behind NAT may come from there too.
    pub signalling: Option<IpAddr>,
    /// The peer is a device of ours that registered, so NAT is to be expected.
    pub registered: bool,
    /// The caller's signalling came encrypted, so keys may be in it.
    pub secure: bool,
    /// The peer put us on hold.
    pub held: bool,
    /// The trunk that its INVITE went out by last.
    pub trunk: Option<String>,
}

impl Leg {
    pub fn new(party: Party, session: SessionId) -> Self {
        Leg {
            party,
            session,
            state: LegState::Opening,
            local: None,
            sdp: None,
            offer: None,
            signalling: None,
            registered: false,
            secure: false,
            held: false,
            trunk: None,
        }
    }

    /// What offer and answer agreed on last.
    pub fn agreed(&self) -> Option<&Negotiated> {
        self.sdp.as_ref().and_then(Negotiator::current)
    }

    /// Whether our offer is encrypted sound and nothing else.
    pub fn offers_srtp(&self) -> bool {
        self.sdp.as_ref().is_some_and(|sdp| sdp.settings().srtp == SrtpPolicy::Required)
    }

    /// Whose RTP is heard: the address of the SDP. A registered device that is behind NAT says an address that nothing
    /// comes from; then it is the address that its signalling comes from.
    pub fn accept_from(&self, said: IpAddr) -> PeerRule {
        match self.signalling {
            Some(seen) if self.registered && seen != said && is_private(said) => PeerRule::LatchOnce(seen),
            Some(_) | None => PeerRule::Exact,
        }
    }

    pub fn is_up(&self) -> bool {
        self.state == LegState::Up
    }

    pub fn is_gone(&self) -> bool {
        self.state == LegState::Gone
    }

    /// Its INVITE goes out by a trunk.
    pub fn goes_out(&self) -> bool {
        matches!(self.party, Party::Customer | Party::Outside { .. })
    }

    /// The agent at this leg, if it is one.
    pub fn agent(&self) -> Option<&str> {
        match &self.party {
            Party::Agent { no, .. } => Some(no),
            Party::Caller
            | Party::Customer
            | Party::Outside { .. }
            | Party::Target { .. }
            | Party::Asker { .. }
            | Party::Asked { .. }
            | Party::Supervisor { .. } => None,
        }
    }

    /// The agent who listens in at this leg, if it is one.
    pub fn supervisor(&self) -> Option<&str> {
        match &self.party {
            Party::Supervisor { no, .. } => Some(no),
            Party::Agent { .. }
            | Party::Target { .. }
            | Party::Asker { .. }
            | Party::Asked { .. }
            | Party::Caller
            | Party::Customer
            | Party::Outside { .. } => None,
        }
    }

    /// The agent for whom this leg is the one call, if there is one.
    pub fn holds_agent(&self) -> Option<&str> {
        match &self.party {
            Party::Agent { no, .. } if self.is_up() => Some(no),
            Party::Target { no, .. } | Party::Asked { no, .. } => Some(no),
            Party::Agent { .. }
            | Party::Asker { .. }
            | Party::Supervisor { .. }
            | Party::Caller
            | Party::Customer
            | Party::Outside { .. } => None,
        }
    }
}

/// Addresses that mean something else elsewhere (RFC 1918, RFC 6598, RFC 3927, RFC 4193), or nothing at all.
fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || (a == 100 && b & 0xc0 == 64)
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_registered_device_behind_nat_may_speak_from_elsewhere() {
        let rows = [
            // registered, its signalling, its SDP, whether the port is learned
            (true, "198.51.100.7", "10.0.0.5", true),
            (true, "198.51.100.7", "100.64.3.4", true),
            (true, "2001:db8::7", "fd00::5", true),
            (true, "198.51.100.7", "0.0.0.0", true),
            (true, "198.51.100.7", "198.51.100.7", false),
            (true, "10.0.0.5", "10.0.0.5", false),
            (true, "198.51.100.7", "203.0.113.1", false),
            (false, "198.51.100.7", "10.0.0.5", false),
        ];
        for (registered, signalling, said, learned) in rows {
            let signalling: IpAddr = signalling.parse().expect("an address");
            let mut leg = Leg::new(Party::Caller, SessionId(1));
            (leg.registered, leg.signalling) = (registered, Some(signalling));
            let expected = if learned { PeerRule::LatchOnce(signalling) } else { PeerRule::Exact };
            assert_eq!(
                leg.accept_from(said.parse().expect("an address")),
                expected,
                "{registered} {signalling} {said}"
            );
        }
    }
}
