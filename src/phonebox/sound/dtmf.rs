//! DTMF digits from sound (ITU-T Q.23, Q.24): blocks of 12.75 ms, four low and four high frequencies.

use std::f32::consts::TAU;

use super::fsk::RATE;

/// Samples of a block: near whole periods of all eight frequencies, and short enough for tones of 40 ms.
const BLOCK: usize = 102;
const LOW_HZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH_HZ: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
const KEYS: [[u8; 4]; 4] = [*b"123A", *b"456B", *b"789C", *b"*0#D"];
/// The weakest tone: an amplitude of about 100 of 32768 (-50 dB below full scale) in each of its two sines.
const FLOOR: f32 = 100.0 * BLOCK as f32 / 2.0 * (100.0 * BLOCK as f32 / 2.0);
/// The high tone may be 8 dB weaker or stronger than the low one and a little more (Q.24 asks for 4 to 8).
const TWIST: f32 = 10.0;
/// The tone beside the strongest of its group is at least 8 dB weaker.
const APART: f32 = 6.3;
/// The two sines are at least this part of all that is heard: speech has more beside them.
const PURE: f32 = 0.55;
/// A digit lasts two blocks at least; a pause of two blocks lets the same digit come again.
const MIN_BLOCKS: u8 = 2;

/// Samples in, digits out.
#[derive(Clone, Debug)]
pub(in crate::phonebox) struct Dtmf {
    block: [f32; BLOCK],
    filled: usize,
    /// What the last blocks held, and how many.
    run: (Option<u8>, u8),
    told: Option<u8>,
}

impl Default for Dtmf {
    fn default() -> Self {
        Dtmf { block: [0.0; BLOCK], filled: 0, run: (None, 0), told: None }
    }
}

impl Dtmf {
    /// Takes one sample; a digit when it has been heard for long enough.
    pub fn push(&mut self, sample: i16) -> Option<u8> {
        if let Some(place) = self.block.get_mut(self.filled) {
            *place = f32::from(sample);
        }
        self.filled += 1;
        if self.filled < BLOCK {
            return None;
        }
        self.filled = 0;
        let digit = digit(&self.block);
        self.run = if digit == self.run.0 { (digit, self.run.1.saturating_add(1)) } else { (digit, 1) };
        if self.run.1 < MIN_BLOCKS || self.told == digit {
            return None;
        }
        self.told = digit;
        digit
    }
}

/// The digit of a block, if it is one.
fn digit(block: &[f32; BLOCK]) -> Option<u8> {
    let (low, low_power) = strongest(block, &LOW_HZ)?;
    let (high, high_power) = strongest(block, &HIGH_HZ)?;
    let all: f32 = block.iter().map(|sample| sample * sample).sum();
    let even = low_power < high_power * TWIST && high_power < low_power * TWIST;
    // A sine of amplitude a has the power (a n / 2)^2 here and the energy a^2 n / 2.
    let pure = (low_power + high_power) * 2.0 / BLOCK as f32 > PURE * all;
    if !even || !pure {
        return None;
    }
    KEYS.get(low)?.get(high).copied()
}

/// The one frequency of a group that stands out.
fn strongest(block: &[f32; BLOCK], group: &[f32; 4]) -> Option<(usize, f32)> {
    let powers = group.map(|hz| power(block, hz));
    let (at, power) = powers.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let apart = powers.iter().enumerate().all(|(other, weak)| other == at || weak * APART < power);
    (power > FLOOR && apart).then_some((at, power))
}

/// The power at one frequency, by Goertzel's recurrence.
fn power(block: &[f32; BLOCK], hz: f32) -> f32 {
    let coefficient = 2.0 * (TAU * hz / RATE as f32).cos();
    let (mut one, mut two) = (0.0, 0.0);
    for sample in block {
        (one, two) = (sample + coefficient * one - two, one);
    }
    one * one + two * two - coefficient * one * two
}
