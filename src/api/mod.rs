//! Layer 3: HTTP: REST below `/api/v1`, the live WebSocket, `/healthz`, `/metrics`, a plain page at `/`.
//!
//! `routes` is the table of all operations with their least roles; `auth` stands in front of them; a file a resource.

mod agents;
mod audio;
mod auth;
mod calls;
mod customers;
mod error;
mod flow;
mod health;
mod live;
mod metrics;
mod numbers;
mod openapi;
mod page;
mod phoneboxes;
mod picture;
mod recordings;
mod routes;
mod serve;
mod setup;
mod sip;
mod state;
mod tickets;

#[cfg(test)]
mod tests;

pub use auth::Throttle;
pub use error::{ApiError, ApiResult};
pub use picture::Picture;
pub use routes::{ROUTES, Route};
pub use serve::{router, serve};
pub use state::ApiState;
