//! The SIP user agent of the switch as one pure machine: transactions, dialogs, sessions, registrar and digest joined.
//!
//! Contract: one input ([`Endpoint::handle_message`], [`Endpoint::handle_closed`], [`Endpoint::handle_send_failed`],
//! [`Endpoint::handle_resolved`], [`Endpoint::command`], [`Endpoint::handle_timeout`]), then drain
//! [`Endpoint::poll_output`] until `None`, then wait no longer than [`Endpoint::poll_timeout`]. It touches no socket and
//! no clock: the driver owns the transports, the framing of streams and the look-up of host names.
//!
//! A session is one INVITE dialog of the switch with a caller, an agent's phone or a trunk. Every incoming session ends
//! in exactly one of [`Event::Cancelled`], [`Event::AckTimeout`] or [`Event::Ended`]; every outgoing one in exactly one
//! of [`Event::Failed`] or [`Event::Ended`]. That holds also when the switch itself refuses or hangs up: the event comes
//! at once, and the endpoint finishes the courtesies (CANCEL, ACK, BYE) alone. After it the id means nothing any more,
//! and commands that name it are ignored: a hang-up that crosses the other side's is no error.
//!
//! Bodies are opaque here: SDP belongs to `sdp`, and `call` joins the two.
//!
//! RFC 3261, 3262, 3263 (look-up is asked of the driver), 3311, 3326, 3327, 3515, 3581, 3891, 4028, 5626 (keep-alive),
//! 6026, 8760. What is done of each: `docs/rfc.md`.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod ban;
mod calls;
mod change;
mod command;
mod config;
mod core;
mod credentials;
mod directory;
mod event;
mod face;
mod in_dialog;
mod incoming;
mod ingress;
mod network;
mod places;
mod quirk;
mod refer;
mod register;
mod reliable;
mod replace;
mod reply;
mod responses;
mod send;
mod session;
mod session_timer;
mod terms;
mod trunk_requests;
mod trunk_status;
mod trunks;
mod trust;
mod uac;
mod uas;
mod unacked;
mod update;

#[cfg(test)]
mod tests;

pub use crate::sip::dialog::Body;
pub use crate::sip::digest::Credentials;
pub use crate::sip::registrar::{BindingRow, RegistrationPolicy};
pub use crate::sip::transaction::{ConnectionId, Flow, Target, TimerTable, Transport};
pub use ban::{Ban, BanScope, subject};
pub use command::{CallerId, Command, Destination, HangupReason, Invite};
pub use config::{EndpointConfig, Limits, ListenAddr};
pub use directory::{Account, Directory, Trunk, TrunkLogin};
pub use event::{
    EndReason, Event, FailedBy, GateChange, Incoming, Origin, Output, Presentation, Replaces, ResolveId, SessionId,
};
pub use face::Endpoint;
pub use network::{IpNetwork, ParseNetworkError};
pub use trunk_status::{TrunkError, TrunkStatus};
