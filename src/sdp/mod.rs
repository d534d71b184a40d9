//! Layer 1: session descriptions (RFC 4566, RFC 8866) and the offer/answer model (RFC 3264).
//!
//! [`Session::parse`] reads what strangers' phones send: unknown lines and attributes are kept or passed by, order and
//! line ends are free, every count is bounded by the constants in [`limits`]. `Session` writes itself with `Display`.
//! [`offer_answer`] makes offers and answers for one leg and says what was agreed.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod attribute;
mod codec;
mod connection;
mod crypto;
mod direction;
pub mod limits;
pub mod offer_answer;
mod parse;
mod session;
mod write;

#[cfg(test)]
mod tests;

pub use attribute::{Attribute, Rtcp, RtpMap};
pub use codec::Codec;
pub use connection::Connection;
pub use crypto::{Crypto, CryptoSuite, MasterKey};
pub use direction::Direction;
pub use offer_answer::{Negotiated, NegotiationError, Negotiator, Settings, SrtpPolicy, TelephoneEvent};
pub use parse::SdpError;
pub use session::{Media, MediaKind, Origin, Protocol, Session};
