//! The audio library's rows (D15). Files and their checks are the caller's; used is only what somebody approved.

use serde::Serialize;

use super::audit::{Actor, Entry};
use super::db::Tx;
use super::error::StoreError;
use super::flow::Used;
use super::open::Store;
use super::row::{Json, json, name_enum};
use super::sql::sql;
use crate::base::UtcMillis;
use crate::config::setup::Role;

name_enum! {
    /// Whether audio may be used.
    AudioState {
        /// 未审核
        Pending = "pending",
        /// 审核通过
        Approved = "approved",
        Rejected = "rejected",
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct AudioRow {
    pub id: String,
    pub name: String,
    /// As it was uploaded.
    pub file_name: String,
    /// Of the uploaded file, in hexadecimal.
    pub sha256: String,
    pub state: AudioState,
    /// Of the uploaded file.
    pub bytes: i64,
    pub duration_ms: i64,
    /// dBFS, at most 0.
    pub peak_db: Option<f64>,
    /// LUFS before it was made even.
    pub loudness_lufs: Option<f64>,
    /// Silence, clipping, …: in words.
    pub flaws: Json<Vec<String>>,
    pub uploaded_at: UtcMillis,
    pub uploaded_by: String,
    pub reviewed_at: Option<UtcMillis>,
    pub reviewed_by: Option<String>,
    pub review_note: Option<String>,
}

/// Audio whose file passed its checks.
#[derive(Clone, Debug, PartialEq)]
pub struct NewAudio {
    pub id: String,
    pub name: String,
    pub file_name: String,
    pub sha256: String,
    pub bytes: i64,
    pub duration_ms: i64,
    pub peak_db: Option<f64>,
    pub loudness_lufs: Option<f64>,
    pub flaws: Vec<String>,
}

const SELECT: &str = "SELECT id, name, file_name, sha256, state, bytes, duration_ms, peak_db, loudness_lufs, flaws, \
     uploaded_at, uploaded_by, reviewed_at, reviewed_by, review_note FROM audio ";

impl Store {
    /// The library by id.
    pub async fn audio(&self) -> Result<Vec<AudioRow>, StoreError> {
        let mut statement = sql(SELECT);
        statement.push("ORDER BY id");
        self.db.all(statement).await
    }

    /// One piece of audio.
    pub async fn audio_item(&self, id: &str) -> Result<AudioRow, StoreError> {
        let mut statement = sql(SELECT);
        statement.push("WHERE id = ").push_bind(id);
        self.db.optional(statement).await?.ok_or_else(|| StoreError::not_found("audio", id))
    }

    /// The published flows that play it.
    pub async fn audio_users(&self, id: &str) -> Result<Vec<String>, StoreError> {
        let flows = self.published_flows().await?;
        Ok(flows.into_iter().filter(|flow| flow.uses(Used::Audio, id)).map(|flow| flow.flow).collect())
    }

    /// Adds audio, which waits for its review.
    pub async fn add_audio(&self, new: &NewAudio, by: &Actor, at: UtcMillis) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let statement = sql("INSERT INTO audio (id, name, file_name, sha256, state, bytes, duration_ms, peak_db, \
             loudness_lufs, flaws, uploaded_at, uploaded_by) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING");
        let statement = statement
            .bind(&new.id)
            .bind(&new.name)
            .bind(&new.file_name)
            .bind(&new.sha256)
            .bind(AudioState::Pending)
            .bind(new.bytes)
            .bind(new.duration_ms)
            .bind(new.peak_db)
            .bind(new.loudness_lufs)
            .bind(json(&new.flaws))
            .bind(at)
            .bind(&by.name);
        if tx.execute(statement).await? == 0 {
            return Err(StoreError::refused(format!("audio {} exists: choose another id, or delete it first", new.id)));
        }
        let (subject, detail) = (new.id.clone(), serde_json::json!({ "sha256": new.sha256, "file": new.file_name }));
        tx.audit(Entry { at, by, action: "upload", kind: "audio", subject, why: None, detail }).await?;
        tx.commit().await
    }

    /// Approves or rejects audio. Nobody but the founder reviews an upload of their own (G13), and what a published
    /// flow plays stays approved.
    pub async fn review_audio(
        &self,
        id: &str,
        state: AudioState,
        note: Option<&str>,
        by: &Actor,
        at: UtcMillis,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let (_, uploaded_by) = tx.hold_audio(id).await?;
        if uploaded_by == by.name && by.role != Some(Role::Founder) {
            return Err(StoreError::refused(format!(
                "audio {id} was uploaded by {uploaded_by}: somebody else reviews it"
            )));
        }
        if state != AudioState::Approved {
            tx.refuse_if_played(id).await?;
        }
        let statement =
            sql("UPDATE audio SET state = $1, reviewed_at = $2, reviewed_by = $3, review_note = $4 WHERE id = $5");
        tx.execute(statement.bind(state).bind(at).bind(&by.name).bind(note).bind(id)).await?;
        let (subject, detail) = (id.to_owned(), serde_json::json!({ "state": state }));
        tx.audit(Entry { at, by, action: "review", kind: "audio", subject, why: note, detail }).await?;
        tx.commit().await
    }

    /// Deletes audio for ever; refused while a published flow plays it, naming the flows (G9).
    pub async fn delete_audio(&self, id: &str, by: &Actor, at: UtcMillis) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        tx.hold_audio(id).await?;
        tx.refuse_if_played(id).await?;
        tx.execute(sql("DELETE FROM audio WHERE id = $1").bind(id)).await?;
        let (subject, detail) = (id.to_owned(), serde_json::json!({}));
        tx.audit(Entry { at, by, action: "delete", kind: "audio", subject, why: None, detail }).await?;
        tx.commit().await
    }
}

impl Tx<'_> {
    /// Takes the row until the end of the transaction, so that nobody publishes what is being taken away.
    async fn hold_audio(&mut self, id: &str) -> Result<(AudioState, String), StoreError> {
        let statement = sql("UPDATE audio SET state = state WHERE id = $1 RETURNING state, uploaded_by");
        self.optional(statement.bind(id)).await?.ok_or_else(|| StoreError::not_found("audio", id))
    }

    async fn refuse_if_played(&mut self, id: &str) -> Result<(), StoreError> {
        let users = self.flows_using(Used::Audio, id).await?;
        if users.is_empty() {
            return Ok(());
        }
        Err(StoreError::refused(format!("audio {id} is used by the published flow(s) {}", users.join(", "))))
    }

    /// Every one of `ids` is in the library and approved; each stays so until the end of this transaction.
    pub(super) async fn require_approved(&mut self, ids: &[String]) -> Result<(), StoreError> {
        for id in ids {
            match self.hold_audio(id).await?.0 {
                AudioState::Approved => {}
                AudioState::Pending | AudioState::Rejected => {
                    return Err(StoreError::refused(format!(
                        "audio {id} is not approved (未审核): have it reviewed first"
                    )));
                }
            }
        }
        Ok(())
    }
}
