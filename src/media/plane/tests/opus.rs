//! Legs that speak Opus.

use super::*;
use crate::media::{measure_tone, tone_samples};
use crate::rtp::codec::opus::{OpusDecoder, OpusEncoder};
use crate::rtp::codec::{FRAME_SAMPLES, MAX_SAMPLES, NarrowDecoder, NarrowEncoder};

const OPUS: u8 = 111;

/// A second or more of a tone as packets of 20 ms.
fn packets(hz: f64, count: usize) -> Vec<Vec<u8>> {
    let mut encoder = OpusEncoder::live();
    let encode = |frame: &[i16]| {
        let mut packet = [0; 400];
        let bytes = encoder.encode(frame, &mut packet);
        packet[..bytes].to_vec()
    };
    tone_samples(hz, -10.0, 8000, count * FRAME_SAMPLES).chunks(FRAME_SAMPLES).map(encode).collect()
}

/// The level of a tone in what a leg's peer heard since its `first` packet.
fn level(bench: &Bench, leg: LegKey, codec: Codec, first: usize, hz: f64) -> f64 {
    let (mut decoder, mut samples, mut out) = (NarrowDecoder::default(), Vec::new(), [0; MAX_SAMPLES]);
    for sent in &bench.sent(leg)[first..] {
        let count = decoder.decode(codec, &sent.payload, &mut out);
        samples.extend_from_slice(&out[..count]);
    }
    measure_tone(&samples[samples.len() / 2..], hz)
}

/// Two bridged legs.
fn bridged(codec_a: Codec, codec_b: Codec) -> (Bench, (LegId, LegKey), (LegId, LegKey)) {
    let mut bench = Bench::new();
    let (a, b) = (bench.leg(0, codec_a), bench.leg(1, codec_b));
    bench.send(Command::Bridge { a: a.0, b: b.0 });
    (bench, a, b)
}

#[test]
fn two_that_speak_it_hear_each_others_packets_at_the_clock_of_48_khz() {
    let (mut bench, _, (_, b_key)) = bridged(Codec::Opus, Codec::Opus);
    let (a_key, before) = (bench.peers[0].0, bench.sent(b_key).len());
    let packets = packets(440.0, 10);
    for (i, packet) in packets.iter().enumerate() {
        bench.hear(a_key, OPUS, 65_530u16.wrapping_add(i as u16), 0xffff_fff0u32.wrapping_add(i as u32 * 960), packet);
        bench.run(20);
    }
    let sent = &bench.sent(b_key)[before..];
    assert_eq!(sent.iter().map(|sent| sent.payload.clone()).collect::<Vec<_>>(), packets);
    for pair in sent.windows(2) {
        assert_eq!(pair[1].header.seq.wrapping_sub(pair[0].header.seq), 1);
        assert_eq!(pair[1].header.timestamp.wrapping_sub(pair[0].header.timestamp), 960);
    }
}

#[test]
fn it_is_heard_in_every_other_codec_and_the_other_way_round() {
    for other in Codec::PLAIN {
        let (mut bench, (_, a_key), (_, b_key)) = bridged(Codec::Opus, other);
        let tone = tone_samples(880.0, -10.0, 8000, 100 * FRAME_SAMPLES);
        let mut encoder = NarrowEncoder::default();
        for (i, packet) in packets(440.0, 100).iter().enumerate() {
            bench.hear(a_key, OPUS, i as u16, i as u32 * 960, packet);
            let mut payload = [0; MAX_SAMPLES];
            let bytes = encoder.encode(other, &tone[i * FRAME_SAMPLES..][..FRAME_SAMPLES], &mut payload);
            bench.hear(b_key, other.usual_payload_type(), i as u16, i as u32 * 160, &payload[..bytes]);
            bench.run(20);
        }
        let expected = measure_tone(&tone_samples(440.0, -10.0, 8000, 8000), 440.0);
        let (to_b, to_a) = (level(&bench, b_key, other, 1, 440.0), level(&bench, a_key, Codec::Opus, 1, 880.0));
        assert!((to_b - expected).abs() < 2.0, "{other:?} hears {to_b} dB, not {expected}");
        assert!((to_a - expected).abs() < 2.0, "Opus hears {to_a} dB of {other:?}, not {expected}");
        check_steady(&bench.sent(b_key)[1..]);
        for pair in bench.sent(a_key)[1..].windows(2) {
            assert_eq!(pair[1].header.timestamp.wrapping_sub(pair[0].header.timestamp), 960);
        }
    }
}

#[test]
fn what_is_lost_is_made_up_and_counted() {
    let (mut bench, (_, a_key), (_, b_key)) = bridged(Codec::Opus, Codec::Pcmu);
    for (i, packet) in packets(440.0, 150).iter().enumerate() {
        // Every fifth is lost.
        if i % 5 != 4 {
            bench.hear(a_key, OPUS, i as u16, i as u32 * 960, packet);
        }
        bench.run(20);
    }
    let expected = measure_tone(&tone_samples(440.0, -10.0, 8000, 8000), 440.0);
    let heard = level(&bench, b_key, Codec::Pcmu, 1, 440.0);
    // The decoder takes some frames after each loss to find back into a tone.
    assert!((heard - expected).abs() < 3.0, "{heard} dB, not {expected}: a fifth of it is lost");
    bench.send(Command::Close { leg: leg(0) });
    let lost = bench.take_events().into_iter().find_map(|event| match event {
        Event::LegClosed { report, .. } => Some((report.packets_lost, report.jitter_ms)),
        _ => None,
    });
    let (lost, jitter_ms) = lost.expect("a report");
    assert!((29..=30).contains(&lost) && jitter_ms < 1.0, "{lost} lost, {jitter_ms} ms");
}

#[test]
fn late_and_repeated_packets_are_not_decoded_again() {
    let (mut bench, (_, a_key), (_, b_key)) = bridged(Codec::Opus, Codec::Pcmu);
    let packets = packets(440.0, 100);
    for (i, packet) in packets.iter().enumerate() {
        bench.hear(a_key, OPUS, i as u16, i as u32 * 960, packet);
        if i > 2 {
            bench.hear(a_key, OPUS, i as u16 - 2, (i as u32 - 2) * 960, &packets[i - 2]);
        }
        bench.run(20);
    }
    let expected = measure_tone(&tone_samples(440.0, -10.0, 8000, 8000), 440.0);
    let heard = level(&bench, b_key, Codec::Pcmu, 1, 440.0);
    assert!((heard - expected).abs() < 2.0, "{heard} dB, not {expected}");
}

#[test]
fn prompts_tones_and_silence_are_heard_in_it() {
    let mut bench = Bench::new();
    let (a, a_key) = bench.leg(0, Codec::Opus);
    let spoken = Arc::new(Clip::from_pcm(8000, &tone_samples(440.0, -10.0, 8000, 16_000)).expect("a clip"));
    let tone = Segment::Tone { hz: 880, level_dbm0: -10.0, ms: 2000 };
    bench.play(a, 1, vec![Segment::Clip(spoken), tone]);
    bench.run(4200);
    let (mut decoder, mut out, mut heard) = (OpusDecoder::new(), [0; MAX_SAMPLES], Vec::new());
    for sent in bench.sent(a_key) {
        assert_eq!(sent.header.payload_type, OPUS);
        let (count, _) = decoder.decode(0, &sent.payload, &mut out);
        assert_eq!(count, 160);
        heard.extend_from_slice(&out[..count]);
    }
    let expected = measure_tone(&tone_samples(440.0, -10.0, 8000, 8000), 440.0);
    for (hz, from) in [(440.0, 4000), (880.0, 20_000)] {
        let level = measure_tone(&heard[from..from + 8000], hz);
        assert!((level - expected).abs() < 2.0, "{hz} Hz: {level} dB, not {expected}");
    }
    assert!(heard[heard.len() - 400..].iter().all(|sample| sample.abs() < 50), "then silence");
}

#[test]
fn it_is_recorded() {
    let mut bench = Bench::new();
    let (a, a_key) = bench.leg(0, Codec::Opus);
    bench.send(Command::Record { recording: RecordingId(1), path: "a.wav".into(), left: a, right: None });
    for (i, packet) in packets(440.0, 100).iter().enumerate() {
        // The timestamps pass their end in the middle.
        bench.hear(a_key, OPUS, i as u16, (i as u32 * 960).wrapping_sub(48_000), packet);
        bench.run(20);
    }
    bench.send(Command::StopRecord { recording: RecordingId(1) });
    let left: Vec<i16> = bench.samples().into_iter().step_by(2).collect();
    assert_eq!(left.len(), 16_000);
    let expected = measure_tone(&tone_samples(440.0, -10.0, 8000, 8000), 440.0);
    let level = measure_tone(&left[4000..14_000], 440.0);
    assert!((level - expected).abs() < 1.5, "{level} dB, not {expected}");
}

#[test]
fn keys_count_at_its_clock_and_are_pressed_anew_for_another_codec() {
    let (mut bench, _, (_, b_key)) = bridged(Codec::Opus, Codec::Pcmu);
    let a_key = bench.peers[0].0;
    // Until a packet came there is no peer to bridge.
    for (i, packet) in packets(440.0, 10).iter().enumerate() {
        bench.hear(a_key, OPUS, i as u16, i as u32 * 960, packet);
        bench.run(20);
    }
    for (i, ticks) in [960u16, 1920, 2880, 3840, 4800].into_iter().enumerate() {
        let [high, low] = ticks.to_be_bytes();
        let end = if ticks == 4800 { 0x8a } else { 10 };
        bench.hear(a_key, 101, 10 + i as u16, 9600, &[7, end, high, low]);
        bench.run(20);
    }
    let key = bench.take_events().into_iter().find_map(|event| match event {
        Event::Key { digit, duration_ms, .. } => Some((digit, duration_ms)),
        _ => None,
    });
    assert_eq!(key, Some(('7', 100)), "4800 ticks of 48 kHz");
    bench.run(400);
    let events: Vec<Vec<u8>> =
        bench.sent(b_key).into_iter().filter(|sent| sent.header.payload_type == 101).map(|sent| sent.payload).collect();
    assert_eq!(events.first().map(Vec::as_slice), Some(&[7, 10, 0, 160][..]), "at the clock of 8 kHz");
    assert_eq!(events.last().map(Vec::as_slice), Some(&[7, 0x8a, 3, 32][..]));
}

#[test]
fn keys_between_two_that_speak_it_are_told_at_each_ones_clock() {
    let mut bench = Bench::new();
    let ((a, a_key), (b, b_key)) = (bench.leg(0, Codec::Opus), bench.leg(1, Codec::Opus));
    let remote = Remote { dtmf_clock_hz: 8000, ..Remote::plain(bench.peers[1].1, Codec::Opus) };
    bench.send(Command::SetRemote { leg: b, remote, keys: None });
    bench.send(Command::Bridge { a, b });
    bench.hear(a_key, OPUS, 1, 0, &packets(440.0, 1)[0]);
    bench.hear(a_key, 101, 2, 960, &[7, 0x8a, 0x12, 0xc0]);
    let sent = bench.sent(b_key).pop().expect("an event");
    assert_eq!((sent.header.payload_type, sent.payload.as_slice()), (101, &[7, 0x8a, 3, 32][..]));
}

#[test]
fn a_peer_that_answers_with_its_own_number_is_heard_under_ours() {
    let mut bench = Bench::new();
    let (a, a_key) = bench.leg(0, Codec::Opus);
    let remote = Remote { payload_type: 96, receive_payload_type: 111, ..Remote::plain(bench.peers[0].1, Codec::Opus) };
    bench.send(Command::SetRemote { leg: a, remote, keys: None });
    bench.send(Command::Bridge { a, b: a });
    bench.hear(a_key, 111, 1, 0, &packets(440.0, 1)[0]);
    assert_eq!(bench.sent(a_key).pop().map(|sent| sent.header.payload_type), Some(96));
}

#[test]
fn a_change_of_codec_in_the_middle_of_a_bridge_is_followed() {
    let (mut bench, (a, a_key), (_, b_key)) = bridged(Codec::Pcmu, Codec::Pcmu);
    bench.speak(a_key, 1, 5, 700);
    let remote = Remote::plain(bench.peers[0].1, Codec::Opus);
    bench.send(Command::SetRemote { leg: a, remote, keys: None });
    for (i, packet) in packets(440.0, 60).iter().enumerate() {
        bench.hear(a_key, OPUS, 6 + i as u16, i as u32 * 960, packet);
        bench.run(20);
    }
    let before = bench.sent(b_key).len();
    assert!(level(&bench, b_key, Codec::Pcmu, before - 40, 440.0) > -20.0, "by its voice");
    bench.send(Command::SetRemote { leg: a, remote: Remote::plain(bench.peers[0].1, Codec::Pcmu), keys: None });
    bench.hear(a_key, 0, 100, 50_000, &[5; 160]);
    assert_eq!(bench.sent(b_key).pop().map(|sent| sent.payload), Some(vec![5; 160]), "by its packets again");
    bench.send(Command::Close { leg: a });
    bench.run(100);
}
