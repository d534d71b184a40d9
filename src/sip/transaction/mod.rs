//! SIP transactions (RFC 3261 17, RFC 6026) as state machines over statuses and bytes.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod timer;

pub use timer::{Timer, TimerTable};
