//! Opus between packets and 8 kHz samples (RFC 6716, RFC 7587), by the crate `opus-rs`.
//!
//! Whatever rate, mode or channels the peer chose, the decoder gives 8 kHz in one channel; what we send is narrowband
//! speech with in-band FEC.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use opus_rs::Application;

use super::{FRAME_SAMPLES, MAX_SAMPLES};

/// Samples a second of what is decoded, and of what is encoded for a leg.
const NARROW: i32 = 8000;
/// What is sent of 8 kHz samples, FEC included.
const NARROW_BPS: i32 = 20_000;
/// The loss that the FEC of what we send is meant for.
const EXPECTED_LOSS_PERCENT: i32 = 10;
/// 0 to 10: what each leg can be given, and what hundreds of prompts can be given at once when a switch starts.
const LIVE_COMPLEXITY: i32 = 5;
const PROMPT_COMPLEXITY: i32 = 2;

/// One direction of one leg: packets in, 8 kHz samples out. Nothing is allocated after its making.
pub struct OpusDecoder {
    codec: Option<opus_rs::OpusDecoder>,
    pcm: Box<[f32; MAX_SAMPLES]>,
}

impl OpusDecoder {
    pub fn new() -> Self {
        OpusDecoder { codec: opus_rs::OpusDecoder::new(NARROW, 1).ok(), pcm: Box::new([0.0; MAX_SAMPLES]) }
    }

    /// Decodes `packet`, before which `lost` packets did not come: as many as fit are made up of its FEC and of what
    /// was before. Returns how many samples of `out` are filled, and how many of them are of lost packets. A packet that
    /// is none gives nothing.
    pub fn decode(&mut self, lost: u16, packet: &[u8], out: &mut [i16; MAX_SAMPLES]) -> (usize, usize) {
        let frame = ticks(packet).map_or(0, |ticks| ticks as usize / 6);
        if frame == 0 || frame > MAX_SAMPLES {
            return (0, 0);
        }
        let made_up = usize::from(lost).min((MAX_SAMPLES - frame) / frame) * frame;
        let (Some(codec), pcm) = (&mut self.codec, &mut self.pcm) else { return (0, 0) };
        // A packet is a stranger's word: a fault of the decoder costs this leg its state, not the worker its life.
        let decoded = catch_unwind(AssertUnwindSafe(|| {
            if made_up > 0 {
                codec.decode_fec(packet, made_up, &mut pcm[..made_up])?;
            }
            codec.decode(packet, frame, &mut pcm[made_up..made_up + frame])
        }));
        let count = match decoded {
            Ok(Ok(count)) => made_up + count.min(frame),
            Ok(Err(_)) => return (0, 0),
            Err(_) => {
                *self = OpusDecoder::new();
                return (0, 0);
            }
        };
        for (sample, value) in out.iter_mut().zip(&self.pcm[..count]) {
            *sample = (value * 32_768.0).clamp(-32_768.0, 32_767.0) as i16;
        }
        (count, made_up)
    }
}

impl Default for OpusDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for OpusDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpusDecoder")
    }
}

/// One direction of one leg, or of a prompt: frames of 20 ms in, packets out.
pub struct OpusEncoder {
    codec: Option<opus_rs::OpusEncoder>,
}

impl OpusEncoder {
    /// Of what a leg hears.
    pub fn live() -> Self {
        Self::new(LIVE_COMPLEXITY)
    }

    /// Of prompts.
    pub fn prompt() -> Self {
        Self::new(PROMPT_COMPLEXITY)
    }

    fn new(complexity: i32) -> Self {
        let mut codec = opus_rs::OpusEncoder::new(NARROW, 1, Application::Voip).ok();
        if let Some(codec) = &mut codec {
            (codec.bitrate_bps, codec.complexity) = (NARROW_BPS, complexity);
            (codec.use_inband_fec, codec.packet_loss_perc) = (true, EXPECTED_LOSS_PERCENT);
        }
        OpusEncoder { codec }
    }

    /// Encodes a frame of 20 ms at 8 kHz and returns how many bytes of `out` are filled; 0 when it is no such frame.
    pub fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> usize {
        match &mut self.codec {
            Some(codec) if samples.len() == FRAME_SAMPLES => codec.encode_i16(samples, FRAME_SAMPLES, out).unwrap_or(0),
            Some(_) | None => 0,
        }
    }
}

impl fmt::Debug for OpusEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpusEncoder")
    }
}

/// How long a packet lasts, in ticks of 48 kHz (RFC 6716 3.1); `None` when it is none, or longer than 120 ms.
pub fn ticks(packet: &[u8]) -> Option<u32> {
    let toc = *packet.first()?;
    let frame = match toc >> 3 {
        silk @ 0..=11 => [480, 960, 1920, 2880][usize::from(silk & 3)],
        hybrid @ 12..=15 => [480, 960][usize::from(hybrid & 1)],
        celt => [120, 240, 480, 960][usize::from(celt & 3)],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(*packet.get(1)? & 0x3f),
    };
    let ticks = frame * frames;
    (ticks > 0 && ticks <= 48 * 120).then_some(ticks)
}

/// 20 ms of silence.
pub(super) fn silence(out: &mut [u8]) -> usize {
    OpusEncoder::live().encode(&[0; FRAME_SAMPLES], out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Rng;

    /// 440 Hz at a quarter of full scale.
    fn tone(count: usize) -> Vec<i16> {
        (0..count).map(|i| (8192.0 * (std::f64::consts::TAU * 440.0 / 8000.0 * i as f64).sin()) as i16).collect()
    }

    /// The level of 440 Hz, in dB beside that tone.
    fn level(samples: &[i16]) -> f64 {
        let (mut re, mut im) = (0.0, 0.0);
        for (i, sample) in samples.iter().enumerate() {
            let angle = std::f64::consts::TAU * 440.0 / 8000.0 * i as f64;
            (re, im) = (re + f64::from(*sample) * angle.cos(), im + f64::from(*sample) * angle.sin());
        }
        20.0 * (2.0 * f64::hypot(re, im) / samples.len() as f64 / 8192.0).max(1e-5).log10()
    }

    /// A tone of a second as packets.
    fn packets() -> Vec<Vec<u8>> {
        let mut encoder = OpusEncoder::live();
        let encode = |frame: &[i16]| {
            let mut packet = [0; 400];
            let bytes = encoder.encode(frame, &mut packet);
            packet[..bytes].to_vec()
        };
        tone(16_000).chunks(FRAME_SAMPLES).map(encode).collect()
    }

    #[test]
    fn a_tone_comes_out_as_it_went_in_and_its_packets_say_how_long_they_are() {
        let (mut decoder, mut out, mut heard) = (OpusDecoder::new(), [0; MAX_SAMPLES], Vec::new());
        for packet in packets() {
            assert_eq!(ticks(&packet), Some(960));
            assert!((10..=120).contains(&packet.len()), "{} bytes", packet.len());
            assert_eq!(decoder.decode(0, &packet, &mut out), (160, 0));
            heard.extend_from_slice(&out[..160]);
        }
        let level = level(&heard[4000..12_000]);
        assert!(level.abs() < 1.5, "{level} dB");
    }

    #[test]
    fn lost_packets_are_made_up_by_what_follows_as_far_as_there_is_room() {
        let (mut decoder, mut out, packets) = (OpusDecoder::new(), [0; MAX_SAMPLES], packets());
        for packet in &packets[..50] {
            decoder.decode(0, packet, &mut out);
        }
        assert_eq!(decoder.decode(1, &packets[51], &mut out), (320, 160));
        let level = level(&out[..160]);
        assert!(level > -10.0, "the tone goes on through the lost packet: {level} dB");
        assert_eq!(decoder.decode(60_000, &packets[52], &mut out), (960, 800));
    }

    #[test]
    fn no_bytes_make_it_fail() {
        let (mut decoder, mut out, mut rng) = (OpusDecoder::new(), [0; MAX_SAMPLES], Rng::from_number(7));
        for _ in 0..3000 {
            let packet: Vec<u8> = (0..rng.below(90)).map(|_| rng.next_u32() as u8).collect();
            let (count, made_up) = decoder.decode(rng.below(4) as u16, &packet, &mut out);
            assert!(made_up <= count && count <= MAX_SAMPLES);
        }
        for mut packet in packets() {
            let at = rng.below(packet.len() as u64) as usize;
            packet[at] ^= 1 << rng.below(8);
            decoder.decode(0, &packet, &mut out);
        }
        for toc in 0..=255u8 {
            assert!(ticks(&[toc, 0x3f]).is_none_or(|ticks| ticks <= 5760));
        }
    }
}
