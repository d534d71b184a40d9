//! Phone boxes into the switch: their rules, their drivers, and what they tell.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::sync::mpsc;

use crate::acd::AcdConfig;
use crate::call::switch::{BoxRules, BoxTold, Input, LineRules, SoundTold};
use crate::config::Config;
use crate::driver::clock::Clock;
use crate::driver::media::MediaHandle;
use crate::driver::phonebox::{BoxConfig, BoxContext, BoxEvent, BoxSet, Profiles, Roots};
use crate::driver::sound::{CardConfig, Heard, SoundContext, SoundEvent, SoundSet, SystemCards};
use crate::phonebox::Library;

/// Events of all boxes that wait for the switch; more are dropped and counted with their box.
const EVENTS: usize = 1024;
/// T.35: DTMF caller ID begins and ends with any mark there.
const CHINA: &str = "26";

/// Starts the boxes that the configuration names, and the sound cards on their lines.
pub(super) fn start(
    config: &Config,
    media: &MediaHandle,
    inputs: &mpsc::Sender<Input>,
    clock: Clock,
) -> Result<(BoxSet, SoundSet)> {
    if config.boxes.is_empty() {
        return Ok((BoxSet::default(), SoundSet::default()));
    }
    let library = library(config)?;
    let context = BoxContext { library: library.clone(), roots: Roots::default(), clock, may_talk: true };
    let (sender, events) = mpsc::channel(EVENTS);
    let real: Vec<BoxConfig> = config.boxes.iter().filter(|config| !config.is_sound_alone()).cloned().collect();
    let boxes = BoxSet::start(&real, &context, &sender)?;
    tokio::spawn(pass_on(events, inputs.clone()));
    let cards: Vec<CardConfig> = config.boxes.iter().flat_map(cards).collect();
    let context = SoundContext { library, clock, source: Arc::new(SystemCards), recordings: media.recordings() };
    let (sender, events) = mpsc::channel(EVENTS);
    let sound = SoundSet::start(cards, &context, &sender).context("no thread for a sound card")?;
    tokio::spawn(pass_on_sound(events, boxes.clone(), inputs.clone()));
    Ok((boxes, sound))
}

/// The profiles without errors; faults are told.
fn library(config: &Config) -> Result<Library> {
    let profiles = Profiles::load(&config.hardware)
        .with_context(|| format!("cannot read the profiles in {}", config.hardware.display()))?;
    for fault in profiles.faults.iter().filter(|fault| fault.is_error()) {
        tracing::warn!("a phone-box profile is left out: {}", fault.render());
    }
    Ok(profiles.library)
}

/// The cards of a box: its own, and those of single lines.
fn cards(config: &BoxConfig) -> Vec<CardConfig> {
    let lines = config.lines.iter().filter_map(|(n, line)| Some((Some(*n), line.sound.clone()?)));
    let card = |(line, card): (Option<u32>, String)| CardConfig {
        device: config.id.clone(),
        line,
        card,
        tells_caller: config.hears_caller(),
        any_marks: config.country.as_deref() == Some(CHINA),
        zone: config.zone(),
    };
    config.sound.iter().map(|card| (None, card.clone())).chain(lines).map(card).collect()
}

/// Ends when the last card is gone, or the switch.
async fn pass_on_sound(mut events: mpsc::Receiver<SoundEvent>, boxes: BoxSet, inputs: mpsc::Sender<Input>) {
    while let Some(SoundEvent { device, line, heard }) = events.recv().await {
        let input = match heard {
            Heard::Ready => Input::Sound(SoundTold { device, line, ready: Ok(()) }),
            Heard::Lost { why } => Input::Sound(SoundTold { device, line, ready: Err(why) }),
            Heard::Caller(event) => {
                let tells_hook = boxes.status(&device).is_some_and(|status| status.tells_hook);
                Input::PhoneBox(BoxTold { device, tells_hook, event })
            }
        };
        if inputs.send(input).await.is_err() {
            return;
        }
    }
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
