//! What happens to the machine.

use serde::{Deserialize, Serialize};

use super::{AgentNo, GroupId, Place};
use crate::base::{CallId, UtcMillis};

/// One thing that happened or was asked for. What does not fit the present state is harmless: it changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The agent signs in to all groups: `NotReady{SignedIn}` until `SetReady`. Starts the count of answered calls.
    SignIn { agent: AgentNo },
    /// A ringing call is passed on at once; a call being talked on is finished first.
    SignOut { agent: AgentNo },
    /// The agent wants calls: ends not ready and wrap-up; on a call it says what follows the call.
    SetReady { agent: AgentNo },
    /// The agent wants no calls. On a call it takes effect when wrap-up ends; in wrap-up and while ringing at once.
    /// The reason is cut at [`NotReadyReason::MAX_CHARS`](super::NotReadyReason::MAX_CHARS).
    SetNotReady { agent: AgentNo, reason: String },
    /// The phone is registered, or the desk's heartbeat arrived (or no longer). Only reachable agents are rung.
    Reachable { agent: AgentNo, reachable: bool },
    /// A call waits for an agent of a group. A call that waits already is left as it is.
    Enqueue(Enqueue),
    /// A waiting call may be taken by another group too, in its old place.
    Widen { call: CallId, group: GroupId },
    /// The call leaves the queue. No effect once it is answered. Also cancels a callback.
    Leave { call: CallId, why: LeaveReason },
    /// The agent's phone answered: told back as `Connect`, or `LateAnswer` when the call is no longer this agent's.
    Answered { call: CallId, agent: AgentNo },
    /// The agent's phone did not take the call.
    Refused { call: CallId, agent: AgentNo, why: Refusal },
    /// The dialog between agent and call is over: wrap-up counts from here.
    Ended { call: CallId, agent: AgentNo },
    /// The agent is on a call that the queue did not give: outgoing, phone box, internal. `group` decides wrap-up; a
    /// call without one may be given it later.
    Seize { agent: AgentNo, call: CallId, group: Option<GroupId> },
    /// A supervisor gives a waiting call to a free agent, of whatever group.
    Assign { call: CallId, agent: AgentNo },
    /// The caller will be called back and hangs up: the call becomes a callback in the queue.
    BookCallback(BookCallback),
    /// The customer answered: the callback is done. An attempt that ends without this has failed.
    CallbackReached { call: CallId },
    /// Callbacks that were booked with these `hours` are attempted only while they are open (they are until told
    /// otherwise).
    CallbackHours { hours: String, open: bool },
}

/// A call that waits for an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enqueue {
    pub call: CallId,
    pub group: GroupId,
    /// 0 normal to 9 first; more counts as 9.
    pub priority: u8,
    /// Normalised number; `None` when withheld, and then nobody is preferred.
    pub caller: Option<String>,
    /// Who answered this number last time.
    pub last_agent: Option<LastAgent>,
    /// The place that this call had before (`Left`), to be taken up again; `None` is the end of the queue.
    pub place: Option<Place>,
}

/// Who answered a number last, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastAgent {
    pub agent: AgentNo,
    pub answered_at: UtcMillis,
}

/// A callback: a queue entry without a caller on the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookCallback {
    /// The call that booked. It names the callback from now on.
    pub call: CallId,
    pub group: GroupId,
    /// Normalised number to call; `None` (withheld) is refused.
    pub number: Option<String>,
    /// The place to keep, when the call has left the queue already; `None` takes the place it still has, or the end.
    pub place: Option<Place>,
    /// When it may be attempted, by a name that the switch understands; `None` is at any time.
    pub hours: Option<String>,
    /// 1 to [`MAX_ATTEMPTS`](super::Acd::MAX_CALLBACK_ATTEMPTS).
    pub attempts: u8,
    /// Rest after a failed attempt. The first one is made after
    /// [`FIRST_CALLBACK_AFTER_S`](super::Acd::FIRST_CALLBACK_AFTER_S), when the caller has hung up.
    pub retry_after_s: u32,
}

/// Why a call leaves the queue without an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaveReason {
    /// The caller hung up, or the call was lost.
    CallerGone,
    MaxWait,
    NoAgents,
    /// The caller pressed a key of the waiting menu.
    Key,
    /// A callback took over.
    Callback,
    /// A supervisor or the switch took it away.
    Removed,
}

/// Why an agent's phone did not take a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// 486, 600.
    Busy,
    /// 603, or "reject" at the desk.
    Declined,
    /// The phone itself gave up (408, 480): the agent becomes not ready, as when our answer timeout passes.
    NoAnswer,
    /// No registration, no transport, 5xx.
    Unreachable,
}
