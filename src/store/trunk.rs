//! Trunks: whose INVITEs are let in, and where calls go out.

use serde::Serialize;

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
}
