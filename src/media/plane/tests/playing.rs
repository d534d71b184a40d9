use super::*;
use crate::media::{Direction, KeySource, PlayEnd};

#[test]
fn plays_a_clip_at_20_ms_and_goes_on_with_silence() {
    let mut bench = Bench::new();
    let (id, key) = bench.leg(0, Codec::Pcmu);
    bench.run(100);
    bench.play(id, 1, vec![Segment::Clip(clip(3000, 5))]);
    bench.run(300);
    let sent = bench.sent(key);
    assert_eq!(sent.len(), 20);
    check_steady(&sent);
    assert!(sent[0].header.marker && sent[1..].iter().all(|s| !s.header.marker));
    let heard = bench.heard(key);
    assert_eq!(heard[5..10], [ulaw(3000); 5]);
    assert!(heard[..5].iter().chain(&heard[10..]).all(|s| *s == 0));
    assert_eq!(bench.take_events(), [Event::PlayEnded { leg: id, play: PlayId(1), by: PlayEnd::Finished }]);
}

#[test]
fn a_new_play_or_a_stop_cuts_the_old_and_every_play_ends_once() {
    let mut bench = Bench::new();
    let (id, _) = bench.leg(0, Codec::Pcmu);
    bench.play(id, 1, vec![Segment::Silence { ms: 1000 }]);
    bench.run(100);
    bench.play(id, 2, vec![Segment::Silence { ms: 1000 }]);
    bench.send(Command::StopPlay { leg: id, play: PlayId(1) });
    bench.run(100);
    bench.send(Command::StopPlay { leg: id, play: PlayId(2) });
    bench.send(Command::StopPlay { leg: id, play: PlayId(2) });
    bench.play(id, 3, vec![]);
    bench.play(leg(9), 4, vec![Segment::Silence { ms: 1000 }]);
    bench.play(id, 5, vec![Segment::Silence { ms: 1000 }]);
    bench.send(Command::Close { leg: id });
    let ended: Vec<(u64, PlayEnd)> = bench
        .take_events()
        .into_iter()
        .filter_map(|event| match event {
            Event::PlayEnded { play, by, .. } => Some((play.0, by)),
            _ => None,
        })
        .collect();
    let cut = PlayEnd::Cut;
    assert_eq!(ended, [(1, cut), (2, cut), (3, PlayEnd::Finished), (4, cut), (5, cut)]);
}

#[test]
fn music_stands_still_during_an_announcement_and_resumes_at_the_same_place() {
    let mut bench = Bench::new();
    let (id, key) = bench.leg(0, Codec::Pcmu);
    let mut samples = Vec::new();
    (1..=20i16).for_each(|i| samples.extend([i * 1000; 160]));
    let music = Arc::new(Clip::from_pcm(8000, &samples).expect("a clip"));
    bench.send(Command::Music { leg: id, music: Some(Arc::clone(&music)) });
    bench.run(100);
    bench.play(id, 1, vec![Segment::Clip(clip(-500, 3))]);
    // The same music again is no new beginning.
    bench.send(Command::Music { leg: id, music: Some(music) });
    bench.run(400);
    let mut expected: Vec<i16> = (1..=5).map(|i| ulaw(i * 1000)).collect();
    expected.extend([ulaw(-500); 3]);
    expected.extend((6..=20).map(|i| ulaw(i * 1000)));
    expected.extend((1..=2).map(|i| ulaw(i * 1000)));
    assert_eq!(bench.heard(key), expected);
    check_steady(&bench.sent(key));
    bench.send(Command::Music { leg: id, music: None });
    bench.run(40);
    assert_eq!(bench.heard(key)[25..], [0, 0]);
}

#[test]
fn after_a_stall_there_is_no_burst_and_the_receiver_sees_the_loss() {
    let mut bench = Bench::new();
    let (id, key) = bench.leg(0, Codec::Pcmu);
    bench.play(id, 1, vec![Segment::Clip(clip(100, 400))]);
    bench.run(200);
    let before = bench.sent(key).len();
    bench.now = bench.now.plus(Duration::from_secs(6));
    bench.tick();
    bench.tick();
    let sent = bench.sent(key);
    assert_eq!(sent.len(), before + 1);
    let (last, next) = (&sent[before - 1].header, &sent[before].header);
    assert_eq!(next.seq.wrapping_sub(last.seq), 300);
    assert_eq!(next.timestamp.wrapping_sub(last.timestamp), 300 * 160);
    bench.run(200);
    check_steady(&bench.sent(key)[before..]);
    bench.send(Command::Close { leg: id });
    let report = bench.take_events().into_iter().find_map(|event| match event {
        Event::LegClosed { report, .. } => Some(report),
        _ => None,
    });
    assert_eq!(report.expect("closed").frames_late, 299);
}

#[test]
fn ticks_that_are_a_little_late_move_nothing() {
    let mut bench = Bench::new();
    let (_, key) = bench.leg(0, Codec::Pcmu);
    let mut rng = Rng::from_number(4);
    for _ in 0..500 {
        let due = bench.plane.poll_timeout().expect("a tick");
        let late = Duration::from_micros(rng.below(19_000));
        bench.now = bench.now.plus((due + late).since(bench.now.instant));
        bench.tick();
    }
    let sent = bench.sent(key);
    assert_eq!(sent.len(), 500);
    check_steady(&sent);
}

#[test]
fn a_key_stops_the_prompt_when_it_goes_down_and_is_told_when_it_comes_up() {
    let mut bench = Bench::new();
    let (id, key) = bench.leg(0, Codec::Pcmu);
    let segments = vec![Segment::Silence { ms: 60_000 }];
    bench.send(Command::Play { leg: id, play: PlayId(1), segments, repeat: true, stop_on_key: true });
    bench.run(100);
    bench.hear(key, 101, 1, 800, &[5, 10, 0, 160]);
    assert_eq!(bench.take_events(), [Event::PlayEnded { leg: id, play: PlayId(1), by: PlayEnd::Key }]);
    bench.run(60);
    for seq in 2..5 {
        bench.hear(key, 101, seq, 800, &[5, 0x8a, 3, 0x20]);
    }
    let source = KeySource::Rfc4733;
    assert_eq!(bench.take_events(), [Event::Key { leg: id, digit: '5', source, duration_ms: 100 }]);
    bench.hear(key, 101, 9, 8000, &[6, 10, 0, 160]);
    bench.run(200);
    assert_eq!(bench.take_events(), [Event::Key { leg: id, digit: '6', source, duration_ms: 20 }]);
}

#[test]
fn sends_keys_on_the_same_timeline_and_returns_to_what_it_played() {
    let mut bench = Bench::new();
    let (id, key) = bench.leg(0, Codec::Pcma);
    bench.send(Command::Music { leg: id, music: Some(clip(1000, 500)) });
    bench.run(100);
    bench.send(Command::SendDtmf { leg: id, digits: "12".into() });
    bench.run(600);
    let sent = bench.sent(key);
    let events: Vec<&Sent> = sent.iter().filter(|s| s.header.payload_type == 101).collect();
    assert_eq!(events.len(), 14);
    assert_eq!(events.iter().filter(|s| s.header.marker).count(), 2);
    assert_eq!(events.iter().filter(|s| s.payload[1] & 0x80 != 0).count(), 6);
    assert!(events[..7].iter().all(|s| s.header.timestamp == events[0].header.timestamp && s.payload[0] == 1));
    for pair in sent.windows(2) {
        assert_eq!(pair[1].header.seq.wrapping_sub(pair[0].header.seq), 1);
    }
    let audio: Vec<&Sent> = sent.iter().filter(|s| s.header.payload_type == 8).collect();
    let (first, last) = (audio[0], audio[audio.len() - 1]);
    let elapsed = last.at.since(first.at).as_millis() as u32;
    assert_eq!(last.header.timestamp.wrapping_sub(first.header.timestamp), elapsed * 8);
    assert_eq!(bench.heard(key).last(), Some(&alaw(1000)));
    assert_eq!(bench.take_events(), [Event::DtmfSent { leg: id }]);
}

#[test]
fn a_held_leg_is_sent_nothing_and_its_prompt_still_ends() {
    let mut bench = Bench::new();
    let (id, key) = bench.leg(0, Codec::Pcmu);
    bench.play(id, 1, vec![Segment::Clip(clip(100, 10))]);
    bench.run(100);
    bench.send(Command::SetDirection { leg: id, direction: Direction::Inactive });
    let before = bench.sent(key).len();
    bench.run(1000);
    assert_eq!(bench.sent(key).len(), before);
    assert_eq!(bench.take_events(), [Event::PlayEnded { leg: id, play: PlayId(1), by: PlayEnd::Finished }]);
    bench.send(Command::SetDirection { leg: id, direction: Direction::SendRecv });
    bench.run(100);
    let sent = bench.sent(key);
    assert_eq!(sent.len(), before + 5);
    let pause = sent[before].header.timestamp.wrapping_sub(sent[before - 1].header.timestamp);
    assert_eq!(pause, 51 * 160);
}

#[test]
fn nothing_is_sent_before_the_peer_is_known_or_to_an_address_that_is_none() {
    let mut bench = Bench::new();
    let id = leg(0);
    let key = bench.plane.open(id, bench.now.instant).expect("a new leg");
    bench.play(id, 1, vec![Segment::Clip(clip(100, 400))]);
    bench.run(1000);
    for address in ["0.0.0.0:4000", "224.0.0.1:4000", "255.255.255.255:4000", "192.0.2.1:0", "[::]:4000", "[ff02::1]:4"]
    {
        let remote = Remote::plain(address.parse().expect("an address"), Codec::Pcmu);
        bench.send(Command::SetRemote { leg: id, remote, keys: None });
        bench.run(200);
        assert!(bench.sent(key).is_empty(), "{address}");
    }
    bench.run(8000);
    assert!(bench.tape.rtcp.is_empty());
}
