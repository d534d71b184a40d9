//! Published versions: immutable, and kept for the calls that ran them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::life::{FlowOperation, FlowRefusal, allowed};
use crate::base::UtcMillis;
use crate::store::db::Tx;
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::row::Json;
use crate::store::sql::{Sql, sql};

/// A published version with all that it pins.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct FlowVersion {
    pub flow: String,
    pub version: i64,
    pub name: String,
    /// The YAML text.
    pub content: String,
    /// Of the content, in hexadecimal.
    pub sha256: String,
    /// The subflows called, and the version of each at publication.
    pub subflows: Json<BTreeMap<String, i64>>,
    /// Ids of the audio library.
    pub audio: Json<Vec<String>>,
    pub skill_groups: Json<Vec<String>>,
    pub published_at: UtcMillis,
    pub published_by: String,
    pub why: String,
}

/// A version in the history of its flow.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct VersionRow {
    pub version: i64,
    pub sha256: String,
    pub published_at: UtcMillis,
    pub published_by: String,
    pub why: String,
}

const SELECT: &str = "SELECT v.flow, v.version, v.name, v.content, v.sha256, v.subflows, v.audio, v.skill_groups, \
     v.published_at, v.published_by, v.why FROM flow_versions v ";

fn select_published() -> Sql {
    let mut statement = sql(SELECT);
    statement
        .push("JOIN flows f ON f.id = v.flow AND f.published = v.version WHERE f.deleted_at IS NULL ORDER BY v.flow");
    statement
}

impl Store {
    /// The details of a flow: its published version. Refused while it is unpublished (D10, G4).
    pub async fn view_flow(&self, id: &str) -> Result<FlowVersion, StoreError> {
        let row = self.flow(id).await?;
        match row.published {
            Some(version) if allowed(row.state, FlowOperation::View) => self.flow_version(id, version).await,
            Some(_) | None => {
                let (flow, operation, state) = (row.id, FlowOperation::View, row.state);
                Err(FlowRefusal { flow, operation, state, numbers: Vec::new() }.into())
            }
        }
    }

    /// One version, also of a flow that is withdrawn or deleted: for the calls that ran it, and to compare.
    pub async fn flow_version(&self, flow: &str, version: i64) -> Result<FlowVersion, StoreError> {
        let mut statement = sql(SELECT);
        statement.push("WHERE v.flow = ").push_bind(flow).push(" AND v.version = ").push_bind(version);
        let found = self.db.optional(statement).await?;
        found.ok_or_else(|| StoreError::not_found("flow version", format!("{flow} v{version}")))
    }

    /// Every version of a flow, newest first.
    pub async fn flow_versions(&self, flow: &str) -> Result<Vec<VersionRow>, StoreError> {
        let statement = sql("SELECT version, sha256, published_at, published_by, why FROM flow_versions \
             WHERE flow = $1 ORDER BY version DESC");
        self.db.all(statement.bind(flow)).await
    }

    /// What new calls run: the published version of each flow. The switch keeps them in memory.
    pub async fn published_flows(&self) -> Result<Vec<FlowVersion>, StoreError> {
        self.db.all(select_published()).await
    }
}

/// What a version may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Used {
    Audio,
    SkillGroup,
    Subflow,
}

impl FlowVersion {
    pub(in crate::store) fn uses(&self, what: Used, id: &str) -> bool {
        match what {
            Used::Audio => self.audio.0.iter().any(|name| name == id),
            Used::SkillGroup => self.skill_groups.0.iter().any(|name| name == id),
            Used::Subflow => self.subflows.0.contains_key(id),
        }
    }
}

impl Tx<'_> {
    /// The published flows that name `id`.
    pub(in crate::store) async fn flows_using(&mut self, what: Used, id: &str) -> Result<Vec<String>, StoreError> {
        let versions: Vec<FlowVersion> = self.all(select_published()).await?;
        Ok(versions.into_iter().filter(|version| version.uses(what, id)).map(|version| version.flow).collect())
    }
}
