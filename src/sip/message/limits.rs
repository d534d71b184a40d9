//! How large a message may be. What exceeds a limit is answered with 400, 413 or 513 and never buffered.

/// Start line and header fields together, in bytes. RFC 3261 names no limit; carriers' INVITEs stay below 6 kB.
pub const MAX_HEAD_BYTES: usize = 48 * 1024;
/// The body, in bytes: a session description with many candidates stays below 10 kB.
pub const MAX_BODY_BYTES: usize = 128 * 1024;
/// Header fields (lines) of one message.
pub const MAX_FIELDS: usize = 256;
/// One URI, in bytes.
pub const MAX_URI_BYTES: usize = 8 * 1024;
/// Values of one header that [`super::Message::header`] yields: later ones are ignored.
pub const MAX_VALUES: usize = 256;
