//! Legs of different codecs, and keys as tones.

use super::*;
use crate::media::{KeySource, PlayEnd, measure_tone, tone_samples};
use crate::rtp::codec::{MAX_SAMPLES, NarrowDecoder, NarrowEncoder};
use crate::rtp::dtmf::ToneReceiver;

/// A peer says `samples` in packets of `ms`.
fn say(bench: &mut Bench, leg: LegKey, codec: Codec, ms: u64, samples: &[i16]) {
    let mut encoder = NarrowEncoder::default();
    for (i, frame) in samples.chunks(8 * ms as usize).enumerate() {
        let mut payload = [0; MAX_SAMPLES];
        let bytes = encoder.encode(codec, frame, &mut payload);
        bench.hear(leg, codec.usual_payload_type(), i as u16, (i as u64 * 8 * ms) as u32, &payload[..bytes]);
        bench.run(ms);
    }
}

/// What a leg's peer has heard, at 8 kHz.
fn heard(bench: &Bench, leg: LegKey, codec: Codec) -> Vec<i16> {
    let (mut decoder, mut samples) = (NarrowDecoder::default(), Vec::new());
    for sent in bench.sent(leg) {
        let mut decoded = [0; MAX_SAMPLES];
        let count = decoder.decode(codec, &sent.payload, &mut decoded);
        samples.extend_from_slice(&decoded[..count]);
    }
    samples
}

#[test]
fn every_pair_of_codecs_carries_a_tone_both_ways_in_packets_of_any_length() {
    let tone = tone_samples(1000.0, -10.0, 8000, 8000);
    let expected = measure_tone(&tone, 1000.0);
    for from in Codec::PLAIN {
        for to in Codec::PLAIN {
            for ms in [10, 20, 30, 60] {
                let mut bench = Bench::new();
                let (a, a_key) = bench.leg(0, from);
                let (b, b_key) = bench.leg(1, to);
                bench.send(Command::Bridge { a, b });
                say(&mut bench, a_key, from, ms, &tone);
                let heard = heard(&bench, b_key, to);
                let level = measure_tone(&heard[1600..7200], 1000.0);
                assert!((level - expected).abs() < 1.0, "{from:?} to {to:?}, {ms} ms: {level} dB, not {expected}");
            }
        }
    }
}

#[test]
fn wideband_legs_hear_each_others_bytes() {
    let mut bench = Bench::new();
    let (a, a_key) = bench.leg(0, Codec::G722);
    let (b, b_key) = bench.leg(1, Codec::G722);
    bench.send(Command::Bridge { a, b });
    let payload: Vec<u8> = (0..160).collect();
    bench.hear(a_key, 9, 1, 0, &payload);
    assert_eq!(bench.sent(b_key).last().map(|sent| sent.payload.clone()), Some(payload));
}

#[test]
fn a_wideband_leg_is_recorded() {
    let mut bench = Bench::new();
    let (a, a_key) = bench.leg(0, Codec::G722);
    let recording = RecordingId(1);
    bench.send(Command::Record { recording, path: "a.wav".into(), left: a, right: None });
    say(&mut bench, a_key, Codec::G722, 20, &tone_samples(1000.0, -10.0, 8000, 16_000));
    bench.send(Command::StopRecord { recording });
    let left: Vec<i16> = bench.samples().into_iter().step_by(2).collect();
    let level = measure_tone(&left[1600..14_400], 1000.0);
    assert!((level - measure_tone(&tone_samples(1000.0, -10.0, 8000, 8000), 1000.0)).abs() < 1.0, "{level}");
}

fn without_events(bench: &mut Bench, n: u16, codec: Codec) -> (LegId, LegKey) {
    let (leg, key) = bench.leg(n, codec);
    let remote = bench.peers.iter().find(|(known, ..)| *known == key).map(|(_, rtp, _)| *rtp).expect("a peer");
    bench.send(Command::SetRemote {
        leg,
        remote: Remote { dtmf_payload_type: None, ..Remote::plain(remote, codec) },
        keys: None,
    });
    (leg, key)
}

fn pressed(bench: &mut Bench) -> Vec<(char, KeySource)> {
    let key = |event| match event {
        Event::Key { digit, source, .. } => Some((digit, source)),
        _ => None,
    };
    bench.take_events().into_iter().filter_map(key).collect()
}

#[test]
fn keys_sent_as_tones_to_a_peer_without_events_are_heard_as_what_they_are() {
    for codec in Codec::ALL {
        let mut bench = Bench::new();
        let (out, out_key) = without_events(&mut bench, 0, codec);
        let (_, in_key) = without_events(&mut bench, 1, codec);
        bench.send(Command::SendDtmf { leg: out, digits: "0123456789*#ABCD".to_owned() });
        bench.run(4500);
        assert!(bench.take_events().contains(&Event::DtmfSent { leg: out }), "{codec:?}");
        for (i, sent) in bench.sent(out_key).into_iter().enumerate() {
            bench.hear(in_key, codec.usual_payload_type(), i as u16, i as u32 * codec.frame_ticks(), &sent.payload);
        }
        bench.run(200);
        let keys = pressed(&mut bench);
        assert!(keys.iter().all(|(_, source)| *source == KeySource::Inband));
        assert_eq!(keys.into_iter().map(|(digit, _)| digit).collect::<String>(), "0123456789*#ABCD", "{codec:?}");
    }
}

#[test]
fn a_tone_stops_the_prompt_and_counts_when_the_stream_breaks_off_or_the_leg_is_muted() {
    let mut bench = Bench::new();
    let (id, key) = without_events(&mut bench, 0, Codec::Pcma);
    bench.send(Command::Mute { leg: id, muted: true });
    let segments = vec![Segment::Silence { ms: 5000 }];
    bench.send(Command::Play { leg: id, play: PlayId(1), segments, repeat: false, stop_on_key: true });
    let low = tone_samples(770.0, -10.0, 8000, 480);
    let five: Vec<i16> = low.iter().zip(tone_samples(1336.0, -10.0, 8000, 480)).map(|(a, b)| a + b).collect();
    say(&mut bench, key, Codec::Pcma, 20, &five);
    assert_eq!(bench.take_events(), [Event::PlayEnded { leg: id, play: PlayId(1), by: PlayEnd::Key }]);
    bench.run(200);
    assert_eq!(pressed(&mut bench), [('5', KeySource::Inband)]);
}

#[test]
fn tones_of_a_peer_that_sends_events_are_not_listened_for() {
    let mut bench = Bench::new();
    let (_, key) = bench.leg(0, Codec::Pcmu);
    let low = tone_samples(770.0, -10.0, 8000, 1600);
    let five: Vec<i16> = low.iter().zip(tone_samples(1336.0, -10.0, 8000, 1600)).map(|(a, b)| a + b).collect();
    say(&mut bench, key, Codec::Pcmu, 20, &five);
    bench.run(300);
    assert_eq!(pressed(&mut bench), []);
}

#[test]
fn the_recordings_of_voices_press_nothing() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("audio");
    let mut folders = vec![folder];
    let mut seconds = 0.0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the recordings").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Ok(mut reader) = hound::WavReader::open(&path) else { continue };
            let rate = reader.spec().sample_rate;
            let samples: Vec<i16> = reader.samples().map(|sample| sample.expect("a sample")).collect();
            seconds += samples.len() as f32 / rate as f32;
            // As it is, faster and slower: another voice each.
            for speed in [0.8, 0.9, 1.0, 1.1, 1.25] {
                let step = rate as f32 / 8000.0 * speed;
                let count = (samples.len() as f32 / step) as usize;
                let narrow: Vec<i16> =
                    (0..count).map(|i| samples[((i as f32 * step) as usize).min(samples.len() - 1)]).collect();
                let mut receiver = ToneReceiver::default();
                let presses = narrow.iter().filter(|sample| receiver.push(**sample).is_some()).count();
                assert_eq!(presses, 0, "{} at {speed}", path.display());
            }
        }
    }
    assert!(seconds > 30.0, "{seconds} s of recordings");
}
