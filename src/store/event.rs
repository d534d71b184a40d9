//! Events in their table: appended once under (call, seq), read back in order.

use super::db::Tx;
use super::error::StoreError;
use super::sql::{Sql, Value, sql};
use crate::base::CallId;
use crate::call::event::CallEvent;

pub(super) fn select_of(call: CallId) -> Sql {
    sql("SELECT body FROM events WHERE call = $1 ORDER BY seq").bind(call)
}

pub(super) fn read(rows: Vec<(String,)>) -> Result<Vec<CallEvent>, StoreError> {
    rows.into_iter().map(|(body,)| parse(&body)).collect()
}

fn parse(body: &str) -> Result<CallEvent, StoreError> {
    serde_json::from_str(body).map_err(|error| StoreError::Row { table: "events", problem: error.to_string() })
}

fn row(event: &CallEvent) -> Result<Vec<Value>, StoreError> {
    let body =
        serde_json::to_value(event).map_err(|error| StoreError::Row { table: "events", problem: error.to_string() })?;
    let kind = body.get("type").and_then(|kind| kind.as_str()).unwrap_or_default().to_owned();
    Ok(vec![
        event.call.into(),
        event.seq.into(),
        event.at.into(),
        event.leg.into(),
        kind.into(),
        body.to_string().into(),
    ])
}

impl Tx<'_> {
    /// Appends events; those that are there already stay as they are, so that a replay writes nothing twice.
    pub(super) async fn append_events(&mut self, events: &[CallEvent]) -> Result<(), StoreError> {
        let rows = events.iter().map(row).collect::<Result<_, _>>()?;
        let insert = "INSERT INTO events (call, seq, at, leg, type, body) VALUES ";
        self.insert_rows(insert, rows, " ON CONFLICT (call, seq) DO NOTHING").await
    }
}
