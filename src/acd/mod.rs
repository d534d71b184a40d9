//! Layer 1: agents, skill groups and the queue: who is rung for whom.
//!
//! [`Acd`] is one pure machine with one owner: every agent has one state for all groups, every waiting call one place.
//! It touches no socket and no clock; the switch tells it what happened ([`Input`]) and does what it says ([`Output`]).
//!
//! Contract: one input (`configure`, `handle`, `handle_timeout`, `reconcile`), then drain `poll_output` until `None`, then
//! arm a timer for `poll_timeout`. Duplicate, late and unknown inputs change nothing. Every `Ring` is ended by exactly one
//! `Connect` or `StopRinging` of the same call and agent. The rules in words are in `docs/acd.md`.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod agent;
mod callback;
mod configure;
mod input;
mod machine;
mod matching;
mod output;
mod presence;
mod queue;
mod reconcile;
mod ringing;
mod seat;
mod skill_group;
mod snapshot;
mod stamp;
pub mod stats;

mod view;
mod waiting;

pub use agent::{AgentConfig, AgentNo, AgentState, NotReadyReason, Then};
pub use input::{BookCallback, Enqueue, Input, LastAgent, LeaveReason, Refusal};
pub use machine::Acd;
pub use output::{AssignRefusal, CallbackRefusal, Correction, Output, StopReason};
pub use queue::Place;
pub use reconcile::Live;
pub use skill_group::{AcdConfig, GroupConfig, GroupId, Strategy};
pub use snapshot::{AgentRecord, CallbackRecord, QueueRecord, Snapshot};
pub use view::{AgentView, QueueView, WhyNoCalls};

#[cfg(test)]
mod tests;
