//! Sines: made for tests and for `Segment::Tone`, and measured by the Goertzel algorithm.

use std::f64::consts::TAU;

/// Peak amplitude of a 0 dBm0 sine in 16-bit samples: G.711 overloads at +3.17 dBm0 for mu-law (ITU-T G.711 table 5).
const ZERO_DBM0_PEAK: f64 = 32_124.0 * 0.694_2;

/// `count` samples of a sine of `hz` at `rate`, at `level_dbm0` (clamped to -60..=3), starting at phase 0.
pub fn tone_samples(hz: f64, level_dbm0: f64, rate: u32, count: usize) -> Vec<i16> {
    let peak = ZERO_DBM0_PEAK * 10f64.powf(level_dbm0.clamp(-60.0, 3.0) / 20.0);
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
}
