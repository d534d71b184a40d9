//! The values of SIP headers as types, one file each (RFC 3261 20 and the RFCs named there).
//!
//! Each is read from one value, as [`crate::sip::Message::header`] yields them, and written by [`Wire`].
//! Values share the message's buffer; numbers that are too large are read as the largest.

mod auth;
mod contact;
mod content_type;
mod cseq;
mod diversion;
mod event;
mod history_info;
mod name_addr;
mod options;
mod params;
mod privacy;
mod rack;
mod reason;
mod replaces;
mod retry_after;
pub(crate) mod scan;
mod seconds;
mod session_expires;
mod subscription_state;
mod via;
mod wire;

#[cfg(test)]
mod tests;

pub use auth::Auth;
pub use contact::{Contact, Contacts};
pub use content_type::ContentType;
pub use cseq::CSeq;
pub use diversion::Diversion;
pub use event::Event;
pub use history_info::HistoryInfo;
pub use name_addr::NameAddr;
pub use options::has_option;
pub use params::Params;
pub use privacy::Privacy;
pub use rack::RAck;
pub use reason::Reason;
pub use replaces::Replaces;
pub use retry_after::RetryAfter;
pub use seconds::{Expires, MaxForwards, MinExpires, MinSe, RSeq};
pub use session_expires::{Refresher, SessionExpires};
pub use subscription_state::{SubscriptionState, SubscriptionStatus};
pub use via::Via;
pub use wire::{Header, HeaderError, Wire};
