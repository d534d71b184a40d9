//! Layer 2: joins the cores (sip, sdp, media, ivr, acd, ticket) into one switch with one owner and no locks.
//!
//! [`event`] is the record of a call: everything that is kept about it follows from its events.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod event;
pub mod live;
pub mod record;
pub mod switch;
pub mod view;
