//! How large a session description may be.

/// The whole text in bytes. A browser's offer of audio and video with many candidates stays below 20 kB.
pub const MAX_BYTES: usize = 64 * 1024;
/// Lines of the text.
pub const MAX_LINES: usize = 2000;
/// Media lines (`m=`).
pub const MAX_MEDIA: usize = 32;
/// Formats of one media line.
pub const MAX_FORMATS: usize = 128;
