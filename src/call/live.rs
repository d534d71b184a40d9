//! What a desk is told while it happens: `GET /api/v1/live` sends these as JSON, one a message.

use serde::{Deserialize, Serialize};

use super::event::{EndCause, EndedBy};
use crate::acd::AgentView;
use crate::base::{CallId, UtcMillis};

/// One message of the live feed. `agent` says whose desk it is for; supervisors see all.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Live {
    /// A call reached the switch.
    Started {
        call: CallId,
        at: UtcMillis,
        caller: Option<String>,
        called: String,
    },
    /// The agent's phone rings: the screen pop.
    Ringing {
        call: CallId,
        at: UtcMillis,
        agent: String,
        pop: Box<Pop>,
    },
    /// The phone stopped ringing without an answer of this agent.
    RingEnded {
        call: CallId,
        at: UtcMillis,
        agent: String,
        why: super::event::RingEnd,
    },
    Answered {
        call: CallId,
        at: UtcMillis,
        agent: String,
        waited_ms: u64,
    },
    /// The call is over; `agent` when one had answered.
    Ended {
        call: CallId,
        at: UtcMillis,
        agent: Option<String>,
        cause: EndCause,
        by: EndedBy,
    },
    /// The ticket of the call is in the store.
    Ticket {
        call: CallId,
        at: UtcMillis,
        agent: Option<String>,
        ticket: i64,
    },
    /// An agent's state changed, and why.
    Agent {
        at: UtcMillis,
        agent: String,
        state: Box<AgentView>,
    },
    /// The caller's place changed.
    Queue {
        call: CallId,
        at: UtcMillis,
        group: String,
        ahead: u32,
    },
    /// A line of a phone box did something.
    PhoneBox {
        at: UtcMillis,
        agent: Option<String>,
        device: String,
        line: Option<u32>,
        event: serde_json::Value,
    },
    /// Something that an administrator must see.
    Alarm {
        at: UtcMillis,
        text: String,
    },
}

impl Live {
    /// The agent whose desk the message is for; `None` for everybody's.
    pub fn agent(&self) -> Option<&str> {
        match self {
            Live::Ringing { agent, .. }
            | Live::RingEnded { agent, .. }
            | Live::Answered { agent, .. }
            | Live::Agent { agent, .. } => Some(agent),
            Live::Ended { agent, .. } | Live::Ticket { agent, .. } | Live::PhoneBox { agent, .. } => agent.as_deref(),
            Live::Started { .. } | Live::Queue { .. } | Live::Alarm { .. } => None,
        }
    }
}

/// The caller's card: what the agent reads before answering.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pop {
    pub caller: Option<String>,
    pub called: String,
    pub group: String,
    pub customer: Option<CustomerCard>,
    pub path: Vec<PathStep>,
    pub waited_ms: u64,
    /// Seconds until the call goes to somebody else; `None` when it rings until the caller leaves.
    pub answer_within_s: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CustomerCard {
    pub id: i64,
    pub name: Option<String>,
    /// Made for this call: nobody called from this number before.
    pub new: bool,
    pub calls: i64,
    pub open_tickets: i64,
}

/// One node that the caller came through, and the keys pressed there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathStep {
    pub node: String,
    pub label: Option<String>,
    pub keys: String,
    pub at: UtcMillis,
}
