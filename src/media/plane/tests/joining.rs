//! Short packets for a peer that wishes longer ones.

use super::*;

/// A leg whose peer wishes packets of `wish` ms, bridged to one that says what it likes; the number of packets that were sent
/// to it before.
fn joined(wish: u8) -> (Bench, LegKey, LegKey, usize) {
    let mut bench = Bench::new();
    let (a, a_key) = bench.leg(0, Codec::Pcmu);
    let (b, b_key) = bench.leg(1, Codec::Pcmu);
    let remote = Remote { ptime_ms: wish, ..Remote::plain(bench.peers[0].1, Codec::Pcmu) };
    bench.send(Command::SetRemote { leg: a, remote, keys: None });
    bench.send(Command::Bridge { a, b });
    let before = bench.sent(a_key).len();
    (bench, a_key, b_key, before)
}

/// The packet of 10 ms with this number says so in each byte.
fn say(bench: &mut Bench, from: LegKey, seq: u16) {
    bench.hear(from, 0, seq, u32::from(seq) * 80, &[seq as u8; 80]);
}

/// What was sent: numbers and timestamps from the first one on, and the peer's packets that are in it.
fn told(sent: &[Sent]) -> Vec<(u16, u32, Vec<u8>)> {
    let first = &sent[0].header;
    let of = |sent: &Sent| {
        let inside = sent.payload.chunks(80).map(|piece| piece[0]).collect();
        (sent.header.seq.wrapping_sub(first.seq), sent.header.timestamp.wrapping_sub(first.timestamp), inside)
    };
    sent.iter().map(of).collect()
}

#[test]
fn packets_shorter_than_a_peer_wishes_are_joined_as_far_as_they_fit() {
    for (ms, wish, together) in
        [(10, 20, 2), (10, 30, 3), (20, 40, 2), (20, 60, 3), (10, 60, 6), (20, 30, 1), (10, 10, 1)]
    {
        let (mut bench, to, from, before) = joined(wish);
        let ticks = 8 * ms as u32;
        for i in 0..600 / ms {
            bench.hear(
                from,
                0,
                65_530u16.wrapping_add(i as u16),
                ticks.wrapping_mul(i as u32),
                &vec![i as u8; ticks as usize],
            );
            bench.run(ms);
        }
        let sent = &bench.sent(to)[before..];
        assert_eq!(sent.len() as u64, 600 / ms / together, "{ms} ms for {wish}");
        for pair in sent.windows(2) {
            assert_eq!(pair[0].payload.len() as u64, 8 * ms * together, "{ms} ms for {wish}");
            assert_eq!(pair[1].header.seq.wrapping_sub(pair[0].header.seq), 1, "{ms} ms for {wish}");
            let step = pair[1].header.timestamp.wrapping_sub(pair[0].header.timestamp);
            assert_eq!(u64::from(step), 8 * ms * together, "{ms} ms for {wish}");
        }
        assert_eq!(sent.iter().filter(|sent| sent.header.marker).count(), 1, "the first");
        let (first, second) = (sent[0].payload[0], sent[0].payload.last().copied());
        assert_eq!((first, second), (0, Some(together as u8 - 1)), "in their order");
    }
}

#[test]
fn each_packet_that_is_lost_is_a_number_that_does_not_come() {
    let (mut bench, to, from, before) = joined(20);
    for seq in [1, 2, 3, 5, 6, 7, 10, 11] {
        say(&mut bench, from, seq);
        bench.run(10);
    }
    let expected =
        vec![(0, 0, vec![1, 2]), (1, 160, vec![3]), (3, 320, vec![5, 6]), (4, 480, vec![7]), (7, 720, vec![10, 11])];
    assert_eq!(told(&bench.sent(to)[before..]), expected);
}

#[test]
fn one_that_comes_late_goes_alone_under_its_own_number() {
    let (mut bench, to, from, before) = joined(20);
    for seq in [1, 2, 4, 3, 5, 6, 7] {
        say(&mut bench, from, seq);
        bench.run(10);
    }
    let expected = vec![(0, 0, vec![1, 2]), (1, 160, vec![3]), (2, 240, vec![4, 5]), (3, 400, vec![6, 7])];
    assert_eq!(told(&bench.sent(to)[before..]), expected);
}

#[test]
fn a_new_talkspurt_begins_a_packet_of_its_own_and_the_end_of_one_is_not_kept() {
    let (mut bench, to, from, before) = joined(20);
    say(&mut bench, from, 1);
    bench.run(100);
    let alone = bench.sent(to)[before].clone();
    assert_eq!((alone.header.marker, alone.payload.len(), alone.payload[0]), (true, 80, 1), "sent as it is");
    let silence = bench.sent(to).len();
    assert!(silence > before + 1, "then silence");
    say(&mut bench, from, 2);
    say(&mut bench, from, 3);
    let next = bench.sent(to)[silence].clone();
    assert_eq!((next.header.marker, next.payload.len()), (true, 160));
    check_numbers(&bench.sent(to)[before..]);
}

#[test]
fn keys_pass_untouched_and_what_was_said_before_them_goes_first() {
    let (mut bench, to, from, before) = joined(20);
    for seq in 1..=3 {
        say(&mut bench, from, seq);
        bench.run(10);
    }
    for seq in 4..=6 {
        bench.hear(from, 101, seq, 4 * 80, &[5, 10, 0, 160]);
        bench.run(10);
    }
    for seq in 7..=8 {
        say(&mut bench, from, seq);
        bench.run(10);
    }
    let sent = &bench.sent(to)[before..];
    let kinds: Vec<(u8, usize)> = sent.iter().map(|sent| (sent.header.payload_type, sent.payload.len())).collect();
    assert_eq!(kinds, [(0, 160), (0, 80), (101, 4), (101, 4), (101, 4), (0, 160)]);
    check_numbers(sent);
}

#[test]
fn what_waits_when_a_prompt_begins_or_the_bridge_is_parted_is_sent_before_it() {
    let (mut bench, to, from, before) = joined(20);
    say(&mut bench, from, 1);
    bench.play(leg(0), 1, vec![Segment::Clip(clip(100, 2))]);
    bench.run(60);
    let sent = bench.sent(to)[before..].to_vec();
    assert_eq!((sent[0].payload[0], sent[0].payload.len()), (1, 80));
    check_numbers(&sent);

    say(&mut bench, from, 30);
    bench.send(Command::Unbridge { a: leg(0), b: leg(1) });
    let before = bench.sent(to).len();
    bench.run(60);
    let sent = bench.sent(to)[before..].to_vec();
    assert_eq!((sent[0].payload[0], sent[0].payload.len()), (30, 80));
    check_numbers(&sent);
}

/// No number is left out.
fn check_numbers(sent: &[Sent]) {
    for pair in sent.windows(2) {
        assert_eq!(pair[1].header.seq.wrapping_sub(pair[0].header.seq), 1, "{:?}", pair[1]);
    }
}
