//! Tickets made by people and other systems, and calls that become part of older ones.

use super::row::{DEFAULT_PRIORITY, INSERT, TicketRow, insert_values};
use crate::base::{CallId, UtcMillis};
use crate::store::audit::{Actor, Entry};
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::row::Json;
use crate::store::sql::sql;
use crate::ticket::{Text, TicketState};

/// A ticket made by hand, or through the API (C1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewTicket {
    pub subject: String,
    /// `agent` or `api`.
    pub source: String,
    pub customer: Option<i64>,
    pub caller: Option<String>,
    /// Who is responsible: then it is open, else unassigned.
    pub agent: Option<String>,
    pub skill_group: Option<String>,
    /// 1 to 5; 3 when not given.
    pub priority: Option<i64>,
}

/// Longer subjects belong into a note.
const MAX_SUBJECT: usize = 200;

pub(super) fn checked_subject(subject: &str) -> Result<Text, StoreError> {
    let subject = subject.trim();
    if subject.is_empty() || subject.chars().count() > MAX_SUBJECT {
        return Err(StoreError::invalid("subject", format!("1 to {MAX_SUBJECT} characters")));
    }
    Ok(Text::as_written(subject))
}

pub(super) fn checked_priority(priority: i64) -> Result<i64, StoreError> {
    if (1..=5).contains(&priority) { Ok(priority) } else { Err(StoreError::invalid("priority", "1 (highest) to 5")) }
}

impl Store {
    /// Makes a ticket.
    pub async fn create_ticket(&self, new: &NewTicket, by: &Actor, at: UtcMillis) -> Result<TicketRow, StoreError> {
        let subject = checked_subject(&new.subject)?;
        let priority = checked_priority(new.priority.unwrap_or(DEFAULT_PRIORITY))?;
        let state = if new.agent.is_some() { TicketState::Open } else { TicketState::Unassigned };
        let mut tx = self.db.begin().await?;
        let number = tx.next_numbers("ticket", 1).await?;
        let row = TicketRow {
            number,
            first_open_at: (state == TicketState::Open).then_some(at),
            state: Json(state),
            kind: None,
            source: new.source.clone(),
            subject: Json(subject),
            caller: new.caller.clone(),
            customer: new.customer,
            call: None,
            agent: new.agent.clone(),
            skill_group: new.skill_group.clone(),
            priority,
            path: Json(Vec::new()),
            recordings: Json(Vec::new()),
            created_at: at,
            updated_at: at,
            state_at: at,
            solved_at: None,
            paused_ms: 0,
        };
        tx.insert_rows(INSERT, vec![insert_values(&row, None, true)], "").await?;
        let (subject, detail) = (number.to_string(), serde_json::json!({ "source": new.source }));
        tx.audit(Entry { at, by, action: "create", kind: "ticket", subject, why: None, detail }).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Makes a call part of an older ticket (B1, B9). Linked while the call is up, no other ticket is made for it; linked
    /// again, it moves.
    pub async fn link_call(&self, call: CallId, ticket: i64, by: &Actor, at: UtcMillis) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        tx.hold_ticket(ticket).await?;
        let known: Option<(i64,)> = tx.optional(sql("SELECT last_seq FROM calls WHERE id = $1").bind(call)).await?;
        known.ok_or_else(|| StoreError::not_found("call", call))?;
        let statement = sql("INSERT INTO ticket_calls (call, ticket) VALUES ($1, $2) \
             ON CONFLICT (call) DO UPDATE SET ticket = excluded.ticket");
        tx.execute(statement.bind(call).bind(ticket)).await?;
        tx.execute(sql("UPDATE tickets SET updated_at = $1, touched = TRUE WHERE number = $2").bind(at).bind(ticket))
            .await?;
        let (subject, detail) = (ticket.to_string(), serde_json::json!({ "call": call }));
        tx.audit(Entry { at, by, action: "link", kind: "ticket", subject, why: None, detail }).await?;
        tx.commit().await
    }

    /// The calls that were added to a ticket, in order.
    pub async fn linked_calls(&self, ticket: i64) -> Result<Vec<CallId>, StoreError> {
        let statement = sql("SELECT call FROM ticket_calls WHERE ticket = $1 ORDER BY call");
        let rows: Vec<(CallId,)> = self.db.all(statement.bind(ticket)).await?;
        Ok(rows.into_iter().map(|(call,)| call).collect())
    }
}
