//! Who did what, when and why. Rows are only added.

use serde::Serialize;

use super::db::Tx;
use super::error::StoreError;
use super::open::Store;
use super::page::{Order, Page, PageRequest, Place};
use super::row::{Json, json};
use super::sql::sql;
use crate::base::UtcMillis;
use crate::config::setup::Role;

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub name: String,
    /// `None` for the switch itself.
    pub role: Option<Role>,
}

impl Actor {
    pub fn person(name: impl Into<String>, role: Role) -> Self {
        Actor { name: name.into(), role: Some(role) }
    }

    /// The switch, by its own rules.
    pub fn switch() -> Self {
        Actor { name: "switch".to_owned(), role: None }
    }
}

/// One line of the audit log.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct AuditRow {
    pub id: i64,
    pub at: UtcMillis,
    pub who: String,
    /// `publish`, `read`, `merge`, …
    pub action: String,
    /// What kind of thing: `flow`, `recording`, `ticket`, …
    pub kind: String,
    /// Which one.
    pub subject: String,
    pub why: Option<String>,
    pub detail: Json<serde_json::Value>,
}

/// Which lines; what is `None` does not limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AuditFilter {
    pub who: Option<String>,
    pub action: Option<String>,
    pub kind: Option<String>,
    pub subject: Option<String>,
    pub from: Option<UtcMillis>,
    pub to: Option<UtcMillis>,
}

/// A line to be added.
pub(super) struct Entry<'a> {
    pub at: UtcMillis,
    pub by: &'a Actor,
    pub action: &'static str,
    pub kind: &'static str,
    pub subject: String,
    pub why: Option<&'a str>,
    pub detail: serde_json::Value,
}

impl Tx<'_> {
    pub(super) async fn audit(&mut self, entry: Entry<'_>) -> Result<(), StoreError> {
        let statement =
            sql("INSERT INTO audit (at, who, action, kind, subject, why, detail) VALUES ($1, $2, $3, $4, $5, $6, $7)");
        self.execute(
            statement
                .bind(entry.at)
                .bind(&entry.by.name)
                .bind(entry.action)
                .bind(entry.kind)
                .bind(entry.subject)
                .bind(entry.why)
                .bind(json(&entry.detail)),
        )
        .await
        .map(|_| ())
    }
}

impl Store {
    /// Notes an act that changes no row: a recording was listened to, a list was exported.
    pub async fn note_act(
        &self,
        by: &Actor,
        action: &'static str,
        kind: &'static str,
        subject: impl Into<String>,
        at: UtcMillis,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let detail = serde_json::json!({});
        tx.audit(Entry { at, by, action, kind, subject: subject.into(), why: None, detail }).await?;
        tx.commit().await
    }

    /// The log, newest first.
    pub async fn audit_log(&self, filter: &AuditFilter, page: &PageRequest) -> Result<Page<AuditRow>, StoreError> {
        let mut statement = sql("SELECT id, at, who, action, kind, subject, why, detail FROM audit WHERE 1 = 1");
        statement.push_if(" AND who = ", filter.who.as_deref());
        statement.push_if(" AND action = ", filter.action.as_deref());
        statement.push_if(" AND kind = ", filter.kind.as_deref());
        statement.push_if(" AND subject = ", filter.subject.as_deref());
        statement.push_if(" AND at >= ", filter.from);
        statement.push_if(" AND at < ", filter.to);
        page.finish(&mut statement, "id", "id", Order::Descending)?;
        Ok(page.page(self.db.all(statement).await?, |row: &AuditRow| Place { key: row.id, id: row.id }))
    }
}
