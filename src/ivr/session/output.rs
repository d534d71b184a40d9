//! What a session wants done.

use serde::{Deserialize, Serialize};

use super::event::{EndReason, FlowEvent};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);
    )+ };
}

ids!(
    /// One playing of one prompt, unique in its session.
    PlayId,
    /// One attempt of one HTTP request, unique in its session.
    RequestId,
    /// One message left, unique in its session.
    VoicemailId,
    /// One outside leg, unique in its session.
    DialId
);

/// One thing to do. The driver does them in the order in which they come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "output", rename_all = "snake_case")]
pub enum Output {
    /// Play these sounds one after the other, over the music; then answer [`super::Input::PlayEnded`].
    /// A sound that cannot be played is passed over, it never stops the prompt. At most one prompt plays at a time.
    Play {
        play: PlayId,
        /// The prompt's name in the flow.
        prompt: String,
        language: String,
        segments: Vec<Sound>,
        /// Whether a key stops it. The session sends `StopPlay` itself; a driver may stop earlier by this.
        barge_in: bool,
    },
    StopPlay {
        play: PlayId,
    },
    /// Loop this audio under the prompts, from where it was the last time it played in this call; `None` stops it.
    Music {
        audio: Option<String>,
    },
    /// Queue the caller. Answered with `QueuePosition`, `NoAgents` or `TransferFailed`, and later `AgentAnswered`.
    Enqueue {
        group: String,
        /// 0 normal … 9 first.
        priority: u8,
    },
    /// Let agents of this group take the caller too; the place in the queue is kept.
    Widen {
        group: String,
    },
    /// The caller waits no longer (not sent when an agent answered or the caller hung up).
    LeaveQueue {
        reason: QueueExit,
    },
    /// The caller has heard the connected prompt: join caller and agent now.
    ConnectAgent {
        staff_no: String,
    },
    /// One attempt. The session has its own time-out a little after `timeout_ms`, so no answer at all is no harm.
    Http {
        request: RequestId,
        method: String,
        url: String,
        headers: Vec<(String, String)>,
        body: Option<String>,
        timeout_ms: u64,
    },
    CancelHttp {
        request: RequestId,
    },
    /// Record the caller. A message of `min_ms` or longer becomes a ticket of `group`, also when the caller hangs up.
    RecordVoicemail {
        voicemail: VoicemailId,
        group: Option<String>,
        min_ms: u64,
        max_ms: u64,
    },
    StopVoicemail {
        voicemail: VoicemailId,
    },
    /// Put a call back to the caller into the queue; answered with `CallbackBooked` or `CallbackRefused`.
    BookCallback {
        number: String,
        group: Option<String>,
        priority: u8,
        attempts: u8,
        retry_after_s: u32,
        /// How long ago the caller joined the queue whose place the callback keeps; `None` = at the end.
        place_ms: Option<u64>,
    },
    /// Call an outside number; answered with `Dialled`. When it answers, the session asks for `ConnectDialled`.
    Dial {
        dial: DialId,
        number: String,
        trunk: Option<String>,
        ring_timeout_ms: u64,
    },
    /// Join the caller and the answered outside leg.
    ConnectDialled {
        dial: DialId,
    },
    /// End an outside leg that is ringing or answered.
    HangUpDialled {
        dial: DialId,
    },
    /// Make a ticket beside the automatic one.
    Ticket {
        subject: String,
        group: Option<String>,
        fields: Vec<(String, String)>,
    },
    /// For the record of the call.
    Event {
        event: FlowEvent,
    },
    /// The flow is over: hang up (unless the caller did). The last output of a session.
    End {
        reason: EndReason,
        /// The node where it ended.
        node: Option<String>,
    },
}

/// A piece of a prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sound {
    /// An audio of the library, a recorded part (`num/zh-CN/3`) or a made tone (`tone/beep`).
    Audio(String),
    /// Speech: `text` without variables was rendered when the flow was published.
    Tts {
        language: String,
        text: String,
    },
    Silence {
        ms: u64,
    },
}

/// Why a caller left the queue without an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueExit {
    MaxWait,
    NoAgents,
    /// A key of `keys:` led on.
    Key,
    /// The queue refused or lost the caller.
    Failed,
    /// A limit or fault ended the flow.
    FlowEnded,
}
