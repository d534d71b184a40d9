//! What a leg says, kept for the legs that hear it in a mix: half a second of 8 kHz samples by the clock of the machine.
//!
//! A packet is laid where its timestamp puts it, as in a recording, and each listener reads 60 ms behind the clock: that is
//! the jitter buffer, and no listener needs a place of its own. A short hole is filled with what was said before it,
//! fading; a longer one is silence.

use super::recorder::Place;
use crate::base::Instant;
use crate::rtp::codec::FRAME_SAMPLES;

/// Samples that are kept: 512 ms.
const KEPT: usize = 4096;
/// Listeners read this far behind: a frame, and 40 ms of jitter.
const BEHIND: i64 = 480;
/// The longest hole that is filled: 40 ms.
const CONCEALED: i64 = 320;
/// What fills it is this old: one frame, some periods of any voice.
const PERIOD: i64 = 160;

/// A sum of voices, before it is cut to 16 bits.
pub(super) type Mixed = [i32; FRAME_SAMPLES];

#[derive(Debug)]
pub(super) struct Voice {
    samples: Box<[i16; KEPT]>,
    /// Everything before this position was said, or is silence.
    end: i64,
    place: Option<Place>,
}

impl Voice {
    pub(super) fn new(now: Instant) -> Self {
        Voice { samples: Box::new([0; KEPT]), end: position(now), place: None }
    }

    /// A packet of the leg, as 8 kHz samples; its timestamp is in samples too.
    pub(super) fn on_audio(&mut self, (ssrc, timestamp): (u32, u32), samples: &[i16], now: Instant) {
        let (start, _) = Place::locate(&mut self.place, ssrc, timestamp, position(now));
        self.fill_up_to(start);
        for (at, sample) in (start..).zip(samples) {
            self.put(at, *sample);
        }
        self.end = self.end.max(start + samples.len() as i64);
    }

    /// Adds what is to be heard at `now`.
    pub(super) fn add_to(&self, mixed: &mut Mixed, now: Instant) {
        let start = position(now) - BEHIND;
        for (at, sum) in (start..).zip(mixed) {
            *sum += i32::from(self.get(at));
        }
    }

    /// The hole before a packet: the last frame again while it is short, softer and softer; then silence.
    fn fill_up_to(&mut self, start: i64) {
        let hole = start - self.end;
        let from = self.end.max(start - KEPT as i64);
        for at in from..start {
            let sample = if hole <= CONCEALED { i64::from(self.get(at - PERIOD)) * 3 / 4 } else { 0 };
            self.put(at, sample as i16);
        }
        self.end = self.end.max(start);
    }

    fn put(&mut self, at: i64, sample: i16) {
        if at >= self.end - KEPT as i64 {
            self.samples[at.rem_euclid(KEPT as i64) as usize] = sample;
        }
    }

    fn get(&self, at: i64) -> i16 {
        let kept = at < self.end && at >= self.end - KEPT as i64;
        if kept { self.samples[at.rem_euclid(KEPT as i64) as usize] } else { 0 }
    }
}

/// The machine's clock in samples.
fn position(at: Instant) -> i64 {
    i64::try_from(u128::from(at.as_micros()) * 8 / 1000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(voice: &Voice, ms: u64) -> Mixed {
        let mut mixed = [0; FRAME_SAMPLES];
        voice.add_to(&mut mixed, Instant::from_millis(ms));
        mixed
    }

    #[test]
    fn jitter_of_40_ms_and_order_do_not_show() {
        let mut voice = Voice::new(Instant::from_millis(1000));
        for (seq, late) in [(0u32, 0u64), (2, 5), (1, 38), (3, 10), (4, 39), (5, 0)] {
            let samples = [100 * (seq as i16 + 1); 160];
            voice.on_audio((1, seq * 160), &samples, Instant::from_millis(1000 + u64::from(seq) * 20 + late));
        }
        for seq in 0..6u64 {
            assert_eq!(heard(&voice, 1060 + seq * 20), [100 * (seq as i32 + 1); 160], "frame {seq}");
        }
        assert_eq!(heard(&voice, 1180), [0; 160]);
    }

    #[test]
    fn one_lost_packet_is_concealed_and_a_second_of_silence_is_silence() {
        let mut voice = Voice::new(Instant::from_millis(1000));
        voice.on_audio((1, 0), &[400; 160], Instant::from_millis(1000));
        voice.on_audio((1, 320), &[400; 160], Instant::from_millis(1040));
        assert_eq!(heard(&voice, 1080), [300; 160]);
        voice.on_audio((1, 320 + 8000), &[400; 160], Instant::from_millis(2040));
        assert_eq!(heard(&voice, 2080), [0; 160]);
        assert_eq!(heard(&voice, 2100), [400; 160]);
    }

    #[test]
    fn any_timestamps_and_times_are_borne() {
        let mut rng = crate::base::Rng::from_number(3);
        let mut voice = Voice::new(Instant::from_millis(0));
        for _ in 0..20_000 {
            let (ssrc, timestamp) = (rng.below(2) as u32, rng.next_u32());
            let now = Instant::from_millis(rng.below(100_000));
            voice.on_audio((ssrc, timestamp), &[1; 960][..rng.below(961) as usize], now);
            heard(&voice, rng.below(200_000));
        }
    }
}
