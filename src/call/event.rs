//! The record of a call is a list of events. Call records, tickets, statistics and reports are functions of it.

use serde::{Deserialize, Serialize};

use crate::base::{CallId, UtcMillis};

/// One change of one call, appended once and never altered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallEvent {
    pub call: CallId,
    /// 1, 2, 3, … within the call: with `call` the identity of the event, so a replay is written exactly once.
    pub seq: u32,
    /// The leg that the event is about: 0 the caller, others as they were rung.
    pub leg: Option<u16>,
    pub at: UtcMillis,
    /// Microseconds since the call began, by the monotonic clock: durations are taken from it.
    pub offset_us: u64,
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum What {
    /// The call reached the switch (or the switch began to place it).
    Started {
        direction: Direction,
        caller: Option<String>,
        called: String,
        source: Source,
        sip_call_id: Option<String>,
    },
    /// Who calls was told after the call began: an analog line tells it between two rings.
    CallerTold {
        caller: String,
    },
    /// The caller is run through this published version of a flow.
    FlowStarted {
        flow: String,
        version: i64,
    },
    NodeEntered {
        node: String,
        kind: String,
        label: Option<String>,
    },
    PromptStarted {
        prompt: String,
        language: String,
    },
    PromptEnded {
        prompt: String,
        by: PromptEnd,
    },
    /// A key of the caller. `masked` when the flow collects something secret.
    Key {
        digit: char,
        by: KeySource,
        masked: bool,
    },
    /// The flow chose an edge (`option`, `timeout`, `max_errors`, `closed`, …).
    Branch {
        node: String,
        outcome: String,
    },
    /// A wrong key or word: the `count`th of this visit.
    WrongEntry {
        node: String,
        count: u32,
    },
    /// No key within the time-out: the `count`th of this visit.
    NoEntry {
        node: String,
        count: u32,
    },
    VariableSet {
        name: String,
        value: String,
    },
    LanguageSet {
        language: String,
    },
    /// One attempt of a web request: `200`, `timed_out`, `not_allowed`, ….
    HttpEnded {
        node: String,
        attempt: u32,
        outcome: String,
    },
    /// The caller left a message; `kept` when it was long enough to be one.
    VoicemailEnded {
        duration_ms: u64,
        kept: bool,
    },
    Queued {
        group: String,
        priority: u8,
        ahead: u32,
    },
    /// Widened to another group without losing its place.
    Overflowed {
        group: String,
    },
    /// Left the queue without an agent: abandoned is told by `Ended`, these are the flow's own exits.
    LeftQueue {
        reason: LeaveReason,
    },
    /// An agent's phone rings for this call.
    Ringing {
        agent: String,
        group: String,
        waited_ms: u64,
    },
    RingEnded {
        agent: String,
        why: RingEnd,
    },
    Answered {
        agent: String,
        waited_ms: u64,
    },
    Bridged {
        agent: String,
    },
    Unbridged {
        agent: String,
    },
    Held {
        agent: String,
    },
    Resumed {
        agent: String,
    },
    Transferred {
        from: String,
        to: String,
        kind: TransferKind,
    },
    /// An agent who talks and a colleague are joined, while the caller waits.
    Consulted {
        agent: String,
        with: String,
    },
    ConsultEnded {
        agent: String,
        with: String,
    },
    /// A supervisor listens in, whispers to the agent or joins; told again when the way changes.
    Supervised {
        agent: String,
        mode: SuperviseMode,
    },
    SupervisionEnded {
        agent: String,
    },
    RecordingStarted {
        recording: String,
        kind: RecordingKind,
    },
    RecordingPaused {
        recording: String,
    },
    RecordingResumed {
        recording: String,
    },
    RecordingEnded {
        recording: String,
        duration_ms: u64,
        bytes: u64,
        complete: bool,
    },
    /// A callback was booked instead of waiting on.
    CallbackBooked {
        number: String,
        group: Option<String>,
    },
    /// The customer was not reached in any attempt, of which this call was the last.
    CallbackGivenUp {
        group: String,
    },
    CallbackRefused {
        reason: String,
    },
    /// An outside number that the flow dialled: `answered`, `busy`, `no_answer`, `failed`, `hung_up`.
    DialEnded {
        number: String,
        outcome: String,
    },
    /// An INVITE of this leg went out by a trunk: again with each trunk that is tried.
    TrunkTaken {
        trunk: String,
    },
    /// A leg that was answered over a trunk is over.
    TrunkLeft {
        trunk: String,
        talk_ms: u64,
    },
    /// The flow asked for a ticket (`ticket` node) beside the automatic one.
    TicketRequested {
        subject: String,
        group: Option<String>,
    },
    /// The agent's phone reported an outcome that nobody measured (phone box: 成功 or 失败).
    Outcome {
        success: bool,
        source: OutcomeSource,
    },
    /// Quality of one leg's media, told once when the leg ends.
    Media(MediaReport),
    WrapUpStarted {
        agent: String,
        until: UtcMillis,
    },
    WrapUpEnded {
        agent: String,
    },
    /// A leg other than the caller's ended.
    LegEnded {
        cause: EndCause,
        by: EndedBy,
    },
    /// The call is over. Exactly one per call, its last event but for `WrapUp*`, `Recording*` and `Media`.
    Ended {
        cause: EndCause,
        by: EndedBy,
        node: Option<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Inbound,
    Outbound,
    /// A test of a draft by a signed-in tester, or a demonstration.
    Internal,
}

/// Where a call came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum Source {
    Trunk(String),
    Agent(String),
    PhoneBox(String),
    Switch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromptEnd {
    Played,
    /// A key stopped it.
    BargedIn,
    /// An agent answered, or the flow went on.
    Cut,
}

/// How a supervisor takes part in a conversation (P20).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuperviseMode {
    /// Hears both, is heard by nobody.
    Listen,
    /// Hears both, is heard by the agent.
    Whisper,
    /// Hears both, is heard by both.
    Barge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeySource {
    Rfc4733,
    SipInfo,
    Inband,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaveReason {
    MaxWait,
    NoAgents,
    Key,
    Callback,
    /// The queue refused or lost the caller, or the flow came to an end.
    Removed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RingEnd {
    Answered,
    /// The answer timeout passed.
    NoAnswer,
    /// 486 or 600 from the phone.
    Busy,
    /// 603, or the agent refused at the desk.
    Declined,
    /// The phone could not be reached, or failed.
    Failed,
    /// The caller gave up first.
    CallerGone,
    /// Another agent answered, or the call left the queue.
    Withdrawn,
    /// A telephone beside a phone box stopped ringing; whether it was answered, the box cannot tell.
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferKind {
    Blind,
    Attended,
    Forced,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingKind {
    /// Stereo: caller left, agent right.
    Conversation,
    Voicemail,
    /// A phone box's sound card.
    Line,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeSource {
    Measured,
    Agent,
}

/// RTP of one leg, as both ends saw it (RFC 3550).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MediaReport {
    pub packets_sent: u64,
    pub packets_received: u64,
    pub packets_lost: u64,
    /// Frames that could not be sent in time and show to the receiver as loss.
    pub frames_late: u64,
    /// Packets from an address that is not the peer's, dropped unheard.
    pub packets_strange: u64,
    /// Dropped because nothing proved that the peer sent them, or because they came before (SRTP).
    #[serde(default)]
    pub packets_forged: u64,
    /// The sound of this leg was encrypted (SRTP).
    #[serde(default)]
    pub encrypted: bool,
    pub jitter_ms: f32,
    pub round_trip_ms: Option<f32>,
    /// Share of our packets that the peer says were lost, 0 to 1.
    #[serde(default)]
    pub peer_loss: Option<f32>,
    /// Estimated mean opinion score, 1.0 to 4.5 (ITU-T G.107, narrowband).
    pub mos: Option<f32>,
}

/// Why a call or a leg ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// Somebody hung up an answered call.
    HungUp,
    /// The flow came to an `end` node.
    FlowEnded,
    /// CANCEL before the switch answered.
    Cancelled,
    MaxErrors,
    MaxTimeouts,
    /// A node came to an outcome for which the flow has no edge.
    NoEdge,
    /// More steps of the flow without a wait than any flow needs.
    LimitSteps,
    /// More nodes entered than any call needs.
    LimitEntries,
    /// Longer in the flow than any call needs.
    LimitMinutes,
    /// A fault in the flow or its parts that publication did not find.
    FlowFault,
    UnknownNumber,
    NotAllowed,
    /// The offer had no codec of ours, or could not be read.
    NotAcceptable,
    /// No port, worker or place for another call.
    Overloaded,
    /// No RTP came for the set time.
    RtpTimeout,
    /// The ACK never came (RFC 3261 13.3.1.4).
    NoAck,
    SessionExpired,
    NoAnswer,
    Busy,
    Declined,
    Unreachable,
    /// Every trunk that the number may go out by has spent its daily budget.
    BudgetSpent,
    /// A phone box cannot tell, or was unplugged: whether and when the call was answered and ended is not known.
    NotTold,
    SwitchShutdown,
    /// The switch was killed or lost power; the record was closed at the next start.
    SwitchRestart,
}

/// Who ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    Caller,
    Agent,
    Flow,
    Supervisor,
    Switch,
}

impl EndCause {
    /// The name that records and the API use: `switch_restart`.
    pub fn name(self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            Ok(_) | Err(_) => String::new(),
        }
    }
}
