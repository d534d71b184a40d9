//! Phone boxes: ports, one thread a box, what is known of each.
//!
//! A box is plugged in and out at any time, and comes back under another name. So a thread owns the port: it looks for
//! the device, opens it for itself alone, runs the engine of [`crate::phonebox`], and tells events over a bounded channel.
//! Nothing waits for a box: commands are refused when too many wait, events are dropped and counted when nobody takes
//! them.

mod config;
mod find;
mod handle;
mod limits;
mod link;
mod probe;
mod profiles;
mod set;
mod status;
mod worker;

pub use config::{AUTO, BoxConfig, CallerIdFrom, LineConfig, SOUND, machine_zone};
pub use find::{BadPort, PortName, Roots, places, port_ids};
pub use handle::{BoxCommand, BoxContext, BoxEvent, BoxHandle, Busy, StartError};
pub use link::{Link, LinkError, Place};
pub use probe::probe;
pub use profiles::{ProfileFault, Profiles};
pub use set::BoxSet;
pub use status::{BoxCounters, BoxState, BoxStatus, LineView, RawPiece, StampedEvent};
