//! What people and the clock do to a ticket.

use super::create::{checked_priority, checked_subject};
use super::row::{SELECT, TicketRow, search_text};
use crate::base::UtcMillis;
use crate::store::audit::{Actor, Entry};
use crate::store::db::Tx;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::row::{Json, json};
use crate::store::sql::sql;
use crate::ticket::{Action, Policy, TicketState};

/// What to change; what is `None` stays. An empty text empties the field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TicketUpdate {
    pub subject: Option<String>,
    /// 1 to 5.
    pub priority: Option<i64>,
    /// Making somebody responsible takes an unassigned ticket up (C12: the first one gets it).
    pub agent: Option<String>,
    pub skill_group: Option<String>,
    pub customer: Option<i64>,
    /// Take it only if nobody has it: the second of two who grab it is refused.
    pub only_if_unassigned: bool,
}

impl Store {
    /// Changes a ticket's fields.
    pub async fn update_ticket(
        &self,
        number: i64,
        update: &TicketUpdate,
        policy: &Policy,
        by: &Actor,
        at: UtcMillis,
    ) -> Result<TicketRow, StoreError> {
        let mut tx = self.db.begin().await?;
        let mut row = tx.hold_ticket(number).await?;
        if update.only_if_unassigned
            && let Some(agent) = &row.agent
        {
            return Err(StoreError::refused(format!("ticket {number} is {agent}'s already")));
        }
        if let Some(subject) = &update.subject {
            row.subject = Json(checked_subject(subject)?);
        }
        if let Some(priority) = update.priority {
            row.priority = checked_priority(priority)?;
        }
        let filled = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        if let Some(agent) = &update.agent {
            row.agent = filled(agent);
            if row.agent.is_some() {
                row.act(Action::AssignAgent, policy, at)?;
            }
        }
        if let Some(group) = &update.skill_group {
            row.skill_group = filled(group);
        }
        row.customer = update.customer.or(row.customer);
        tx.put_ticket(&row, policy, at).await?;
        let (subject, detail) =
            (number.to_string(), serde_json::json!({ "agent": row.agent, "group": row.skill_group }));
        tx.audit(Entry { at, by, action: "update", kind: "ticket", subject, why: None, detail }).await?;
        tx.commit().await?;
        self.ticket(number).await
    }

    /// Brings a ticket into another state, as far as the rules of its life allow.
    pub async fn act_on_ticket(
        &self,
        number: i64,
        action: Action,
        policy: &Policy,
        by: &Actor,
        at: UtcMillis,
    ) -> Result<TicketRow, StoreError> {
        let mut tx = self.db.begin().await?;
        let mut row = tx.hold_ticket(number).await?;
        let before = row.state.0.name();
        row.act(action, policy, at)?;
        tx.put_ticket(&row, policy, at).await?;
        tx.audit_state(&row, before, by, at).await?;
        tx.commit().await?;
        self.ticket(number).await
    }

    /// Does what time alone does: closes what was solved, deletes what nobody fetched out of quarantine. Returns how many
    /// changed.
    pub async fn age_tickets(&self, policy: &Policy, at: UtcMillis) -> Result<usize, StoreError> {
        let due: Vec<(i64,)> = self
            .db
            .all(sql("SELECT number FROM tickets WHERE due_at IS NOT NULL AND due_at <= $1 ORDER BY number").bind(at))
            .await?;
        let mut changed = 0;
        for (number,) in due {
            let mut tx = self.db.begin().await?;
            let mut row = tx.hold_ticket(number).await?;
            let before = row.state.0.name();
            row.enter(row.state.0.after_clock(at, policy), at);
            tx.put_ticket(&row, policy, row.updated_at).await?;
            if row.state.0.name() != before {
                tx.audit_state(&row, before, &Actor::switch(), at).await?;
                changed += 1;
            }
            tx.commit().await?;
        }
        Ok(changed)
    }
}

impl TicketRow {
    pub(super) fn act(&mut self, action: Action, policy: &Policy, at: UtcMillis) -> Result<(), StoreError> {
        let state =
            self.state.0.apply(action, at, policy).map_err(|refused| StoreError::refused(refused.to_string()))?;
        self.enter(state, at);
        Ok(())
    }

    /// Takes the state and keeps the clocks of C17 and C18.
    fn enter(&mut self, state: TicketState, at: UtcMillis) {
        if state == self.state.0 {
            return;
        }
        if matches!(self.state.0, TicketState::Paused { .. }) {
            self.paused_ms += at.0.saturating_sub(self.state_at.0).max(0);
        }
        match &state {
            TicketState::Open => self.first_open_at = self.first_open_at.or(Some(at)),
            TicketState::Solved { at } => self.solved_at = Some(*at),
            TicketState::Unassigned
            | TicketState::Paused { .. }
            | TicketState::Closed
            | TicketState::Deleted { .. }
            | TicketState::Quarantined { .. } => {}
        }
        self.state = Json(state);
        self.state_at = at;
    }
}

/// When the clock has something to do. What is deleted stays as it is: it may only no longer be restored.
fn due_at(state: &TicketState, policy: &Policy) -> Option<UtcMillis> {
    match state {
        TicketState::Deleted { .. } => None,
        TicketState::Unassigned
        | TicketState::Open
        | TicketState::Paused { .. }
        | TicketState::Solved { .. }
        | TicketState::Closed
        | TicketState::Quarantined { .. } => state.due_at(policy),
    }
}

impl Tx<'_> {
    /// Takes the ticket's row until the end of the transaction.
    pub(super) async fn hold_ticket(&mut self, number: i64) -> Result<TicketRow, StoreError> {
        self.execute(sql("UPDATE tickets SET updated_at = updated_at WHERE number = $1").bind(number)).await?;
        let mut statement = sql(SELECT);
        statement.push("number = ").push_bind(number);
        self.optional(statement).await?.ok_or_else(|| StoreError::not_found("ticket", number))
    }

    pub(super) async fn put_ticket(
        &mut self,
        row: &TicketRow,
        policy: &Policy,
        at: UtcMillis,
    ) -> Result<(), StoreError> {
        let statement = sql("UPDATE tickets SET state = $1, detail = $2, due_at = $3, subject = $4, search = $5, \
             customer = $6, agent = $7, skill_group = $8, priority = $9, updated_at = $10, state_at = $11, \
             first_open_at = $12, solved_at = $13, paused_ms = $14, touched = TRUE WHERE number = $15");
        let statement = statement
            .bind(row.state.0.name())
            .bind(json(&row.state))
            .bind(due_at(&row.state.0, policy))
            .bind(json(&row.subject))
            .bind(search_text(&row.subject.0))
            .bind(row.customer)
            .bind(row.agent.as_deref())
            .bind(row.skill_group.as_deref())
            .bind(row.priority)
            .bind(at)
            .bind(row.state_at)
            .bind(row.first_open_at)
            .bind(row.solved_at)
            .bind(row.paused_ms)
            .bind(row.number);
        self.execute(statement).await.map(|_| ())
    }

    pub(super) async fn audit_state(
        &mut self,
        row: &TicketRow,
        before: &'static str,
        by: &Actor,
        at: UtcMillis,
    ) -> Result<(), StoreError> {
        let (subject, detail) = (row.number.to_string(), serde_json::json!({ "from": before, "to": row.state }));
        self.audit(Entry { at, by, action: "state", kind: "ticket", subject, why: None, detail }).await
    }
}
