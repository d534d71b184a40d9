//! Damaged transcripts: flips, drops, inserts, repeats. Nothing panics or hangs, and the next good record is read.

mod phonebox;

use hotline::base::{Instant, Now, Rng};
use hotline::phonebox::{EngineOptions, Event, EventKind, Output, Player};
use phonebox::{Expected, library, rows};

/// Long enough for every time-out, and for the same caller to be a new call.
const BETWEEN_MS: u64 = 120_000;
/// Damages of each row.
const SEEDS: u64 = 20;
/// Events that one row may cause, damaged or not.
const MAX_EVENTS: usize = 400;

/// Plays a transcript, and what it made the engine tell.
fn told(player: &mut Player, chunks: &[(u64, Vec<u8>)]) -> Vec<Event> {
    for (delay, bytes) in chunks {
        player.wait(*delay);
        player.hear(bytes);
    }
    player.wait(BETWEEN_MS);
    let events = player.take().into_iter().filter_map(|output| match output {
        Output::Event(event) => Some(event),
        Output::Write(_) | Output::Reopen => None,
    });
    events.collect()
}

fn numbers(told: &[Event]) -> Vec<String> {
    let number = |event: &Event| match &event.kind {
        EventKind::CallerId(caller) => caller.number.clone(),
        _ => None,
    };
    told.iter().filter_map(number).collect()
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
    let mut player = Player::new(profile.clone(), options, now);
    let mut rng = Rng::from_number(seed);
    let mut bad = good.chunks.clone();
    damage(&mut bad, &mut rng);
    let damaged = told(&mut player, &bad).len();
    let after = told(&mut player, &good.chunks);
    let wanted =
        row.expect.iter().filter_map(|event| event["number"].as_str().filter(|_| event["type"] == "caller_id"));
    let heard = numbers(&after);
    for number in wanted {
        if !heard.iter().any(|heard| heard == number) {
            return Err(format!("{} seed {seed}: {number} is not read after damage, but {:?}", row.row.id, after));
        }
    }
    let most = damaged.max(after.len());
    if most > MAX_EVENTS { Err(format!("{} seed {seed}: {most} events", row.row.id)) } else { Ok(()) }
}

#[test]
fn after_any_damage_the_next_good_record_is_read() {
    let rows = rows();
    let cases = rows.iter().flat_map(|row| (0..SEEDS).map(move |seed| (row, seed)));
    let faults: Vec<String> = cases.filter_map(|(row, seed)| check(row, seed).err()).collect();
    assert!(faults.is_empty(), "{} cases:\n{}", faults.len(), faults.join("\n"));
}
