use crate::sdp::SdpError;

/// Why offer and answer did not meet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NegotiationError {
    #[error("failed to read the session description: {0}")]
    Unreadable(#[from] SdpError),
    #[error("the session description has no audio line that is in use")]
    NoAudio,
    #[error("the transport {0:?} of the audio line is not served on this leg; see rtp.srtp in hotline.yaml")]
    Protocol(String),
    #[error("no codec in common: the peer has {0:?}")]
    NoCodec(String),
    #[error("no a=crypto line that can be used")]
    NoCrypto,
    #[error("the audio line has no c= line with an IP address")]
    NoAddress,
    #[error("the answer has {answered} media lines, the offer had {offered}")]
    LineCount { offered: usize, answered: usize },
    #[error("the answer changes what kind of media line {0} is")]
    LineKind(usize),
    #[error("an offer of ours waits for its answer")]
    OfferPending,
    #[error("there is no offer of ours to answer")]
    NoOffer,
}

impl NegotiationError {
    /// What an INVITE or UPDATE with this offer is refused with (RFC 3261 21.4.1, 21.4.26; 491: 14.2).
    pub const fn status(&self) -> u16 {
        match self {
            NegotiationError::Unreadable(_) => 400,
            NegotiationError::OfferPending => 491,
            NegotiationError::NoAudio
            | NegotiationError::Protocol(_)
            | NegotiationError::NoCodec(_)
            | NegotiationError::NoCrypto
            | NegotiationError::NoAddress
            | NegotiationError::LineCount { .. }
            | NegotiationError::LineKind(_)
            | NegotiationError::NoOffer => 488,
        }
    }

    /// The code of the Warning header beside a 488 (RFC 3261 20.43).
    pub const fn warn_code(&self) -> u16 {
        match self {
            NegotiationError::NoAudio => 304,
            NegotiationError::NoCodec(_) => 305,
            NegotiationError::Protocol(_) | NegotiationError::NoCrypto => 302,
            NegotiationError::NoAddress => 301,
            NegotiationError::Unreadable(_)
            | NegotiationError::LineCount { .. }
            | NegotiationError::LineKind(_)
            | NegotiationError::OfferPending
            | NegotiationError::NoOffer => 399,
        }
    }
}
