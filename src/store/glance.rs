//! Small questions that a running switch asks again and again.

use super::error::StoreError;
use super::open::Store;
use super::sql::sql;
use crate::base::UtcMillis;
use crate::call::live::CustomerCard;
use crate::customer::Number;

impl Store {
    /// Grows with every change of what is set up: a switch that saw another number reads the set-up again.
    pub async fn revision(&self) -> Result<i64, StoreError> {
        let statement = sql("SELECT COALESCE(MAX(id), 0) FROM audit WHERE kind IN \
             ('setup', 'flow', 'number', 'skill_group', 'agent', 'trunk', 'audio')");
        let (revision,): (i64,) = self.db.one(statement).await?;
        Ok(revision)
    }

    /// The card of the one customer who has this number; of several the agent chooses (P13).
    pub async fn customer_card(&self, number: &str) -> Result<Option<CustomerCard>, StoreError> {
        let number = Number::parse(Some(number), &self.plan);
        let Some(key) = number.key() else { return Ok(None) };
        let statement = sql("SELECT c.id, c.name, (SELECT COUNT(*) FROM calls WHERE customer = c.id), \
             (SELECT COUNT(*) FROM tickets WHERE customer = c.id AND state IN ('unassigned', 'open', 'paused')) \
             FROM customers c JOIN customer_numbers n ON n.customer = c.id WHERE n.number = $1 LIMIT 2");
        let rows: Vec<(i64, Option<String>, i64, i64)> = self.db.all(statement.bind(key)).await?;
        match rows.as_slice() {
            [(id, name, calls, open_tickets)] => Ok(Some(CustomerCard {
                id: *id,
                name: name.clone(),
                new: false,
                calls: *calls,
                open_tickets: *open_tickets,
            })),
            _ => Ok(None),
        }
    }

    /// Who answered this caller last, and when (A15). A withheld number has no last agent.
    pub async fn last_agent(&self, caller: &str) -> Result<Option<(String, UtcMillis)>, StoreError> {
        let number = Number::parse(Some(caller), &self.plan);
        let Some(key) = number.key() else { return Ok(None) };
        let statement = sql("SELECT agent, answered_at FROM calls WHERE remote = $1 AND agent IS NOT NULL \
             AND answered_at IS NOT NULL ORDER BY id DESC LIMIT 1");
        self.db.optional(statement.bind(key)).await
    }
}
