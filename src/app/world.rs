//! The store's rows as the switch's world.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result};

use super::flows::{FlowReader, texts};
use super::trunks::{budgets, trunks};
use crate::acd::{AcdConfig, AgentConfig, AgentNo, GroupConfig, GroupId, Strategy};
use crate::base::UtcMillis;
use crate::call::switch::{ClipBook, GroupRules, NumberRule, Spent, Target, World};
use crate::config::Config;
use crate::config::setup::{self, CallType};
use crate::driver::clock::Clock;
use crate::library::Publisher;
use crate::sip::endpoint::{Account, Credentials, Directory};
use crate::store::{Answer, GroupRow, NumberRow, Store};

/// A day with the hour more that clocks are set back by.
const LONGEST_DAY_MS: i64 = 25 * 3_600_000;

/// Reads the world again whenever it was changed.
pub(super) struct WorldReader {
    pub publisher: Arc<Publisher>,
    pub flows: FlowReader,
    pub realm: String,
    pub clock: Clock,
    /// What trunks have carried out today was read.
    pub counted: bool,
}

impl WorldReader {
    pub(super) fn new(config: &Config, publisher: Arc<Publisher>, clock: Clock) -> Self {
        let flows = FlowReader::new(publisher.clone());
        WorldReader { flows, publisher, realm: config.sip.realm.clone(), clock, counted: false }
    }

    /// Reads everything that is set up. Problems that do not stop the switch are told.
    pub(super) async fn read(&mut self) -> Result<(World, Vec<String>)> {
        let mut problems = Vec::new();
        let flows = self.flows.published(&mut problems).await?;
        let store = self.publisher.store().clone();
        let numbers = store.numbers().await.context("cannot read the numbers")?;
        let drafts = self.flows.drafts(&numbers, &mut problems).await?;
        let texts = texts(flows.values().chain(drafts.values()));
        let files = self.publisher.playable().await.context("cannot read the audio library")?;
        let (book, missing) = self.publisher.sounds().book(&files, &texts).await;
        problems.extend(missing);
        let groups = store.groups().await.context("cannot read the skill groups")?;
        let rows: Vec<_> =
            store.trunks().await.context("cannot read the trunks")?.into_iter().map(|row| row.trunk).collect();
        let budgets = budgets(&rows);
        let spent = self.spent(&store, !budgets.is_empty()).await?;
        let world = World {
            numbers: numbers.into_iter().filter_map(number).collect(),
            flows,
            drafts,
            groups: groups.iter().map(rules).collect(),
            acd: acd_config(&store, &groups).await?,
            directory: directory(&store, &self.realm, rows, &mut problems).await?,
            budgets,
            spent,
            sounds: Arc::new(book) as Arc<ClipBook>,
        };
        Ok((world, problems))
    }

    /// What trunks have carried out today, once, and only when somebody limits it: it reads the events of a day.
    async fn spent(&mut self, store: &Store, wanted: bool) -> Result<Option<Vec<Spent>>> {
        if !wanted || self.counted {
            return Ok(None);
        }
        let since = UtcMillis(self.clock.now().utc.0 - LONGEST_DAY_MS);
        let spent = store.spent(since).await.context("cannot read what trunks have carried out today")?;
        self.counted = true;
        Ok(Some(spent))
    }
}

fn number(row: NumberRow) -> Option<(String, NumberRule)> {
    let internal = matches!(row.rule.answer, Answer::Draft(_));
    let target = match row.rule.answer {
        Answer::Flow(flow) => Target::Flow(flow),
        Answer::Draft(flow) => Target::Draft(flow),
        Answer::Builtin(name) if name == "tone" => Target::Tone,
        Answer::Builtin(_) => Target::Echo,
        Answer::Nothing => return None,
    };
    let takes_calls = matches!(row.rule.call_type, CallType::In | CallType::Both);
    let answer_after_ms = u64::try_from(row.rule.answer_after_ms).unwrap_or(0);
    Some((row.number, NumberRule { target, answer_after_ms, internal, takes_calls }))
}

fn rules(row: &GroupRow) -> (String, GroupRules) {
    (row.id.clone(), GroupRules { name: row.name.clone(), record: row.record })
}

async fn acd_config(store: &Store, groups: &[GroupRow]) -> Result<AcdConfig> {
    let seconds = |value: Option<i64>| value.and_then(|value| u32::try_from(value).ok());
    let groups = groups.iter().map(|row| GroupConfig {
        id: GroupId(row.id.clone()),
        name: row.name.clone(),
        strategy: match row.strategy {
            setup::Strategy::LongestIdle => Strategy::LongestIdle,
            setup::Strategy::FewestCalls => Strategy::FewestCalls,
        },
        answer_timeout_s: seconds(row.answer_timeout_s),
        wrap_up_s: seconds(row.wrap_up_s),
        last_agent_first: row.last_agent_first,
    });
    let agents = store.agents().await.context("cannot read the agents")?;
    let agents = agents.into_iter().map(|row| AgentConfig {
        no: AgentNo(row.no),
        name: row.name,
        groups: row.groups.into_iter().map(GroupId).collect(),
    });
    Ok(AcdConfig { groups: groups.collect(), agents: agents.collect() })
}

async fn directory(
    store: &Store,
    realm: &str,
    rows: Vec<setup::Trunk>,
    problems: &mut Vec<String>,
) -> Result<Directory> {
    let mut accounts = BTreeMap::new();
    for row in store.credentials().await.context("cannot read the credentials")? {
        if row.realm != realm {
            problems.push(format!(
                "agent {} cannot register: the password was set for realm {}, not {realm}; apply the set-up again",
                row.no, row.realm
            ));
            continue;
        }
        let credentials = Credentials::Hashed { md5: Some(row.ha1_md5), sha256: Some(row.ha1_sha256) };
        accounts.insert(row.no, Account { credentials, display_name: None });
    }
    let passwords = store.trunk_passwords().await.context("cannot read the trunks' passwords")?;
    let trunks = trunks(rows, &passwords.0, problems);
    Ok(Directory { realm: realm.to_owned(), domains: Vec::new(), accounts, trunks })
}
