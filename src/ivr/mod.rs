//! Layer 1: IVR flows: the YAML format, its checks, and the interpreter.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod check;
pub mod flow;
pub(crate) mod node;
pub mod schema;
pub mod session;
pub mod sim;
pub mod speak;
mod yaml;
