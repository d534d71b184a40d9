//! What the corpus does not show: cut lines, and questions to a device that left one open.

use super::{EngineOptions, Output};
use crate::base::{Instant, Now, UtcMillis};
use crate::phonebox::event::{DecodeFault, EventKind, NumberStatus};
use crate::phonebox::player::Player;
use crate::phonebox::profile::Library;
use crate::phonebox::replay::Recording;

fn events(profile: &str, chunks: &[(u64, &[u8])]) -> Vec<EventKind> {
    let library = Library::builtin();
    let mut recording = Recording::of_bytes(Vec::new());
    recording.chunks = chunks.iter().map(|(delay, bytes)| (*delay, bytes.to_vec())).collect();
    let profile = library.get(profile).expect("a profile of the binary");
    recording.play(profile).into_iter().map(|event| event.kind).collect()
}

fn truncated() -> EventKind {
    EventKind::DecodeError { reason: DecodeFault::Truncated }
}

#[test]
fn a_cut_line_does_not_spoil_the_record_after_it() {
    let cut = events("tci-70", &[(0, b"01      9/05     11:17 AM       702-"), (4000, b"\r\n")]);
    assert_eq!(cut, [truncated()]);
    let next = events("at-vcid-formatted", &[(0, b"NMBR = 50"), (3001, b"RING\r\n"), (500, b"NMBR = 5045551234\r\n")]);
    assert_eq!(next.first(), Some(&truncated()));
    assert_eq!(next.get(1), Some(&EventKind::Ring { n: 1, tag: None }));
    let EventKind::CallerId(caller) = &next[2] else { panic!("{next:?}") };
    assert_eq!(caller.number.as_deref(), Some("5045551234"));
}

#[test]
fn a_slow_line_is_still_one() {
    let slow = events("at-vcid-formatted", &[(0, b"RI"), (2900, b"NG"), (2900, b"\r\n")]);
    assert_eq!(slow.first(), Some(&EventKind::Ring { n: 1, tag: None }));
}

#[test]
fn the_rest_of_a_line_that_was_too_long_ends_with_silence_too() {
    let long = vec![b'x'; 300];
    let told = events("at-vcid-formatted", &[(0, &long), (5000, b"RING\r\n")]);
    assert_eq!(told[0], EventKind::DecodeError { reason: DecodeFault::LineTooLong });
    assert_eq!(told[1], EventKind::Ring { n: 1, tag: None });
}

#[test]
fn a_cut_line_in_voice_mode_does_not_spoil_the_block_after_it() {
    let told = events("at-voice-dle", &[(0, b"NMBR = 50"), (4000, b"\x10R")]);
    assert_eq!(told[..2], [truncated(), EventKind::Ring { n: 1, tag: None }]);
}

#[test]
fn a_pay_phone_is_told_as_one() {
    let told = events("netcallerid", &[(0, b"###DATE08081130...NMBR...NAME-PAY PHONE-+++\r")]);
    let EventKind::CallerId(caller) = &told[0] else { panic!("{told:?}") };
    assert_eq!(caller.number_status, NumberStatus::Payphone);
    assert_eq!(caller.name.as_deref(), Some("PAY PHONE"));
}

/// How often a modem was asked whether it lives, in what was said.
fn asked(said: &[Output]) -> usize {
    said.iter().filter(|output| **output == Output::Write(b"AT\r".to_vec())).count()
}

#[test]
fn a_line_left_open_does_not_stop_the_keep_alive() {
    let profile = Library::builtin().get("at-vcid-formatted").expect("a profile of the binary").clone();
    let now = Now::new(Instant::ZERO, UtcMillis(1_786_190_400_000));
    let mut player = Player::new(profile, EngineOptions::default(), now);
    player.hear(b"RI");
    player.wait(61_000);
    assert_eq!(asked(&player.take()), 1, "asked after a minute of silence");
    player.hear(b"OK\r\n");
    player.wait(61_000);
    let said = player.take();
    assert!(!said.contains(&Output::Reopen), "answered");
    assert_eq!(asked(&said), 1, "asked again");
    player.wait(65_000);
    assert!(player.take().contains(&Output::Reopen), "two questions without an answer");
}
