//! One leg of a call: its SIP session and its media.

use std::net::SocketAddr;

use crate::base::Instant;
use crate::ivr::session::DialId;
use crate::sdp::{Negotiated, Negotiator};
use crate::sip::endpoint::{Flow, SessionId};

/// Who is at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Party {
    Caller,
    Agent {
        no: String,
        group: String,
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
    pub flow: Option<Flow>,
    /// The peer is a device of ours that registered, so NAT is to be expected.
    pub registered: bool,
    /// The peer put us on hold.
    pub held: bool,
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
            flow: None,
            registered: false,
            held: false,
        }
    }

    /// What offer and answer agreed on last.
    pub fn agreed(&self) -> Option<&Negotiated> {
        self.sdp.as_ref().and_then(Negotiator::current)
    }

    pub fn is_up(&self) -> bool {
        self.state == LegState::Up
    }

    pub fn is_gone(&self) -> bool {
        self.state == LegState::Gone
    }

    /// The agent at this leg, if it is one.
    pub fn agent(&self) -> Option<&str> {
        match &self.party {
            Party::Agent { no, .. } => Some(no),
            Party::Caller | Party::Outside { .. } => None,
        }
    }
}
