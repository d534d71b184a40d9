//! What happens to a session from outside.

use serde::{Deserialize, Serialize};

use super::output::{DialId, PlayId, RequestId, VoicemailId};

/// What is known of a call when its flow starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallFacts {
    /// `${CallerNumber}`; `None` when the caller withheld it.
    pub caller: Option<String>,
    /// `${CalledNumber}`.
    pub called: String,
    /// `${CallId}`.
    pub call_id: String,
}

/// One event for a session. An answer to something the session has given up (a late HTTP answer, the end of a stopped
/// prompt) is dropped; so is anything after the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "input", rename_all = "snake_case")]
pub enum Input {
    /// The call is answered and the caller can hear: the flow begins.
    Start,
    /// A key of the caller: `0`-`9`, `*`, `#`. Other characters are dropped.
    Key {
        key: char,
    },
    /// The caller said a word that a recogniser understood; it is compared with the keywords of menus.
    Said {
        word: String,
    },
    /// The prompt was played to its end. Not sent for a prompt that was stopped.
    PlayEnded {
        play: PlayId,
    },
    /// The ACD says how many callers are ahead, 0 = next, and its estimate of the wait. Sent on `Enqueue` and on change.
    QueuePosition {
        ahead: u32,
        estimate_s: Option<u32>,
    },
    /// Nobody is signed in to the groups that the caller waits for.
    NoAgents,
    /// An agent took the call: the session stops every announcement at once and ends with `ConnectAgent`.
    AgentAnswered {
        staff_no: String,
    },
    /// The agent hung up, before or after `ConnectAgent`.
    AgentEnded,
    /// The caller could not be queued or was thrown out of the queue (the group is gone, the queue is full).
    TransferFailed {
        reason: String,
    },
    /// The answer to `Output::Http`.
    Http {
        request: RequestId,
        result: HttpResult,
    },
    /// The recording ended. After `StopVoicemail` too.
    VoicemailEnded {
        voicemail: VoicemailId,
        duration_ms: u64,
        by: VoicemailEnd,
    },
    /// The callback of `BookCallback` is in the queue.
    CallbackBooked,
    /// It is not: the number may not be called, the caller already has one, or the group is gone.
    CallbackRefused {
        reason: String,
    },
    /// The answer to `Output::Dial`.
    Dialled {
        dial: DialId,
        result: DialResult,
    },
    /// The far side of a dialled, answered leg hung up.
    DialEnded {
        dial: DialId,
    },
    CallerHungUp,
}

/// How one HTTP attempt ended. The session decides whether to try again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum HttpResult {
    /// A complete answer. A body above [`MAX_HTTP_BODY_BYTES`] must be reported as [`HttpResult::TooLarge`].
    Answer {
        status: u16,
        body: String,
    },
    TimedOut,
    /// The host cannot be reached, the connection broke, or TLS failed.
    Unreachable {
        reason: String,
    },
    /// The address is not on the allow list or is private: it is not tried again.
    NotAllowed,
    TooLarge,
}

/// The largest HTTP answer that a flow reads; a driver stops reading there.
pub const MAX_HTTP_BODY_BYTES: usize = 64 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoicemailEnd {
    /// `StopVoicemail`: the caller pressed the end key.
    Stopped,
    /// The longest duration was reached.
    MaxLength,
    /// The caller said nothing for `silence_ms`.
    Silence,
    /// It could not be recorded (the disk is full).
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DialResult {
    Answered,
    Busy,
    NoAnswer,
    /// The destination is not allowed, unknown or unreachable, or no trunk is free.
    Failed,
}
