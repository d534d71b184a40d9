//! Layer 1: agents, skill groups and the queue: who is rung for whom.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]
