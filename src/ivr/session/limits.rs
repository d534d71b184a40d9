//! What ends a runaway call. Each has its own reason in the record.

/// Nodes in a row that do not wait for anything (`set`, `switch`, `hours`, …).
pub const MAX_STEPS_WITHOUT_WAIT: u32 = 100;

/// Node entries in one call, subflows included.
pub const MAX_NODE_ENTRIES: u32 = 200;

/// Minutes in one call outside queues and conversations.
pub const MAX_IVR_MINUTES: u64 = 30;

/// Seconds in one queue when the flow sets no `max_wait_s`.
pub const MAX_QUEUE_WAIT_S: u32 = 7200;

/// Subflows within subflows.
pub const MAX_SUBFLOW_DEPTH: usize = 16;

/// Characters of one variable; a longer value is cut.
pub const MAX_VALUE_CHARS: usize = 1000;

/// Keys pressed ahead of the node that wants them; further ones are dropped.
pub const MAX_KEYS_AHEAD: usize = 32;

/// Seconds that the switch may take to book a callback.
pub const BOOKING_TIMEOUT_S: u64 = 5;

/// Milliseconds after the longest duration of a message in which the driver must report its end.
pub const VOICEMAIL_GRACE_MS: u64 = 2000;

/// Silence while a web service is asked, before the node's music starts: a quick answer needs none.
pub const MUSIC_AFTER_MS: u64 = 500;

/// Silence before the waiting tone starts when there is no music: nobody hears nothing for two seconds.
pub const FILLER_AFTER_MS: u64 = 1500;
