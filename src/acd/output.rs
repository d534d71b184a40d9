//! What the machine wants done.

use serde::Serialize;

use super::{AgentNo, AgentView, GroupId, LeaveReason, Place};
use crate::base::{CallId, Instant};

/// An order to the switch, or news for desks and records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Ring this agent's phone. `until` is the answer timeout, for the desk to count down; `None` when it is off.
    Ring {
        call: CallId,
        agent: AgentNo,
        group: GroupId,
        until: Option<Instant>,
        waited_ms: u64,
        /// The number to call once the agent has answered, when this is a callback.
        callback: Option<String>,
    },
    /// End the ringing leg if it still rings. The waiting call keeps its place unless `Left` says otherwise.
    StopRinging {
        call: CallId,
        agent: AgentNo,
        why: StopReason,
    },
    /// The answer is accepted: bridge them. The call is no longer waiting.
    Connect {
        call: CallId,
        agent: AgentNo,
        group: GroupId,
        waited_ms: u64,
    },
    /// The answer came too late: drop that leg.
    LateAnswer {
        call: CallId,
        agent: AgentNo,
    },
    /// The call's place changed. `ahead` is `${WaitNo}`: 0 is next.
    Position {
        call: CallId,
        ahead: u32,
        estimated_wait_s: Option<u32>,
    },
    /// Nobody is signed in and reachable in any group of this waiting call. Said once each time that it becomes so;
    /// the call waits on until `Leave`.
    NoAgents {
        call: CallId,
        group: GroupId,
    },
    /// The call left the queue unanswered. `place` lets it come back where it was.
    Left {
        call: CallId,
        why: LeaveReason,
        waited_ms: u64,
        place: Place,
    },
    /// The queue holds [`Acd::MAX_QUEUE`](super::Acd::MAX_QUEUE) calls: this one was not taken.
    QueueFull {
        call: CallId,
    },
    /// Any change that a desk or wallboard shows.
    AgentChanged(Box<AgentView>),
    /// The agent is no longer in the set-up and has no call.
    AgentRemoved {
        agent: AgentNo,
    },
    /// The agent has another call: one at a time (A9).
    SeizeRefused {
        agent: AgentNo,
        call: CallId,
    },
    AssignRefused {
        call: CallId,
        agent: AgentNo,
        why: AssignRefusal,
    },
    /// `call` is booked; or the number was booked already in this group, as `booking`, which keeps its place.
    CallbackBooked {
        call: CallId,
        booking: CallId,
        number: String,
    },
    CallbackRefused {
        call: CallId,
        why: CallbackRefusal,
    },
    /// An attempt failed; the next one is not before `at`.
    CallbackRetry {
        call: CallId,
        attempts_left: u8,
        at: Instant,
    },
    /// The customer was reached: the callback is done.
    CallbackDone {
        call: CallId,
    },
    /// The last attempt failed: a person should look (ticket).
    CallbackGivenUp {
        call: CallId,
        number: String,
        group: GroupId,
    },
    /// `reconcile` or `restore` found the machine and the world apart, and put it right.
    Corrected(Correction),
}

/// Why a phone stops ringing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    NoAnswer,
    Busy,
    Declined,
    Unreachable,
    CallerGone,
    /// The call left the queue for another reason, was given to someone else, or the agent left.
    Withdrawn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignRefusal {
    NotWaiting,
    UnknownAgent,
    /// The agent is not ready, has a call, or is in wrap-up.
    NotFree,
    Unreachable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackRefusal {
    /// The number is withheld or empty.
    NoNumber,
    QueueFull,
}

/// One repair of the invariant "on a call exactly while a dialog is up".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Correction {
    /// The agent was on a call without a dialog: freed.
    AgentFreed { agent: AgentNo, call: CallId },
    /// The agent has a dialog that the machine did not know: now on that call.
    AgentSeized { agent: AgentNo, call: CallId },
    /// The agent has a dialog beside the one that the machine knows: drop it (`LateAnswer` follows).
    SecondDialog { agent: AgentNo, call: CallId },
    /// A call waited that no longer exists: taken out.
    CallGone { call: CallId },
}
