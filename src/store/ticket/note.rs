//! Notes on a ticket: private ones are for colleagues, public ones are replies to the customer (B10, C2, C4).

use serde::Serialize;

use crate::base::UtcMillis;
use crate::store::audit::Actor;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::sql::sql;
use crate::ticket::{Action, Policy};

const MAX_NOTE: usize = 20_000;

#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct NoteRow {
    pub id: i64,
    pub ticket: i64,
    pub at: UtcMillis,
    pub author: String,
    pub body: String,
    pub private: bool,
}

impl Store {
    /// Adds a note. A public one is a reply: it takes up an unassigned ticket and opens a paused or solved one again.
    pub async fn add_note(
        &self,
        ticket: i64,
        body: &str,
        private: bool,
        policy: &Policy,
        by: &Actor,
        at: UtcMillis,
    ) -> Result<NoteRow, StoreError> {
        let body = body.trim();
        if body.is_empty() || body.chars().count() > MAX_NOTE {
            return Err(StoreError::invalid("body", format!("1 to {MAX_NOTE} characters")));
        }
        let mut tx = self.db.begin().await?;
        let mut row = tx.hold_ticket(ticket).await?;
        let before = row.state.0.name();
        if !private {
            row.act(Action::Reply, policy, at)?;
        }
        tx.put_ticket(&row, policy, at).await?;
        if row.state.0.name() != before {
            tx.audit_state(&row, before, by, at).await?;
        }
        let statement =
            sql("INSERT INTO ticket_notes (ticket, at, author, body, private) VALUES ($1, $2, $3, $4, $5) \
             RETURNING id, ticket, at, author, body, private");
        let note = tx.one(statement.bind(ticket).bind(at).bind(&by.name).bind(body).bind(private)).await?;
        tx.commit().await?;
        Ok(note)
    }

    /// The notes of a ticket, in order.
    pub async fn notes(&self, ticket: i64) -> Result<Vec<NoteRow>, StoreError> {
        let statement =
            sql("SELECT id, ticket, at, author, body, private FROM ticket_notes WHERE ticket = $1 ORDER BY id");
        self.db.all(statement.bind(ticket)).await
    }
}
