//! Trunks: whose INVITEs are let in, and where calls go out.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::audit::{Actor, Entry};
use super::error::StoreError;
use super::open::Store;
use super::row::Json;
use super::sql::sql;
use crate::base::UtcMillis;
use crate::config::setup::Trunk;

/// A trunk as it was set up. Its password is read apart ([`Store::trunk_passwords`]).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrunkRow {
    #[serde(flatten)]
    pub trunk: Trunk,
    /// Whether there is a password.
    pub password_set: bool,
    pub updated_at: UtcMillis,
}

pub(super) const SELECT: &str = "SELECT name, sources, uri, settings, password IS NOT NULL, updated_at FROM trunks";

pub(super) const PASSWORDS: &str = "SELECT name, password FROM trunks WHERE password IS NOT NULL";

pub(super) type Plain = (String, Json<Vec<String>>, Option<String>, Option<Json<Trunk>>, bool, UtcMillis);

pub(super) fn read((name, sources, uri, settings, password_set, updated_at): Plain) -> TrunkRow {
    // Rows that were written before there were settings.
    let trunk = settings.map_or_else(|| Trunk::named(&name, sources.0, uri), |settings| settings.0);
    TrunkRow { trunk, password_set, updated_at }
}

/// The passwords of trunks by name; never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TrunkPasswords(pub BTreeMap<String, String>);

impl fmt::Debug for TrunkPasswords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrunkPasswords({} trunks)", self.0.len())
    }
}

impl Store {
    /// All trunks in the order in which outgoing calls try them.
    pub async fn trunks(&self) -> Result<Vec<TrunkRow>, StoreError> {
        let rows: Vec<Plain> = self.db.all(sql(SELECT)).await?;
        let mut rows: Vec<TrunkRow> = rows.into_iter().map(read).collect();
        rows.sort_by(|a, b| (a.trunk.priority, &a.trunk.name).cmp(&(b.trunk.priority, &b.trunk.name)));
        Ok(rows)
    }

    /// What trunks are shown when they challenge us.
    pub async fn trunk_passwords(&self) -> Result<TrunkPasswords, StoreError> {
        let rows: Vec<(String, String)> = self.db.all(sql(PASSWORDS)).await?;
        Ok(TrunkPasswords(rows.into_iter().collect()))
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
