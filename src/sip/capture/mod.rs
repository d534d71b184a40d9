//! SIP of each call as it went over the wire, for those who look for a fault: kept in memory for a while, shown as a
//! ladder, written as a PCAP file, or sent to a collector (HEP3).
//!
//! [`Traces`] is pure: packets and the calls that dialogs belong to in, traces of calls out. Passwords and keys are
//! covered before anything is kept (`mask`). Nothing here sees RTP.

mod hep;
mod mask;
mod packet;
mod pcap;
#[cfg(test)]
mod tests;
mod traces;

pub use hep::{HepAgent, hep3};
pub use packet::Packet;
pub use pcap::pcap;
pub use traces::{Limits, Trace, Traces};
