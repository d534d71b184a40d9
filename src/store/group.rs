//! Skill groups. Deleting one keeps its agents (D4) and is refused while a published flow hands callers to it (G9).

use serde::Serialize;

use super::audit::{Actor, Entry};
use super::error::StoreError;
use super::flow::Used;
use super::open::Store;
use super::sql::sql;
use crate::base::UtcMillis;
use crate::config::setup::Strategy;

#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct GroupRow {
    pub id: String,
    pub name: String,
    pub strategy: Strategy,
    /// 1 to 90; `None`: the phone rings until the caller leaves.
    pub answer_timeout_s: Option<i64>,
    /// 1 to 90; `None`: idle at once.
    pub wrap_up_s: Option<i64>,
    pub last_agent_first: bool,
    pub record: bool,
    pub updated_at: UtcMillis,
}

pub(super) const SELECT: &str = "SELECT id, name, strategy, answer_timeout_s, wrap_up_s, last_agent_first, record, \
     updated_at FROM skill_groups ORDER BY id";

impl Store {
    /// All skill groups by id.
    pub async fn groups(&self) -> Result<Vec<GroupRow>, StoreError> {
        self.db.all(sql(SELECT)).await
    }

    /// Deletes a group and unlinks its agents.
    pub async fn delete_group(&self, id: &str, by: &Actor, at: UtcMillis) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let users = tx.flows_using(Used::SkillGroup, id).await?;
        if !users.is_empty() {
            let flows = users.join(", ");
            return Err(StoreError::refused(format!(
                "skill group {id} is used by the published flow(s) {flows}: publish them without it first"
            )));
        }
        tx.execute(sql("DELETE FROM agent_groups WHERE skill_group = $1").bind(id)).await?;
        if tx.execute(sql("DELETE FROM skill_groups WHERE id = $1").bind(id)).await? == 0 {
            return Err(StoreError::not_found("skill group", id));
        }
        let detail = serde_json::json!({});
        tx.audit(Entry { at, by, action: "delete", kind: "skill_group", subject: id.to_owned(), why: None, detail })
            .await?;
        tx.commit().await
    }
}
