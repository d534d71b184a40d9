//! The media workers: OS threads outside tokio that own the RTP sockets of their legs.
//!
//! A worker runs one [`Plane`](crate::media::Plane). It wakes for its ticks and at most every 2 ms for packets, does all that is due in one
//! pass and sends it in one batch. Commands reach it by a bounded queue (`Full` when it is full), events leave by a
//! bounded tokio channel (a worker keeps them until there is room; only keys are dropped, and counted, past a limit).
//! Recordings are written by a thread of their own behind a bounded queue: a slow disk costs audio of the recording,
//! never a packet.

mod batch;
mod clock;
mod events;
mod handle;
mod phone;
mod poller;
mod ports;
mod sink;
mod socket;
mod sockets;
mod stats;
mod worker;
mod writer;

pub use handle::{Full, MediaConfig, MediaHandle, OpenError};
pub use phone::{Phone, PhoneError, Received};
pub use sink::RecordingSink;
pub use stats::WorkerStats;
