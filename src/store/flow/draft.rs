//! Drafts: the only thing of a flow that is edited.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::life::{FlowOperation, FlowState};
use crate::base::UtcMillis;
use crate::store::agent::hex;
use crate::store::audit::{Actor, Entry};
use crate::store::db::Tx;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::sql::sql;

const MAX_ID_LEN: usize = 64;
/// A flow of 200 nodes is about 60 KiB.
const MAX_CONTENT_BYTES: usize = 1024 * 1024;

/// The text that somebody is working on.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct Draft {
    pub flow: String,
    pub content: String,
    pub sha256: String,
    /// The published version when the draft was begun.
    pub base_version: Option<i64>,
    pub updated_at: UtcMillis,
    pub updated_by: String,
}

/// A draft to be saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDraft {
    /// The file's stem: letters, digits, `-`, `_` and `.`.
    pub flow: String,
    /// The name in lists.
    pub name: String,
    pub content: String,
    /// The SHA-256 of the draft that was edited; a draft that somebody else saved meanwhile is not overwritten.
    /// `None` saves whatever is there.
    pub over: Option<String>,
}

/// SHA-256 of a flow's text, in hexadecimal.
pub(in crate::store) fn sha256(content: &str) -> String {
    hex(&Sha256::digest(content.as_bytes()))
}

impl Store {
    /// The draft of a flow, to edit it.
    pub async fn draft(&self, flow: &str) -> Result<Draft, StoreError> {
        let statement =
            sql("SELECT flow, content, sha256, base_version, updated_at, updated_by FROM flow_drafts WHERE flow = $1");
        self.db.optional(statement.bind(flow)).await?.ok_or_else(|| StoreError::not_found("draft of flow", flow))
    }

    /// Saves a draft, making the flow when it is new. The flow's published version, if any, is not touched (D13, G3).
    pub async fn save_draft(&self, new: &NewDraft, by: &Actor, at: UtcMillis) -> Result<Draft, StoreError> {
        check(new)?;
        let mut tx = self.db.begin().await?;
        tx.make_flow(&new.flow, &new.name, at).await?;
        let held = tx.hold_known_flow(&new.flow).await?;
        held.require(FlowState::Unpublished, FlowOperation::Edit)?;
        if let Some(over) = &new.over {
            let there = tx.draft_sha(&new.flow).await?;
            if there.as_deref().is_some_and(|there| there != over) {
                return Err(StoreError::refused(format!(
                    "somebody saved another draft of {} meanwhile: load it and make your changes again",
                    new.flow
                )));
            }
        }
        let draft = Draft {
            flow: new.flow.clone(),
            sha256: sha256(&new.content),
            content: new.content.clone(),
            base_version: held.published,
            updated_at: at,
            updated_by: by.name.clone(),
        };
        tx.put_draft(&draft).await?;
        tx.touch_flow(&new.flow, held.published.is_none().then_some(new.name.as_str()), at).await?;
        let detail = serde_json::json!({ "sha256": draft.sha256 });
        let subject = new.flow.clone();
        tx.audit(Entry { at, by, action: "edit", kind: "flow", subject, why: None, detail }).await?;
        tx.commit().await?;
        Ok(draft)
    }

    /// Throws the draft beside a published version away. A flow that is only a draft is deleted instead.
    pub async fn discard_draft(&self, flow: &str, by: &Actor, at: UtcMillis) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let held = tx.hold_known_flow(flow).await?;
        if held.published.is_none() {
            return Err(StoreError::refused(format!("flow {flow} is nothing but its draft: delete the flow")));
        }
        let sha = tx.draft_sha(flow).await?.ok_or_else(|| StoreError::not_found("draft of flow", flow))?;
        tx.drop_draft(flow).await?;
        let (subject, detail) = (flow.to_owned(), serde_json::json!({ "sha256": sha }));
        tx.audit(Entry { at, by, action: "discard_draft", kind: "flow", subject, why: None, detail }).await?;
        tx.commit().await
    }

    /// Deletes an unpublished flow for ever (D14). Versions that calls ran stay for their records.
    pub async fn delete_flow(&self, flow: &str, by: &Actor, at: UtcMillis) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let held = tx.hold_known_flow(flow).await?;
        held.require(held.state(), FlowOperation::Delete)?;
        tx.drop_draft(flow).await?;
        tx.execute(sql("UPDATE flows SET deleted_at = $1, updated_at = $1 WHERE id = $2").bind(at).bind(flow)).await?;
        let (subject, detail) = (flow.to_owned(), serde_json::json!({ "last_version": held.last_version }));
        tx.audit(Entry { at, by, action: "delete", kind: "flow", subject, why: None, detail }).await?;
        tx.commit().await
    }
}

fn check(new: &NewDraft) -> Result<(), StoreError> {
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if new.flow.is_empty() || new.flow.len() > MAX_ID_LEN || !new.flow.chars().all(letter) {
        return Err(StoreError::invalid("flow", "an id is 1 to 64 letters, digits, `-`, `_` and `.`"));
    }
    if new.content.len() > MAX_CONTENT_BYTES {
        return Err(StoreError::invalid("content", "a flow's text is at most 1 MiB"));
    }
    Ok(())
}

impl Tx<'_> {
    /// The flow's row, made when there is none; a deleted flow begins again, after its last version.
    pub(super) async fn make_flow(&mut self, id: &str, name: &str, at: UtcMillis) -> Result<(), StoreError> {
        let statement =
            sql("INSERT INTO flows (id, name, published, last_version, created_at, updated_at, deleted_at) \
             VALUES ($1, $2, NULL, 0, $3, $3, NULL) \
             ON CONFLICT (id) DO UPDATE SET \
             name = CASE WHEN flows.deleted_at IS NULL THEN flows.name ELSE excluded.name END, \
             published = CASE WHEN flows.deleted_at IS NULL THEN flows.published ELSE NULL END, \
             deleted_at = NULL");
        self.execute(statement.bind(id).bind(name).bind(at)).await.map(|_| ())
    }

    pub(super) async fn touch_flow(&mut self, id: &str, name: Option<&str>, at: UtcMillis) -> Result<(), StoreError> {
        let statement = sql("UPDATE flows SET updated_at = $1, name = COALESCE($2, name) WHERE id = $3");
        self.execute(statement.bind(at).bind(name).bind(id)).await.map(|_| ())
    }

    pub(super) async fn draft_sha(&mut self, flow: &str) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> =
            self.optional(sql("SELECT sha256 FROM flow_drafts WHERE flow = $1").bind(flow)).await?;
        Ok(row.map(|(sha,)| sha))
    }

    pub(super) async fn put_draft(&mut self, draft: &Draft) -> Result<(), StoreError> {
        let statement = sql("INSERT INTO flow_drafts (flow, content, sha256, base_version, updated_at, updated_by) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (flow) DO UPDATE SET content = excluded.content, \
             sha256 = excluded.sha256, updated_at = excluded.updated_at, updated_by = excluded.updated_by");
        let statement = statement
            .bind(&draft.flow)
            .bind(&draft.content)
            .bind(&draft.sha256)
            .bind(draft.base_version)
            .bind(draft.updated_at)
            .bind(&draft.updated_by);
        self.execute(statement).await.map(|_| ())
    }

    /// The draft, and the plan to publish it.
    pub(super) async fn drop_draft(&mut self, flow: &str) -> Result<(), StoreError> {
        self.execute(sql("DELETE FROM flow_schedules WHERE flow = $1").bind(flow)).await?;
        self.execute(sql("DELETE FROM flow_drafts WHERE flow = $1").bind(flow)).await.map(|_| ())
    }
}
