//! Phone boxes: ports, one thread a box, what is known of each.

mod config;
mod profiles;

pub use config::{AUTO, BoxConfig, LineConfig};
pub use profiles::{ProfileFault, Profiles};
