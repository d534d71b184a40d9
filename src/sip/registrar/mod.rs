//! The registrar: at which contacts an account can be reached (RFC 3261 10, RFC 3327, parts of RFC 5626).
//!
//! [`Registrar::register`] applies one authenticated REGISTER as a whole or not at all. Time is monotonic, so setting the
//! wall clock loses no registration; only [`BindingRow`], the form that is stored over a restart, knows the wall clock.
//! Every table is bounded: an account has at most `contacts_per_account` bindings, and a new one beyond it takes the
//! place of the one that was refreshed longest ago.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod binding;
mod registration;
mod table;

#[cfg(test)]
mod tests;

pub use binding::{Binding, BindingRow};
pub use registration::{ContactWish, Contacts, RegisterError, Registration, RegistrationPolicy};
pub use table::{Applied, Registrar};
