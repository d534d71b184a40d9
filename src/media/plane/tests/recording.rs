use super::*;
use crate::media::Mark;

const RECORDING: RecordingId = RecordingId(3);

fn record(bench: &mut Bench, left: LegId, right: Option<LegId>) {
    bench.send(Command::Record { recording: RECORDING, path: "call.wav".into(), left, right });
}

/// Both channels of what was handed to the writer, and the marks.
fn written(bench: &Bench) -> (Vec<i16>, Vec<i16>, Vec<Mark>) {
    let (mut left, mut right, mut end) = (Vec::new(), Vec::new(), Vec::new());
    assert!(matches!(bench.recorded[0].1, RecordingOutput::Open { .. }));
    for (id, what) in &bench.recorded {
        assert_eq!(*id, RECORDING);
        match what {
            RecordingOutput::Open { .. } => {}
            RecordingOutput::Block(block) => {
                assert_eq!(block.start, left.len() as u64);
                left.extend(block.samples[..2 * block.frames].iter().step_by(2));
                right.extend(block.samples[..2 * block.frames].iter().skip(1).step_by(2));
            }
            RecordingOutput::Close { frames, marks } => {
                assert_eq!(*frames, left.len() as u64);
                end.clone_from(marks);
            }
        }
    }
    assert!(matches!(bench.recorded.last(), Some((_, RecordingOutput::Close { .. }))));
    (left, right, end)
}

#[test]
fn both_sides_of_a_bridge_are_recorded_in_their_own_codec() {
    let mut bench = Bench::new();
    let (a, a_key) = bench.leg(0, Codec::Pcmu);
    let (b, b_key) = bench.leg(1, Codec::Pcma);
    bench.send(Command::Bridge { a, b });
    record(&mut bench, a, Some(b));
    for i in 0..100 {
        bench.hear(b_key, 8, i, u32::from(i) * 160, &[g711::alaw_encode(-2000); 160]);
        bench.speak(a_key, i, 1, 1000);
    }
    bench.send(Command::StopRecord { recording: RECORDING });
    let (left, right, _) = written(&bench);
    assert_eq!(left.len(), 16_000);
    assert!(left.iter().all(|s| *s == ulaw(1000)), "left");
    assert!(right.iter().all(|s| *s == alaw(-2000)), "right");
}

#[test]
fn a_recording_ends_with_its_last_leg() {
    let mut bench = Bench::new();
    let (a, a_key) = bench.leg(0, Codec::Pcmu);
    let (b, _) = bench.leg(1, Codec::Pcmu);
    record(&mut bench, a, Some(b));
    bench.send(Command::Close { leg: b });
    bench.speak(a_key, 0, 10, 1000);
    assert!(!bench.recorded.iter().any(|(_, what)| matches!(what, RecordingOutput::Close { .. })));
    bench.send(Command::Close { leg: a });
    let (left, right, _) = written(&bench);
    assert_eq!(left.len(), 1600);
    assert!(right.iter().all(|s| *s == 0));
}

#[test]
fn a_pause_hides_what_is_said_and_is_marked() {
    let mut bench = Bench::new();
    let (a, a_key) = bench.leg(0, Codec::Pcmu);
    record(&mut bench, a, None);
    bench.speak(a_key, 0, 50, 1000);
    bench.send(Command::PauseRecord { recording: RECORDING });
    bench.speak(a_key, 50, 50, 1000);
    bench.send(Command::ResumeRecord { recording: RECORDING });
    bench.speak(a_key, 100, 50, 1000);
    bench.send(Command::StopRecord { recording: RECORDING });
    let (left, _, marks) = written(&bench);
    assert_eq!(left.len(), 24_000);
    assert!(left[8000..16_000].iter().all(|s| *s == 0));
    assert_eq!(
        marks.iter().map(|mark| (mark.frame, mark.label)).collect::<Vec<_>>(),
        [(8000, "paused"), (16_000, "resumed")]
    );
}

#[test]
fn a_transfer_is_another_recording_and_nobody_is_recorded_twice() {
    let mut bench = Bench::new();
    let (a, a_key) = bench.leg(0, Codec::Pcmu);
    record(&mut bench, a, None);
    bench.speak(a_key, 0, 10, 1000);
    let next = RecordingId(4);
    bench.send(Command::Record { recording: next, path: "next.wav".into(), left: a, right: None });
    bench.speak(a_key, 10, 10, 1000);
    bench.send(Command::StopRecord { recording: next });
    let closed: Vec<RecordingId> = bench
        .recorded
        .iter()
        .filter(|(_, what)| matches!(what, RecordingOutput::Close { frames: 1600, .. }))
        .map(|(id, _)| *id)
        .collect();
    assert_eq!(closed, [RECORDING, next]);
}

#[test]
fn a_recording_of_nobody_ends_at_once() {
    let mut bench = Bench::new();
    record(&mut bench, leg(7), None);
    assert!(written(&bench).0.is_empty());
}
