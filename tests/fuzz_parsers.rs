//! Random changes of real messages, thrown at every parser: no panic, no growth, and what is read can be written and read
//! again. The same checks are `cargo fuzz` targets (`fuzz/`).
//!
//! `HOTLINE_FUZZ_RUNS` is the number of inputs for each parser (20,000 unless said, so that it takes seconds),
//! `HOTLINE_FUZZ_SEED` chooses others. A failure names the seed and the run, and writes the input.

#[path = "../fuzz/checks.rs"]
mod checks;
#[path = "fuzz/mutate.rs"]
mod mutate;
#[path = "fuzz/seeds.rs"]
mod seeds;

use std::panic::{AssertUnwindSafe, catch_unwind};

use hotline::base::Rng;
use mutate::Mutator;

const RUNS: u64 = 20_000;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect("a number"))
}

/// Runs `check` on mutated seeds; a panic tells how to get it again.
fn fuzz(name: &str, share: u64, seeds: Vec<Vec<u8>>, check: fn(&[u8])) {
    let (runs, seed) = (setting("HOTLINE_FUZZ_RUNS", RUNS) / share, setting("HOTLINE_FUZZ_SEED", 1));
    assert!(!seeds.is_empty());
    for seed in &seeds {
        check(seed);
    }
    let mut mutator = Mutator::new(Rng::from_number(seed), seeds);
    for run in 0..runs {
        let input = mutator.next();
        if catch_unwind(AssertUnwindSafe(|| check(&input))).is_err() {
            let file = std::env::temp_dir().join(format!("fuzz-{name}-{seed}-{run}"));
            std::fs::write(&file, &input).expect("the input can be kept");
            panic!("{name}, seed {seed}, run {run}: the input is in {}", file.display());
        }
    }
    println!("{name}: {runs} inputs");
}

#[test]
fn messages() {
    fuzz("message", 1, seeds::messages(), checks::message);
}

#[test]
fn streams() {
    fuzz("stream", 2, seeds::streams(), checks::stream);
}

#[test]
fn session_descriptions() {
    fuzz("sdp", 1, seeds::session_descriptions(), checks::sdp);
}

#[test]
fn rtp_packets() {
    fuzz("rtp", 1, seeds::rtp(), checks::rtp_packet);
}

#[test]
fn rtcp_packets() {
    fuzz("rtcp", 1, seeds::rtcp(), checks::rtcp_packet);
}

#[test]
fn credentials() {
    fuzz("digest", 2, seeds::credentials(), checks::digest);
}

#[test]
fn telephone_events() {
    fuzz("dtmf", 1, seeds::telephone_events(), checks::dtmf);
}

#[test]
fn whole_endpoints() {
    fuzz("endpoint", 10, seeds::messages(), checks::endpoint);
}
