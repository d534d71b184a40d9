//! Layer 1: phone boxes: bytes and time in, line events out.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]
