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
        priority: u32,
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
    /// One attempt. The session keeps the time itself: after `timeout_ms` it sends `CancelHttp` and goes on, so no
    /// answer at all is no harm. Retries are new requests.
    Http {
        request: RequestId,
        /// `GET`, `POST`, …
        method: String,
        url: String,
        headers: Vec<HttpHeader>,
        body: Option<String>,
        timeout_ms: u64,
    },
    CancelHttp {
        request: RequestId,
    },
    /// Record the caller. A message of `min_ms` or longer becomes a ticket of `group`, also when the caller hangs up.
    RecordVoicemail {
        voicemail: VoicemailId,
        group: String,
        min_ms: u64,
        /// The driver ends the recording here.
        max_ms: u64,
        /// And after so much silence, which does not count as duration.
        silence_ms: u64,
    },
    StopVoicemail {
        voicemail: VoicemailId,
    },
    /// Put a call back to the caller into the queue; answered with `CallbackBooked` or `CallbackRefused`.
    BookCallback {
        number: String,
        group: String,
        /// 0 normal … 9 first.
        priority: u32,
        attempts: u32,
        retry_after_s: u32,
        /// A calendar of the flow: attempts are made only while it is open.
        calendar: Option<String>,
        /// How long ago the caller joined the queue whose place the callback keeps; `None` = at the end.
        place_ms: Option<u64>,
    },
    /// Call an outside number; answered with `Dialled`. When it answers, the session asks for `ConnectDialled`.
    Dial {
        dial: DialId,
        number: String,
        /// Without one, the first trunk that can call out.
        trunk: Option<String>,
        /// What the called party sees; without one, the number that the caller dialled.
        caller_id: Option<String>,
        /// The session keeps this time itself and sends `HangUpDialled`.
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
        group: String,
        body: Option<String>,
        fields: Vec<(String, String)>,
    },
    /// For the record of the call.
    Event {
        event: FlowEvent,
    },
    /// The flow is over: hang up (unless the caller did). The last output of a session.
    End {
        reason: EndReason,
        /// The node where it ended; `rate/ask` is node `ask` of the subflow that node `rate` called.
        node: Option<String>,
    },
}

/// One header of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpHeader {
    pub name: String,
    pub value: HeaderText,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeaderText {
    Text(String),
    /// `prefix` and then the secret of this name, which only the driver knows.
    Secret {
        name: String,
        prefix: String,
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
