//! SIP transactions (RFC 3261 17, RFC 6026) as state machines over statuses and bytes.
//!
//! [`ClientMachine`] and [`ServerMachine`] are the state machines of figures 5 to 8, one transaction each: they say what
//! is to be done and know no message. [`Transactions`] is the table of all of them: it finds the transaction of a
//! message by its key, keeps the bytes to send again, and turns time into retransmissions and time-outs. What a
//! transaction is for is the user's business and kept beside it as an `owner` value.
//!
//! Contract of [`Transactions`]: one input, then drain [`Transactions::poll_output`]. Every table is bounded; a full one
//! refuses new transactions with [`TableFull`].
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod client;
mod flow;
mod key;
mod queue;
mod server;
mod table;
mod timer;

#[cfg(test)]
mod tests;

pub use client::{ClientKind, ClientMachine, ClientReaction};
pub use flow::{ConnectionId, Flow, Target, Transport};
pub use key::{ClientKey, MAGIC_COOKIE, OldMatch, ServerKey};
pub use queue::TimerQueue;
pub use server::{ServerKind, ServerMachine, ServerReaction};
pub use table::{ClientTx, Delivery, ServerTx, TableFull, Transactions, TxOutput};
pub use timer::{Timer, TimerTable};
