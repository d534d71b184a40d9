//! The call record: what [`CallEvent`]s amount to. It can be recomputed from them at any time, so it never disagrees.
//!
//! A call is cut into segments (who was with whom, from when to when), so that a transfer credits each agent with their
//! own time and nobody with another's.

mod fold;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::{
    CallEvent, Direction, EndCause, EndedBy, KeySource, LeaveReason, MediaReport, OutcomeSource, RecordingKind,
    RingEnd, Source, TransferKind,
};
use super::live::PathStep;
use crate::acd::stats::{Handled, Offer, OfferExit};
use crate::base::{CallId, UtcMillis};
use crate::ticket::{CallFacts, CallResult, PhoneBoxOutcome, RequestedTicket, Voicemail};

/// Shown instead of a key of a secret input.
const MASKED_KEY: char = '•';

/// One call, finished or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallRecord {
    pub call: CallId,
    /// The last event that is in this record; earlier ones are not taken twice.
    pub last_seq: u32,
    pub started_at: UtcMillis,
    pub direction: Direction,
    pub caller: Option<String>,
    pub called: String,
    pub source: Source,
    pub sip_call_id: Option<String>,
    pub flow: Option<FlowVersion>,
    pub path: Vec<Step>,
    pub queue: Vec<QueueVisit>,
    pub rings: Vec<Ring>,
    pub answers: Vec<Answer>,
    pub segments: Vec<Segment>,
    pub wrap_ups: Vec<WrapUp>,
    pub transfers: Vec<Transfer>,
    pub recordings: Vec<Recording>,
    pub requested_tickets: Vec<TicketRequest>,
    pub voicemail: Option<Message>,
    /// The number that a callback was booked for.
    pub callback: Option<String>,
    /// The group whose callback this call tried last, in vain.
    pub given_up: Option<String>,
    pub outcome: Option<Outcome>,
    pub media: BTreeMap<u16, MediaReport>,
    pub ended: Option<Ended>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowVersion {
    pub flow: String,
    pub version: i64,
}

/// A node of the flow that the caller came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub node: String,
    pub kind: String,
    pub label: Option<String>,
    pub at: UtcMillis,
    pub offset_ms: u64,
    pub keys: Vec<Key>,
    /// The edge by which it was left, where the node had a choice.
    pub outcome: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// `•` when it belongs to something secret.
    pub digit: char,
    pub at: UtcMillis,
    pub by: KeySource,
}

/// From entering a queue to leaving it; overflow widens a visit, it does not start another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueVisit {
    pub group: String,
    pub overflow: Vec<String>,
    pub priority: u8,
    pub ahead: u32,
    pub at: UtcMillis,
    pub span: Span,
    /// `None` while the call waits.
    pub exit: Option<QueueExit>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum QueueExit {
    Answered { agent: String },
    Abandoned,
    Left { reason: LeaveReason },
    Failed { cause: EndCause },
}

/// One agent's phone rang.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ring {
    pub agent: String,
    pub group: String,
    pub at: UtcMillis,
    pub span: Span,
    /// `None` while it rings.
    pub end: Option<RingEnd>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub agent: String,
    pub at: UtcMillis,
    pub waited_ms: u64,
}

/// The caller was with this agent, talking or on hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    pub agent: String,
    pub kind: SegmentKind,
    pub at: UtcMillis,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SegmentKind {
    Talk,
    Hold,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrapUp {
    pub agent: String,
    pub at: UtcMillis,
    pub duration_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    pub from: String,
    pub to: String,
    pub kind: TransferKind,
    pub at: UtcMillis,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    pub recording: String,
    pub kind: RecordingKind,
    pub at: UtcMillis,
    pub duration_ms: u64,
    pub bytes: u64,
    /// The file was closed properly.
    pub complete: bool,
}

/// What the caller left after the beep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub duration_ms: u64,
    /// Long enough to be one.
    pub kept: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketRequest {
    pub subject: String,
    pub group: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    pub success: bool,
    pub source: OutcomeSource,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub at: UtcMillis,
    pub duration_ms: u64,
    pub cause: EndCause,
    pub by: EndedBy,
    pub node: Option<String>,
}

/// A time on the call's own clock, in microseconds since it began. `to_us` is `None` while it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub from_us: u64,
    pub to_us: Option<u64>,
}

impl Span {
    fn from(from_us: u64) -> Self {
        Span { from_us, to_us: None }
    }

    fn close(&mut self, at_us: u64) {
        self.to_us.get_or_insert(at_us.max(self.from_us));
    }

    pub fn is_open(&self) -> bool {
        self.to_us.is_none()
    }

    /// 0 while it lasts: what is not over is not counted.
    pub fn ms(&self) -> u64 {
        self.to_us.map_or(0, |to_us| to_us.saturating_sub(self.from_us) / 1000)
    }
}

impl CallRecord {
    /// The record of these events, in any order and with repeats; `None` without the first, `Started`.
    pub fn from_events<'a>(events: impl IntoIterator<Item = &'a CallEvent>) -> Option<CallRecord> {
        let by_seq: BTreeMap<u32, &CallEvent> = events.into_iter().map(|event| (event.seq, event)).collect();
        let mut events = by_seq.into_values();
        let mut record = CallRecord::begin(events.next()?)?;
        events.for_each(|event| record.apply(event));
        Some(record)
    }

    /// Time in queues, over all visits.
    pub fn waited_ms(&self) -> u64 {
        self.queue.iter().map(|visit| visit.span.ms()).sum()
    }

    pub fn talk_ms(&self) -> u64 {
        self.time_in(SegmentKind::Talk, None)
    }

    pub fn hold_ms(&self) -> u64 {
        self.time_in(SegmentKind::Hold, None)
    }

    fn time_in(&self, kind: SegmentKind, agent: Option<&str>) -> u64 {
        let segments = self.segments.iter().filter(|segment| segment.kind == kind);
        segments
            .filter(|segment| agent.is_none_or(|agent| segment.agent == agent))
            .map(|segment| segment.span.ms())
            .sum()
    }

    /// Everybody who answered, in the order of their first answer.
    pub fn agents(&self) -> Vec<&str> {
        let mut agents: Vec<&str> = Vec::new();
        for answer in &self.answers {
            if !agents.contains(&answer.agent.as_str()) {
                agents.push(&answer.agent);
            }
        }
        agents
    }

    /// The visits to queues, for [`QueueFigures`](crate::acd::stats::QueueFigures). Those that last are not among them.
    pub fn offers(&self) -> Vec<Offer> {
        let over = self.queue.iter().filter_map(|visit| Some((visit, visit.exit.as_ref()?)));
        over.map(|(visit, exit)| Offer {
            waited_ms: visit.span.ms(),
            exit: match exit {
                QueueExit::Answered { .. } => OfferExit::Answered,
                QueueExit::Abandoned => OfferExit::Abandoned,
                QueueExit::Left { .. } | QueueExit::Failed { .. } => OfferExit::Other,
            },
        })
        .collect()
    }

    /// What each agent spent on the call.
    pub fn handled(&self) -> Vec<(String, Handled)> {
        let wrap_up_ms = |agent: &str| {
            self.wrap_ups.iter().filter(|wrap_up| wrap_up.agent == agent).map(|wrap_up| wrap_up.duration_ms).sum()
        };
        let spent = |agent: &str| Handled {
            talk_ms: self.time_in(SegmentKind::Talk, Some(agent)),
            hold_ms: self.time_in(SegmentKind::Hold, Some(agent)),
            wrap_up_ms: wrap_up_ms(agent),
        };
        self.agents().into_iter().map(|agent| (agent.to_owned(), spent(agent))).collect()
    }

    /// The path as a desk shows it.
    pub fn path_steps(&self) -> Vec<PathStep> {
        let steps = self.path.iter().map(|step| PathStep {
            node: step.node.clone(),
            label: step.label.clone(),
            keys: step.keys.iter().map(|key| key.digit).collect(),
            at: step.at,
        });
        steps.collect()
    }

    /// How the call fared with people.
    pub fn result(&self) -> CallResult {
        if let Some(answer) = self.answers.last() {
            return CallResult::Answered { agent: answer.agent.clone() };
        }
        match self.queue.last().and_then(|visit| visit.exit.as_ref()) {
            Some(QueueExit::Answered { agent }) => CallResult::Answered { agent: agent.clone() },
            Some(QueueExit::Abandoned) => CallResult::Abandoned,
            Some(QueueExit::Left { .. }) if self.callback.is_some() => CallResult::CallbackBooked,
            Some(QueueExit::Left { .. }) => CallResult::Unserved,
            Some(QueueExit::Failed { cause }) => CallResult::Failed { cause: cause.name() },
            None if self.callback.is_some() => CallResult::CallbackBooked,
            None => self.result_on_line(),
        }
    }

    /// A call on an analog line enters no queue: it rings where the box is, and the box tells what it can.
    fn result_on_line(&self) -> CallResult {
        match (&self.source, self.direction, &self.ended) {
            (Source::PhoneBox(_), Direction::Inbound, Some(ended)) => match ended.cause {
                EndCause::NoAnswer => CallResult::Abandoned,
                _ => CallResult::NotTold,
            },
            _ => CallResult::NoAgentAsked,
        }
    }

    /// The skill group that the call waited for last, or rang for beside a phone box.
    pub fn group(&self) -> Option<String> {
        let rang = || self.rings.last().map(|ring| ring.group.clone()).filter(|group| !group.is_empty());
        self.queue.last().map(|visit| visit.group.clone()).or_else(rang)
    }

    /// How long the caller waited for an answer: in queues, or while an analog line rang.
    fn waited_for_answer_ms(&self) -> u64 {
        match &self.source {
            Source::PhoneBox(_) => self.rings.iter().map(|ring| ring.span.ms()).max().unwrap_or(0),
            Source::Trunk(_) | Source::Agent(_) | Source::Switch => self.waited_ms(),
        }
    }

    /// What the ticket rules need; `linked` is the ticket that an agent linked the call to.
    pub fn ticket_facts(&self, linked: Option<i64>) -> CallFacts {
        let requested = self.requested_tickets.iter();
        CallFacts {
            call: self.call,
            caller: self.caller.clone(),
            called: self.called.clone(),
            outgoing: self.direction == Direction::Outbound,
            result: self.result(),
            group: self.group(),
            waited_ms: self.waited_for_answer_ms(),
            recordings: self.recordings.iter().map(|recording| recording.recording.clone()).collect(),
            voicemail: self.voicemail(),
            requested: requested
                .map(|asked| RequestedTicket { subject: asked.subject.clone(), group: asked.group.clone() })
                .collect(),
            phone_box: self.phone_box(),
            callback_given_up: self.given_up.clone(),
            linked,
        }
    }

    /// The last recorded message, unless the flow found it too short. One that a restart cut off counts.
    fn voicemail(&self) -> Option<Voicemail> {
        if self.voicemail.is_some_and(|message| !message.kept) {
            return None;
        }
        let is_message =
            |recording: &&Recording| recording.kind == RecordingKind::Voicemail && recording.duration_ms > 0;
        let recording = self.recordings.iter().rfind(is_message)?;
        Some(Voicemail {
            recording: recording.recording.clone(),
            duration_ms: self.voicemail.map_or(recording.duration_ms, |message| message.duration_ms),
            group: self.queue.last().map(|visit| visit.group.clone()),
        })
    }

    fn phone_box(&self) -> Option<PhoneBoxOutcome> {
        match (&self.source, self.outcome) {
            (Source::PhoneBox(_), Some(Outcome { success: true, .. })) => Some(PhoneBoxOutcome::Success),
            (Source::PhoneBox(_), Some(Outcome { success: false, .. })) => Some(PhoneBoxOutcome::Failure),
            (Source::PhoneBox(_), None) => Some(PhoneBoxOutcome::Unknown),
            (Source::Trunk(_) | Source::Agent(_) | Source::Switch, _) => None,
        }
    }
}
