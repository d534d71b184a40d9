//! Layer 4: builds the parts, wires them, and shuts them down.
//!
//! | file | what |
//! |---|---|
//! | `serve` | one running switch, from configuration to the last BYE |
//! | `world` | the store's rows as the switch's world |
//! | `effects` | what the switch asks of the rest of the process |
//! | `recovery` | what a killed run left behind |

mod effects;
mod recovery;
mod serve;
mod world;

pub use serve::{Ready, Running, seed, start, start_with};
