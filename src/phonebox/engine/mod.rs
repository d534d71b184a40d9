//! The engine of one box: bytes and time in, events and bytes to write out.

mod core;
mod host;
mod records;
#[cfg(test)]
mod tests;
mod types;

pub use core::Engine;
pub use types::{Counters, EngineOptions, LineStatus, Output};
