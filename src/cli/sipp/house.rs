//! The switch that one scenario has for itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;
use tempfile::TempDir;

use super::expectation::Kept;
use super::scenario::Scenario;
use crate::app::{self, Running};
use crate::base::UtcMillis;
use crate::config::{Config, HttpSection, SipSection, SipTransport, load_setup, resolve_secret};
use crate::driver::clock::Clock;
use crate::store::{CallFilter, CallSort, Order, PageRequest, TicketFilter, TicketSort};

/// What the switches of one run share.
pub struct Shared {
    /// The folder of the scenarios.
    pub scenarios: PathBuf,
    pub audio: PathBuf,
    /// Sounds that one of them has encoded.
    pub clips: TempDir,
}

pub struct House {
    pub running: Running,
    /// Agent to password.
    passwords: BTreeMap<String, String>,
    /// Removed with everything in it when the house is.
    pub folder: TempDir,
}

impl House {
    /// Starts a switch on free ports with the scenario's set-up and flows.
    pub async fn start(scenario: &Scenario, shared: &Shared, transport: SipTransport) -> Result<House> {
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        let data = folder.path().join("data");
        std::fs::create_dir(&data)?;
        std::os::unix::fs::symlink(shared.clips.path(), data.join("clips"))?;
        let setup = shared.scenarios.join(&scenario.setup);
        let base = setup.parent().unwrap_or(Path::new(""));
        let mut passwords = BTreeMap::new();
        for agent in load_setup(&setup)?.agents {
            if let Some(secret) = &agent.password {
                passwords.insert(agent.no, resolve_secret(secret, base)?);
            }
        }
        let listen = format!("{}:127.0.0.1:0", transport.name()).parse().map_err(anyhow::Error::msg)?;
        let config = Config {
            data,
            flows: shared.scenarios.join(&scenario.flows),
            audio: shared.audio.clone(),
            setup: Some(setup.clone()),
            sip: SipSection { listen: vec![listen], ..SipSection::default() },
            http: HttpSection { listen: ([127, 0, 0, 1], 0).into(), ..HttpSection::default() },
            ..Config::default()
        };
        let clock = scenario.at.map_or_else(Clock::start, |at| Clock::showing(UtcMillis(at.timestamp_millis())));
        let running = app::start_with(&config, clock).await?;
        Ok(House { running, passwords, folder })
    }

    /// Where the switch hears SIP, as `ADDRESS:PORT`.
    pub fn sip(&self) -> Result<&str> {
        let first = self.running.ready.sip.first().context("the switch hears no SIP")?;
        Ok(first.split_once(':').map_or(first.as_str(), |(_, address)| address))
    }

    pub fn password(&self, agent: &str) -> Result<&str> {
        let password = self.passwords.get(agent);
        password.map(String::as_str).with_context(|| format!("the set-up has no agent {agent} with a password"))
    }

    /// What the store keeps of the calls from `number`.
    pub async fn kept(&self, number: &str) -> Result<Vec<Kept>> {
        let store = &self.running.store;
        let page = PageRequest { limit: Some(500), after: None };
        let calls = store.calls(&CallFilter::default(), CallSort::Started, Order::Ascending, &page).await?;
        let tickets = store.tickets(&TicketFilter::default(), TicketSort::Number, Order::Ascending, &page).await?;
        let tickets = tickets.items.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
        let mut kept = Vec::new();
        for call in calls.items {
            let events = store.events(call.id).await?;
            let events = events.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
            if !events.iter().any(|event| event["type"] == "started" && event["caller"] == number) {
                continue;
            }
            let id = Value::String(call.id.to_string());
            let of_call = tickets.iter().filter(|ticket| ticket["call"] == id).count();
            let recordings = store.recordings(call.id).await?;
            let recordings = recordings.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>()?;
            let complete = recordings.iter().filter(|recording| recording["complete"] == true).count();
            kept.push(Kept { events, tickets: u32::try_from(of_call)?, complete_recordings: u32::try_from(complete)? });
        }
        Ok(kept)
    }
}
