//! What each node does while a call runs through it, one file a node.
//!
//! `enter` begins a node: it waits ([`Go::Wait`]), goes on or ends. While it waits, its own part of [`Step`] takes the
//! inputs and the time-outs; it answers with where to go, or `None` to wait on. What a file may say of a node is in
//! `ivr::flow::node`.

mod ask;
mod branch;
mod callback;
mod collect;
mod dial;
mod hours;
mod http;
mod http_request;
mod keys;
mod play;
mod set;
mod step;
mod subflow;
mod switch;
mod ticket;
mod transfer;
mod transfer_wait;
mod voicemail;

#[cfg(test)]
mod tests;

pub(crate) use step::{Go, Step, enter, takes_secret};
pub(crate) use subflow::{SubflowCall, on_return};
