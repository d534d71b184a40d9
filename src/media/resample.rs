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
    let mut fft = converter(from, to)?;
    let adapter = InterleavedSlice::new(&input, 1, input.len()).map_err(|e| failed(e.to_string()))?;
    let output = fft.process_all(&adapter, input.len(), None).map_err(|e| failed(e.to_string()))?;
    Ok(output.take_data().into_iter().map(to_i16).collect())
}

fn converter(from: u32, to: u32) -> Result<Fft<f32>, ResampleError> {
    let (input, output) = (from as usize, to as usize);
    Fft::new_custom(input, output, CHUNK, 1, 1, WindowFunction::BlackmanHarris2, FixedSync::Input)
        .map_err(|error| ResampleError::Failed { from, to, why: error.to_string() })
}

/// Converts mono audio as it comes, with a delay of about two blocks of 1024 samples: 43 ms at 48 kHz.
pub struct StreamResampler {
    from: u32,
    to: u32,
    /// `None` where there is nothing to convert.
    fft: Option<Fft<f32>>,
    /// Input of a block that is not complete.
    pending: Vec<f32>,
}

impl StreamResampler {
    /// From `from` Hz to `to` Hz.
    pub fn new(from: u32, to: u32) -> Result<Self, ResampleError> {
        if let Some(rate) = [from, to].into_iter().find(|rate| !RATES.contains(rate)) {
            return Err(ResampleError::Rate(rate));
        }
        let fft = if from == to { None } else { Some(converter(from, to)?) };
        Ok(StreamResampler { from, to, fft, pending: Vec::new() })
    }

    /// Takes `samples` and adds to `output` what is ready.
    pub fn push(&mut self, samples: &[i16], output: &mut Vec<i16>) -> Result<(), ResampleError> {
        let Some(fft) = &mut self.fft else {
            output.extend_from_slice(samples);
            return Ok(());
        };
        let (from, to) = (self.from, self.to);
        let failed = |why: String| ResampleError::Failed { from, to, why };
        self.pending.extend(samples.iter().map(|s| f32::from(*s) / 32_768.0));
        while self.pending.len() >= fft.input_frames_next().max(1) {
            let block: Vec<f32> = self.pending.drain(..fft.input_frames_next()).collect();
            let adapter = InterleavedSlice::new(&block, 1, block.len()).map_err(|e| failed(e.to_string()))?;
            let done = fft.process(&adapter, None).map_err(|e| failed(e.to_string()))?;
            output.extend(done.take_data().into_iter().map(to_i16));
        }
        Ok(())
    }
}

fn to_i16(sample: f32) -> i16 {
    (sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16
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

    #[test]
    fn converts_audio_that_comes_in_pieces_without_a_seam() {
        for rate in [8000, 16_000, 44_100, 48_000] {
            let input = tone_samples(1000.0, -10.0, rate, rate as usize);
            let (mut resampler, mut output) = (StreamResampler::new(rate, 8000).expect("good rates"), Vec::new());
            for piece in input.chunks(rate as usize / 50) {
                resampler.push(piece, &mut output).expect("converted");
            }
            assert!(output.len() > 7400 && output.len() <= 8000, "{rate} Hz: {}", output.len());
            for part in output[800..].chunks_exact(800) {
                let loss = measure_tone(&tone_samples(1000.0, -10.0, 8000, 800), 1000.0) - measure_tone(part, 1000.0);
                assert!(loss.abs() < 0.5, "{rate} Hz lost {loss} dB");
            }
        }
        assert!(StreamResampler::new(0, 8000).is_err());
    }
}
