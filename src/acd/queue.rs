//! Waiting calls and their order.

use serde::{Deserialize, Serialize};

use crate::base::UtcMillis;

/// A place in the queue, to be kept while a call does something else and taken up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub queued_at: UtcMillis,
    pub priority: u8,
    /// Order among calls of the same moment.
    pub seq: u64,
}
