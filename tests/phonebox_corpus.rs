//! The transcript corpus: every row gives exactly its events, however the bytes are cut.

mod phonebox;

use hotline::base::Rng;
use hotline::phonebox::Library;
use phonebox::{Expected, compare, library, rows};

/// Milliseconds that a byte takes at 1200 baud, 8N1, rounded up.
const BYTE_MS: u64 = 9;

fn check(library: &Library, how: &str, cut: impl Fn(&Expected) -> Vec<(u64, Vec<u8>)>) {
    let mut faults = Vec::new();
    for row in rows() {
        let mut recording = row.row.recording().expect("the corpus is right");
        recording.chunks = cut(&row);
        let profile = row.row.profile(library).expect("the corpus names profiles that exist");
        if let Err(fault) = compare(&row, &recording.play(profile)) {
            faults.push(fault);
        }
    }
    assert!(faults.is_empty(), "{} rows differ when read {how}:\n{}", faults.len(), faults.join("\n"));
}

fn chunks(row: &Expected) -> Vec<(u64, Vec<u8>)> {
    row.row.recording().expect("the corpus is right").chunks
}

#[test]
fn every_row_gives_its_events_when_read_as_recorded() {
    assert_eq!(rows().len(), 110);
    check(&library(), "as recorded", chunks);
}

#[test]
fn every_row_gives_its_events_when_read_byte_by_byte() {
    check(&library(), "byte by byte", |row| {
        let single = |(delay, bytes): (u64, Vec<u8>)| {
            bytes.into_iter().enumerate().map(move |(at, byte)| (if at == 0 { delay } else { 0 }, vec![byte]))
        };
        chunks(row).into_iter().flat_map(single).collect()
    });
}

#[test]
fn every_row_gives_its_events_when_split_anywhere() {
    let library = library();
    for seed in 0..12 {
        check(&library, &format!("in random pieces, seed {seed}"), |row| {
            let mut rng = Rng::from_number(seed);
            let mut cut = Vec::new();
            for (delay, bytes) in chunks(row) {
                let (mut rest, mut delay) = (bytes.as_slice(), delay);
                while !rest.is_empty() {
                    let length = 1 + rng.below(rest.len().min(20) as u64) as usize;
                    cut.push((delay, rest[..length].to_vec()));
                    (rest, delay) = (&rest[length..], 0);
                }
            }
            cut
        });
    }
}

#[test]
fn every_row_gives_its_events_at_line_speed() {
    check(&library(), "at 1200 baud", |row| {
        let mut cut = Vec::new();
        let mut late = 0;
        for (delay, bytes) in chunks(row) {
            // A recorded pause begins when the bytes before it are through.
            let delay = delay.max(late);
            for (at, byte) in bytes.iter().enumerate() {
                cut.push((if at == 0 { delay } else { BYTE_MS }, vec![*byte]));
            }
            late = 0;
        }
        cut
    });
}
