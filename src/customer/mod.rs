//! Layer 1: who is calling: numbers in one form, whom they belong to, and how they are shown in logs.
//!
//! [`Number::parse`] reads whatever networks, phones and people write (`+86 (0)21-1234 5678`, `tel:…`, `021/12345678-801`,
//! `anonymous`) and never fails: what is no telephone number is kept as text. [`decide`] says what a desk opens (P13).
//! Sources: ITU-T E.164 (15 digits, country codes), RFC 3966 (tel URIs), the Chinese numbering plan of 2017.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod china;
mod country;
mod matching;
mod number;
mod redact;
mod spelling;

pub use matching::{Match, decide};
pub use number::{Kind, Number, NumberPlan, PlanError};
pub use redact::Redacted;

#[cfg(test)]
mod tests;
