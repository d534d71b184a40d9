//! The sound of lines: what is recorded, from when to when, and what becomes of it.

use std::path::PathBuf;

use super::*;
use crate::call::event::RecordingKind;
use crate::call::switch::{LineSound, SoundTold};
use crate::media::{self, RecordingId};

fn card(bench: &mut Bench, line: Option<u32>, ready: Result<(), &str>) {
    let ready = ready.map_err(str::to_owned);
    bench.input(Input::Sound(SoundTold { device: "box".into(), line, ready }));
}

/// The file of the one recording that was begun, and nothing else was asked.
fn file(bench: &mut Bench) -> PathBuf {
    match asked(bench).as_slice() {
        [(1, Some((path, false)))] => path.clone(),
        other => panic!("{other:?}"),
    }
}

/// What was asked of the card since the last time: a recording's file and whether callers are heard, or a stop.
fn asked(bench: &mut Bench) -> Vec<(u64, Option<(PathBuf, bool)>)> {
    let asked = std::mem::take(&mut bench.sound).into_iter().map(|what| match what {
        LineSound::Record { recording, path, hear_caller } => (recording.0, Some((path, hear_caller))),
        LineSound::Stop { recording } => (recording.0, None),
    });
    asked.collect()
}

fn ended(bench: &mut Bench, recording: u64, duration_ms: u64) {
    let recording = RecordingId(recording);
    let event = media::Event::RecordingEnded { recording, duration_ms, bytes: 44 + 32 * duration_ms, complete: true };
    bench.input(Input::Media(event));
}

fn alarms(bench: &Bench) -> usize {
    bench.live.iter().filter(|live| matches!(live, Live::Alarm { .. })).count()
}

#[test]
fn a_line_is_recorded_from_off_hook_to_on_hook() {
    let mut bench = bench();
    card(&mut bench, Some(1), Ok(()));
    bench.tell(1, caller("13800138000"));
    bench.wait(3000);
    assert!(asked(&mut bench).is_empty(), "ringing is not recorded where the hook is told");
    bench.tell(1, off_hook(Direction::In));
    let path = file(&mut bench);
    assert!(path.starts_with("recordings/2026/08/08") && path.extension().is_some_and(|e| e == "wav"), "{path:?}");
    bench.wait(10_000);
    bench.tell(1, ON_HOOK);
    assert_eq!(asked(&mut bench), [(1, None)]);
    ended(&mut bench, 1, 10_000);
    let record = bench.record();
    let [recording] = record.recordings.as_slice() else { panic!("{:?}", record.recordings) };
    assert_eq!((recording.kind, recording.duration_ms, recording.complete), (RecordingKind::Line, 10_000, true));
    assert!(path.ends_with(&recording.recording));
    assert_eq!(record.ticket_facts(None).recordings, std::slice::from_ref(&recording.recording));
}

#[test]
fn a_box_that_cannot_tell_the_hook_is_recorded_while_it_rings() {
    let mut bench = bench();
    bench.tells_hook = false;
    card(&mut bench, None, Ok(()));
    bench.tell(1, ring(1));
    bench.tell(1, ring(2));
    assert!(matches!(asked(&mut bench).as_slice(), [(1, Some((_, true)))]), "and a caller ID may still be heard");
    bench.wait(9000);
    bench.tell(1, ring_end(RingEndReason::Timeout));
    assert_eq!(asked(&mut bench), [(1, None)]);
}

#[test]
fn where_the_agent_counts_as_on_the_call_after_the_ringing_it_is_recorded_until_then() {
    let line = LineRules { agent: Some("a".into()), group: Some("sales".into()), ..LineRules::default() };
    let rules = BoxRules { line, counts_as_call: true, busy_after_ring_ms: 120_000, ..BoxRules::default() };
    let mut bench = bench_with(rules);
    bench.tells_hook = false;
    card(&mut bench, None, Ok(()));
    bench.tell(1, caller("13800138000"));
    bench.tell(1, ring(1));
    asked(&mut bench);
    bench.tell(1, ring_end(RingEndReason::Timeout));
    bench.wait(119_000);
    assert!(asked(&mut bench).is_empty(), "the recording outlives the call");
    bench.wait(1000);
    assert_eq!(asked(&mut bench), [(1, None)]);
    ended(&mut bench, 1, 124_000);
    assert_eq!(bench.record().recordings[0].duration_ms, 124_000);
    // A line that rings again is in no talk: what still ran is over.
    bench.tell(1, caller("13800138001"));
    bench.tell(1, ring(1));
    bench.tell(1, ring_end(RingEndReason::Timeout));
    asked(&mut bench);
    bench.wait(10_000);
    bench.tell(1, ring(1));
    bench.tell(1, ring(2));
    assert!(matches!(asked(&mut bench).as_slice(), [(2, None), (3, Some(_))]));
}

#[test]
fn without_a_card_the_call_goes_on_with_an_alarm_and_a_card_that_comes_back_records_the_rest() {
    let mut bench = bench();
    card(&mut bench, None, Err("unplugged"));
    assert_eq!(alarms(&bench), 1);
    bench.tell(1, caller("13800138000"));
    bench.tell(1, off_hook(Direction::In));
    assert!(asked(&mut bench).is_empty());
    assert_eq!(bench.state("a"), "on call");
    card(&mut bench, None, Ok(()));
    assert!(matches!(asked(&mut bench).as_slice(), [(1, Some(_))]));
    // Unplugged: the card ended its recording; plugged in: the next one.
    ended(&mut bench, 1, 500);
    card(&mut bench, None, Err("unplugged"));
    card(&mut bench, None, Ok(()));
    assert!(matches!(asked(&mut bench).as_slice(), [(2, Some(_))]));
    bench.tell(1, ON_HOOK);
    assert_eq!(asked(&mut bench), [(2, None)]);
    ended(&mut bench, 2, 700);
    assert_eq!(bench.record().recordings.len(), 2);
}

#[test]
fn an_outgoing_call_that_failed_leaves_no_sound_either() {
    for success in [false, true] {
        let mut bench = bench();
        card(&mut bench, None, Ok(()));
        bench.tell(1, off_hook(Direction::Out));
        let path = file(&mut bench);
        bench.tell(1, EventKind::Dialed { number: "13800138000".into() });
        bench.wait(5000);
        bench.tell(1, ON_HOOK);
        assert_eq!(asked(&mut bench), [(1, None)]);
        ended(&mut bench, 1, 5000);
        bench.outcome(1, success, "a").expect("taken");
        bench.wait(60_000);
        if success {
            assert_eq!(bench.record().recordings[0].duration_ms, 5000);
            assert!(bench.discarded.is_empty());
        } else {
            assert_eq!((bench.written.len(), bench.discarded.as_slice()), (0, [path].as_slice()));
        }
    }
}

#[test]
fn a_handset_beside_its_cradle_is_recorded_for_four_hours() {
    let mut bench = bench();
    card(&mut bench, None, Ok(()));
    bench.tell(1, caller("13800138000"));
    bench.tell(1, off_hook(Direction::In));
    asked(&mut bench);
    bench.wait(4 * 60 * 60 * 1000);
    assert_eq!(asked(&mut bench), [(1, None)]);
    assert_eq!(bench.state("a"), "on call");
}

#[test]
fn a_handset_that_is_lifted_and_put_down_leaves_neither_a_record_nor_sound_nor_wrap_up() {
    for in_time in [true, false] {
        let mut bench = bench();
        card(&mut bench, None, Ok(()));
        bench.tell(1, off_hook(Direction::Out));
        let path = file(&mut bench);
        assert_eq!(bench.state("a"), "on call");
        bench.wait(2000);
        bench.tell(1, ON_HOOK);
        assert_eq!(bench.state("a"), "ready", "there was no call to wrap up");
        if in_time {
            ended(&mut bench, 1, 2000);
        }
        bench.wait(60_000);
        assert_eq!((bench.written.len(), bench.discarded.as_slice()), (0, [path].as_slice()));
    }
}
