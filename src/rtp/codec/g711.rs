//! G.711 by tables (ITU-T G.711; RFC 3551 4.5.14): one look-up a sample, the same in every direction.

/// mu-law of silence (positive zero).
pub const ULAW_SILENCE: u8 = 0xff;
/// A-law of silence (positive zero).
pub const ALAW_SILENCE: u8 = 0xd5;

const ULAW_BIAS: i32 = 0x84;
const ULAW_CLIP: i32 = 32_635;

static ULAW_TO_PCM: [i16; 256] = decode_table(true);
static ALAW_TO_PCM: [i16; 256] = decode_table(false);
/// Indexed by the top 14 bits of a sample: mu-law has 14 bits of range.
static PCM_TO_ULAW: [u8; 16_384] = ulaw_encode_table();
/// Indexed by the top 13 bits of a sample: A-law has 13 bits of range.
static PCM_TO_ALAW: [u8; 8192] = alaw_encode_table();
static ULAW_TO_ALAW: [u8; 256] = cross_table(true);
static ALAW_TO_ULAW: [u8; 256] = cross_table(false);

/// 16-bit sample of a mu-law byte.
pub fn ulaw_decode(byte: u8) -> i16 {
    ULAW_TO_PCM[usize::from(byte)]
}

/// 16-bit sample of an A-law byte.
pub fn alaw_decode(byte: u8) -> i16 {
    ALAW_TO_PCM[usize::from(byte)]
}

/// mu-law byte of a 16-bit sample.
pub fn ulaw_encode(sample: i16) -> u8 {
    PCM_TO_ULAW[usize::from((sample as u16) >> 2)]
}

/// A-law byte of a 16-bit sample.
pub fn alaw_encode(sample: i16) -> u8 {
    PCM_TO_ALAW[usize::from((sample as u16) >> 3)]
}

/// Recodes mu-law as A-law in place.
pub fn ulaw_to_alaw(bytes: &mut [u8]) {
    bytes.iter_mut().for_each(|b| *b = ULAW_TO_ALAW[usize::from(*b)]);
}

/// Recodes A-law as mu-law in place.
pub fn alaw_to_ulaw(bytes: &mut [u8]) {
    bytes.iter_mut().for_each(|b| *b = ALAW_TO_ULAW[usize::from(*b)]);
}

const fn decode_table(ulaw: bool) -> [i16; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = if ulaw { ulaw_expand(i as u8) } else { alaw_expand(i as u8) };
        i += 1;
    }
    table
}

const fn ulaw_encode_table() -> [u8; 16_384] {
    let mut table = [0; 16_384];
    let mut i = 0;
    while i < 16_384 {
        table[i] = ulaw_compress(((i as u16) << 2) as i16);
        i += 1;
    }
    table
}

const fn alaw_encode_table() -> [u8; 8192] {
    let mut table = [0; 8192];
    let mut i = 0;
    while i < 8192 {
        table[i] = alaw_compress(((i as u16) << 3) as i16);
        i += 1;
    }
    table
}

const fn cross_table(from_ulaw: bool) -> [u8; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = if from_ulaw { alaw_compress(ulaw_expand(i as u8)) } else { ulaw_compress(alaw_expand(i as u8)) };
        i += 1;
    }
    table
}

const fn ulaw_expand(byte: u8) -> i16 {
    let bits = !byte;
    let segment = ((bits >> 4) & 7) as i32;
    let magnitude = ((((bits & 0x0f) as i32) << 3) + ULAW_BIAS) << segment;
    let value = magnitude - ULAW_BIAS;
    (if bits & 0x80 != 0 { -value } else { value }) as i16
}

const fn ulaw_compress(sample: i16) -> u8 {
    let sign: u8 = if sample < 0 { 0x80 } else { 0 };
    let mut magnitude = (sample as i32).abs();
    if magnitude > ULAW_CLIP {
        magnitude = ULAW_CLIP;
    }
    magnitude += ULAW_BIAS;
    let mut segment = 7;
    while segment > 0 && magnitude & (1 << (segment + 7)) == 0 {
        segment -= 1;
    }
    let mantissa = ((magnitude >> (segment + 3)) & 0x0f) as u8;
    !(sign | ((segment as u8) << 4) | mantissa)
}

const fn alaw_expand(byte: u8) -> i16 {
    let bits = byte ^ 0x55;
    let segment = ((bits >> 4) & 7) as i32;
    let base = (((bits & 0x0f) as i32) << 4) + 8;
    let magnitude = if segment == 0 { base } else { (base + 0x100) << (segment - 1) };
    (if bits & 0x80 != 0 { magnitude } else { -magnitude }) as i16
}

const fn alaw_compress(sample: i16) -> u8 {
    let positive = sample >= 0;
    let mut magnitude = if positive { sample as i32 } else { -(sample as i32) - 1 };
    if magnitude > 32_767 {
        magnitude = 32_767;
    }
    let mut segment = 7;
    while segment > 0 && magnitude & (1 << (segment + 7)) == 0 {
        segment -= 1;
    }
    let shift = if segment == 0 { 4 } else { segment + 3 };
    let bits = ((segment as u8) << 4) | ((magnitude >> shift) & 0x0f) as u8;
    (if positive { bits | 0x80 } else { bits }) ^ 0x55
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_decodes_and_encodes_to_itself() {
        for code in 0..=255u8 {
            // mu-law has two zeros; both are heard as 0 and encode as the positive one.
            if code != 0x7f {
                assert_eq!(ulaw_encode(ulaw_decode(code)), code, "mu-law {code:#x}");
            }
            assert_eq!(alaw_encode(alaw_decode(code)), code, "A-law {code:#x}");
        }
    }

    #[test]
    fn agrees_with_an_independent_implementation() {
        use audio_codec::{Decoder as _, Encoder as _};
        let codes: Vec<u8> = (0..=255).collect();
        let (mut ulaw, mut alaw) = ([0; 256], [0; 256]);
        audio_codec::pcmu::PcmuDecoder::new().decode_into(&codes, &mut ulaw).expect("room for 256");
        audio_codec::pcma::PcmaDecoder::new().decode_into(&codes, &mut alaw).expect("room for 256");
        for code in 0..=255u8 {
            assert_eq!(ulaw_decode(code), ulaw[usize::from(code)], "mu-law {code:#x}");
            assert_eq!(alaw_decode(code), alaw[usize::from(code)], "A-law {code:#x}");
        }
        let samples: Vec<i16> = (i16::MIN..=i16::MAX).step_by(7).collect();
        let mut theirs = vec![0; samples.len()];
        audio_codec::pcmu::PcmuEncoder::new().encode_into(&samples, &mut theirs).expect("room for all");
        for (sample, byte) in samples.iter().zip(theirs) {
            let error = i32::from(ulaw_decode(ulaw_encode(*sample))) - i32::from(ulaw_decode(byte));
            let step = (i32::from(*sample).abs() + ULAW_BIAS) / 16;
            assert!(error.abs() <= step, "{sample}: ours differs from theirs by {error}");
        }
    }

    #[test]
    fn recoding_keeps_the_sample_within_one_step() {
        for code in 0..=255u8 {
            let mut byte = [code];
            ulaw_to_alaw(&mut byte);
            let error = i32::from(alaw_decode(byte[0])) - i32::from(ulaw_decode(code));
            assert!(error.abs() <= (i32::from(ulaw_decode(code)).abs() / 16).max(16), "{code:#x} {error}");
        }
    }

    #[test]
    fn silence_is_silent() {
        assert_eq!(ulaw_decode(ULAW_SILENCE), 0);
        assert_eq!(ulaw_encode(0), ULAW_SILENCE);
        assert_eq!(alaw_encode(0), ALAW_SILENCE);
    }
}
