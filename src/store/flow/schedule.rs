//! Publication at a set time. The draft is pinned by its SHA-256: one that is edited afterwards is not published.

use serde::Serialize;

use crate::base::UtcMillis;
use crate::store::audit::{Actor, Entry};
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::sql::sql;

/// A publication whose time has come: check the draft and call `publish_flow`, or `cancel_publication` with the reason.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct DuePublication {
    pub flow: String,
    pub due_at: UtcMillis,
    /// The text that was meant.
    pub sha256: String,
    pub planned_by: String,
    pub why: String,
}

impl Store {
    /// Plans the draft as it is now to be published at `due_at`. A plan made before is replaced.
    pub async fn schedule_publication(
        &self,
        flow: &str,
        due_at: UtcMillis,
        why: &str,
        by: &Actor,
        at: UtcMillis,
    ) -> Result<(), StoreError> {
        if due_at <= at {
            return Err(StoreError::invalid("due_at", "the time is past: publish now, or name a later time"));
        }
        let mut tx = self.db.begin().await?;
        tx.hold_known_flow(flow).await?;
        let sha = tx.draft_sha(flow).await?.ok_or_else(|| StoreError::not_found("draft of flow", flow))?;
        let statement =
            sql("INSERT INTO flow_schedules (flow, due_at, sha256, planned_by, why) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (flow) DO UPDATE SET due_at = excluded.due_at, sha256 = excluded.sha256, \
             planned_by = excluded.planned_by, why = excluded.why");
        tx.execute(statement.bind(flow).bind(due_at).bind(&sha).bind(&by.name).bind(why)).await?;
        let (subject, detail) = (flow.to_owned(), serde_json::json!({ "due_at": due_at, "sha256": sha }));
        tx.audit(Entry { at, by, action: "schedule", kind: "flow", subject, why: Some(why), detail }).await?;
        tx.commit().await
    }

    /// Takes a plan back, or notes why it could not be carried out.
    pub async fn cancel_publication(&self, flow: &str, why: &str, by: &Actor, at: UtcMillis) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        if tx.execute(sql("DELETE FROM flow_schedules WHERE flow = $1").bind(flow)).await? == 0 {
            return Err(StoreError::not_found("planned publication of flow", flow));
        }
        let (subject, detail) = (flow.to_owned(), serde_json::json!({}));
        tx.audit(Entry { at, by, action: "cancel_schedule", kind: "flow", subject, why: Some(why), detail }).await?;
        tx.commit().await
    }

    /// Plans whose time has come, earliest first.
    pub async fn due_publications(&self, now: UtcMillis) -> Result<Vec<DuePublication>, StoreError> {
        let statement = sql("SELECT flow, due_at, sha256, planned_by, why FROM flow_schedules WHERE due_at <= $1 \
             ORDER BY due_at, flow");
        self.db.all(statement.bind(now)).await
    }
}
