//! `hotline sipp`: scenarios played by SIPp against a switch of their own, and judged by the record that it keeps.

mod command;
mod expectation;
mod house;
mod players;
mod scenario;

pub use command::{SippArgs, run};
