//! The whole skill-group machine against a small reference model, by random transitions: many agents, groups and callers,
//! hang-ups at every point, duplicate and late events, changes of the set-up, restarts, lost and ghost dialogs.
//!
//! After every single transition the machine must agree with the model in every agent and every place in the queue, and
//! the invariants of the architecture must hold as seen from outside alone. `HOTLINE_SEED` repeats a run; a failure is
//! shrunk to a short list of operations before it is shown.

mod driver;
mod generate;
mod invariants;
mod outputs;
mod reference;
mod rules;
mod setups;

use driver::{Driver, Op, Tally};
use hotline::base::Rng;

/// Transitions of one test run; the timers that they let pass come on top.
const TRANSITIONS: usize = 100_000;
const TRANSITIONS_PER_RUN: usize = 400;
const THREADS: usize = 4;

#[test]
fn the_machine_agrees_with_the_model_and_keeps_its_invariants() {
    let seed = seed();
    eprintln!("HOTLINE_SEED={seed}");
    let mut seeds = Rng::from_number(seed);
    let runs: Vec<Rng> = (0..TRANSITIONS / TRANSITIONS_PER_RUN).map(|_| seeds.fork()).collect();
    let tally = std::thread::scope(|scope| {
        let some = |runs| scope.spawn(move || random_runs(seed, runs));
        let threads: Vec<_> = runs.chunks(runs.len().div_ceil(THREADS)).map(some).collect();
        let mut tally = Tally::default();
        for thread in threads {
            tally.add(&thread.join().unwrap_or_else(|why| std::panic::resume_unwind(why)));
        }
        tally
    });
    eprintln!("{tally:?}");
    tally.assert_everything_happened();
}

fn random_runs(seed: u64, runs: &[Rng]) -> Tally {
    let mut tally = Tally::default();
    for rng in runs {
        let mut rng = rng.clone();
        let setup = rng.next_u64();
        let mut driver = Driver::new(setup);
        let mut ops = Vec::new();
        for _ in 0..TRANSITIONS_PER_RUN {
            let op = generate::op(&mut rng, &driver);
            ops.push(op.clone());
            if let Err(why) = driver.run(op) {
                fail(seed, setup, ops, &why);
            }
        }
        tally.add(&driver.tally);
    }
    tally
}

fn seed() -> u64 {
    match std::env::var("HOTLINE_SEED") {
        Ok(text) => text.parse().expect("HOTLINE_SEED is a number"),
        Err(_) => {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            now.map_or(1, |since| since.as_micros() as u64)
        }
    }
}

fn replay(setup: u64, ops: &[Op]) -> Result<(), String> {
    let mut driver = Driver::new(setup);
    ops.iter().try_for_each(|op| driver.run(op.clone()))
}

/// Leaves out ever smaller parts as long as it still fails: every operation is harmless in every state.
fn shrink(setup: u64, mut ops: Vec<Op>) -> Vec<Op> {
    let mut part = ops.len() / 2;
    while part > 0 {
        let mut at = 0;
        while at < ops.len() {
            let mut fewer = ops.clone();
            fewer.drain(at..(at + part).min(ops.len()));
            if replay(setup, &fewer).is_err() {
                ops = fewer;
            } else {
                at += part;
            }
        }
        part /= 2;
    }
    ops
}

fn fail(seed: u64, setup: u64, ops: Vec<Op>, why: &str) -> ! {
    let steps = ops.len();
    let ops = shrink(setup, ops);
    let shrunk = replay(setup, &ops).expect_err("it still fails");
    let list: Vec<String> = ops.iter().map(|op| format!("  {op:?}")).collect();
    panic!(
        "HOTLINE_SEED={seed}: failed after {steps} steps: {why}\nshrunk to {} steps: {shrunk}\n{}",
        ops.len(),
        list.join("\n")
    );
}
