//! The two-way scripts: set-up, keep-alive, dialling, re-opening, in virtual time.

mod phonebox;

use std::collections::VecDeque;

use hotline::base::{Instant, Now, UtcMillis};
use hotline::phonebox::{Engine, EngineOptions, Event, EventKind, Output, Player};
use phonebox::{covers, library};
use serde_json::Value;

/// 2026-08-08T12:00:00, as the scripts have it.
const NOON: UtcMillis = UtcMillis(1_786_190_400_000);

const CHAR_GAP_MS: u64 = 60;

struct Talk {
    player: Player,
    sent: VecDeque<Vec<u8>>,
    told: VecDeque<Event>,
}

impl Talk {
    fn sort(&mut self) {
        for output in self.player.take() {
            match output {
                Output::Write(bytes) => self.sent.push_back(bytes),
                // The scripts do not name the state in which a handset was found, and leave the heartbeat out.
                Output::Event(Event { kind: EventKind::HookState { .. } | EventKind::DeviceSilent, .. }) => {}
                Output::Event(event) => self.told.push_back(event),
                Output::Reopen => {}
            }
        }
    }

    fn step(&mut self, step: &Value) -> Result<(), String> {
        if let Some(wanted) = bytes(step, "tx") {
            let mut sent = self.sent.pop_front().unwrap_or_default();
            // Some devices are sent one character at a time.
            while !sent.is_empty() && sent.len() < wanted.len() && wanted.starts_with(&sent) {
                self.player.wait(CHAR_GAP_MS);
                self.sort();
                sent.extend(self.sent.pop_front().ok_or("sent no more")?);
            }
            if sent != wanted {
                return Err(format!("sent {:?}", String::from_utf8_lossy(&sent)));
            }
        } else if let Some(received) = bytes(step, "rx") {
            self.player.wait(step["delay_ms"].as_u64().unwrap_or(0));
            self.player.hear(&received);
        } else if let Some(wanted) = step.get("event") {
            let told = self.told.pop_front().map(|event| serde_json::to_value(event).expect("events are JSON"));
            if !told.as_ref().is_some_and(|told| covers(told, wanted)) {
                return Err(format!("told {told:?}"));
            }
        } else if let Some(millis) = step["wait_ms"].as_u64() {
            self.player.wait(millis);
        } else if let Some(number) = step["api"]["dial"].as_str() {
            self.player.act(|engine, now| engine.handle_dial(None, number, now));
        } else if step["unplug"] == true {
            self.player.act(Engine::handle_lost);
        } else if step["replug"] == true {
            self.player.act(Engine::handle_open);
        } else {
            return Err("no such step".to_owned());
        }
        self.sort();
        Ok(())
    }
}

/// `tx` or `rx` as text or, as `tx_hex` or `rx_hex`, in hexadecimal.
fn bytes(step: &Value, key: &str) -> Option<Vec<u8>> {
    if let Some(hex) = step[format!("{key}_hex")].as_str() {
        let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).expect("ASCII"));
        return Some(pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect());
    }
    step[key].as_str().map(|text| text.as_bytes().to_vec())
}

fn run(script: &Value) -> Result<(), String> {
    let id = script["id"].as_str().unwrap_or_default();
    let profile = library().get(script["profile"].as_str().unwrap_or_default()).expect("a profile").clone();
    let now = Now::new(Instant::from_millis(1000), NOON);
    let player = Player::new(profile, EngineOptions::default(), now);
    let mut talk = Talk { player, sent: VecDeque::new(), told: VecDeque::new() };
    // A script that begins with a set-up begins with the opening of the port; the others with a device that is ready.
    if id.starts_with("init") || id.starts_with("whozz") {
        talk.player.act(Engine::handle_open);
        talk.sort();
    }
    for (number, step) in (1..).zip(script["steps"].as_array().expect("steps")) {
        talk.step(step).map_err(|fault| format!("{id}, step {number} {step}: {fault}"))?;
    }
    match (talk.sent.front(), talk.told.front()) {
        (None, None) => Ok(()),
        rest => Err(format!("{id}: at the end there is more: {rest:?}")),
    }
}

#[test]
fn every_dialogue_runs_as_it_is_written() {
    let scripts = include_str!("phonebox/dialogues.jsonl").lines().filter(|line| !line.trim().is_empty());
    let scripts: Vec<Value> = scripts.map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(scripts.len(), 16);
    let faults: Vec<String> = scripts.iter().filter_map(|script| run(script).err()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
