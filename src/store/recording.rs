//! Recordings: their rows follow from events; how long their files are kept is decided here.

use super::audit::{Actor, Entry};
use super::call::RecordingRow;
use super::error::StoreError;
use super::open::Store;
use super::sql::sql;
use crate::base::{CallId, UtcMillis};

impl Store {
    /// The recordings of a call, in order.
    pub async fn recordings(&self, call: CallId) -> Result<Vec<RecordingRow>, StoreError> {
        let statement =
            sql("SELECT id, call, kind, started_at, duration_ms, bytes, complete, deleted_at FROM recordings \
             WHERE call = $1 ORDER BY started_at, id");
        self.db.all(statement.bind(call)).await
    }

    /// One recording by its name.
    pub async fn recording(&self, id: &str) -> Result<RecordingRow, StoreError> {
        let statement =
            sql("SELECT id, call, kind, started_at, duration_ms, bytes, complete, deleted_at FROM recordings \
             WHERE id = $1");
        self.db.optional(statement.bind(id)).await?.ok_or_else(|| StoreError::not_found("recording", id))
    }

    /// Recordings of calls that are over, begun before `at` and not deleted yet: the oldest, `limit` at most.
    pub async fn recordings_before(&self, at: UtcMillis, limit: i64) -> Result<Vec<RecordingRow>, StoreError> {
        let statement = sql(
            "SELECT id, call, kind, started_at, duration_ms, bytes, complete, deleted_at FROM recordings \
             WHERE deleted_at IS NULL AND call IN (SELECT id FROM calls WHERE ended_at IS NOT NULL) AND started_at < $1 \
             ORDER BY started_at, id LIMIT $2",
        );
        self.db.all(statement.bind(at).bind(limit)).await
    }

    /// Notes that the file of a recording was deleted after `kept_days`, with a line in the audit log. Says whether it
    /// was not noted before.
    pub async fn recording_deleted(&self, id: &str, kept_days: u32, at: UtcMillis) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let statement = sql("UPDATE recordings SET deleted_at = $1 WHERE id = $2 AND deleted_at IS NULL");
        let is_new = tx.execute(statement.bind(at).bind(id)).await? > 0;
        if is_new {
            let (by, subject) = (Actor::switch(), id.to_owned());
            let detail = serde_json::json!({ "kept_days": kept_days });
            let (action, kind) = ("delete", "recording");
            tx.audit(Entry { at, by: &by, action, kind, subject, why: Some("its time was over"), detail }).await?;
        }
        tx.commit().await?;
        Ok(is_new)
    }
}
