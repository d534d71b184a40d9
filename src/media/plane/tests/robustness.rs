use super::*;
use crate::media::Direction;
use crate::rtp::rtcp;

#[test]
fn time_in_which_the_worker_stood_still_is_no_silence_of_the_peer() {
    let mut bench = Bench::new();
    let (id, key) = bench.leg(0, Codec::Pcmu);
    bench.speak(key, 1, 5, 0);
    bench.run(1000);
    // The machine slept for a minute; what the peer sent meanwhile has not been fetched yet.
    bench.now = bench.now.plus(Duration::from_secs(60));
    bench.run(RTP_TIMEOUT_MS - 2000);
    assert_eq!(bench.take_events(), []);
    bench.run(2000);
    let told = bench.take_events();
    assert!(matches!(told[..], [Event::RtpTimeout { leg, .. }] if leg == id), "{told:?}");
}

#[test]
fn silence_of_the_peer_is_told_once_and_again_after_it_spoke() {
    let mut bench = Bench::new();
    let (id, key) = bench.leg(0, Codec::Pcmu);
    bench.run(RTP_TIMEOUT_MS - 100);
    assert_eq!(bench.take_events(), []);
    bench.run(RTP_TIMEOUT_MS);
    let told = bench.take_events();
    assert!(
        matches!(told[..], [Event::RtpTimeout { leg, silent_ms: RTP_TIMEOUT_MS..30_050 }] if leg == id),
        "{told:?}"
    );
    bench.speak(key, 1, 5, 0);
    bench.run(RTP_TIMEOUT_MS + 100);
    assert_eq!(bench.take_events().len(), 1);
}

#[test]
fn a_held_peer_may_be_silent_for_longer() {
    let mut bench = Bench::new();
    let (id, _) = bench.leg(0, Codec::Pcmu);
    bench.send(Command::SetDirection { leg: id, direction: Direction::SendOnly });
    bench.run(HOLD_TIMEOUT_MS - 1000);
    assert_eq!(bench.take_events(), []);
    bench.run(2000);
    assert_eq!(bench.take_events().len(), 1);
    bench.send(Command::SetDirection { leg: id, direction: Direction::SendRecv });
    bench.run(RTP_TIMEOUT_MS - 1000);
    assert_eq!(bench.take_events(), []);
}

#[test]
fn reports_are_sent_about_every_five_seconds_and_a_goodbye_at_the_end() {
    let mut bench = Bench::new();
    let (id, key) = bench.leg(0, Codec::Pcmu);
    bench.speak(key, 1, 3000, 0);
    let count = bench.tape.rtcp.len();
    assert!((8..=20).contains(&count), "{count} reports in a minute");
    let ssrc = bench.sent(key)[0].header.ssrc;
    for (_, packet) in &bench.tape.rtcp {
        let read = rtcp::read(packet, 0x5555).expect("good");
        assert!(read.sender_report.is_some() && !read.goodbye);
        assert_eq!(packet[4..8], ssrc.to_be_bytes());
        let (block, ..) = read.about_us.expect("a block about the peer");
        assert_eq!(block.cumulative_lost, 0);
    }
    bench.send(Command::Close { leg: id });
    let (_, last) = bench.tape.rtcp.last().expect("a report");
    assert!(rtcp::read(last, 0).expect("good").goodbye);
}

#[test]
fn the_round_trip_and_the_peers_loss_are_reported() {
    let mut bench = Bench::new();
    let (id, key) = bench.leg(0, Codec::Pcmu);
    while bench.tape.rtcp.is_empty() {
        bench.run(20);
    }
    let ssrc = bench.sent(key)[0].header.ssrc;
    let ours = rtcp::read(&bench.tape.rtcp[0].1, 0).expect("good").sender_report.expect("a sender report");
    bench.run(500);
    let report = rtcp::Outgoing {
        ssrc: 0x5555,
        sender: None,
        block: Some(crate::rtp::ReportNumbers {
            ssrc,
            fraction_lost: 0,
            cumulative_lost: 5,
            highest_seq: 0,
            jitter: 0,
        }),
        last_sender_report: ours.middle(),
        delay_since: 65_536 * 4 / 10,
        goodbye: false,
    };
    let mut packet = [0; rtcp::MAX_BYTES];
    let len = rtcp::write(&report, &mut packet);
    let strange: SocketAddr = "203.0.113.1:4001".parse().expect("an address");
    bench.plane.handle_rtcp(key, strange, &mut packet[..len], bench.now);
    let peer = SocketAddr::new(bench.peers[0].1.ip(), bench.peers[0].1.port() + 1);
    bench.plane.handle_rtcp(key, peer, &mut packet[..len], bench.now);
    bench.plane.handle_rtcp(key, peer, &mut packet[..len - 1], bench.now);
    bench.send(Command::Close { leg: id });
    let Some(Event::LegClosed { report, .. }) = bench.take_events().pop() else { panic!("not closed") };
    assert!((report.round_trip_ms.expect("known") - 100.0).abs() < 2.0, "{report:?}");
    assert!(report.peer_loss > Some(0.0));
    assert_eq!((report.packets_strange, report.packets_malformed), (1, 1));
}

#[test]
fn reports_on_the_rtp_port_are_read_only_when_that_was_agreed() {
    let mut bench = Bench::new();
    let (id, key) = bench.leg(0, Codec::Pcmu);
    let report =
        rtcp::Outgoing { ssrc: 1, sender: None, block: None, last_sender_report: 0, delay_since: 0, goodbye: false };
    let mut packet = [0; rtcp::MAX_BYTES];
    let len = rtcp::write(&report, &mut packet);
    let peer = bench.peers[0].1;
    bench.hear_bytes(key, peer, &mut packet[..len]);
    let remote = Remote { rtcp: Some(peer), ..Remote::plain(peer, Codec::Pcmu) };
    bench.send(Command::SetRemote { leg: id, remote, keys: None });
    bench.hear_bytes(key, peer, &mut packet[..len]);
    bench.send(Command::Close { leg: id });
    let Some(Event::LegClosed { report, .. }) = bench.take_events().pop() else { panic!("not closed") };
    assert_eq!((report.packets_malformed, report.packets_strange), (1, 0));
}

#[test]
fn the_report_tells_loss_and_quality() {
    let mut bench = Bench::new();
    let (id, key) = bench.leg(0, Codec::Pcmu);
    for i in 0..100u16 {
        if i % 10 != 5 {
            bench.hear(key, 0, i, u32::from(i) * 160, &[0; 160]);
        }
        bench.run(20);
    }
    bench.hear(key, 0, 100, 16_000, &[0; 160]);
    bench.hear(key, 42, 101, 16_000, &[0; 160]);
    bench.hear(key, 0, 102, 16_000, &[0; 961]);
    bench.send(Command::Close { leg: id });
    let Some(Event::LegClosed { report, .. }) = bench.take_events().pop() else { panic!("not closed") };
    assert_eq!((report.packets_received, report.packets_lost, report.packets_malformed), (91, 10, 2));
    let mos = report.mos.expect("a score");
    assert!((2.0..3.6).contains(&mos), "{mos}");
    assert!(report.jitter_ms < 1.0);
}

/// A minute from a phone behind a network that loses `loss` percent and delays each packet by up to `delay_ms`.
fn through_a_bad_network(loss: u64, delay_ms: u64) -> crate::media::LegReport {
    let mut bench = Bench::new();
    let mut rng = Rng::from_number(7);
    let (id, key) = bench.leg(0, Codec::Pcmu);
    let mut arrivals: Vec<(u64, u16)> =
        (0..3000u16).filter(|_| rng.below(100) >= loss).map(|seq| (u64::from(seq) * 20_000, seq)).collect();
    arrivals.iter_mut().for_each(|(at, _)| *at += rng.below(delay_ms * 1000 + 1));
    arrivals.sort_unstable();
    let begin = bench.now;
    for (at, seq) in arrivals {
        let due = begin.plus(Duration::from_micros(at));
        bench.run(u64::try_from(due.instant.since(bench.now.instant).as_millis()).expect("short"));
        bench.now = due;
        bench.hear(key, 0, seq, u32::from(seq) * 160, &[0; 160]);
    }
    bench.send(Command::Close { leg: id });
    let Some(Event::LegClosed { report, .. }) = bench.take_events().pop() else { panic!("not closed") };
    report
}

#[test]
fn loss_and_jitter_are_what_the_network_did() {
    // Two delays drawn evenly from 0 to d differ by d / 3 on average.
    for (loss, delay_ms, jitter_ms) in [(0, 0, 0.0), (0, 18, 6.0), (5, 0, 0.0), (5, 18, 6.0), (20, 60, 20.0)] {
        let report = through_a_bad_network(loss, delay_ms);
        let all = (report.packets_received + report.packets_lost) as f32;
        let ratio = report.packets_lost as f32 / all;
        assert!((ratio - loss as f32 / 100.0).abs() < 0.012, "{loss} %: {report:?}");
        assert!((report.jitter_ms - jitter_ms).abs() < 0.4 * jitter_ms + 0.5, "{jitter_ms} ms: {report:?}");
        let expected = crate::rtp::quality::mean_opinion_score(loss as f32 / 100.0, jitter_ms, None);
        assert!((report.mos.expect("a score") - expected).abs() < 0.15, "{expected}: {report:?}");
    }
}

#[test]
fn a_stale_packet_brings_its_key_and_not_its_audio() {
    let mut bench = Bench::new();
    let (a, a_key) = bench.leg(0, Codec::Pcmu);
    let (b, b_key) = bench.leg(1, Codec::Pcmu);
    bench.send(Command::Bridge { a, b });
    let before = bench.sent(b_key).len();
    let (from, at) = (bench.peers[0].1, bench.now);
    let arrival = Arrival { leg: a_key, from, at, fresh: false };
    for seq in 0..50 {
        let mut packet = write_header(false, 0, seq, u32::from(seq) * 160, 1).to_vec();
        packet.resize(HEADER_BYTES + 160, 9);
        bench.plane.handle_rtp(arrival, &mut packet, &mut bench.tape);
    }
    let mut key = write_header(true, 101, 50, 8000, 1).to_vec();
    key.extend_from_slice(&[4, 0x8a, 3, 32]);
    bench.plane.handle_rtp(arrival, &mut key, &mut bench.tape);
    bench.drain();
    assert!(bench.sent(b_key).iter().skip(before).all(|sent| sent.header.payload_type == 101));
    assert!(matches!(bench.take_events()[..], [Event::Key { digit: '4', .. }]));
}

#[test]
fn any_commands_and_packets_in_any_order_keep_the_invariants() {
    let seed = 20_261_121;
    let mut rng = Rng::from_number(seed);
    let mut bench = Bench::new();
    let mut plays = 0;
    let music: Vec<_> = (1..4).map(|frames| clip(1, frames)).collect();
    for step in 0..20_000 {
        let (a, b) = (leg(rng.below(6) as u16), leg(rng.below(6) as u16));
        let recording = RecordingId(rng.below(4));
        match rng.below(16) {
            0 => {
                if let Some(key) = bench.plane.open(a, bench.now.instant) {
                    bench.peers.retain(|(known, ..)| *known != key);
                    bench.peers.push((key, SocketAddr::from(([192, 0, 2, 1], 4000 + 2 * a.n)), Codec::Pcmu));
                }
            }
            1 => {
                let codec = Codec::ALL[rng.below(3) as usize];
                let rtp = SocketAddr::from(([192, 0, 2, 1], 4000 + 2 * a.n));
                bench.send(Command::SetRemote { leg: a, remote: Remote::plain(rtp, codec), keys: None });
            }
            2 => {
                plays += 1;
                let segments = vec![Segment::Tone { hz: 440, level_dbm0: 0.0, ms: rng.below(300) as u32 }];
                let (repeat, stop_on_key) = (rng.below(4) == 0, rng.below(2) == 0);
                bench.send(Command::Play { leg: a, play: PlayId(plays), segments, repeat, stop_on_key });
            }
            3 => bench.send(Command::StopPlay { leg: a, play: PlayId(plays) }),
            4 => bench.send(Command::Music { leg: a, music: Some(Arc::clone(&music[rng.below(3) as usize])) }),
            5 => bench.send(Command::Bridge { a, b }),
            6 => bench.send(Command::Unbridge { a, b }),
            7 => bench.send(Command::Record { recording, path: "x.wav".into(), left: a, right: Some(b) }),
            8 => bench.send(Command::StopRecord { recording }),
            9 => bench.send(Command::SendDtmf { leg: a, digits: "1".into() }),
            10 if rng.below(3) == 0 => bench.send(Command::Close { leg: a }),
            11..=13 => {
                if let Some(key) = bench.plane.keys.get(&a).copied() {
                    let (pt, seq) = ([0, 8, 9, 101][rng.below(4) as usize], rng.next_u32() as u16);
                    bench.hear(key, pt, seq, rng.next_u32(), &[5, 0x8a, 0, 160]);
                }
            }
            14 => bench.run(rng.below(100)),
            _ => bench.now = bench.now.plus(Duration::from_millis(rng.below(100))),
        }
        check_invariants(&bench, seed, step);
        bench.tape.rtp.clear();
        bench.recorded.clear();
    }
    for n in 0..6 {
        bench.send(Command::Close { leg: leg(n) });
    }
    let ended = bench.events.iter().filter(|event| matches!(event, Event::PlayEnded { .. })).count() as u64;
    assert_eq!(ended, plays);
    assert_eq!((bench.plane.legs(), bench.plane.poll_timeout()), (0, None));
    let closed = bench.events.iter().filter(|event| matches!(event, Event::LegClosed { .. })).count();
    assert_eq!(closed, bench.closed.len());
}

fn check_invariants(bench: &Bench, seed: u64, step: u32) {
    let plane = &bench.plane;
    for key in plane.keys.values() {
        let leg = plane.legs[key.index()].as_ref().expect("an open leg");
        if let Some(other) = leg.bridge {
            let back = plane.legs[other.index()].as_ref().map(|other| other.bridge);
            assert_eq!(back, Some(Some(*key)), "seed {seed} step {step}");
        }
    }
    let open = plane.legs.iter().flatten().count();
    assert_eq!(open, plane.keys.len(), "seed {seed} step {step}");
}
