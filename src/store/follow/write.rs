//! A batch of events and all that follows, in the order in which rows refer to each other.

use super::cache::{Cache, Known};
use super::plan;
use crate::base::CallId;
use crate::call::event::CallEvent;
use crate::call::live::CustomerCard;
use crate::call::record::CallRecord;
use crate::customer::{Number, NumberPlan};
use crate::store::call::{CallRow, RecordingRow, SegmentRow};
use crate::store::db::Tx;
use crate::store::error::StoreError;
use crate::store::row::json;
use crate::store::sql::Value;
use crate::store::ticket::TicketRow;

/// A call of the batch: as it was, as it is, and what is new about it.
#[derive(Debug)]
pub struct Followed {
    /// `None` when its rows may not be what follows from `known`: then all are written.
    pub before: Option<CallRecord>,
    pub known: Known,
    /// Its events are in the table without a gap.
    pub whole: bool,
    /// The number outside.
    pub number: Number,
    pub cards: Vec<CustomerCard>,
    pub tickets: Vec<TicketRow>,
}

impl Followed {
    pub fn new(before: Option<CallRecord>, known: Known, whole: bool, numbers: &NumberPlan) -> Self {
        let number = Number::parse(plan::outside_number(&known.record), numbers);
        Followed { before, known, whole, number, cards: Vec::new(), tickets: Vec::new() }
    }

    pub fn call(&self) -> CallId {
        self.known.record.call
    }
}

impl Tx<'_> {
    /// Appends events and brings the rows up to them. Events that are there already change nothing.
    pub(in crate::store) async fn write_events(
        &mut self,
        events: &[CallEvent],
        cache: &Cache,
        numbers: &NumberPlan,
    ) -> Result<Vec<Followed>, StoreError> {
        self.append_events(events).await?;
        let mut followed = self.grow(events, cache, numbers).await?;
        self.follow(&mut followed).await?;
        Ok(followed)
    }

    /// Writes the rows of these calls.
    pub(super) async fn follow(&mut self, followed: &mut [Followed]) -> Result<(), StoreError> {
        self.identify(followed).await?;
        self.put_calls(followed).await?;
        self.put_parts(followed).await?;
        self.put_tickets(followed).await
    }

    async fn put_calls(&mut self, followed: &[Followed]) -> Result<(), StoreError> {
        let row = |call: &Followed| {
            plan::call_row(&call.known.record, call.number.key().map(str::to_owned), call.known.customer.id())
        };
        let rows = followed.iter().map(row).map(call_values).collect();
        self.insert_rows(INSERT_CALLS, rows, UPDATE_CALLS).await
    }

    async fn put_parts(&mut self, followed: &[Followed]) -> Result<(), StoreError> {
        let mut segments = Vec::new();
        let mut recordings = Vec::new();
        for call in followed {
            let before = call.before.as_ref();
            let segments_before = before.map(plan::segment_rows).unwrap_or_default();
            segments.extend(plan::changed(segments_before, plan::segment_rows(&call.known.record)));
            let recordings_before = before.map(plan::recording_rows).unwrap_or_default();
            recordings.extend(plan::changed(recordings_before, plan::recording_rows(&call.known.record)));
        }
        self.insert_rows(INSERT_SEGMENTS, segments.into_iter().map(segment_values).collect(), UPDATE_SEGMENTS).await?;
        let recordings = recordings.into_iter().map(recording_values).collect();
        self.insert_rows(INSERT_RECORDINGS, recordings, UPDATE_RECORDINGS).await
    }
}

const INSERT_CALLS: &str = "INSERT INTO calls (id, state, result, direction, caller, remote, called, source, flow, \
     flow_version, customer, skill_group, agent, started_at, queued_at, answered_at, ended_at, wait_ms, talk_ms, hold_ms, \
     wrap_up_ms, duration_ms, end_cause, ended_by, end_node, last_seq) VALUES ";

/// The customer that somebody chose stays.
const UPDATE_CALLS: &str = " ON CONFLICT (id) DO UPDATE SET state = excluded.state, result = excluded.result, \
     direction = excluded.direction, caller = excluded.caller, remote = excluded.remote, called = excluded.called, \
     source = excluded.source, flow = excluded.flow, flow_version = excluded.flow_version, \
     customer = COALESCE(calls.customer, excluded.customer), skill_group = excluded.skill_group, agent = excluded.agent, \
     started_at = excluded.started_at, queued_at = excluded.queued_at, answered_at = excluded.answered_at, \
     ended_at = excluded.ended_at, wait_ms = excluded.wait_ms, talk_ms = excluded.talk_ms, hold_ms = excluded.hold_ms, \
     wrap_up_ms = excluded.wrap_up_ms, duration_ms = excluded.duration_ms, end_cause = excluded.end_cause, \
     ended_by = excluded.ended_by, end_node = excluded.end_node, last_seq = excluded.last_seq";

fn call_values(row: CallRow) -> Vec<Value> {
    vec![
        row.id.into(),
        row.state.into(),
        row.result.into(),
        row.direction.into(),
        row.caller.into(),
        row.remote.into(),
        row.called.into(),
        json(&row.source),
        row.flow.into(),
        row.flow_version.into(),
        row.customer.into(),
        row.skill_group.into(),
        row.agent.into(),
        row.started_at.into(),
        row.queued_at.into(),
        row.answered_at.into(),
        row.ended_at.into(),
        row.wait_ms.into(),
        row.talk_ms.into(),
        row.hold_ms.into(),
        row.wrap_up_ms.into(),
        row.duration_ms.into(),
        Value::name(row.end_cause),
        Value::name(row.ended_by),
        row.end_node.into(),
        row.last_seq.into(),
    ]
}

const INSERT_SEGMENTS: &str = "INSERT INTO segments (call, kind, n, agent, skill_group, started_at, ended_at, \
     duration_ms, outcome) VALUES ";

const UPDATE_SEGMENTS: &str = " ON CONFLICT (call, kind, n) DO UPDATE SET agent = excluded.agent, \
     skill_group = excluded.skill_group, started_at = excluded.started_at, ended_at = excluded.ended_at, \
     duration_ms = excluded.duration_ms, outcome = excluded.outcome";

fn segment_values(row: SegmentRow) -> Vec<Value> {
    vec![
        row.call.into(),
        row.kind.into(),
        row.n.into(),
        row.agent.into(),
        row.skill_group.into(),
        row.started_at.into(),
        row.ended_at.into(),
        row.duration_ms.into(),
        row.outcome.into(),
    ]
}

const INSERT_RECORDINGS: &str =
    "INSERT INTO recordings (id, call, kind, started_at, duration_ms, bytes, complete) VALUES ";

const UPDATE_RECORDINGS: &str = " ON CONFLICT (id) DO UPDATE SET call = excluded.call, kind = excluded.kind, \
     started_at = excluded.started_at, duration_ms = excluded.duration_ms, bytes = excluded.bytes, \
     complete = excluded.complete";

fn recording_values(row: RecordingRow) -> Vec<Value> {
    vec![
        row.id.into(),
        row.call.into(),
        row.kind.into(),
        row.started_at.into(),
        row.duration_ms.into(),
        row.bytes.into(),
        row.complete.into(),
    ]
}
