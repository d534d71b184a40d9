//! Damaged transcripts: flips, drops, inserts, repeats. Nothing panics or hangs, and the next good record is read.

mod phonebox;

use std::time::Duration;

use hotline::base::{Instant, Now, Rng};
use hotline::phonebox::{Engine, EngineOptions, Event, EventKind, Output};
use phonebox::{Expected, library, rows};

/// Long enough for every time-out, and for the same caller to be a new call.
const BETWEEN_MS: u64 = 120_000;
/// Damages of each row.
const SEEDS: u64 = 20;
/// Events that one row may cause, damaged or not.
const MAX_EVENTS: usize = 400;

struct Player {
    engine: Engine,
    now: Now,
    told: Vec<Event>,
}

impl Player {
    fn wait(&mut self, millis: u64) {
        let end = self.now.plus(Duration::from_millis(millis));
        while let Some(due) = self.engine.poll_timeout().filter(|due| *due <= end.instant) {
            self.now = self.now.plus(due.since(self.now.instant));
            self.engine.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    fn play(&mut self, chunks: &[(u64, Vec<u8>)]) {
        for (delay, bytes) in chunks {
            self.wait(*delay);
            self.engine.handle_bytes(bytes, self.now);
            self.drain();
        }
        self.wait(BETWEEN_MS);
    }

    fn drain(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            if let Output::Event(event) = output {
                self.told.push(event);
            }
        }
    }

    fn numbers(&self) -> Vec<String> {
        let number = |event: &Event| match &event.kind {
            EventKind::CallerId(caller) => caller.number.clone(),
            _ => None,
        };
        self.told.iter().filter_map(number).collect()
    }
}

/// One to four damages at random places.
fn damage(chunks: &mut [(u64, Vec<u8>)], rng: &mut Rng) {
    for _ in 0..=rng.below(4) {
        let at = rng.below(chunks.len().max(1) as u64) as usize;
        let Some((_, bytes)) = chunks.get_mut(at).filter(|(_, bytes)| !bytes.is_empty()) else { continue };
        let at = rng.below(bytes.len() as u64) as usize;
        match rng.below(5) {
            0 => bytes[at] ^= 1 << rng.below(8),
            1 => drop(bytes.remove(at)),
            2 => bytes.insert(at, rng.below(256) as u8),
            3 => {
                let run = bytes[at..].to_vec();
                bytes.extend(run);
            }
            _ => bytes.truncate(at),
        }
    }
}

fn check(row: &Expected, seed: u64) -> Result<(), String> {
    let library = library();
    let profile = row.row.profile(&library).expect("the corpus names profiles that exist");
    let good = row.row.recording().expect("the corpus is right");
    let now = Now::new(Instant::from_millis(1000), good.start);
    let options = EngineOptions { may_talk: false, ..EngineOptions::default() };
    let mut player = Player { engine: Engine::new(profile.clone(), options, now), now, told: Vec::new() };
    let mut rng = Rng::from_number(seed);
    let mut bad = good.chunks.clone();
    damage(&mut bad, &mut rng);
    player.play(&bad);
    let damaged = std::mem::take(&mut player.told).len();
    player.play(&good.chunks);
    let wanted =
        row.expect.iter().filter_map(|event| event["number"].as_str().filter(|_| event["type"] == "caller_id"));
    let heard = player.numbers();
    for number in wanted {
        if !heard.iter().any(|heard| heard == number) {
            return Err(format!(
                "{} seed {seed}: {number} is not read after damage, but {:?}",
                row.row.id, player.told
            ));
        }
    }
    let most = damaged.max(player.told.len());
    if most > MAX_EVENTS { Err(format!("{} seed {seed}: {most} events", row.row.id)) } else { Ok(()) }
}

#[test]
fn after_any_damage_the_next_good_record_is_read() {
    let rows = rows();
    let cases = rows.iter().flat_map(|row| (0..SEEDS).map(move |seed| (row, seed)));
    let faults: Vec<String> = cases.filter_map(|(row, seed)| check(row, seed).err()).collect();
    assert!(faults.is_empty(), "{} cases:\n{}", faults.len(), faults.join("\n"));
}
