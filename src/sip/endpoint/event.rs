//! What an endpoint tells its driver and the switch.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;

use crate::sip::dialog::Body;
use crate::sip::transaction::{ConnectionId, Flow, Target, Transport};

/// One INVITE dialog of ours, incoming or outgoing; unique within the endpoint, never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SessionId(pub u64);

/// One question to the name service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ResolveId(pub u64);

/// What the driver is to do.
#[derive(Clone, PartialEq, Debug)]
pub enum Output {
    Transmit {
        to: Target,
        bytes: Bytes,
    },
    /// Close a connection whose peer misbehaves.
    Close {
        connection: ConnectionId,
    },
    /// What the transports are to let in.
    Gate(GateChange),
    /// Find where this host takes SIP (RFC 3263: SRV and NAPTR, or addresses alone) and answer with `handle_resolved`.
    Resolve {
        id: ResolveId,
        host: String,
        /// Named in the URI; then no SRV look-up is made.
        port: Option<u16>,
        /// Named in the URI; otherwise the look-up chooses.
        transport: Option<Transport>,
    },
    Event(Event),
}

/// What the endpoint has found out about a source or a connection, so that transports need not read what it would drop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GateChange {
    /// Nothing of this source (see [`super::subject`]) is to come in for so long; its connections are to be closed.
    Silence { source: IpAddr, length: Duration },
    /// It may come in again.
    Hear { source: IpAddr },
    /// Its peer is an account, a trunk or one end of a call.
    Welcome { connection: ConnectionId },
}

/// Who calls.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Origin {
    /// From the networks of this trunk.
    Trunk(String),
    /// Authenticated as this account.
    Account(String),
}

/// Whether the caller's identity may be shown to the called side (RFC 3323, RFC 3325).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Presentation {
    #[default]
    Allowed,
    Restricted,
}

/// A new call.
#[derive(Clone, PartialEq, Debug)]
pub struct Incoming {
    pub session: SessionId,
    pub origin: Origin,
    pub request_uri: String,
    /// The dialled number or name: user part of the Request-URI, escapes decoded, without parameters.
    pub called: String,
    /// The caller's number: from a trunk that of P-Asserted-Identity when there is one, else of From; `None` when
    /// anonymous. For an account, its user name.
    pub caller: Option<String>,
    /// Cleaned of control characters.
    pub display_name: Option<String>,
    pub presentation: Presentation,
    /// The number that diverted the call here (Diversion, History-Info), from trunks only.
    pub diverted_by: Option<String>,
    /// The offer; `None` when the answer must carry it (offerless INVITE).
    pub body: Option<Body>,
    pub sip_call_id: String,
    pub flow: Flow,
    /// This call is to take the place of an existing one (RFC 3891).
    pub replaces: Option<SessionId>,
}

/// The dialog that a new one is to take the place of (RFC 3891).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replaces {
    pub call_id: String,
    pub to_tag: String,
    pub from_tag: String,
    pub early_only: bool,
}

/// Why an outgoing call was not answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FailedBy {
    /// A final response of the other side.
    Remote,
    /// No answer within the ring timeout of the [`super::Invite`], or no response at all (408).
    Timeout,
    /// Nothing could be sent: no registered contact, no address, connection refused (480, 503).
    Unreachable,
    /// We hung up first (487).
    Local,
    /// Every trunk that it could go out by is barred ([`super::Invite::barred`]; 403).
    Barred,
}

/// Why a call is over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EndReason {
    /// BYE.
    Bye,
    /// We refused it, or hung up before answering it.
    Rejected,
    /// The session interval passed without a refresh (RFC 4028).
    SessionExpired,
    /// A request in the dialog got 408 or 481, or nothing at all.
    DialogLost,
    /// The ACK of a re-INVITE never came.
    NoAck,
    /// Another call took its place (RFC 3891).
    Replaced,
}

/// What the switch learns.
#[derive(Clone, PartialEq, Debug)]
pub enum Event {
    /// A new call, told once however often its INVITE is sent.
    Incoming(Box<Incoming>),
    /// A provisional response to our INVITE other than 100.
    Provisional { session: SessionId, status: u16, body: Option<Body> },
    /// Our INVITE goes out by this trunk: the first, or the next after one that failed.
    TrunkTaken { session: SessionId, trunk: String },
    /// A 2xx to our INVITE. `remote` is where it came from. When our INVITE had no body this is an offer, and the
    /// switch answers with [`super::Command::Acknowledge`]; otherwise the ACK has been sent.
    Answered { session: SessionId, body: Option<Body>, remote: SocketAddr },
    /// Our INVITE was not answered.
    Failed { session: SessionId, status: u16, reason: String, by: FailedBy },
    /// The caller gave up before we answered. `elsewhere`: because someone else answered (RFC 3326).
    Cancelled { session: SessionId, elsewhere: bool },
    /// The ACK of our 2xx; with a body when our 2xx carried the offer.
    Acked { session: SessionId, body: Option<Body> },
    /// The ACK never came; a BYE has been sent (RFC 3261 13.3.1.4).
    AckTimeout { session: SessionId },
    /// An answered call is over, or an incoming one that we refused.
    Ended { session: SessionId, by_remote: bool, reason: EndReason },
    /// The other side wants to change the session (re-INVITE or UPDATE); `None` asks us for an offer. The switch
    /// answers with [`super::Command::AnswerReoffer`].
    Reoffer { session: SessionId, body: Option<Body> },
    /// Our own change was answered, or refused with a status. When it had no body, this is an offer to be answered
    /// with [`super::Command::Acknowledge`].
    ReofferAnswered { session: SessionId, result: Result<Option<Body>, u16> },
    /// The ACK of a re-INVITE that we accepted; with a body when our 2xx carried the offer.
    ReofferAcked { session: SessionId, body: Option<Body> },
    /// INFO within the call (RFC 6086); already answered with 200.
    Info { session: SessionId, body: Body },
    /// The phone of an account asks us to call `called`, the user part of a URI of ours, in its place (RFC 3515). The
    /// switch answers with [`super::Command::AnswerRefer`].
    ReferRequested { session: SessionId, called: String, replaces: Option<Replaces> },
    /// The last word about its REFER has reached it, or nothing will.
    ReferOver { session: SessionId },

    /// A phone registered, or refreshed its registration.
    Registered { user: String, contact: String, expires_s: u32, flow: Flow, first: bool },
    /// The last contact of an account is gone: unregistered, expired or its connection closed.
    Unregistered { user: String },
    /// A registered phone does not answer requests any more.
    AccountUnreachable { user: String },
    /// The bindings of an account changed and should be stored.
    BindingsChanged { user: String },
    /// A wrong password, an unknown user, or a replayed answer.
    AuthFailed { user: String, source: IpAddr },
    /// A source is silenced until `for_s` seconds from now.
    Banned { source: IpAddr, for_s: u64 },
    /// A trunk came into or went out of order.
    TrunkState { trunk: String, available: bool, why: String },
}
