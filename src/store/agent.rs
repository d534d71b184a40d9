//! Agents: who they are, the groups they serve, and what their phones prove a password with.

use std::collections::BTreeMap;

use serde::Serialize;

use super::audit::{Actor, Entry};
use super::error::StoreError;
use super::open::Store;
use super::sql::sql;
use crate::base::UtcMillis;
use crate::config::setup::Role;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgentRow {
    pub no: String,
    pub name: String,
    pub email: Option<String>,
    pub role: Role,
    /// The groups served, the preferred one first (D19).
    pub groups: Vec<String>,
    pub has_password: bool,
    pub updated_at: UtcMillis,
}

/// What a SIP phone's digest is checked against (RFC 3261 22, RFC 8760): hexadecimal H(no:realm:password).
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub no: String,
    pub realm: String,
    pub ha1_md5: String,
    pub ha1_sha256: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({}@{})", self.no, self.realm)
    }
}

impl Credentials {
    /// The hashes of a password. The password itself is kept nowhere.
    pub fn of(no: &str, realm: &str, password: &str) -> Self {
        use md5::Digest as _;
        let text = format!("{no}:{realm}:{password}");
        Credentials {
            no: no.to_owned(),
            realm: realm.to_owned(),
            ha1_md5: hex(&md5::Md5::digest(text.as_bytes())),
            ha1_sha256: hex(&sha2::Sha256::digest(text.as_bytes())),
        }
    }
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[derive(sqlx::FromRow)]
struct Plain {
    no: String,
    name: String,
    email: Option<String>,
    role: Role,
    ha1_sha256: Option<String>,
    updated_at: UtcMillis,
}

impl Store {
    /// All agents by number.
    pub async fn agents(&self) -> Result<Vec<AgentRow>, StoreError> {
        let plain: Vec<Plain> =
            self.db.all(sql("SELECT no, name, email, role, ha1_sha256, updated_at FROM agents ORDER BY no")).await?;
        let links: Vec<(String, String)> = self
            .db
            .all(sql("SELECT agent, skill_group FROM agent_groups ORDER BY agent, position, skill_group"))
            .await?;
        let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (agent, group) in links {
            groups.entry(agent).or_default().push(group);
        }
        Ok(plain.into_iter().map(|row| with_groups(row, &mut groups)).collect())
    }

    /// One agent.
    pub async fn agent(&self, no: &str) -> Result<AgentRow, StoreError> {
        let plain: Option<Plain> = self
            .db
            .optional(sql("SELECT no, name, email, role, ha1_sha256, updated_at FROM agents WHERE no = $1").bind(no))
            .await?;
        let plain = plain.ok_or_else(|| StoreError::not_found("agent", no))?;
        let links: Vec<(String,)> = self
            .db
            .all(sql("SELECT skill_group FROM agent_groups WHERE agent = $1 ORDER BY position, skill_group").bind(no))
            .await?;
        let mut groups = BTreeMap::from([(no.to_owned(), links.into_iter().map(|(group,)| group).collect())]);
        Ok(with_groups(plain, &mut groups))
    }

    /// Deletes an agent. Records keep the number; the founder stays (D17).
    pub async fn delete_agent(&self, no: &str, by: &Actor, at: UtcMillis) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let role: Option<(Role,)> = tx.optional(sql("SELECT role FROM agents WHERE no = $1").bind(no)).await?;
        match role {
            None => return Err(StoreError::not_found("agent", no)),
            Some((Role::Founder,)) => return Err(StoreError::refused(format!("agent {no} is the founder, who stays"))),
            Some((Role::Agent | Role::Supervisor | Role::Admin,)) => {}
        }
        tx.execute(sql("DELETE FROM agent_groups WHERE agent = $1").bind(no)).await?;
        tx.execute(sql("DELETE FROM agents WHERE no = $1").bind(no)).await?;
        let (subject, detail) = (no.to_owned(), serde_json::json!({}));
        tx.audit(Entry { at, by, action: "delete", kind: "agent", subject, why: None, detail }).await?;
        tx.commit().await
    }

    /// What every phone's digest is checked against: the registrar keeps them in memory.
    pub async fn credentials(&self) -> Result<Vec<Credentials>, StoreError> {
        let rows: Vec<(String, String, String, String)> = self
            .db
            .all(sql("SELECT no, realm, ha1_md5, ha1_sha256 FROM agents \
                 WHERE realm IS NOT NULL AND ha1_md5 IS NOT NULL AND ha1_sha256 IS NOT NULL ORDER BY no"))
            .await?;
        let read = |(no, realm, ha1_md5, ha1_sha256)| Credentials { no, realm, ha1_md5, ha1_sha256 };
        Ok(rows.into_iter().map(read).collect())
    }
}

fn with_groups(row: Plain, groups: &mut BTreeMap<String, Vec<String>>) -> AgentRow {
    AgentRow {
        groups: groups.remove(&row.no).unwrap_or_default(),
        no: row.no,
        name: row.name,
        email: row.email,
        role: row.role,
        has_password: row.ha1_sha256.is_some(),
        updated_at: row.updated_at,
    }
}
