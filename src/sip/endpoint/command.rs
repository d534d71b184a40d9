//! What the switch asks of an endpoint.

use std::collections::BTreeSet;
use std::time::Duration;

use super::event::{Presentation, Replaces, SessionId};
use crate::sip::dialog::Body;

/// Where an outgoing call goes.
#[derive(Clone, PartialEq, Debug)]
pub enum Destination {
    /// Every registered contact of this account, at once; the first that answers wins.
    Account(String),
    /// A SIP URI.
    Uri(String),
    /// A number by a trunk.
    Trunk { name: String, number: String },
}

/// Who the called side sees.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct CallerId {
    /// Number or user name.
    pub user: String,
    pub display_name: Option<String>,
    pub presentation: Presentation,
}

/// A new outgoing call.
#[derive(Clone, PartialEq, Debug)]
pub struct Invite {
    /// From [`super::Endpoint::new_session`].
    pub session: SessionId,
    pub to: Destination,
    pub from: CallerId,
    /// The offer; `None` leaves it to the called side.
    pub body: Option<Body>,
    /// Added as they are, such as `Alert-Info`.
    pub headers: Vec<(String, String)>,
    /// Gives up after this long without an answer (CANCEL, then [`super::Event::Failed`] by timeout).
    pub ring_timeout: Option<Duration>,
    /// The dialog that the called side is to drop in favour of this one.
    pub replaces: Option<Replaces>,
    /// Trunks that it may not go out by, whatever the fallbacks say.
    pub barred: BTreeSet<String>,
    /// Rings only those contacts of an account that registered by TLS: there are keys in the offer.
    pub secure_only: bool,
}

/// Why we hang up: told to the other side in a Reason header (RFC 3326).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum HangupReason {
    #[default]
    Normal,
    /// The phone should not show a missed call.
    CompletedElsewhere,
    /// A cause of ITU-T Q.850, 1 to 127.
    Q850(u8),
}

/// One wish of the switch. Wishes about a session that is over, or that do not fit its state, do nothing.
#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    Invite(Box<Invite>),
    /// 180, 181, 182, 183 with early media.
    Provisional {
        session: SessionId,
        status: u16,
        body: Option<Body>,
    },
    /// 200 to the INVITE, sent again until its ACK comes.
    Accept {
        session: SessionId,
        body: Option<Body>,
    },
    /// A final refusal, 300 to 699.
    Reject {
        session: SessionId,
        status: u16,
        reason: Option<String>,
        headers: Vec<(String, String)>,
    },
    /// Ends the session whatever its state: refuses an incoming call (480), cancels an outgoing one, sends BYE; when a
    /// 200 crosses our CANCEL, acknowledges it and sends BYE.
    Hangup {
        session: SessionId,
        reason: HangupReason,
    },
    /// The answer to an offer in a 2xx: completes an offerless INVITE or re-INVITE of ours.
    Acknowledge {
        session: SessionId,
        body: Body,
    },
    /// re-INVITE; waits for its turn when another change is under way (RFC 3261 14).
    Reoffer {
        session: SessionId,
        body: Option<Body>,
    },
    /// The answer to [`super::Event::Reoffer`], or the status that refuses it (488).
    AnswerReoffer {
        session: SessionId,
        answer: Result<Option<Body>, u16>,
    },
    Info {
        session: SessionId,
        body: Body,
    },
    /// 202 to a REFER, or the status that refuses it.
    AnswerRefer {
        session: SessionId,
        answer: Result<(), u16>,
    },
    /// Tells the other side how we get on with its REFER; 200 or more is the last, and [`super::Event::ReferOver`] follows.
    NotifyRefer {
        session: SessionId,
        status: u16,
    },
}
