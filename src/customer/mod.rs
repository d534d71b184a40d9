//! Layer 1: who is calling: number normalisation and matching.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]
