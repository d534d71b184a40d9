//! Offer and answer for one audio stream of one leg (RFC 3264), without time or sockets.
//!
//! A [`Negotiator`] lives as long as its leg. It makes our offers ([`Negotiator::make_offer`], then
//! [`Negotiator::read_answer`] or [`Negotiator::withdraw_offer`]) and answers the peer's ([`Negotiator::answer_offer`]).
//! Each success gives a [`Negotiated`]: all that the media side must know. On an error nothing has changed, and
//! [`NegotiationError::status`] is what the request is refused with.
//!
//! One stream is chosen: the first audio line that can be used. All others are refused with port 0, and their places are
//! kept in every later offer (RFC 3264 8). Payload types, once agreed, stay (8.3.2). The version in `o=` grows with
//! every change (8).

mod answer;
mod error;
mod line;
mod negotiated;
mod negotiator;
mod offer;
mod payload_map;
mod settings;

#[cfg(test)]
mod tests;

pub use error::NegotiationError;
pub use negotiated::{CryptoPair, Negotiated, TelephoneEvent};
pub use negotiator::Negotiator;
pub use settings::{Settings, SrtpPolicy};
