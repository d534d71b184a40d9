//! Small questions that a running switch asks again and again.

use super::error::StoreError;
use super::open::Store;
use super::sql::sql;
use crate::base::UtcMillis;
use crate::customer::Number;

impl Store {
    /// Grows with every change of what is set up: a switch that saw another number reads the set-up again.
    pub async fn revision(&self) -> Result<i64, StoreError> {
        let statement = sql("SELECT COALESCE(MAX(id), 0) FROM audit WHERE kind IN \
             ('setup', 'flow', 'number', 'skill_group', 'agent', 'trunk', 'audio')");
        let (revision,): (i64,) = self.db.one(statement).await?;
        Ok(revision)
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
