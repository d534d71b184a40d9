use super::payload_map::PayloadMap;
use super::{Negotiated, NegotiationError, Settings};
use crate::sdp::{Codec, Crypto, Direction, Media, Session};

/// Offer and answer of one leg, from its first to its last.
#[derive(Clone, Debug)]
pub struct Negotiator {
    pub(super) settings: Settings,
    pub(super) session_id: u64,
    /// The version in the last `o=` of ours.
    pub(super) version: u64,
    pub(super) payloads: PayloadMap,
    /// The media lines of the session as we last wrote them; later offers keep their places.
    pub(super) lines: Vec<Media>,
    /// Which of them is our stream.
    pub(super) audio: usize,
    /// The key we encrypt with, kept over re-offers (RFC 4568 7.1.4).
    pub(super) local_crypto: Option<Crypto>,
    /// The last description of ours that the peer has, and its text.
    pub(super) sent: Option<Session>,
    pub(super) pending: Option<PendingOffer>,
    /// Our last offer while its answer holds: the 2xx may answer it otherwise than the 183 did.
    pub(super) answered: Option<PendingOffer>,
    pub(super) current: Option<Negotiated>,
}

/// An offer of ours that waits for its answer.
#[derive(Clone, Debug)]
pub(super) struct PendingOffer {
    pub(super) session: Session,
    pub(super) audio: usize,
    pub(super) direction: Direction,
    /// The keys in it; none is plain RTP.
    pub(super) cryptos: Vec<Crypto>,
}

impl Negotiator {
    /// `session_id` is the number in `o=`: random, below 2^63 (some phones read it as signed).
    pub fn new(settings: Settings, session_id: u64) -> Negotiator {
        Negotiator {
            settings,
            session_id: session_id >> 1,
            version: 0,
            payloads: PayloadMap::default(),
            lines: Vec::new(),
            audio: 0,
            local_crypto: None,
            sent: None,
            pending: None,
            answered: None,
            current: None,
        }
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// From now on only these codecs, in this order: how two legs are kept alike. A running stream is not changed.
    pub fn set_codecs(&mut self, codecs: Vec<Codec>) {
        self.settings.codecs = codecs;
    }

    /// What was agreed last.
    pub fn current(&self) -> Option<&Negotiated> {
        self.current.as_ref()
    }

    /// Our last description that was offered or answered, to be sent again as it is (in a refresh, or in the 200 after
    /// a 183).
    pub fn last_sent(&self) -> Option<String> {
        let pending = self.pending.as_ref().map(|offer| &offer.session);
        pending.or(self.sent.as_ref()).map(Session::to_string)
    }

    /// Whether an offer of ours waits for its answer.
    pub fn has_pending_offer(&self) -> bool {
        self.pending.is_some()
    }

    /// Our offer was refused (488, 491) or its request failed: the session goes on as it was (RFC 3264 8).
    pub fn withdraw_offer(&mut self) {
        self.pending = None;
    }

    /// The description with the next version, or the last one again when nothing has changed (RFC 3264 8).
    pub(super) fn versioned(&self, mut session: Session) -> (Session, u64) {
        let same = self.sent.as_ref().is_some_and(|sent| {
            session.origin = sent.origin.clone();
            *sent == session
        });
        let version = if same { self.version } else { self.version.saturating_add(1) };
        session.origin = crate::sdp::Origin::new(self.session_id, version, self.settings.address);
        (session, version)
    }

    pub(super) fn refuse_when_pending(&self) -> Result<(), NegotiationError> {
        if self.pending.is_some() { Err(NegotiationError::OfferPending) } else { Ok(()) }
    }
}
