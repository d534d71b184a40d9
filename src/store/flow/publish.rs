//! Publishing, withdrawing and rolling back. New calls run the new version at once; calls that are up stay on theirs.

use std::collections::BTreeSet;

use super::draft::{Draft, sha256};
use super::life::{FlowOperation, FlowState};
use super::list::Held;
use super::version::{FlowVersion, Used};
use crate::base::UtcMillis;
use crate::store::audit::{Actor, Entry};
use crate::store::db::Tx;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::row::{Json, json};
use crate::store::sql::sql;

/// What the checks found out about the draft, to be pinned with it. The caller has checked that it has no error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publication {
    pub name: String,
    /// SHA-256 of the text that was checked: a draft that was changed since is not published unchecked.
    pub sha256: String,
    /// Flows that it calls; the version of each, and of those that they call, is pinned.
    pub calls: BTreeSet<String>,
    /// Ids of the audio library; each must be approved (D15).
    pub audio: Vec<String>,
    pub skill_groups: Vec<String>,
    pub why: String,
}

/// Why a flow's file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The switch starts: a text that was published before is not published again, so that a version rolled back or
    /// withdrawn by hand stays so.
    AtStart,
    /// Somebody asked for it.
    Asked,
}

/// A checked flow file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    pub flow: String,
    pub content: String,
    pub publication: Publication,
}

/// What became of a flow's file.
#[derive(Clone, Debug, PartialEq)]
pub enum Loaded {
    Unchanged,
    Published(Box<FlowVersion>),
}

impl Store {
    /// Makes the draft the next version, which new calls run at once.
    pub async fn publish_flow(
        &self,
        flow: &str,
        publication: &Publication,
        by: &Actor,
        at: UtcMillis,
    ) -> Result<FlowVersion, StoreError> {
        let mut tx = self.db.begin().await?;
        let held = tx.hold_known_flow(flow).await?;
        let draft: Option<Draft> = tx
            .optional(
                sql("SELECT flow, content, sha256, base_version, updated_at, updated_by FROM flow_drafts WHERE flow = $1")
                    .bind(flow),
            )
            .await?;
        let Some(draft) = draft else {
            held.require(held.state(), FlowOperation::Publish)?;
            return Err(StoreError::not_found("draft of flow", flow));
        };
        held.require(FlowState::Unpublished, FlowOperation::Publish)?;
        if draft.sha256 != publication.sha256 {
            return Err(StoreError::refused(format!(
                "the draft of {flow} was changed since it was checked: check it again"
            )));
        }
        let version = tx.add_version(&held, draft.content, publication, by, at).await?;
        tx.drop_draft(flow).await?;
        tx.commit().await?;
        Ok(version)
    }

    /// Publishes a text from a file, making the flow when it is new. A draft that somebody works on stays beside it.
    pub async fn load_flow(
        &self,
        flow: &str,
        content: &str,
        when: When,
        publication: &Publication,
        by: &Actor,
        at: UtcMillis,
    ) -> Result<Loaded, StoreError> {
        let mut tx = self.db.begin().await?;
        let file = NewFile { flow: flow.to_owned(), content: content.to_owned(), publication: publication.clone() };
        let loaded = tx.load(&file, when, by, at).await?;
        tx.commit().await?;
        Ok(loaded)
    }

    /// Takes a published flow back (撤销发布). Its text becomes the draft unless there is one.
    pub async fn withdraw_flow(&self, flow: &str, why: &str, by: &Actor, at: UtcMillis) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let held = tx.hold_known_flow(flow).await?;
        held.require(held.state(), FlowOperation::Withdraw)?;
        let callers = tx.flows_using(Used::Subflow, flow).await?;
        if !callers.is_empty() {
            return Err(StoreError::refused(format!(
                "flow {flow} is called by the published flow(s) {}",
                callers.join(", ")
            )));
        }
        let statement = sql("INSERT INTO flow_drafts (flow, content, sha256, base_version, updated_at, updated_by) \
             SELECT flow, content, sha256, version, $1, $2 FROM flow_versions WHERE flow = $3 AND version = $4 \
             ON CONFLICT (flow) DO NOTHING");
        tx.execute(statement.bind(at).bind(&by.name).bind(flow).bind(held.published)).await?;
        tx.point_flow(flow, None, at).await?;
        let (subject, detail) = (flow.to_owned(), serde_json::json!({ "version": held.published }));
        tx.audit(Entry { at, by, action: "withdraw", kind: "flow", subject, why: Some(why), detail }).await?;
        tx.commit().await
    }

    /// Lets new calls run an earlier version again, in one step.
    pub async fn roll_back_flow(
        &self,
        flow: &str,
        version: i64,
        why: &str,
        by: &Actor,
        at: UtcMillis,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let held = tx.hold_known_flow(flow).await?;
        let Some(current) = held.published else {
            return Err(StoreError::refused(format!("flow {flow} is not published: publish its draft instead")));
        };
        let statement = sql("SELECT audio FROM flow_versions WHERE flow = $1 AND version = $2");
        let audio: Option<(Json<Vec<String>>,)> = tx.optional(statement.bind(flow).bind(version)).await?;
        let (Json(audio),) =
            audio.ok_or_else(|| StoreError::not_found("flow version", format!("{flow} v{version}")))?;
        tx.require_approved(&audio).await?;
        tx.point_flow(flow, Some(version), at).await?;
        let (subject, detail) = (flow.to_owned(), serde_json::json!({ "from": current, "to": version }));
        tx.audit(Entry { at, by, action: "roll_back", kind: "flow", subject, why: Some(why), detail }).await?;
        tx.commit().await
    }
}

impl Tx<'_> {
    /// Publishes a file unless `when` says that its text was published before.
    pub(in crate::store) async fn load(
        &mut self,
        file: &NewFile,
        when: When,
        by: &Actor,
        at: UtcMillis,
    ) -> Result<Loaded, StoreError> {
        let sha = sha256(&file.content);
        self.make_flow(&file.flow, &file.publication.name, at).await?;
        let held = self.hold_known_flow(&file.flow).await?;
        let statement = sql("SELECT version FROM flow_versions WHERE flow = $1 AND sha256 = $2 ORDER BY version DESC");
        let known: Vec<(i64,)> = self.all(statement.bind(&file.flow).bind(&sha)).await?;
        let same = match when {
            When::AtStart => !known.is_empty(),
            When::Asked => known.iter().any(|(version,)| Some(*version) == held.published),
        };
        if same {
            return Ok(Loaded::Unchanged);
        }
        let version = self.add_version(&held, file.content.clone(), &file.publication, by, at).await?;
        Ok(Loaded::Published(Box::new(version)))
    }

    async fn add_version(
        &mut self,
        held: &Held,
        content: String,
        publication: &Publication,
        by: &Actor,
        at: UtcMillis,
    ) -> Result<FlowVersion, StoreError> {
        self.require_approved(&publication.audio).await?;
        let version = FlowVersion {
            flow: held.id.clone(),
            version: held.last_version + 1,
            name: publication.name.clone(),
            sha256: sha256(&content),
            content,
            subflows: Json(self.pins(&publication.calls).await?),
            audio: Json(publication.audio.clone()),
            skill_groups: Json(publication.skill_groups.clone()),
            published_at: at,
            published_by: by.name.clone(),
            why: publication.why.clone(),
        };
        self.insert_version(&version).await?;
        let statement =
            sql("UPDATE flows SET published = $1, last_version = $1, name = $2, updated_at = $3 WHERE id = $4");
        self.execute(statement.bind(version.version).bind(&version.name).bind(at).bind(&held.id)).await?;
        let detail = serde_json::json!({
            "version": version.version, "sha256": version.sha256, "before": held.published, "numbers": held.numbers,
        });
        let (subject, why) = (held.id.clone(), Some(publication.why.as_str()));
        self.audit(Entry { at, by, action: "publish", kind: "flow", subject, why, detail }).await?;
        Ok(version)
    }

    async fn insert_version(&mut self, version: &FlowVersion) -> Result<(), StoreError> {
        let statement = sql("INSERT INTO flow_versions (flow, version, name, content, sha256, subflows, audio, \
             skill_groups, published_at, published_by, why) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
        let statement = statement
            .bind(&version.flow)
            .bind(version.version)
            .bind(&version.name)
            .bind(&version.content)
            .bind(&version.sha256)
            .bind(json(&version.subflows))
            .bind(json(&version.audio))
            .bind(json(&version.skill_groups))
            .bind(version.published_at)
            .bind(&version.published_by)
            .bind(&version.why);
        self.execute(statement).await.map(|_| ())
    }

    async fn point_flow(&mut self, flow: &str, version: Option<i64>, at: UtcMillis) -> Result<(), StoreError> {
        let statement = sql("UPDATE flows SET published = $1, updated_at = $2 WHERE id = $3");
        self.execute(statement.bind(version).bind(at).bind(flow)).await.map(|_| ())
    }
}
