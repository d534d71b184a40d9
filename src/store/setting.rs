//! Settings by key, and the last state of the skill groups, which survives a restart (P17).

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::db::Tx;
use super::error::StoreError;
use super::open::Store;
use super::row::json;
use super::sql::sql;
use crate::acd::Snapshot;
use crate::base::UtcMillis;

/// Hosts that flows may reach by `http`.
pub(super) const HTTP_ALLOW: &str = "http_allow";
const ACD: &str = "acd";

impl Store {
    /// The value of a setting.
    pub async fn setting<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        let row: Option<(String,)> =
            self.db.optional(sql("SELECT value FROM settings WHERE key = $1").bind(key)).await?;
        row.map(|(value,)| serde_json::from_str(&value))
            .transpose()
            .map_err(|error| StoreError::Row { table: "settings", problem: format!("{key}: {error}") })
    }

    /// Sets a setting.
    pub async fn set_setting(&self, key: &str, value: &impl Serialize, at: UtcMillis) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        tx.set_setting(key, value, at).await?;
        tx.commit().await
    }

    /// Hosts, optionally with a port, that flows may reach.
    pub async fn http_allow(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.setting(HTTP_ALLOW).await?.unwrap_or_default())
    }

    /// The skill groups' last state: agents, wrap-up deadlines, places in the queue.
    pub async fn acd_snapshot(&self) -> Result<Option<Snapshot>, StoreError> {
        self.setting(ACD).await
    }
}

impl Tx<'_> {
    pub(super) async fn set_setting(
        &mut self,
        key: &str,
        value: &impl Serialize,
        at: UtcMillis,
    ) -> Result<(), StoreError> {
        let statement = sql("INSERT INTO settings (key, value, updated_at) VALUES ($1, $2, $3) \
             ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at");
        self.execute(statement.bind(key).bind(json(value)).bind(at)).await.map(|_| ())
    }

    pub(super) async fn save_acd(&mut self, snapshot: &Snapshot, at: UtcMillis) -> Result<(), StoreError> {
        self.set_setting(ACD, snapshot, at).await
    }
}
