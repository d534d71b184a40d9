//! Phone boxes into the switch: their rules, their drivers, and what they tell.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use tokio::sync::mpsc;

use crate::acd::AcdConfig;
use crate::call::switch::{BoxRules, BoxTold, Input, LineRules};
use crate::config::Config;
use crate::driver::clock::Clock;
use crate::driver::phonebox::{BoxConfig, BoxContext, BoxEvent, BoxSet, Profiles, Roots};

/// Events of all boxes that wait for the switch; more are dropped and counted with their box.
const EVENTS: usize = 1024;

/// Starts the boxes that the configuration names.
pub(super) fn start(config: &Config, inputs: mpsc::Sender<Input>, clock: Clock) -> Result<BoxSet> {
    if config.boxes.is_empty() {
        return Ok(BoxSet::default());
    }
    let profiles = Profiles::load(&config.hardware)
        .with_context(|| format!("cannot read the profiles in {}", config.hardware.display()))?;
    for fault in profiles.faults.iter().filter(|fault| fault.is_error()) {
        tracing::warn!("a phone-box profile is left out: {}", fault.render());
    }
    let context = BoxContext { library: profiles.library, roots: Roots::default(), clock, may_talk: true };
    let (sender, events) = mpsc::channel(EVENTS);
    let boxes = BoxSet::start(&config.boxes, &context, &sender)?;
    tokio::spawn(pass_on(events, inputs));
    Ok(boxes)
}

/// Ends when the last box is gone, or the switch.
async fn pass_on(mut events: mpsc::Receiver<BoxEvent>, inputs: mpsc::Sender<Input>) {
    while let Some(BoxEvent { device, tells_hook, event, .. }) = events.recv().await {
        if inputs.send(Input::PhoneBox(BoxTold { device, tells_hook, event })).await.is_err() {
            return;
        }
    }
}

/// What the switch must know of the boxes.
pub(super) fn rules(configs: &[BoxConfig]) -> BTreeMap<String, BoxRules> {
    configs.iter().map(|config| (config.id.clone(), rules_of(config))).collect()
}

fn rules_of(config: &BoxConfig) -> BoxRules {
    let line = |agent: &Option<String>, group: &Option<String>, number: &Option<String>| LineRules {
        agent: agent.clone(),
        group: group.clone(),
        number: number.clone(),
    };
    let own = config.lines.iter().map(|(n, own)| (*n, line(&own.agent, &own.group, &own.number)));
    BoxRules {
        line: line(&config.agent, &config.group, &config.number),
        lines: own.collect(),
        counts_as_call: config.counts_as_call,
        busy_after_ring_ms: u64::from(config.busy_after_ring_s) * 1000,
    }
}

/// Agents and groups that boxes name and the set-up does not have: they may come with the next set-up.
pub(super) fn strangers(configs: &[BoxConfig], acd: &AcdConfig) -> Vec<String> {
    let agents: BTreeSet<&str> = acd.agents.iter().map(|agent| agent.no.0.as_str()).collect();
    let groups: BTreeSet<&str> = acd.groups.iter().map(|group| group.id.0.as_str()).collect();
    let mut found = Vec::new();
    for config in configs {
        let lines = config.lines.values();
        let named = lines.clone().filter_map(|line| line.agent.as_deref()).chain(config.agent.as_deref());
        found.extend(
            named.filter(|no| !agents.contains(no)).map(|no| format!("boxes: {}: there is no agent {no}", config.id)),
        );
        let named = lines.filter_map(|line| line.group.as_deref()).chain(config.group.as_deref());
        found.extend(
            named.filter(|id| !groups.contains(id)).map(|id| format!("boxes: {}: there is no group {id}", config.id)),
        );
    }
    found
}
