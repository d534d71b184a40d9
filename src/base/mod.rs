//! Layer 0: what every other module may use. No input or output happens here.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod diagnostic;
mod id;
mod rng;
mod time;

pub use diagnostic::{Diagnostic, Place, Severity, did_you_mean};
pub use id::{CallId, IdSource, LegId, ParseIdError};
pub use rng::Rng;
pub use time::{Instant, Now, UtcMillis};
