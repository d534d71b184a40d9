//! Layer 4: builds the parts, wires them, and shuts them down.
//!
//! | file | what |
//! |---|---|
//! | `serve` | one running switch, from configuration to the last BYE |
//! | `capture` | what is kept of SIP, and where it is sent |
//! | `world` | the store's rows as the switch's world |
//! | `flows` | the flows that calls run, and the drafts of test numbers |
//! | `watch` | changes of the store brought to the switch, planned publications |
//! | `effects` | what the switch asks of the rest of the process |
//! | `recovery` | what a killed run left behind |

mod boxes;
mod capture;
mod effects;
mod flows;
mod recovery;
mod retention;
mod serve;
mod trunks;
mod watch;
mod world;

pub use serve::{Ready, Running, seed, start, start_with};
