//! Applying a set-up in one transaction.

use std::collections::BTreeMap;

use serde::Serialize;

use super::change::{Change, Write, differences, seconds_of};
use super::check::{Finding, check, tidy_name, warnings};
use crate::base::UtcMillis;
use crate::config::setup::{Agent, Setup, SkillGroup, Trunk};
use crate::store::agent::Credentials;
use crate::store::audit::{Actor, Entry};
use crate::store::db::Tx;
use crate::store::error::StoreError;
use crate::store::flow::{FlowVersion, Loaded, NewFile, When};
use crate::store::open::Store;
use crate::store::row::json;
use crate::store::setting::HTTP_ALLOW;
use crate::store::sql::sql;

/// The passwords that the set-up's secrets were resolved to, by staff number, and the realm that phones use them in.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Passwords {
    pub realm: String,
    pub by_agent: BTreeMap<String, String>,
    /// The same of trunks, by name.
    pub by_trunk: BTreeMap<String, String>,
}

/// What applying a set-up did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// Empty: everything was as the set-up says.
    pub changes: Vec<Change>,
    /// Allowed, but unwise.
    pub warnings: Vec<Finding>,
}

/// What bringing files in did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BroughtIn {
    /// The versions that are new.
    pub published: Vec<FlowVersion>,
    pub applied: Applied,
}

impl Store {
    /// Brings the store to what the set-up says: all of it, or with [`StoreError::Setup`] nothing.
    pub async fn apply_setup(
        &self,
        setup: &Setup,
        passwords: &Passwords,
        by: &Actor,
        at: UtcMillis,
    ) -> Result<Applied, StoreError> {
        Ok(self.bring_in(&[], When::Asked, Some((setup, passwords)), by, at).await?.applied)
    }

    /// Publishes checked flow files, subflows before those that call them, and brings the store to what the set-up
    /// says: all of it, or nothing.
    pub async fn bring_in(
        &self,
        files: &[NewFile],
        when: When,
        setup: Option<(&Setup, &Passwords)>,
        by: &Actor,
        at: UtcMillis,
    ) -> Result<BroughtIn, StoreError> {
        let mut tx = self.db.begin().await?;
        let mut brought = BroughtIn::default();
        for file in files {
            if let Loaded::Published(version) = tx.load(file, when, by, at).await? {
                brought.published.push(*version);
            }
        }
        if let Some((setup, passwords)) = setup {
            brought.applied = tx.apply(setup, passwords, by, at).await?;
        }
        tx.commit().await?;
        Ok(brought)
    }
}

impl Tx<'_> {
    async fn apply(
        &mut self,
        setup: &Setup,
        passwords: &Passwords,
        by: &Actor,
        at: UtcMillis,
    ) -> Result<Applied, StoreError> {
        let standing = self.standing().await?;
        let findings = check(setup, &standing);
        if !findings.is_empty() {
            return Err(StoreError::Setup(findings));
        }
        let credentials =
            |no: &str| passwords.by_agent.get(no).map(|password| Credentials::of(no, &passwords.realm, password));
        let (changes, writes): (Vec<Change>, Vec<Write>) =
            differences(setup, credentials, &passwords.by_trunk, &standing).into_iter().unzip();
        for write in writes {
            self.write(write, at).await?;
        }
        if !changes.is_empty() {
            let revision = self.next_numbers("setup", 1).await?;
            let detail = serde_json::json!({ "changes": changes });
            let subject = revision.to_string();
            self.audit(Entry { at, by, action: "apply", kind: "setup", subject, why: None, detail }).await?;
        }
        Ok(Applied { changes, warnings: warnings(&passwords.by_agent) })
    }

    async fn write(&mut self, write: Write, at: UtcMillis) -> Result<(), StoreError> {
        match write {
            Write::Group(group) => self.put_group(&group, at).await,
            Write::Agent { agent, credentials } => self.put_agent(&agent, credentials, at).await,
            Write::Number { number, rule } => self.put_number(&number, &rule, at).await,
            Write::Trunk { trunk, password } => self.put_trunk(&trunk, password, at).await,
            Write::HttpAllow(hosts) => self.set_setting(HTTP_ALLOW, &hosts, at).await,
        }
    }

    async fn put_group(&mut self, group: &SkillGroup, at: UtcMillis) -> Result<(), StoreError> {
        let statement =
            sql("INSERT INTO skill_groups (id, name, strategy, answer_timeout_s, wrap_up_s, last_agent_first, \
             record, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET \
             name = excluded.name, strategy = excluded.strategy, answer_timeout_s = excluded.answer_timeout_s, \
             wrap_up_s = excluded.wrap_up_s, last_agent_first = excluded.last_agent_first, record = excluded.record, \
             updated_at = excluded.updated_at");
        let statement = statement
            .bind(&group.id)
            .bind(tidy_name(&group.name))
            .bind(group.strategy)
            .bind(seconds_of(group.answer_timeout_s))
            .bind(seconds_of(group.wrap_up_s))
            .bind(group.last_agent_first)
            .bind(group.record)
            .bind(at);
        self.execute(statement).await.map(|_| ())
    }

    async fn put_agent(
        &mut self,
        agent: &Agent,
        credentials: Option<Credentials>,
        at: UtcMillis,
    ) -> Result<(), StoreError> {
        let statement = sql("INSERT INTO agents (no, name, role, updated_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (no) DO UPDATE SET name = excluded.name, role = excluded.role, updated_at = excluded.updated_at");
        self.execute(statement.bind(&agent.no).bind(tidy_name(&agent.name)).bind(agent.role).bind(at)).await?;
        if let Some(credentials) = credentials {
            let statement = sql("UPDATE agents SET realm = $1, ha1_md5 = $2, ha1_sha256 = $3 WHERE no = $4");
            let Credentials { no, realm, ha1_md5, ha1_sha256 } = credentials;
            self.execute(statement.bind(realm).bind(ha1_md5).bind(ha1_sha256).bind(no)).await?;
        }
        self.execute(sql("DELETE FROM agent_groups WHERE agent = $1").bind(&agent.no)).await?;
        for (position, group) in (0_i64..).zip(&agent.groups) {
            let statement = sql("INSERT INTO agent_groups (agent, skill_group, position) VALUES ($1, $2, $3)");
            self.execute(statement.bind(&agent.no).bind(group).bind(position)).await?;
        }
        Ok(())
    }

    async fn put_trunk(&mut self, trunk: &Trunk, password: Option<String>, at: UtcMillis) -> Result<(), StoreError> {
        let statement = sql("INSERT INTO trunks (name, sources, uri, settings, password, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO UPDATE SET sources = excluded.sources, \
             uri = excluded.uri, settings = excluded.settings, password = excluded.password, \
             updated_at = excluded.updated_at");
        let statement = statement.bind(&trunk.name).bind(json(&trunk.sources)).bind(trunk.uri.as_deref());
        self.execute(statement.bind(json(trunk)).bind(password).bind(at)).await.map(|_| ())
    }
}
