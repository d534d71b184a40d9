//! Set-up as data: checked as a whole, applied as a whole, and told in words.
//!
//! Applying is idempotent. What a set-up does not name stays as it is. A set-up with faults changes nothing, and every
//! fault is told with its place and what to do.

mod apply;
mod change;
mod check;
mod standing;

pub use apply::{Applied, BroughtIn, Passwords};
pub use change::Change;
pub use check::Finding;
