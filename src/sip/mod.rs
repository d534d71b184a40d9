//! Layer 1: SIP as pure machines: messages, transactions, dialogs, registrar, digest (RFC 3261).
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod digest;
pub mod endpoint;
pub mod registrar;
pub mod transaction;
