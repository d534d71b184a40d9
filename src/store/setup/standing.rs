//! What the store has before a set-up is applied.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::setup::Role;
use crate::store::agent::Credentials;
use crate::store::db::Tx;
use crate::store::error::StoreError;
use crate::store::group::{self, GroupRow};
use crate::store::number::{self, NumberRow};
use crate::store::setting::HTTP_ALLOW;
use crate::store::sql::sql;
use crate::store::trunk::{self, TrunkRow};

#[derive(Clone, Default, PartialEq)]
pub(super) struct Standing {
    pub groups: BTreeMap<String, GroupRow>,
    pub agents: BTreeMap<String, StandingAgent>,
    pub numbers: BTreeMap<String, NumberRow>,
    pub trunks: BTreeMap<String, TrunkRow>,
    /// Passwords of trunks that have one.
    pub trunk_passwords: BTreeMap<String, String>,
    pub http_allow: Vec<String>,
    /// Flows that a number may be bound to.
    pub published: BTreeSet<String>,
    /// All flows, published or not.
    pub flows: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct StandingAgent {
    pub name: String,
    pub role: Role,
    pub groups: Vec<String>,
    pub credentials: Option<Credentials>,
}

type AgentPlain = (String, String, Role, Option<String>, Option<String>, Option<String>);

impl Tx<'_> {
    /// Reads what there is, and keeps every other set-up waiting until the end of the transaction.
    pub(super) async fn standing(&mut self) -> Result<Standing, StoreError> {
        self.execute(sql("UPDATE counters SET value = value WHERE name = 'setup'")).await?;
        let groups: Vec<GroupRow> = self.all(sql(group::SELECT)).await?;
        let numbers: Vec<number::Plain> = self.all(sql(number::SELECT)).await?;
        let trunks: Vec<trunk::Plain> = self.all(sql(trunk::SELECT)).await?;
        let trunk_passwords: Vec<(String, String)> = self.all(sql(trunk::PASSWORDS)).await?;
        let allow: Option<(String,)> =
            self.optional(sql("SELECT value FROM settings WHERE key = $1").bind(HTTP_ALLOW)).await?;
        let flows: Vec<(String, Option<i64>)> =
            self.all(sql("SELECT id, published FROM flows WHERE deleted_at IS NULL")).await?;
        Ok(Standing {
            groups: groups.into_iter().map(|row| (row.id.clone(), row)).collect(),
            agents: self.standing_agents().await?,
            numbers: numbers.into_iter().map(number::read).map(|row| (row.number.clone(), row)).collect(),
            trunks: trunks.into_iter().map(trunk::read).map(|row| (row.trunk.name.clone(), row)).collect(),
            trunk_passwords: trunk_passwords.into_iter().collect(),
            http_allow: allow.and_then(|(value,)| serde_json::from_str(&value).ok()).unwrap_or_default(),
            published: flows.iter().filter(|(_, version)| version.is_some()).map(|(id, _)| id.clone()).collect(),
            flows: flows.into_iter().map(|(id, _)| id).collect(),
        })
    }

    async fn standing_agents(&mut self) -> Result<BTreeMap<String, StandingAgent>, StoreError> {
        let rows: Vec<AgentPlain> =
            self.all(sql("SELECT no, name, role, realm, ha1_md5, ha1_sha256 FROM agents")).await?;
        let links: Vec<(String, String)> =
            self.all(sql("SELECT agent, skill_group FROM agent_groups ORDER BY agent, position, skill_group")).await?;
        let mut agents = BTreeMap::new();
        for (no, name, role, realm, ha1_md5, ha1_sha256) in rows {
            let credentials = match (realm, ha1_md5, ha1_sha256) {
                (Some(realm), Some(ha1_md5), Some(ha1_sha256)) => {
                    Some(Credentials { no: no.clone(), realm, ha1_md5, ha1_sha256 })
                }
                _ => None,
            };
            agents.insert(no, StandingAgent { name, role, groups: Vec::new(), credentials });
        }
        for (agent, group) in links {
            if let Some(agent) = agents.get_mut(&agent) {
                agent.groups.push(group);
            }
        }
        Ok(agents)
    }
}
