//! Sample rate conversion, done when audio is prepared and never in a call.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

/// One block of the FFT resampler: with a single sub-chunk it is long enough to pass 3.4 kHz and stop 4 kHz.
const CHUNK: usize = 1024;
/// Rates beyond these are not audio.
const RATES: std::ops::RangeInclusive<u32> = 4000..=384_000;

/// Audio that cannot be converted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResampleError {
    #[error("sample rate {0} Hz is not between 4000 and 384000")]
    Rate(u32),
    #[error("conversion from {from} Hz to {to} Hz failed: {why}")]
    Failed { from: u32, to: u32, why: String },
}

/// Mono `samples` at `from` Hz as samples at `to` Hz, of the same duration.
pub fn resample(samples: &[i16], from: u32, to: u32) -> Result<Vec<i16>, ResampleError> {
    if let Some(rate) = [from, to].into_iter().find(|rate| !RATES.contains(rate)) {
        return Err(ResampleError::Rate(rate));
    }
    if from == to || samples.is_empty() {
        return Ok(samples.to_vec());
    }
    let failed = |why: String| ResampleError::Failed { from, to, why };
    let input: Vec<f32> = samples.iter().map(|s| f32::from(*s) / 32_768.0).collect();
    let mut fft = Fft::<f32>::new_custom(
        from as usize,
        to as usize,
        CHUNK,
        1,
        1,
        WindowFunction::BlackmanHarris2,
        FixedSync::Input,
    )
    .map_err(|e| failed(e.to_string()))?;
    let adapter = InterleavedSlice::new(&input, 1, input.len()).map_err(|e| failed(e.to_string()))?;
    let output = fft.process_all(&adapter, input.len(), None).map_err(|e| failed(e.to_string()))?;
    Ok(output.take_data().into_iter().map(|s| (s * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{measure_tone, tone_samples};

    #[test]
    fn keeps_the_telephone_band_and_the_length() {
        for hz in [300.0, 1000.0, 2000.0, 3000.0, 3400.0] {
            let input = tone_samples(hz, -10.0, 48_000, 48_000);
            let output = resample(&input, 48_000, 8000).expect("good rates");
            assert!(output.len().abs_diff(8000) <= 1, "{}", output.len());
            let loss = measure_tone(&tone_samples(hz, -10.0, 8000, 8000), hz) - measure_tone(&output[400..7600], hz);
            assert!(loss.abs() < 1.0, "{hz} Hz lost {loss} dB");
        }
    }

    #[test]
    fn does_not_fold_what_lies_above_the_band() {
        let input = tone_samples(5000.0, -10.0, 48_000, 48_000);
        let output = resample(&input, 48_000, 8000).expect("good rates");
        assert!(measure_tone(&output[400..7600], 3000.0) < -50.0);
    }

    #[test]
    fn refuses_rates_that_are_none() {
        assert_eq!(resample(&[1], 0, 8000), Err(ResampleError::Rate(0)));
    }
}
