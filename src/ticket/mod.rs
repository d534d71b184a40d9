//! Layer 1: what becomes a ticket, and when.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]
