//! Digest authentication (RFC 3261 22, RFC 7616, RFC 8760): hashes, nonces, and the check of an answer.
//!
//! [`answer`] and [`user_hash`] compute; [`Nonces`] makes nonces that need no memory until one is used well and then
//! keeps the highest count seen, so that no answer is good twice; [`Verifier`] joins both for a server.
//! Unknown users cost the same work and get the same challenge as wrong passwords.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod algorithm;
mod client;
mod nonce;
mod verify;

#[cfg(test)]
mod tests;

pub use algorithm::{Algorithm, Counted, Question, answer, user_hash};
pub use client::{Challenge, Challenged, Login};
pub use nonce::{NonceState, Nonces};
pub use verify::{Asked, Credentials, Presented, Verdict, Verifier};
