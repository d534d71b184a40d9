//! Dialogs (RFC 3261 12): what two user agents share while a call lasts, and the requests that follow from it.
//!
//! A [`Dialog`] is made from an INVITE that we answer or from an answer to ours. It keeps the tags, the sequence numbers
//! of both sides, the remote target and the route set, and turns them into a [`Draft`] for each request within it, by
//! loose and by strict routers. A [`Draft`] is a whole request but for its Via, which is known when its way is.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod draft;
mod state;

#[cfg(test)]
mod tests;

pub use draft::{Body, Draft};
pub use state::{Dialog, DialogError, Order};
