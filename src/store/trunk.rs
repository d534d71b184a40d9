//! Trunks: whose INVITEs are let in, and where calls go out.

use serde::Serialize;

use super::audit::{Actor, Entry};
use super::error::StoreError;
use super::open::Store;
use super::row::Json;
use super::sql::sql;
use crate::base::UtcMillis;

#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct TrunkRow {
    pub name: String,
    /// Networks in CIDR notation, checked when the set-up was applied.
    pub sources: Json<Vec<String>>,
    pub uri: Option<String>,
    pub updated_at: UtcMillis,
}

impl Store {
    /// All trunks by name.
    pub async fn trunks(&self) -> Result<Vec<TrunkRow>, StoreError> {
        self.db.all(sql("SELECT name, sources, uri, updated_at FROM trunks ORDER BY name")).await
    }

    /// Takes a trunk out: its INVITEs are a stranger's from now on.
    pub async fn delete_trunk(&self, name: &str, by: &Actor, at: UtcMillis) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        if tx.execute(sql("DELETE FROM trunks WHERE name = $1").bind(name)).await? == 0 {
            return Err(StoreError::not_found("trunk", name));
        }
        let (subject, detail) = (name.to_owned(), serde_json::json!({}));
        tx.audit(Entry { at, by, action: "delete", kind: "trunk", subject, why: None, detail }).await?;
        tx.commit().await
    }
}
