//! Layer 3: HTTP: REST, the live WebSocket, the pages.

mod health;
mod serve;
mod state;

pub use serve::serve;
pub use state::ApiState;
