//! Flows as they are listed (D12), and the row that every change of a flow holds while it works.

use std::collections::BTreeMap;

use serde::Serialize;

use super::life::{FlowOperation, FlowRefusal, FlowState, allowed};
use crate::base::UtcMillis;
use crate::store::db::Tx;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::sql::sql;

/// One line of the list of flows (D12).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FlowRow {
    pub id: String,
    pub name: String,
    pub state: FlowState,
    /// The version that new calls run.
    pub published: Option<i64>,
    /// Numbers bound to it.
    pub numbers: Vec<String>,
    pub has_draft: bool,
    /// When the draft will be published by itself.
    pub scheduled_at: Option<UtcMillis>,
    pub created_at: UtcMillis,
    pub updated_at: UtcMillis,
}

#[derive(sqlx::FromRow)]
struct Plain {
    id: String,
    name: String,
    published: Option<i64>,
    created_at: UtcMillis,
    updated_at: UtcMillis,
    draft: Option<String>,
    due_at: Option<UtcMillis>,
}

const SELECT: &str = "SELECT f.id, f.name, f.published, f.created_at, f.updated_at, d.sha256 AS draft, s.due_at \
     FROM flows f LEFT JOIN flow_drafts d ON d.flow = f.id LEFT JOIN flow_schedules s ON s.flow = f.id \
     WHERE f.deleted_at IS NULL";

impl Store {
    /// All flows by id.
    pub async fn flows(&self) -> Result<Vec<FlowRow>, StoreError> {
        let mut statement = sql(SELECT);
        statement.push(" ORDER BY f.id");
        let plain: Vec<Plain> = self.db.all(statement).await?;
        let bound: Vec<(String, String)> =
            self.db.all(sql("SELECT flow, number FROM numbers WHERE flow IS NOT NULL ORDER BY number")).await?;
        let mut numbers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (flow, number) in bound {
            numbers.entry(flow).or_default().push(number);
        }
        Ok(plain.into_iter().map(|row| FlowRow::of(numbers.remove(&row.id).unwrap_or_default(), row)).collect())
    }

    /// One flow as it is listed.
    pub async fn flow(&self, id: &str) -> Result<FlowRow, StoreError> {
        let mut statement = sql(SELECT);
        statement.push(" AND f.id = ").push_bind(id);
        let plain: Option<Plain> = self.db.optional(statement).await?;
        let plain = plain.ok_or_else(|| StoreError::not_found("flow", id))?;
        let bound: Vec<(String,)> =
            self.db.all(sql("SELECT number FROM numbers WHERE flow = $1 ORDER BY number").bind(id)).await?;
        Ok(FlowRow::of(bound.into_iter().map(|(number,)| number).collect(), plain))
    }
}

impl FlowRow {
    fn of(numbers: Vec<String>, row: Plain) -> Self {
        FlowRow {
            id: row.id,
            name: row.name,
            state: state_of(row.published, &numbers),
            published: row.published,
            numbers,
            has_draft: row.draft.is_some(),
            scheduled_at: row.due_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

fn state_of(published: Option<i64>, numbers: &[String]) -> FlowState {
    match published {
        None => FlowState::Unpublished,
        Some(_) if numbers.is_empty() => FlowState::Published,
        Some(_) => FlowState::InUse,
    }
}

/// A flow whose row this transaction holds: nobody else changes it, or binds a number to it, meanwhile.
pub(in crate::store) struct Held {
    pub id: String,
    pub published: Option<i64>,
    pub last_version: i64,
    pub numbers: Vec<String>,
}

impl Held {
    pub fn state(&self) -> FlowState {
        state_of(self.published, &self.numbers)
    }

    /// An error unless the table allows `operation` for something in `state`.
    pub fn require(&self, state: FlowState, operation: FlowOperation) -> Result<(), StoreError> {
        if allowed(state, operation) {
            return Ok(());
        }
        let numbers = if state == FlowState::InUse { self.numbers.clone() } else { Vec::new() };
        Err(FlowRefusal { flow: self.id.clone(), operation, state, numbers }.into())
    }
}

impl Tx<'_> {
    /// Takes the flow's row until the end of the transaction. The update that changes nothing is the lock that both
    /// databases have.
    pub(in crate::store) async fn hold_flow(&mut self, id: &str) -> Result<Option<Held>, StoreError> {
        let statement = sql("UPDATE flows SET updated_at = updated_at WHERE id = $1 AND deleted_at IS NULL \
             RETURNING published, last_version");
        let row: Option<(Option<i64>, i64)> = self.optional(statement.bind(id)).await?;
        let Some((published, last_version)) = row else { return Ok(None) };
        let numbers: Vec<(String,)> =
            self.all(sql("SELECT number FROM numbers WHERE flow = $1 ORDER BY number").bind(id)).await?;
        let numbers = numbers.into_iter().map(|(number,)| number).collect();
        Ok(Some(Held { id: id.to_owned(), published, last_version, numbers }))
    }

    pub(in crate::store) async fn hold_known_flow(&mut self, id: &str) -> Result<Held, StoreError> {
        self.hold_flow(id).await?.ok_or_else(|| StoreError::not_found("flow", id))
    }
}
