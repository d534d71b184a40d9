//! What a session tells the record of the call.

use serde::{Deserialize, Serialize};

use super::output::QueueExit;

/// One entry for the record, in the order in which things happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum FlowEvent {
    NodeEntered {
        /// The flow that the node belongs to: the main one or a subflow.
        flow: String,
        node: String,
        kind: String,
        label: Option<String>,
    },
    /// The session took one of the node's edges. `outcome` is the edge's name: `next`, `options.NAME`, `on_failure`, …
    Branch {
        flow: String,
        node: String,
        outcome: String,
    },
    PromptStarted {
        prompt: String,
        language: String,
    },
    PromptEnded {
        prompt: String,
        by: PromptEnd,
    },
    /// A key of the caller. `masked` when the flow collects something secret: then it must not be stored.
    Key {
        digit: char,
        masked: bool,
    },
    /// A wrong key or word at a menu or collection: `count` in this visit.
    WrongEntry {
        node: String,
        count: u32,
    },
    /// No entry within the time-out: `count` in this visit.
    NoEntry {
        node: String,
        count: u32,
    },
    /// `value` is `***` for a secret variable.
    VariableSet {
        name: String,
        value: String,
    },
    LanguageSet {
        language: String,
    },
    Queued {
        group: String,
        priority: u32,
    },
    Widened {
        group: String,
    },
    LeftQueue {
        reason: QueueExit,
    },
    HttpEnded {
        node: String,
        attempt: u32,
        /// `200`, `timed_out`, `not_allowed`, …
        outcome: String,
    },
    VoicemailEnded {
        duration_ms: u64,
        /// Long enough to be a message.
        kept: bool,
    },
    CallbackBooked {
        number: String,
        group: String,
    },
    CallbackRefused {
        reason: String,
    },
    DialEnded {
        number: String,
        /// `answered`, `busy`, `no_answer`, `failed`, `hung_up`.
        outcome: String,
    },
    TicketRequested {
        subject: String,
        group: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromptEnd {
    Played,
    /// A key stopped it.
    BargedIn,
    /// An agent answered, the flow went on, or the call ended.
    Cut,
}

/// Why a flow ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum EndReason {
    /// It came to an `end` node.
    FlowEnd,
    /// More wrong entries than `max_errors`, and no `on_max_errors`.
    MaxErrors,
    /// More time-outs than `max_timeouts`, and no `on_max_timeouts`.
    MaxTimeouts,
    /// A wait in the queue, a message, a request or an outside call came to an outcome for which the node has no edge:
    /// `on_max_wait`, `on_failure`, …
    NoEdge {
        outcome: String,
    },
    /// The agent hung up and the node has no `after_agent_hangup`.
    AgentHungUp,
    Limit {
        limit: Limit,
    },
    /// Something that the checks should have found: a missing node, prompt or variable.
    Fault {
        what: String,
    },
    CallerHungUp,
}

impl EndReason {
    /// Its name in test files and records: `max_errors`.
    pub fn name(&self) -> &'static str {
        match self {
            EndReason::FlowEnd => "flow_end",
            EndReason::MaxErrors => "max_errors",
            EndReason::MaxTimeouts => "max_timeouts",
            EndReason::NoEdge { .. } => "no_edge",
            EndReason::AgentHungUp => "agent_hung_up",
            EndReason::Limit { limit } => limit.name(),
            EndReason::Fault { .. } => "fault",
            EndReason::CallerHungUp => "caller_hung_up",
        }
    }
}

/// A safety limit that ended a runaway call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// [`super::MAX_STEPS_WITHOUT_WAIT`].
    Steps,
    /// [`super::MAX_NODE_ENTRIES`].
    Entries,
    /// [`super::MAX_IVR_MINUTES`].
    Minutes,
}

impl Limit {
    pub const fn name(self) -> &'static str {
        match self {
            Limit::Steps => "limit_steps",
            Limit::Entries => "limit_entries",
            Limit::Minutes => "limit_minutes",
        }
    }
}
