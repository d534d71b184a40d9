//! What ends a runaway call. Each has its own reason in the record.

/// Nodes in a row that do not wait for anything (`set`, `switch`, `hours`, …).
pub const MAX_STEPS_WITHOUT_WAIT: u32 = 100;

/// Node entries in one call.
pub const MAX_NODE_ENTRIES: u32 = 200;

/// Minutes in one call outside queues and conversations.
pub const MAX_IVR_MINUTES: u64 = 30;

/// Subflows within subflows.
pub const MAX_SUBFLOW_DEPTH: usize = 16;

/// Characters of one variable; a longer value is cut.
pub const MAX_VALUE_CHARS: usize = 1000;
