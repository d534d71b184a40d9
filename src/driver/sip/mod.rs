//! SIP transports: sockets in, [`Inbound`] out; [`SipTransports::send`] never waits.
//!
//! Every socket has its own task that reads and frames; messages go to the switch's owner through one bounded channel.
//! When it is full, datagrams are dropped (SIP sends them again) and streams wait. Writes to a stream go through a
//! bounded queue with a deadline for each write: a peer that does not read loses its connection and delays nobody.

mod capture;
mod gate;
mod locate;
mod stream;
mod tls;
mod transports;
mod udp;
mod ws;

#[cfg(test)]
mod secure_tests;
#[cfg(test)]
mod tests;

pub use capture::{HepTarget, SipCapture};
pub use gate::Permit;
pub use locate::Locator;
pub use tls::TlsError;
pub use transports::{BindError, Inbound, SipTransports};
