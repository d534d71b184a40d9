//! What the rules need to know of a finished call.

use crate::base::CallId;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallFacts {
    pub call: CallId,
    /// As it should be shown; `None` when withheld.
    pub caller: Option<String>,
    /// The number dialled: for outgoing calls the customer's.
    pub called: String,
    pub outgoing: bool,
    pub result: CallResult,
    /// The last skill group that the call waited for.
    pub group: Option<String>,
    /// In the queue, over all visits.
    pub waited_ms: u64,
    /// Recordings in order, for the ticket to carry.
    pub recordings: Vec<String>,
    pub voicemail: Option<Voicemail>,
    /// Tickets that the flow asked for.
    pub requested: Vec<RequestedTicket>,
    /// Set when the call came through a phone box.
    pub phone_box: Option<PhoneBoxOutcome>,
    /// The group of a callback of which this call was the last attempt, in vain.
    pub callback_given_up: Option<String>,
    /// The ticket that an agent linked the call to while it was up (B9).
    pub linked: Option<i64>,
}

/// How the call fared with people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallResult {
    /// `agent` talked last.
    Answered { agent: String },
    /// The caller hung up while queued.
    Abandoned,
    /// Left the queue without an agent: longest wait, nobody there, a key.
    Unserved,
    /// The switch or the network ended it while queued.
    Failed { cause: String },
    /// Waits on as a callback: that will answer for it.
    CallbackBooked,
    /// On an analog line: whether, or by whom, it was answered is not known.
    NotTold,
    /// Never asked for an agent, or an outgoing call that nobody answered.
    NoAgentAsked,
}

/// What is known of a call on an analog line (A6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneBoxOutcome {
    /// 成功, said by the agent, or measured.
    Success,
    /// 失败.
    Failure,
    /// Nobody said.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voicemail {
    pub recording: String,
    pub duration_ms: u64,
    /// Whose ticket it becomes.
    pub group: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedTicket {
    pub subject: String,
    pub group: Option<String>,
}
