//! Any codec from and to 8 kHz samples, packet by packet: for mixing, recording, tones and legs whose codecs differ.
//!
//! G.711 needs no state. G.722 keeps its own, and that of a half-band filter between 16 and 8 kHz; Opus has its own way to
//! 8 kHz. Each is made at the first packet that needs it, and nothing is allocated after it.

use super::opus::{OpusDecoder, OpusEncoder};
use super::{Codec, G722Decoder, G722Encoder, g711};

/// The longest packet that is coded: 120 ms at 8 kHz.
pub const MAX_SAMPLES: usize = 960;
/// Taps on one side of the middle one; every second one is zero. 0 to 3.4 kHz pass, from 4.6 kHz nothing does.
const ARM: usize = 12;
/// Samples before the ones in hand that the filter looks at.
const HISTORY: usize = 4 * ARM - 2;

/// One direction of one leg: payloads in, 8 kHz samples out.
#[derive(Debug, Default)]
pub struct NarrowDecoder {
    wide: Option<Box<WideIn>>,
    opus: Option<Box<OpusDecoder>>,
}

/// One direction of one leg: 8 kHz samples in, payloads out.
#[derive(Debug, Default)]
pub struct NarrowEncoder {
    wide: Option<Box<WideOut>>,
    opus: Option<Box<OpusEncoder>>,
}

#[derive(Debug)]
struct WideIn {
    codec: G722Decoder,
    taps: [f32; ARM],
    wide: [i16; HISTORY + 2 * MAX_SAMPLES],
}

#[derive(Debug)]
struct WideOut {
    codec: G722Encoder,
    taps: [f32; ARM],
    history: [i16; HISTORY / 2 + 1],
    wide: [i16; 2 * MAX_SAMPLES],
}

impl NarrowDecoder {
    /// Decodes `payload` and returns how many samples of `out` are filled: as many as the packet has of the clock's
    /// ticks, [`MAX_SAMPLES`] at most.
    pub fn decode(&mut self, codec: Codec, payload: &[u8], out: &mut [i16; MAX_SAMPLES]) -> usize {
        self.decode_after(0, codec, payload, out).0
    }

    /// The same after `lost` packets that did not come: the first of the samples, as many as the second number says, stand
    /// for them. Only Opus can do that.
    pub fn decode_after(
        &mut self,
        lost: u16,
        codec: Codec,
        payload: &[u8],
        out: &mut [i16; MAX_SAMPLES],
    ) -> (usize, usize) {
        let payload = &payload[..payload.len().min(MAX_SAMPLES)];
        match codec {
            Codec::Pcmu => out.iter_mut().zip(payload).for_each(|(sample, byte)| *sample = g711::ulaw_decode(*byte)),
            Codec::Pcma => out.iter_mut().zip(payload).for_each(|(sample, byte)| *sample = g711::alaw_decode(*byte)),
            Codec::G722 => self.wide.get_or_insert_with(WideIn::new).decode(payload, out),
            Codec::Opus => return self.opus.get_or_insert_default().decode(lost, payload, out),
        }
        (payload.len(), 0)
    }
}

impl NarrowEncoder {
    /// Encodes `samples`, [`MAX_SAMPLES`] at most, and returns how many bytes of `out` are filled: as many. Opus takes 20 ms
    /// and nothing else, and gives fewer bytes.
    pub fn encode(&mut self, codec: Codec, samples: &[i16], out: &mut [u8]) -> usize {
        let count = samples.len().min(MAX_SAMPLES).min(out.len());
        let samples = &samples[..count];
        match codec {
            Codec::Pcmu => out.iter_mut().zip(samples).for_each(|(byte, sample)| *byte = g711::ulaw_encode(*sample)),
            Codec::Pcma => out.iter_mut().zip(samples).for_each(|(byte, sample)| *byte = g711::alaw_encode(*sample)),
            Codec::G722 => self.wide.get_or_insert_with(WideOut::new).encode(samples, out),
            Codec::Opus => {
                return self.opus.get_or_insert_with(|| Box::new(OpusEncoder::live())).encode(samples, out);
            }
        }
        count
    }
}

impl WideIn {
    fn new() -> Box<Self> {
        Box::new(WideIn { codec: G722Decoder::new(), taps: taps(), wide: [0; HISTORY + 2 * MAX_SAMPLES] })
    }

    fn decode(&mut self, payload: &[u8], out: &mut [i16; MAX_SAMPLES]) {
        let end = HISTORY + 2 * payload.len();
        let count = self.codec.decode(payload, &mut self.wide[HISTORY..end]);
        self.wide[HISTORY + count..end].fill(0);
        // The middle of the filter is half the history back.
        for (at, sample) in (HISTORY / 2..).step_by(2).zip(&mut out[..payload.len()]) {
            let arms: f32 = self.taps.iter().enumerate().map(|(k, tap)| tap * pair(&self.wide, at, 2 * k + 1)).sum();
            *sample = clip(0.5 * f32::from(self.wide[at]) + arms);
        }
        self.wide.copy_within(end - HISTORY..end, 0);
    }
}

impl WideOut {
    fn new() -> Box<Self> {
        let (codec, taps) = (G722Encoder::new(), taps());
        Box::new(WideOut { codec, taps, history: [0; HISTORY / 2 + 1], wide: [0; 2 * MAX_SAMPLES] })
    }

    fn encode(&mut self, samples: &[i16], out: &mut [u8]) {
        let known = self.history.len();
        let mut line = [0; HISTORY / 2 + 1 + MAX_SAMPLES];
        line[..known].copy_from_slice(&self.history);
        line[known..known + samples.len()].copy_from_slice(samples);
        for (i, wide) in self.wide.chunks_exact_mut(2).take(samples.len()).enumerate() {
            // Between the samples at `at` and `at + 1`; the even ones are those of the narrow stream itself.
            let at = i + ARM - 1;
            let arms = self
                .taps
                .iter()
                .enumerate()
                .map(|(k, tap)| tap * (f32::from(line[at - k]) + f32::from(line[at + 1 + k])));
            (wide[0], wide[1]) = (line[at], clip(2.0 * arms.sum::<f32>()));
        }
        self.codec.encode(&self.wide[..2 * samples.len()], &mut out[..samples.len()]);
        let end = known + samples.len();
        self.history.copy_from_slice(&line[end - known..end]);
    }
}

fn pair(samples: &[i16], at: usize, distance: usize) -> f32 {
    f32::from(samples[at - distance]) + f32::from(samples[at + distance])
}

fn clip(sample: f32) -> i16 {
    sample.round().clamp(-32_768.0, 32_767.0) as i16
}

/// The odd taps of a half-band low pass: a sinc under a Blackman window, summing to a half on both sides together.
fn taps() -> [f32; ARM] {
    let span = 2.0 * ARM as f32;
    let mut taps = std::array::from_fn(|k| {
        let distance = (2 * k + 1) as f32;
        let angle = std::f32::consts::PI * distance;
        let window = 0.42 + 0.5 * (angle / span).cos() + 0.08 * (2.0 * angle / span).cos();
        (angle / 2.0).sin() / angle * window
    });
    let sum: f32 = taps.iter().sum();
    taps.iter_mut().for_each(|tap| *tap *= 0.25 / sum);
    taps
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    fn sine(hz: f32, rate: f32, count: usize) -> Vec<i16> {
        (0..count).map(|i| (8000.0 * (TAU * hz * i as f32 / rate).sin()).round() as i16).collect()
    }

    fn level(samples: &[i16]) -> f32 {
        let power: f32 = samples.iter().map(|s| f32::from(*s).powi(2)).sum::<f32>() / samples.len() as f32;
        10.0 * (power.max(1.0) / (8000.0f32.powi(2) / 2.0)).log10()
    }

    /// A wideband tone as it is heard at 8 kHz, in packets of 20 ms.
    fn narrowed(hz: f32) -> Vec<i16> {
        let (mut encoder, mut decoder) = (G722Encoder::new(), NarrowDecoder::default());
        let mut out = [0; MAX_SAMPLES];
        let mut heard = Vec::new();
        for frame in sine(hz, 16_000.0, 16_000).chunks(320) {
            let mut payload = [0; 160];
            encoder.encode(frame, &mut payload);
            let count = decoder.decode(Codec::G722, &payload, &mut out);
            heard.extend_from_slice(&out[..count]);
        }
        heard.split_off(1600)
    }

    #[test]
    fn what_a_narrow_line_carries_passes_and_what_would_fold_into_it_does_not() {
        for hz in [300.0, 1000.0, 2000.0, 3000.0, 3300.0] {
            assert!(level(&narrowed(hz)).abs() < 1.0, "{hz} Hz: {} dB", level(&narrowed(hz)));
        }
        for hz in [5000.0, 6000.0, 7000.0] {
            assert!(level(&narrowed(hz)) < -35.0, "{hz} Hz: {} dB", level(&narrowed(hz)));
        }
    }

    #[test]
    fn a_narrow_tone_is_the_same_tone_wide_without_a_mirror_above_4_khz() {
        for ms in [10usize, 20, 30, 60] {
            let (mut encoder, mut decoder) = (NarrowEncoder::default(), G722Decoder::new());
            let mut wide = Vec::new();
            for frame in sine(1000.0, 8000.0, 9600).chunks(8 * ms) {
                let (mut payload, mut decoded) = ([0; MAX_SAMPLES], [0; 2 * MAX_SAMPLES]);
                let bytes = encoder.encode(Codec::G722, frame, &mut payload);
                let count = decoder.decode(&payload[..bytes], &mut decoded);
                wide.extend_from_slice(&decoded[..count]);
            }
            let at = |hz: f32| crate_level(&wide[3200..], hz, 16_000.0);
            assert!((at(1000.0)).abs() < 1.0, "{ms} ms: {}", at(1000.0));
            assert!(at(7000.0) < -40.0, "{ms} ms: {}", at(7000.0));
        }
    }

    /// The level of one frequency in dB beside the test tone's.
    fn crate_level(samples: &[i16], hz: f32, rate: f32) -> f32 {
        let (mut re, mut im) = (0.0f64, 0.0f64);
        for (i, sample) in samples.iter().enumerate() {
            let angle = f64::from(TAU * hz / rate) * i as f64;
            re += f64::from(*sample) * angle.cos();
            im += f64::from(*sample) * angle.sin();
        }
        let amplitude = 2.0 * (re * re + im * im).sqrt() / samples.len() as f64;
        (20.0 * (amplitude / 8000.0).max(1e-6).log10()) as f32
    }

    #[test]
    fn packets_of_any_length_are_coded_and_longer_ones_are_cut() {
        let (mut encoder, mut decoder) = (NarrowEncoder::default(), NarrowDecoder::default());
        let mut out = [0; MAX_SAMPLES];
        for codec in Codec::PLAIN {
            for len in [0, 1, 80, 159, 960, 2000] {
                let mut payload = [0; 4000];
                let bytes = encoder.encode(codec, &vec![100; len], &mut payload);
                assert_eq!(bytes, len.min(MAX_SAMPLES));
                assert_eq!(decoder.decode(codec, &payload[..len], &mut out), len.min(MAX_SAMPLES));
            }
        }
    }
}
