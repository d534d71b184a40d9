//! From the record of a call to its rows. Pure: the same record always gives the same rows.

use crate::base::UtcMillis;
use crate::call::event::{Direction, EndCause, Source};
use crate::call::record::{CallRecord, QueueExit, SegmentKind as Stretch};
use crate::store::call::{CallResult, CallRow, CallState, RecordingRow, SegmentKind, SegmentRow};
use crate::store::row::{Json, name_of};
use crate::ticket::CallResult as Fared;

/// The number outside, as it was dialled or shown.
pub fn outside_number(record: &CallRecord) -> Option<&str> {
    match record.direction {
        Direction::Outbound => Some(&record.called),
        Direction::Inbound | Direction::Internal => record.caller.as_deref(),
    }
}

/// Whether the call has come so far that its customer is worth knowing: calls that are refused at the door make no
/// customers, and neither do outgoing calls that nobody took.
pub fn has_met_us(record: &CallRecord) -> bool {
    let spoke = !record.answers.is_empty() || record.outcome.is_some_and(|outcome| outcome.success);
    let rang_here = matches!(record.source, Source::PhoneBox(_));
    match record.direction {
        Direction::Outbound => spoke,
        Direction::Inbound => {
            spoke || rang_here || record.flow.is_some() || !record.queue.is_empty() || !record.rings.is_empty()
        }
        Direction::Internal => false,
    }
}

pub fn call_row(record: &CallRecord, remote: Option<String>, customer: Option<i64>) -> CallRow {
    let ended = record.ended.as_ref();
    let wrap_up_ms: u64 = record.wrap_ups.iter().map(|wrap_up| wrap_up.duration_ms).sum();
    CallRow {
        id: record.call,
        state: if ended.is_some() { CallState::Closed } else { CallState::Open },
        result: result(record),
        direction: record.direction,
        caller: record.caller.clone(),
        remote,
        called: record.called.clone(),
        source: Json(record.source.clone()),
        flow: record.flow.as_ref().map(|flow| flow.flow.clone()),
        flow_version: record.flow.as_ref().map(|flow| flow.version),
        customer,
        skill_group: record.group(),
        agent: record.answers.last().map(|answer| answer.agent.clone()),
        started_at: record.started_at,
        queued_at: record.queue.first().map(|visit| visit.at),
        answered_at: record.answers.first().map(|answer| answer.at),
        ended_at: ended.map(|ended| ended.at),
        wait_ms: ms(record.waited_ms()),
        talk_ms: ms(record.talk_ms()),
        hold_ms: ms(record.hold_ms()),
        wrap_up_ms: ms(wrap_up_ms),
        duration_ms: ms(ended.map_or(0, |ended| ended.duration_ms)),
        end_cause: ended.map(|ended| ended.cause),
        ended_by: ended.map(|ended| ended.by),
        end_node: ended.and_then(|ended| ended.node.clone()),
        last_seq: i64::from(record.last_seq),
    }
}

fn result(record: &CallRecord) -> CallResult {
    let Some(ended) = &record.ended else { return CallResult::Open };
    match record.result() {
        Fared::Answered { .. } => CallResult::Answered,
        Fared::Abandoned => CallResult::Abandoned,
        Fared::Unserved => CallResult::Unserved,
        Fared::CallbackBooked => CallResult::Callback,
        Fared::Failed { .. } => CallResult::Failed,
        Fared::NotTold => CallResult::Unknown,
        Fared::NoAgentAsked => match ended.cause {
            EndCause::HungUp
            | EndCause::FlowEnded
            | EndCause::Cancelled
            | EndCause::MaxErrors
            | EndCause::MaxTimeouts
            | EndCause::LimitSteps
            | EndCause::LimitEntries
            | EndCause::LimitMinutes
            | EndCause::NotTold => CallResult::NoAgent,
            EndCause::FlowFault
            | EndCause::NoEdge
            | EndCause::UnknownNumber
            | EndCause::NotAllowed
            | EndCause::NotAcceptable
            | EndCause::Overloaded
            | EndCause::RtpTimeout
            | EndCause::NoAck
            | EndCause::SessionExpired
            | EndCause::NoAnswer
            | EndCause::Busy
            | EndCause::Declined
            | EndCause::Unreachable
            | EndCause::BudgetSpent
            | EndCause::SwitchShutdown
            | EndCause::SwitchRestart => CallResult::Failed,
        },
    }
}

pub fn segment_rows(record: &CallRecord) -> Vec<SegmentRow> {
    let row = |kind, n: usize, agent: Option<&String>, group: Option<&String>, at, duration: Option<u64>, outcome| {
        SegmentRow {
            call: record.call,
            kind,
            n: i64::try_from(n).unwrap_or(i64::MAX),
            agent: agent.cloned(),
            skill_group: group.cloned(),
            started_at: at,
            ended_at: duration.map(|duration| after(at, duration)),
            duration_ms: ms(duration.unwrap_or(0)),
            outcome,
        }
    };
    let mut rows = Vec::new();
    for (n, visit) in record.queue.iter().enumerate() {
        let (agent, outcome) = match &visit.exit {
            None => (None, None),
            Some(QueueExit::Answered { agent }) => (Some(agent), Some("answered".to_owned())),
            Some(QueueExit::Abandoned) => (None, Some("abandoned".to_owned())),
            Some(QueueExit::Left { reason }) => (None, name_of(reason)),
            Some(QueueExit::Failed { cause }) => (None, name_of(cause)),
        };
        let duration = (!visit.span.is_open()).then(|| visit.span.ms());
        rows.push(row(SegmentKind::Queue, n, agent, Some(&visit.group), visit.at, duration, outcome));
    }
    for (n, ring) in record.rings.iter().enumerate() {
        let duration = (!ring.span.is_open()).then(|| ring.span.ms());
        let outcome = ring.end.as_ref().and_then(name_of);
        rows.push(row(SegmentKind::Ring, n, Some(&ring.agent), Some(&ring.group), ring.at, duration, outcome));
    }
    for (n, segment) in record.segments.iter().enumerate() {
        let kind = match segment.kind {
            Stretch::Talk => SegmentKind::Talk,
            Stretch::Hold => SegmentKind::Hold,
        };
        let duration = (!segment.span.is_open()).then(|| segment.span.ms());
        rows.push(row(kind, n, Some(&segment.agent), None, segment.at, duration, None));
    }
    for (n, wrap_up) in record.wrap_ups.iter().enumerate() {
        rows.push(row(SegmentKind::WrapUp, n, Some(&wrap_up.agent), None, wrap_up.at, Some(wrap_up.duration_ms), None));
    }
    rows
}

pub fn recording_rows(record: &CallRecord) -> Vec<RecordingRow> {
    let rows = record.recordings.iter().map(|recording| RecordingRow {
        id: recording.recording.clone(),
        call: record.call,
        kind: recording.kind,
        started_at: recording.at,
        duration_ms: ms(recording.duration_ms),
        bytes: ms(recording.bytes),
        complete: recording.complete,
        deleted_at: None,
    });
    rows.collect()
}

/// The rows of `after` that are not among those of `before`.
pub fn changed<T: PartialEq>(before: Vec<T>, after: Vec<T>) -> Vec<T> {
    after.into_iter().filter(|row| !before.contains(row)).collect()
}

fn ms(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn after(at: UtcMillis, duration_ms: u64) -> UtcMillis {
    UtcMillis(at.0.saturating_add(ms(duration_ms)))
}
