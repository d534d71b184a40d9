//! G.722 at 64 kbit/s (RFC 3551 4.5.2), through the `audio-codec` crate. The state is fixed; nothing allocates per frame.

use std::fmt;

use audio_codec::{Decoder as _, Encoder as _, g722};

/// One direction of a G.722 stream: 16 kHz samples to bytes, two samples a byte.
pub struct G722Encoder(g722::G722Encoder);

/// One direction of a G.722 stream: bytes to 16 kHz samples.
pub struct G722Decoder(g722::G722Decoder);

impl G722Encoder {
    pub fn new() -> Self {
        G722Encoder(g722::G722Encoder::new())
    }

    /// Encodes `samples` (16 kHz, an even count) and returns the bytes written; 0 when `out` is too short.
    pub fn encode(&mut self, samples: &[i16], out: &mut [u8]) -> usize {
        self.0.encode_into(samples, out).unwrap_or(0)
    }
}

impl G722Decoder {
    pub fn new() -> Self {
        G722Decoder(g722::G722Decoder::new())
    }

    /// Decodes `bytes` to 16 kHz samples and returns how many; 0 when `out` is too short.
    pub fn decode(&mut self, bytes: &[u8], out: &mut [i16]) -> usize {
        self.0.decode_into(bytes, out).unwrap_or(0)
    }
}

impl fmt::Debug for G722Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("G722Encoder")
    }
}

impl fmt::Debug for G722Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("G722Decoder")
    }
}

impl Default for G722Encoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Default for G722Decoder {
    fn default() -> Self {
        Self::new()
    }
}
