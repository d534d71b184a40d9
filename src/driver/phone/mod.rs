//! A small telephone of our own: it registers, calls, answers, presses keys, sends a tone and keeps what it hears.
//!
//! The demonstration and the tests speak through it to a real switch over real sockets. It is a test instrument: one
//! call at a time, no retransmissions beyond what a call on one machine needs. Its sound is [`super::media::Phone`].

mod dialog;
mod sip;

pub use sip::{Phone, PhoneError};
