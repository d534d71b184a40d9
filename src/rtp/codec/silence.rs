//! A frame of silence in every codec.

use super::{Codec, FRAME_BYTES, FRAME_SAMPLES, G722Encoder, g711, opus};

/// What a leg hears when there is nothing to hear.
#[derive(Clone, Debug)]
pub struct Silence {
    g722: [u8; FRAME_BYTES],
    opus: [u8; FRAME_BYTES],
    opus_bytes: usize,
}

impl Silence {
    pub fn new() -> Self {
        let (mut encoder, mut g722) = (G722Encoder::new(), [0; FRAME_BYTES]);
        encoder.encode(&[0; 2 * FRAME_SAMPLES], &mut g722);
        let mut opus = [0; FRAME_BYTES];
        let opus_bytes = opus::silence(&mut opus);
        Silence { g722, opus, opus_bytes }
    }

    /// 20 ms of silence.
    pub fn frame(&self, codec: Codec) -> &[u8] {
        match codec {
            Codec::Pcmu => &[g711::ULAW_SILENCE; FRAME_BYTES],
            Codec::Pcma => &[g711::ALAW_SILENCE; FRAME_BYTES],
            Codec::G722 => &self.g722,
            Codec::Opus => &self.opus[..self.opus_bytes],
        }
    }
}

impl Default for Silence {
    fn default() -> Self {
        Self::new()
    }
}
