//! A scenario: who plays what, and what the record must say afterwards. The format is in `sipp-scenarios/README.md`.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use chrono::{DateTime, FixedOffset};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::config::SipTransport;

/// One scenario file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The file's name without its ending.
    #[serde(skip)]
    pub name: String,
    /// What holds, as a sentence.
    pub title: String,
    /// The set-up of the switch; relative to the folder of the scenarios.
    #[serde(default = "default_setup")]
    pub setup: PathBuf,
    /// The flows of the switch; relative to the folder of the scenarios.
    #[serde(default = "default_flows")]
    pub flows: PathBuf,
    /// What the switch's clock shows at the start (RFC 3339), for opening hours; the true time when not given.
    #[serde(default)]
    pub at: Option<DateTime<FixedOffset>>,
    /// `udp` and `tcp` when not given.
    #[serde(default = "both")]
    transports: Vec<String>,
    #[serde(default)]
    pub agents: Vec<AgentPart>,
    pub callers: Vec<CallerPart>,
    #[serde(default)]
    pub expect: Vec<Expect>,
    /// Callers in the order in which they came to talk to an agent.
    #[serde(default)]
    pub bridged_in_order: Vec<String>,
    /// Seconds after which everyone must be done.
    #[serde(default = "default_deadline")]
    pub deadline_s: u64,
}

/// An agent: its phone registers and then waits for calls.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentPart {
    pub no: String,
    /// A file of `agent/`, without its ending.
    pub plays: String,
    /// The length of the scenario's `<pause/>`.
    #[serde(default = "default_pause")]
    pub pause_ms: u64,
    /// How many calls its phone must get; 0 = it must get none.
    #[serde(default = "one")]
    pub calls: u32,
}

/// A caller, or whoever else plays towards the switch.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallerPart {
    /// A file of `caller/` or `register/`, without its ending.
    pub plays: String,
    pub from: String,
    #[serde(default)]
    pub dials: String,
    /// The address that it plays from: without it one of 127.0.0.0/16, which the trunk of the set-up names.
    #[serde(default)]
    pub source: Option<IpAddr>,
    /// Milliseconds after the start.
    #[serde(default)]
    pub after_ms: u64,
    /// The length of the scenario's `<pause/>`.
    #[serde(default = "default_pause")]
    pub pause_ms: u64,
}

/// What the record says of the calls from one number.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    pub from: String,
    /// How many calls.
    #[serde(default = "one")]
    pub calls: u32,
    /// Events in this order, others between them; of each only what is written is compared.
    #[serde(default)]
    pub events: Vec<Map<String, Value>>,
    /// Events that are not there.
    #[serde(default)]
    pub never: Vec<Map<String, Value>>,
    #[serde(default)]
    pub tickets: u32,
    /// Complete recordings.
    #[serde(default)]
    pub recordings: u32,
}

fn default_setup() -> PathBuf {
    "house/setup.yaml".into()
}

fn default_flows() -> PathBuf {
    "house/flows".into()
}

fn both() -> Vec<String> {
    vec!["udp".to_owned(), "tcp".to_owned()]
}

const fn default_deadline() -> u64 {
    40
}

const fn default_pause() -> u64 {
    1000
}

const fn one() -> u32 {
    1
}

impl Scenario {
    /// Reads one file.
    pub fn read(path: &Path) -> Result<Scenario> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut scenario: Scenario =
            serde_saphyr::from_str(&text).map_err(|error| anyhow::anyhow!("{}: {}", path.display(), error.render()))?;
        scenario.name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        for transport in &scenario.transports {
            if !matches!(transport.as_str(), "udp" | "tcp") {
                bail!("{}: transports: {transport:?} is neither udp nor tcp", path.display());
            }
        }
        Ok(scenario)
    }

    /// All of a folder, by name.
    pub fn read_all(folder: &Path) -> Result<Vec<Scenario>> {
        let entries = std::fs::read_dir(folder)
            .with_context(|| format!("cannot read the folder {} (--scenarios)", folder.display()))?;
        let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
        paths.sort();
        paths.iter().map(|path| Scenario::read(path)).collect()
    }

    /// Whether it is for `transport`.
    pub fn plays_over(&self, transport: SipTransport) -> bool {
        self.transports.iter().any(|name| name == transport.name())
    }
}
