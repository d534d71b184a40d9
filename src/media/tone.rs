//! Sines: made for tests and for `Segment::Tone`, and measured by the Goertzel algorithm.

use std::f64::consts::TAU;

use super::player::Frame;
use crate::rtp::Codec;
use crate::rtp::codec::{FRAME_SAMPLES, G722Encoder, NarrowEncoder, g711};

/// Peak amplitude of a 0 dBm0 sine in 16-bit samples: G.711 overloads at +3.17 dBm0 for mu-law (ITU-T G.711 table 5).
const ZERO_DBM0_PEAK: f64 = 32_124.0 * 0.694_2;

/// `count` samples of a sine of `hz` at `rate`, at `level_dbm0` (clamped to -60..=3), starting at phase 0.
pub fn tone_samples(hz: f64, level_dbm0: f64, rate: u32, count: usize) -> Vec<i16> {
    let peak = peak(level_dbm0);
    let step = TAU * hz / f64::from(rate.max(1));
    (0..count).map(|i| (peak * (step * i as f64).sin()).round() as i16).collect()
}

/// The level of `hz` in 8 kHz `samples`, in dB below a full-scale sine (0 is full scale, -100 the least).
pub fn measure_tone(samples: &[i16], hz: f64) -> f64 {
    if samples.is_empty() {
        return -100.0;
    }
    let coefficient = 2.0 * (TAU * hz / 8000.0).cos();
    let (mut s1, mut s2) = (0.0, 0.0);
    for sample in samples {
        let s0 = f64::from(*sample) / 32_768.0 + coefficient * s1 - s2;
        s2 = s1;
        s1 = s0;
    }
    let power = (s1 * s1 + s2 * s2 - coefficient * s1 * s2).max(0.0);
    let amplitude = 2.0 * power.sqrt() / samples.len() as f64;
    (20.0 * amplitude.max(1e-5).log10()).max(-100.0)
}

/// One or two sines, made frame by frame without a table.
#[derive(Debug)]
pub(super) struct Oscillator {
    /// Radians a sample at 8 kHz, and the peak.
    parts: Vec<(f64, f64)>,
    wide: Option<Box<G722Encoder>>,
}

impl Oscillator {
    /// Frequencies in Hz with their levels in dBm0.
    pub(super) fn new(parts: &[(f64, f64)]) -> Self {
        let part = |(hz, level): &(f64, f64)| (TAU * hz / 8000.0, peak(*level));
        Oscillator { parts: parts.iter().map(part).collect(), wide: None }
    }

    /// The `index`th frame of 20 ms since phase 0, and how many bytes it has.
    pub(super) fn encode_frame(
        &mut self,
        codec: Codec,
        index: u32,
        encoder: &mut NarrowEncoder,
        out: &mut Frame,
    ) -> usize {
        match codec {
            Codec::Pcmu => self.samples::<FRAME_SAMPLES>(index, 1.0, |i, s| out[i] = g711::ulaw_encode(s)),
            Codec::Pcma => self.samples::<FRAME_SAMPLES>(index, 1.0, |i, s| out[i] = g711::alaw_encode(s)),
            Codec::G722 => {
                let mut samples = [0; 2 * FRAME_SAMPLES];
                self.samples::<{ 2 * FRAME_SAMPLES }>(index, 0.5, |i, s| samples[i] = s);
                self.wide.get_or_insert_default().encode(&samples, out);
            }
            Codec::Opus => {
                let mut samples = [0; FRAME_SAMPLES];
                self.frame(index, &mut samples);
                return encoder.encode(codec, &samples, out);
            }
        }
        out.len()
    }

    /// The same at 8 kHz, not encoded.
    pub(super) fn frame(&self, index: u32, out: &mut [i16; FRAME_SAMPLES]) {
        self.samples::<FRAME_SAMPLES>(index, 1.0, |i, sample| out[i] = sample);
    }

    /// By the recurrence s(n) = 2 cos(w) s(n-1) - s(n-2), begun afresh in each frame so that no error adds up.
    fn samples<const N: usize>(&self, index: u32, step_scale: f64, mut put: impl FnMut(usize, i16)) {
        let mut sum = [0.0; N];
        for (step, peak) in &self.parts {
            let step = step * step_scale;
            let start = step * f64::from(index) * N as f64;
            let (coefficient, mut before, mut value) = (2.0 * step.cos(), (start - step).sin(), start.sin());
            for sample in &mut sum {
                *sample += peak * value;
                (before, value) = (value, coefficient * value - before);
            }
        }
        sum.into_iter().enumerate().for_each(|(i, s)| put(i, s.round().clamp(-32_768.0, 32_767.0) as i16));
    }
}

fn peak(level_dbm0: f64) -> f64 {
    ZERO_DBM0_PEAK * 10f64.powf(level_dbm0.clamp(-60.0, 3.0) / 20.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_the_level_that_was_made_and_nothing_beside_it() {
        let samples = tone_samples(440.0, -16.0, 8000, 8000);
        let level = measure_tone(&samples, 440.0);
        let expected = -16.0 + 20.0 * (ZERO_DBM0_PEAK / 32_768.0).log10();
        assert!((level - expected).abs() < 0.1, "{level} {expected}");
        assert!(measure_tone(&samples, 880.0) < level - 40.0);
        assert_eq!(measure_tone(&[], 440.0), -100.0);
    }

    #[test]
    fn frames_follow_each_other_without_a_seam() {
        let mut oscillator = Oscillator::new(&[(1004.0, -16.0)]);
        let mut samples = Vec::new();
        for index in 0..50 {
            let mut frame = [0; 160];
            oscillator.encode_frame(Codec::Pcma, index, &mut NarrowEncoder::default(), &mut frame);
            samples.extend(frame.iter().map(|b| g711::alaw_decode(*b)));
        }
        let expected = tone_samples(1004.0, -16.0, 8000, 8000);
        assert!((measure_tone(&samples, 1004.0) - measure_tone(&expected, 1004.0)).abs() < 0.1);
        let error = samples.iter().zip(&expected).map(|(a, b)| (i32::from(*a) - i32::from(*b)).abs()).max();
        assert!(error < Some(300), "{error:?}");
    }
}
