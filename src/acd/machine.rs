//! The machine's face.

use std::collections::VecDeque;

use super::{AcdConfig, AgentNo, AgentView, Input, Live, Output, QueueView, Snapshot};
use crate::base::{CallId, Instant, Now};

/// All agents, all skill groups, one queue.
#[derive(Debug, Default)]
pub struct Acd {
    config: AcdConfig,
    outputs: VecDeque<Output>,
}

impl Acd {
    /// Waiting calls and callbacks together; more get `QueueFull`.
    pub const MAX_QUEUE: usize = 10_000;
    /// Most attempts that a callback may be given.
    pub const MAX_CALLBACK_ATTEMPTS: u8 = 10;

    /// An empty machine: `configure` fills it.
    pub fn new() -> Self {
        Acd::default()
    }

    /// A machine as it was, put right by what is `live`: agents of dead calls are free, dead callers left the queue.
    pub fn restore(config: AcdConfig, _snapshot: Snapshot, _live: &Live, now: Now) -> Self {
        let mut acd = Acd::new();
        acd.configure(config, now);
        acd
    }

    /// Replaces the set-up. States, calls and places are kept; a removed agent finishes the call in hand, a call whose
    /// groups are all gone is told `NoAgents`.
    pub fn configure(&mut self, config: AcdConfig, _now: Now) {
        self.config = config;
    }

    pub fn handle(&mut self, _input: Input, _now: Now) {}

    /// Does what is due.
    pub fn handle_timeout(&mut self, _now: Now) {}

    /// When `handle_timeout` is to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Compares with what is really up and repairs every difference, telling each as `Corrected`.
    pub fn reconcile(&mut self, _live: &Live, _now: Now) {}

    /// Everything that must survive.
    pub fn snapshot(&self, _now: Now) -> Snapshot {
        Snapshot::default()
    }

    pub fn agents(&self, _now: Now) -> Vec<AgentView> {
        Vec::new()
    }

    pub fn agent(&self, _agent: &AgentNo, _now: Now) -> Option<AgentView> {
        None
    }

    /// In the order of the queue.
    pub fn queue(&self, _now: Now) -> Vec<QueueView> {
        Vec::new()
    }

    /// `${WaitNo}` of a waiting call.
    pub fn ahead(&self, _call: CallId) -> Option<u32> {
        None
    }
}
