use super::*;
use crate::media::{PeerRule, PlayEnd};

#[test]
fn an_answer_pre_empts_an_announcement_within_two_packets() {
    let announcement = clip(9000, 100);
    for (phase, seed) in (0..20).zip(1u64..) {
        let mut bench = Bench::new();
        let (caller, caller_key) = bench.leg(0, Codec::Pcmu);
        let (agent, agent_key) = bench.leg(1, Codec::Pcmu);
        bench.play(caller, seed, vec![Segment::Clip(Arc::clone(&announcement))]);
        bench.run(200 + phase);
        bench.send(Command::Bridge { a: caller, b: agent });
        let before = bench.sent(caller_key).len();
        bench.speak(agent_key, 500, 5, 2000);
        let heard = bench.heard(caller_key);
        assert!(heard[before..].contains(&ulaw(2000)));
        assert!(!heard[before..].contains(&ulaw(9000)), "phase {phase}: the announcement went on");
        assert!(heard[before..before + 2].contains(&ulaw(2000)), "phase {phase}: {:?}", &heard[before..]);
        assert_eq!(bench.take_events(), [Event::PlayEnded { leg: caller, play: PlayId(seed), by: PlayEnd::Cut }]);
    }
}

#[test]
fn one_timeline_through_prompt_bridge_hold_music_and_another_bridge() {
    let mut bench = Bench::new();
    let (caller, caller_key) = bench.leg(0, Codec::Pcmu);
    let (first, first_key) = bench.leg(1, Codec::Pcmu);
    let (second, second_key) = bench.leg(2, Codec::Pcma);
    bench.play(caller, 1, vec![Segment::Clip(clip(100, 10))]);
    bench.run(300);
    bench.send(Command::Bridge { a: caller, b: first });
    bench.speak(first_key, 65_530, 20, 1000);
    bench.send(Command::Unbridge { a: caller, b: first });
    bench.send(Command::Music { leg: caller, music: Some(clip(5000, 100)) });
    bench.run(200);
    bench.send(Command::Bridge { a: second, b: caller });
    bench.speak(second_key, 7, 20, -1000);
    let sent = bench.sent(caller_key);
    for pair in sent.windows(2) {
        let (a, b) = (&pair[0], &pair[1]);
        assert_eq!(b.header.seq.wrapping_sub(a.header.seq), 1);
        assert_eq!(b.header.ssrc, a.header.ssrc);
        let ticks = b.header.timestamp.wrapping_sub(a.header.timestamp);
        assert!((160..=320).contains(&ticks), "{ticks} ticks at {:?}", b.at);
    }
    let drift = sent[sent.len() - 1].header.timestamp.wrapping_sub(sent[0].header.timestamp) as i32
        - (sent[sent.len() - 1].at.since(sent[0].at).as_millis() as i32) * 8;
    assert!(drift.abs() <= 3 * 160, "the timestamps left the clock by {drift}");
    let heard = bench.heard(caller_key);
    for value in [ulaw(100), ulaw(1000), ulaw(5000), ulaw(alaw(-1000))] {
        assert!(heard.contains(&value), "{value}");
    }
}

#[test]
fn a_peer_that_falls_silent_is_replaced_by_silence_and_taken_up_again() {
    let mut bench = Bench::new();
    let (a, a_key) = bench.leg(0, Codec::Pcmu);
    let (b, b_key) = bench.leg(1, Codec::Pcmu);
    bench.send(Command::Bridge { a, b });
    bench.speak(b_key, 1, 10, 700);
    bench.run(1000);
    bench.speak(b_key, 60, 10, 700);
    let sent = bench.sent(a_key);
    let longest = sent.windows(2).map(|pair| pair[1].at.since(pair[0].at)).max();
    assert!(longest <= Some(Duration::from_millis(80)), "{longest:?}");
    let last = &sent[sent.len() - 1];
    let elapsed = last.at.since(sent[0].at).as_millis() as u32;
    let ticks = last.header.timestamp.wrapping_sub(sent[0].header.timestamp);
    assert!(ticks.abs_diff(elapsed * 8) <= 320, "{ticks} ticks in {elapsed} ms");
}

#[test]
fn loss_of_one_packet_shows_through_and_nothing_is_put_in_its_place() {
    let mut bench = Bench::new();
    let (a, a_key) = bench.leg(0, Codec::Pcmu);
    let (b, b_key) = bench.leg(1, Codec::Pcmu);
    bench.send(Command::Bridge { a, b });
    bench.speak(b_key, 1, 10, 700);
    bench.run(20);
    bench.speak(b_key, 12, 10, 700);
    let sent = bench.sent(a_key);
    let gaps: Vec<u16> =
        sent.windows(2).map(|p| p[1].header.seq.wrapping_sub(p[0].header.seq)).filter(|d| *d != 1).collect();
    assert_eq!(gaps, [2]);
}

#[test]
fn different_g711_is_recoded_and_keys_get_the_other_legs_payload_type() {
    let mut bench = Bench::new();
    let (a, a_key) = bench.leg(0, Codec::Pcmu);
    let (b, b_key) = bench.leg(1, Codec::Pcma);
    let other = Remote { dtmf_payload_type: Some(96), ..Remote::plain(bench.peers[1].1, Codec::Pcma) };
    bench.send(Command::SetRemote { leg: b, remote: other, keys: None });
    bench.send(Command::Bridge { a, b });
    bench.speak(a_key, 1, 5, 4000);
    bench.hear(a_key, 101, 6, 960, &[9, 10, 0, 160]);
    let sent = bench.sent(b_key);
    assert!(bench.heard(b_key).contains(&alaw(ulaw(4000))));
    let event = sent.last().expect("an event");
    assert_eq!((event.header.payload_type, event.payload.as_slice()), (96, &[9, 10, 0, 160][..]));
    let none = Remote { dtmf_payload_type: None, ..other };
    bench.send(Command::SetRemote { leg: b, remote: none, keys: None });
    bench.hear(a_key, 101, 7, 960, &[9, 10, 1, 64]);
    assert_eq!(bench.sent(b_key).len(), sent.len());
}

#[test]
fn a_muted_leg_is_not_heard_but_its_keys_count() {
    let mut bench = Bench::new();
    let (a, a_key) = bench.leg(0, Codec::Pcmu);
    let (b, b_key) = bench.leg(1, Codec::Pcmu);
    bench.send(Command::Bridge { a, b });
    bench.send(Command::Mute { leg: a, muted: true });
    bench.speak(a_key, 1, 20, 6000);
    bench.hear(a_key, 101, 21, 8000, &[3, 0x8a, 3, 32]);
    assert!(!bench.heard(b_key).contains(&ulaw(6000)));
    assert!(bench.take_events().iter().any(|event| matches!(event, Event::Key { digit: '3', .. })));
    bench.send(Command::Mute { leg: a, muted: false });
    bench.speak(a_key, 30, 5, 6000);
    assert!(bench.heard(b_key).contains(&ulaw(6000)));
}

#[test]
fn a_third_leg_takes_the_place_of_the_second() {
    let mut bench = Bench::new();
    let (a, _) = bench.leg(0, Codec::Pcmu);
    let (b, b_key) = bench.leg(1, Codec::Pcmu);
    let (c, c_key) = bench.leg(2, Codec::Pcmu);
    bench.send(Command::Bridge { a, b });
    bench.send(Command::Bridge { a, b: c });
    let a_key = bench.peers[0].0;
    bench.speak(a_key, 1, 10, 800);
    assert!(!bench.heard(b_key).contains(&ulaw(800)));
    assert!(bench.heard(c_key).contains(&ulaw(800)));
    // Parting two that are not bridged parts nobody.
    bench.send(Command::Unbridge { a, b });
    bench.speak(a_key, 20, 10, -800);
    assert!(bench.heard(c_key).contains(&ulaw(-800)));
    bench.send(Command::Close { leg: c });
    bench.speak(a_key, 40, 10, 800);
    assert_eq!(bench.closed, [c_key]);
}

#[test]
fn an_announcement_in_a_bridge_is_heard_by_one_side_and_then_the_peer_again() {
    let mut bench = Bench::new();
    let (a, a_key) = bench.leg(0, Codec::Pcmu);
    let (b, b_key) = bench.leg(1, Codec::Pcmu);
    bench.send(Command::Bridge { a, b });
    bench.speak(b_key, 1, 10, 700);
    bench.play(a, 1, vec![Segment::Clip(clip(-3000, 10))]);
    bench.speak(b_key, 11, 20, 700);
    let heard = bench.heard(a_key);
    assert_eq!(heard.iter().filter(|s| **s == ulaw(-3000)).count(), 10);
    assert_eq!(heard.last(), Some(&ulaw(700)));
    for pair in bench.sent(a_key).windows(2) {
        assert_eq!(pair[1].header.seq.wrapping_sub(pair[0].header.seq), 1);
    }
}

#[test]
fn a_device_behind_nat_is_latched_by_audio_of_the_agreed_kind_only() {
    let mut bench = Bench::new();
    let (id, key) = bench.leg(0, Codec::Pcmu);
    let ip = "198.51.100.7".parse().expect("an address");
    let remote = Remote {
        accept_from: PeerRule::LatchOnce(ip),
        ..Remote::plain("10.0.0.5:4000".parse().expect("an address"), Codec::Pcmu)
    };
    bench.send(Command::SetRemote { leg: id, remote, keys: None });
    let device: SocketAddr = "198.51.100.7:61000".parse().expect("an address");
    bench.hear_from(key, "203.0.113.9:4000".parse().expect("an address"), 0, 1, 0, &[1; 160]);
    bench.hear_from(key, device, 97, 1, 0, &[1; 160]);
    bench.hear_bytes(key, device, &mut [0; 4]);
    assert_eq!(bench.take_events(), []);
    bench.hear_from(key, device, 0, 1, 0, &[1; 160]);
    assert_eq!(bench.take_events(), [Event::Latched { leg: id, remote: device }]);
    bench.hear_from(key, "198.51.100.7:61002".parse().expect("an address"), 101, 2, 0, &[1, 0x8a, 3, 32]);
    assert_eq!(bench.take_events(), []);
    bench.send(Command::Close { leg: id });
    let Some(Event::LegClosed { report, .. }) = bench.take_events().pop() else { panic!("not closed") };
    assert_eq!((report.packets_received, report.packets_strange, report.packets_malformed), (1, 2, 2));
}

#[test]
fn only_what_is_rtcp_fixes_the_rtcp_port_of_a_device_behind_nat() {
    let mut bench = Bench::new();
    let (id, key) = bench.leg(0, Codec::Pcmu);
    let remote = Remote {
        accept_from: PeerRule::LatchOnce("198.51.100.7".parse().expect("an address")),
        ..Remote::plain("10.0.0.5:4000".parse().expect("an address"), Codec::Pcmu)
    };
    bench.send(Command::SetRemote { leg: id, remote, keys: None });
    let (prober, device) = ("198.51.100.7:50000", "198.51.100.7:61001");
    bench.plane.handle_rtcp(key, prober.parse().expect("an address"), &mut [0; 4], bench.now);
    // An empty receiver report of the device (RFC 3550 6.4.2) is taken although the prober came first.
    let mut report = [0x80, 201, 0, 1, 0, 0, 0, 9];
    bench.plane.handle_rtcp(key, device.parse().expect("an address"), &mut report, bench.now);
    let rtcp = std::iter::from_fn(|| bench.plane.poll_output()).find_map(|output| match output {
        Output::Peer { rtcp, .. } => Some(rtcp),
        _ => None,
    });
    assert_eq!(rtcp, device.parse().ok());
    bench.send(Command::Close { leg: id });
    let Some(Event::LegClosed { report, .. }) = bench.take_events().pop() else { panic!("not closed") };
    assert_eq!((report.packets_strange, report.packets_malformed), (0, 1));
}

#[test]
fn a_device_that_does_not_speak_in_time_is_taken_at_its_word() {
    let mut bench = Bench::new();
    let (id, key) = bench.leg(0, Codec::Pcmu);
    let remote = Remote {
        accept_from: PeerRule::LatchOnce("198.51.100.7".parse().expect("an address")),
        ..Remote::plain("10.0.0.5:4000".parse().expect("an address"), Codec::Pcmu)
    };
    bench.send(Command::SetRemote { leg: id, remote, keys: None });
    bench.run(10_020);
    bench.hear_from(key, "198.51.100.7:61000".parse().expect("an address"), 0, 1, 0, &[1; 160]);
    assert_eq!(bench.take_events(), []);
    bench.hear_from(key, "198.51.100.7:4000".parse().expect("an address"), 0, 1, 0, &[1; 160]);
    bench.send(Command::Close { leg: id });
    let Some(Event::LegClosed { report, .. }) = bench.take_events().pop() else { panic!("not closed") };
    assert_eq!((report.packets_received, report.packets_strange), (1, 1));
}

/// Packets of `ms` each, for about a second, the network delaying every other one by `jitter_ms`.
fn speak_in(bench: &mut Bench, leg: LegKey, ms: u64, jitter_ms: u64, value: i16) {
    let ticks = 8 * ms as u32;
    for i in 0..(1000 / ms) {
        let late = if i % 2 == 1 { jitter_ms } else { 0 };
        bench.run(late);
        bench.hear(leg, 0, 1 + i as u16, ticks * i as u32, &vec![g711::ulaw_encode(value); ticks as usize]);
        bench.run(ms - late);
    }
}

#[test]
fn packets_of_10_to_60_ms_pass_whole_and_no_silence_is_put_between_them() {
    for ms in [10, 20, 30, 40, 50, 60] {
        let mut bench = Bench::new();
        let (a, a_key) = bench.leg(0, Codec::Pcmu);
        let (b, b_key) = bench.leg(1, Codec::Pcmu);
        let remote = Remote { ptime_ms: ms as u8, ..Remote::plain(bench.peers[0].1, Codec::Pcmu) };
        bench.send(Command::SetRemote { leg: a, remote, keys: None });
        bench.send(Command::Bridge { a, b });
        let before = bench.sent(a_key).len();
        speak_in(&mut bench, b_key, ms, 15.min(ms - 5), 700);
        let sent = &bench.sent(a_key)[before..];
        assert_eq!(sent.len() as u64, 1000 / ms, "{ms} ms");
        for pair in sent.windows(2) {
            assert_eq!(pair[1].header.seq.wrapping_sub(pair[0].header.seq), 1, "{ms} ms");
            assert_eq!(u64::from(pair[1].header.timestamp.wrapping_sub(pair[0].header.timestamp)), 8 * ms, "{ms} ms");
        }
    }
}

#[test]
fn packets_longer_than_a_peer_wishes_are_cut_for_it_and_loss_still_shows() {
    for (ms, wish, pieces) in [(60, 20, 3), (30, 20, 2), (40, 20, 2), (60, 30, 2), (50, 40, 2), (20, 10, 2)] {
        let mut bench = Bench::new();
        let (a, a_key) = bench.leg(0, Codec::Pcma);
        let (b, b_key) = bench.leg(1, Codec::Pcmu);
        let remote = Remote { ptime_ms: wish, ..Remote::plain(bench.peers[0].1, Codec::Pcma) };
        bench.send(Command::SetRemote { leg: a, remote, keys: None });
        bench.send(Command::Bridge { a, b });
        let before = bench.sent(a_key).len();
        speak_in(&mut bench, b_key, ms, 5, 700);
        let sent = bench.sent(a_key)[before..].to_vec();
        assert_eq!(sent.len() as u64, 1000 / ms * pieces, "{ms} ms");
        assert!(sent.iter().all(|s| s.payload.len() <= usize::from(wish) * 8), "{ms} ms");
        for pair in sent.windows(2) {
            assert_eq!(pair[1].header.seq.wrapping_sub(pair[0].header.seq), 1, "{ms} ms");
            let ticks = pair[1].header.timestamp.wrapping_sub(pair[0].header.timestamp) as usize;
            assert_eq!(ticks, pair[0].payload.len(), "{ms} ms");
        }
        // The packet after a lost one: as many numbers are missing as it had pieces.
        let next = 1 + (1000 / ms) as u16;
        let ticks = 8 * ms as u32;
        bench.hear(b_key, 0, next + 1, ticks * u32::from(next), &vec![1; ticks as usize]);
        let after = &bench.sent(a_key)[before + sent.len()..];
        let gap = after[0].header.seq.wrapping_sub(sent[sent.len() - 1].header.seq);
        assert_eq!(u64::from(gap), 1 + pieces, "{ms} ms");
    }
}
