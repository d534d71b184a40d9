//! The recorder: events go to the database with the rows that follow, each batch in one transaction, and are told on
//! the live feed once they are there.
//!
//! [`Recorder::record`] never waits. While the database is locked, away or broken, batches go to a spool on disk, in
//! order, and are written when it is back; an event's (call, seq) makes a replay harmless, so that each is written exactly
//! once. Past the spool's limit [`Recorder::is_full`] tells the switch to refuse new calls with 503.

mod batch;
mod catch_up;
mod closing;
mod handle;
mod spool;
mod spooler;
mod task;
mod told;
mod writer;

pub use closing::{ClosedCall, RepairedRecording};
pub use handle::{Alarm, Committed, Recorder, RecorderError, RecorderLimits, RecorderStatus};
