//! Layer 1: what becomes a ticket, and what may happen to it.
//!
//! Pure rules, no state of their own: [`tickets_for`] reads the facts of a finished call, [`TicketState::apply`] the
//! present state and one action. Times are wall-clock times, since tickets live for weeks.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod draft;
mod facts;
mod state;
mod text;

pub use draft::{Draft, Kind, TicketRule, tickets_for};
pub use facts::{CallFacts, CallResult, PhoneBoxOutcome, RequestedTicket, Voicemail};
pub use state::{Action, Deletion, Pause, Policy, Reason, ReasonError, TicketState, TransitionError};
pub use text::Text;
