//! Layer 1: 20 ms frames: clips, players, recorders, mixers, tones and the timeline of a leg.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]
