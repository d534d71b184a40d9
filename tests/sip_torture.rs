//! The 49 messages of RFC 4475 and the 12 of RFC 5118, byte for byte (`tests/torture/`): the reaction that each asks for.
//!
//! What needs a server (405, 415, 481, 483) is tested with the endpoint; here the message layer must give it what it
//! needs to decide.

#[path = "torture/common.rs"]
mod common;
#[path = "torture/faults.rs"]
mod faults;
#[path = "torture/ipv6.rs"]
mod ipv6;
#[path = "torture/table.rs"]
mod table;
#[path = "torture/valid.rs"]
mod valid;
