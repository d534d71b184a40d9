use super::*;
use crate::base::Rng;

/// Runs a recorder, packet by packet, and keeps what it hands over.
struct Bench {
    recorder: Recorder,
    pool: BlockPool,
    left: Vec<i16>,
    right: Vec<i16>,
}

fn at(ms: u64) -> Instant {
    Instant::from_millis(1_000_000 + ms)
}

impl Bench {
    fn new() -> Self {
        Bench { recorder: Recorder::new(at(0)), pool: BlockPool::default(), left: Vec::new(), right: Vec::new() }
    }

    fn packet(&mut self, channel: Channel, timestamp: u32, value: i16, ms: u64) {
        self.recorder.on_audio(channel, (1, timestamp), [value; 160].into_iter(), at(ms), &mut self.pool);
        while let Some(block) = self.recorder.poll_block(at(ms), &mut self.pool) {
            self.keep(block);
        }
    }

    fn keep(&mut self, block: Box<Block>) {
        assert_eq!(block.start, self.left.len() as u64);
        let samples = &block.samples[..2 * block.frames];
        self.left.extend(samples.iter().step_by(2));
        self.right.extend(samples.iter().skip(1).step_by(2));
        self.pool.give(block);
    }

    fn finish(&mut self, ms: u64) -> Vec<Mark> {
        let (blocks, length, marks) = self.recorder.finish(at(ms), &mut self.pool);
        blocks.into_iter().for_each(|block| self.keep(block));
        assert_eq!(self.left.len() as u64, length);
        marks
    }
}

#[test]
fn lays_both_sides_where_they_were_said() {
    let mut bench = Bench::new();
    for i in 0..100u64 {
        bench.packet(Channel::Left, 5000 + i as u32 * 160, 1, i * 20);
        if i >= 50 {
            bench.packet(Channel::Right, 90_000 + i as u32 * 160, 2, i * 20 + 5);
        }
    }
    bench.finish(2000);
    assert_eq!(bench.left.len(), 16_000);
    assert!(bench.left.iter().all(|s| *s == 1));
    assert!(bench.right[..8040].iter().all(|s| *s == 0));
    assert!(bench.right[8040..16_000].iter().all(|s| *s == 2));
}

#[test]
fn jitter_and_reordering_do_not_show_and_loss_is_silence() {
    let mut rng = Rng::from_number(11);
    let mut arrivals: Vec<(u64, u32)> =
        (0..200u32).filter(|i| *i != 100).map(|i| (u64::from(i) * 20 + 30 + rng.below(60), i)).collect();
    arrivals[0].0 = 60;
    arrivals.sort_unstable();
    let mut bench = Bench::new();
    let first = arrivals[0].1;
    for (ms, i) in arrivals {
        bench.packet(Channel::Left, i * 160, i as i16 + 1, ms);
    }
    bench.finish(4300);
    let start = bench.left.iter().position(|s| *s == first as i16 + 1).expect("the first packet");
    let at_packet = |i: usize| bench.left[start + (i - first as usize) * 160 + 80];
    for i in [5, 50, 99, 101, 150, 199] {
        let nearby: Vec<i16> = (0..3).map(|d| bench.left[start + (i - first as usize) * 160 + 60 + d * 20]).collect();
        assert!(nearby.contains(&(i as i16 + 1)), "packet {i}: {nearby:?}");
    }
    assert_eq!(at_packet(100), 0);
}

#[test]
fn a_clock_that_runs_apart_slips_without_a_gap() {
    let mut bench = Bench::new();
    // The peer's clock is 200 ppm fast: after 1000 s it is 200 ms ahead.
    let packets = 50_000u64;
    for i in 0..packets {
        bench.packet(Channel::Left, i as u32 * 160, 7, i * 20 - i * 20 / 5000);
    }
    let end = packets * 20 - packets * 20 / 5000;
    bench.finish(end);
    let silent = bench.left.iter().filter(|s| **s == 0).count();
    assert!(silent < 200, "{silent} samples are missing");
}

#[test]
fn a_peer_that_starts_over_is_laid_where_it_arrives() {
    let mut bench = Bench::new();
    bench.packet(Channel::Left, 0, 1, 0);
    bench.packet(Channel::Left, 3_000_000_000, 2, 500);
    bench.packet(Channel::Left, 3_000_000_160, 3, 520);
    bench.finish(600);
    assert_eq!((bench.left[0], bench.left[200], bench.left[4000], bench.left[4160]), (1, 0, 2, 3));
}

#[test]
fn a_pause_is_silence_of_its_own_length_and_marked() {
    let mut bench = Bench::new();
    for i in 0..150u64 {
        if i == 50 {
            bench.recorder.pause(at(1000));
        }
        if i == 100 {
            bench.recorder.resume(at(2000));
        }
        bench.packet(Channel::Left, i as u32 * 160, 9, i * 20);
    }
    let marks = bench.finish(3000);
    assert_eq!(marks, [Mark { frame: 8000, label: "paused" }, Mark { frame: 16_000, label: "resumed" }]);
    assert_eq!(bench.left.len(), 24_000);
    assert!(bench.left[8000..16_000].iter().all(|s| *s == 0));
    assert!(bench.left[..8000].iter().chain(&bench.left[16_000..]).all(|s| *s == 9));
}

#[test]
fn nobody_speaking_is_silence_of_the_right_length() {
    let mut bench = Bench::new();
    let mut blocks = 0;
    while let Some(block) = bench.recorder.poll_block(at(10_000), &mut bench.pool) {
        bench.keep(block);
        blocks += 1;
    }
    assert_eq!(blocks, 49);
    bench.finish(10_010);
    assert_eq!(bench.left.len(), 80_080);
}

#[test]
fn samples_far_in_the_past_or_future_do_not_grow_it() {
    let mut bench = Bench::new();
    let mut rng = Rng::from_number(5);
    for ms in 0..2000 {
        bench.packet(Channel::Right, rng.next_u32(), 4, ms);
        assert!(bench.recorder.open.len() <= MAX_OPEN_BLOCKS);
    }
}
