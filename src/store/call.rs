//! Calls as rows: what lists, searches and reports read. Every row follows from the call's events.

use std::collections::BTreeMap;

use serde::Serialize;

use super::error::StoreError;
use super::open::Store;
use super::page::{Order, Page, PageRequest, Place};
use super::row::{Json, name_enum};
use super::sql::{Sql, Value, sql};
use crate::base::{CallId, UtcMillis};
use crate::call::event::{CallEvent, Direction, EndCause, EndedBy, RecordingKind, Source};
use crate::call::record::CallRecord;

name_enum! {
    /// Whether the call is up.
    CallState { Open = "open", Closed = "closed" }
}

name_enum! {
    /// What became of the call.
    CallResult {
        Open = "open",
        /// An agent spoke with the caller.
        Answered = "answered",
        /// The caller left the queue, or a ringing agent, by hanging up (P6).
        Abandoned = "abandoned",
        /// Left the queue without an agent: longest wait, nobody there, a key.
        Unserved = "unserved",
        /// Waits on as a callback.
        Callback = "callback",
        /// Never asked for an agent.
        NoAgent = "no_agent",
        /// On an analog line: whether, or by whom, it was answered is not known.
        Unknown = "unknown",
        /// Refused or broken: unknown number, no codec, overload, restart before an answer.
        Failed = "failed",
    }
}

/// One call.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct CallRow {
    pub id: CallId,
    pub state: CallState,
    pub result: CallResult,
    pub direction: Direction,
    pub caller: Option<String>,
    /// The number outside, as it is matched to customers: the caller's, or of an outgoing call the one called.
    pub remote: Option<String>,
    pub called: String,
    pub source: Json<Source>,
    pub flow: Option<String>,
    pub flow_version: Option<i64>,
    pub customer: Option<i64>,
    /// The last skill group that the call waited for.
    pub skill_group: Option<String>,
    /// The last agent who answered.
    pub agent: Option<String>,
    pub started_at: UtcMillis,
    pub queued_at: Option<UtcMillis>,
    pub answered_at: Option<UtcMillis>,
    pub ended_at: Option<UtcMillis>,
    /// In queues, until an answer or the end.
    pub wait_ms: i64,
    pub talk_ms: i64,
    pub hold_ms: i64,
    pub wrap_up_ms: i64,
    pub duration_ms: i64,
    pub end_cause: Option<EndCause>,
    pub ended_by: Option<EndedBy>,
    pub end_node: Option<String>,
    /// The last event that the row contains.
    pub last_seq: i64,
}

name_enum! {
    /// What a stretch of a call was.
    SegmentKind { Queue = "queue", Ring = "ring", Talk = "talk", Hold = "hold", WrapUp = "wrap_up" }
}

/// Who was with whom, from when to when (P5).
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct SegmentRow {
    pub call: CallId,
    pub kind: SegmentKind,
    /// Within its kind.
    pub n: i64,
    pub agent: Option<String>,
    pub skill_group: Option<String>,
    pub started_at: UtcMillis,
    /// `None` while it lasts.
    pub ended_at: Option<UtcMillis>,
    pub duration_ms: i64,
    /// How a wait or a ring ended: `answered`, `abandoned`, `max_wait`, `no_answer`, …
    pub outcome: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct RecordingRow {
    /// The file's name in the recordings folder.
    pub id: String,
    pub call: CallId,
    pub kind: RecordingKind,
    pub started_at: UtcMillis,
    pub duration_ms: i64,
    pub bytes: i64,
    /// Closed by its writer, or by the repair at start.
    pub complete: bool,
    /// The file is gone since then: its time was over.
    pub deleted_at: Option<UtcMillis>,
}

/// Which calls; what is `None` does not limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallFilter {
    pub state: Option<CallState>,
    pub result: Option<CallResult>,
    pub direction: Option<Direction>,
    /// The number outside, in any spelling.
    pub remote: Option<String>,
    pub called: Option<String>,
    pub flow: Option<String>,
    pub customer: Option<i64>,
    pub skill_group: Option<String>,
    pub agent: Option<String>,
    pub end_cause: Option<EndCause>,
    /// Started at or after.
    pub from: Option<UtcMillis>,
    /// Started before.
    pub to: Option<UtcMillis>,
}

name_enum! {
    /// What a list of calls may be sorted by.
    CallSort { Started = "started_at", Wait = "wait_ms", Talk = "talk_ms", Duration = "duration_ms" }
}

const COLUMNS: &str = "SELECT id, state, result, direction, caller, remote, called, source, flow, flow_version, \
     customer, skill_group, agent, started_at, queued_at, answered_at, ended_at, wait_ms, talk_ms, hold_ms, wrap_up_ms, \
     duration_ms, end_cause, ended_by, end_node, last_seq FROM calls WHERE ";

impl Store {
    /// A list of calls.
    pub async fn calls(
        &self,
        filter: &CallFilter,
        sort: CallSort,
        order: Order,
        page: &PageRequest,
    ) -> Result<Page<CallRow>, StoreError> {
        let mut statement = sql(COLUMNS);
        statement.push("1 = 1");
        conditions(&mut statement, filter);
        if let Some(remote) = &filter.remote {
            statement.push(" AND remote = ").push_bind(self.number_key(remote));
        }
        let key = match sort {
            CallSort::Started => "started_at",
            CallSort::Wait => "wait_ms",
            CallSort::Talk => "talk_ms",
            CallSort::Duration => "duration_ms",
        };
        page.finish(&mut statement, key, "id", order)?;
        let place = |row: &CallRow| {
            let key = match sort {
                CallSort::Started => row.started_at.0,
                CallSort::Wait => row.wait_ms,
                CallSort::Talk => row.talk_ms,
                CallSort::Duration => row.duration_ms,
            };
            Place { key, id: row.id.raw() }
        };
        Ok(page.page(self.db.all(statement).await?, place))
    }

    /// One call.
    pub async fn call(&self, id: CallId) -> Result<CallRow, StoreError> {
        let mut statement = sql(COLUMNS);
        statement.push("id = ").push_bind(id);
        self.db.optional(statement).await?.ok_or_else(|| StoreError::not_found("call", id))
    }

    /// Everything that happened in a call, in order.
    pub async fn events(&self, call: CallId) -> Result<Vec<CallEvent>, StoreError> {
        let rows = self.db.all(super::event::select_of(call)).await?;
        super::event::read(rows)
    }

    /// The records of a list of calls, computed from their events: what figures and reports are made of (P5). Calls
    /// without their first event are left out.
    pub async fn call_records(
        &self,
        filter: &CallFilter,
        order: Order,
        page: &PageRequest,
    ) -> Result<Page<CallRecord>, StoreError> {
        let calls = self.calls(filter, CallSort::Started, order, page).await?;
        let mut events = self.events_of(&calls.items).await?;
        let items = calls.items.iter().filter_map(|call| CallRecord::from_events(&events.remove(&call.id)?)).collect();
        Ok(Page { items, next: calls.next })
    }

    async fn events_of(&self, calls: &[CallRow]) -> Result<BTreeMap<CallId, Vec<CallEvent>>, StoreError> {
        let mut found: BTreeMap<CallId, Vec<CallEvent>> = BTreeMap::new();
        if calls.is_empty() {
            return Ok(found);
        }
        let mut statement = sql("SELECT body FROM events WHERE call IN ");
        statement.push_set(calls.iter().map(|call| Value::from(call.id)));
        statement.push(" ORDER BY call, seq");
        for event in super::event::read(self.db.all(statement).await?)? {
            found.entry(event.call).or_default().push(event);
        }
        Ok(found)
    }

    /// The record of a call, computed from its events.
    pub async fn call_record(&self, call: CallId) -> Result<CallRecord, StoreError> {
        let events = self.events(call).await?;
        CallRecord::from_events(&events).ok_or_else(|| StoreError::not_found("call", call))
    }

    /// Who was with whom in a call.
    pub async fn segments(&self, call: CallId) -> Result<Vec<SegmentRow>, StoreError> {
        let statement = sql("SELECT call, kind, n, agent, skill_group, started_at, ended_at, duration_ms, \
             outcome FROM segments WHERE call = $1 ORDER BY started_at, kind, n");
        self.db.all(statement.bind(call)).await
    }
}

fn conditions(statement: &mut Sql, filter: &CallFilter) {
    statement.push_if(" AND state = ", filter.state);
    statement.push_if(" AND result = ", filter.result);
    statement.push_if(" AND direction = ", filter.direction);
    statement.push_if(" AND called = ", filter.called.as_deref());
    statement.push_if(" AND flow = ", filter.flow.as_deref());
    statement.push_if(" AND customer = ", filter.customer);
    statement.push_if(" AND skill_group = ", filter.skill_group.as_deref());
    statement.push_if(" AND agent = ", filter.agent.as_deref());
    statement.push_if(" AND end_cause = ", filter.end_cause);
    statement.push_if(" AND started_at >= ", filter.from);
    statement.push_if(" AND started_at < ", filter.to);
}
