//! The registrar: which contacts an account can be reached at (RFC 3261 10).
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod binding;

pub use binding::BindingRow;
