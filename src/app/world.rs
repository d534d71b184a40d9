//! The store's rows as the switch's world.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result};

use crate::acd::{AcdConfig, AgentConfig, AgentNo, GroupConfig, GroupId, Strategy};
use crate::call::switch::{ClipBook, GroupRules, NumberRule, Published, Target, World};
use crate::config::setup::{self, CallType};
use crate::ivr::flow::Flow;
use crate::library::{self, AudioFile, Sounds};
use crate::sip::endpoint::{Account, Credentials, Directory, Trunk};
use crate::store::{Answer, FlowVersion, GroupRow, NumberRow, Store, TrunkRow};

/// Reads everything that is set up. Problems that do not stop the switch are told.
pub(super) async fn read(
    store: &Store,
    sounds: &Sounds,
    files: &[AudioFile],
    realm: &str,
) -> Result<(World, Vec<String>)> {
    let (flows, texts, mut problems) = running_flows(store).await?;
    let (book, missing) = sounds.book(files, &texts).await;
    problems.extend(missing);
    let groups = store.groups().await.context("cannot read the skill groups")?;
    let numbers = store.numbers().await.context("cannot read the numbers")?;
    let world = World {
        numbers: numbers.into_iter().filter_map(number).collect(),
        flows,
        groups: groups.iter().map(rules).collect(),
        acd: acd_config(store, &groups).await?,
        directory: directory(store, realm, &mut problems).await?,
        sounds: Arc::new(book) as Arc<ClipBook>,
    };
    Ok((world, problems))
}

type Texts = Vec<(String, String)>;

/// Every published flow with its pinned subflows, and the texts that they speak without variables.
async fn running_flows(store: &Store) -> Result<(BTreeMap<String, Arc<Published>>, Texts, Vec<String>)> {
    let mut flows = BTreeMap::new();
    let mut texts = Vec::new();
    let mut problems = Vec::new();
    for version in store.published_flows().await.context("cannot read the flows")? {
        match published(store, &version).await {
            Ok(flow) => {
                texts.extend(library::spoken_texts(&flow.flow));
                flow.subflows.values().for_each(|subflow| texts.extend(library::spoken_texts(subflow)));
                flows.insert(version.flow.clone(), Arc::new(flow));
            }
            Err(error) => problems.push(format!("flow {} version {}: {error:#}", version.flow, version.version)),
        }
    }
    texts.sort();
    texts.dedup();
    Ok((flows, texts, problems))
}

async fn published(store: &Store, version: &FlowVersion) -> Result<Published> {
    let flow = library::parse(&version.flow, &version.content)?;
    let mut subflows: BTreeMap<String, Arc<Flow>> = BTreeMap::new();
    for (id, number) in &version.subflows.0 {
        let row = store.flow_version(id, *number).await?;
        subflows.insert(id.clone(), Arc::new(library::parse(id, &row.content)?));
    }
    Ok(Published { version: version.version, flow: Arc::new(flow), subflows })
}

fn number(row: NumberRow) -> Option<(String, NumberRule)> {
    let target = match row.rule.answer {
        Answer::Flow(flow) => Target::Flow(flow),
        Answer::Builtin(name) if name == "tone" => Target::Tone,
        Answer::Builtin(_) => Target::Echo,
        Answer::Nothing => return None,
    };
    let takes_calls = matches!(row.rule.call_type, CallType::In | CallType::Both);
    let answer_after_ms = u64::try_from(row.rule.answer_after_ms).unwrap_or(0);
    Some((row.number, NumberRule { target, answer_after_ms, internal: false, takes_calls }))
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

async fn directory(store: &Store, realm: &str, problems: &mut Vec<String>) -> Result<Directory> {
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
    let trunks = store.trunks().await.context("cannot read the trunks")?;
    let trunks = trunks.into_iter().map(|row| trunk(row, problems)).collect();
    Ok(Directory { realm: realm.to_owned(), domains: Vec::new(), accounts, trunks })
}

fn trunk(row: TrunkRow, problems: &mut Vec<String>) -> Trunk {
    let mut networks = Vec::new();
    for source in &row.sources.0 {
        match source.parse() {
            Ok(network) => networks.push(network),
            Err(error) => problems.push(format!("trunk {}: {error}", row.name)),
        }
    }
    Trunk { name: row.name, networks, uri: row.uri, ..Trunk::default() }
}
