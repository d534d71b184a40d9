//! Layer 4: builds the parts, wires them, and shuts them down.
//!
//! | file | what |
//! |---|---|
//! | `serve` | one running switch, from configuration to the last BYE |
//! | `publish` | flow files: read, checked against what is set up, published |
//! | `sounds` | audio files and speech, encoded once to every wire codec |
//! | `world` | the store's rows as the switch's world |
//! | `effects` | what the switch asks of the rest of the process |
//! | `recovery` | what a killed run left behind |

mod effects;
mod publish;
mod recovery;
mod serve;
mod sounds;
mod world;

pub use publish::{FlowFile, apply_file, check_files, environment, flow_files, open_store};
pub use serve::{Ready, Running, seed, start};
