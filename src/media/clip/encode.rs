//! Encodes audio to the image of a clip file.

use super::ClipError;
use super::file::{HEADER_BYTES, header};
use crate::media::resample::resample;
use crate::rtp::Codec;
use crate::rtp::codec::opus::OpusEncoder;
use crate::rtp::codec::{FRAME_BYTES, FRAME_SAMPLES, G722Encoder, g711};

/// The clip file of `samples` at `rate` Hz.
pub(super) fn image(rate: u32, samples: &[i16]) -> Result<Vec<u8>, ClipError> {
    let mut narrow = resample(samples, rate, 8000)?;
    let mut wide = resample(samples, rate, 16_000)?;
    let frames = narrow.len().div_ceil(FRAME_SAMPLES).max(wide.len().div_ceil(2 * FRAME_SAMPLES)).max(1);
    narrow.resize(frames * FRAME_SAMPLES, 0);
    wide.resize(frames * 2 * FRAME_SAMPLES, 0);

    let mut image = Vec::with_capacity(HEADER_BYTES + Codec::ALL.len() * frames * FRAME_BYTES);
    image.extend_from_slice(&header(frames as u32));
    for codec in Codec::ALL {
        match codec {
            Codec::Pcmu => image.extend(narrow.iter().map(|s| g711::ulaw_encode(*s))),
            Codec::Pcma => image.extend(narrow.iter().map(|s| g711::alaw_encode(*s))),
            Codec::G722 => {
                let start = image.len();
                image.resize(start + frames * FRAME_BYTES, 0);
                G722Encoder::new().encode(&wide, &mut image[start..]);
            }
            Codec::Opus => push_opus(&narrow, &mut image),
        }
    }
    Ok(image)
}

/// Packets of 20 ms, each in a place of [`FRAME_BYTES`]: its length, then itself.
fn push_opus(narrow: &[i16], image: &mut Vec<u8>) {
    let mut encoder = OpusEncoder::prompt();
    for frame in narrow.chunks_exact(FRAME_SAMPLES) {
        let mut place = [0; FRAME_BYTES];
        let len = encoder.encode(frame, &mut place[1..]);
        place[0] = u8::try_from(len).unwrap_or(0);
        image.extend_from_slice(&place);
    }
}
