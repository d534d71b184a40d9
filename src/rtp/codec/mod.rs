//! The audio codecs of the wire, and what RTP needs to know of each (RFC 3551, RFC 7587).

pub mod g711;
mod g722;
mod narrow;
pub mod opus;
mod silence;

pub use g722::{G722Decoder, G722Encoder};
pub use narrow::{MAX_SAMPLES, NarrowDecoder, NarrowEncoder};
pub use silence::Silence;

/// Frames are prepared, sent and mixed in steps of this length.
pub const FRAME_MS: u32 = 20;
/// Samples of one frame at 8 kHz, the rate of the recorder and of the narrowband codecs.
pub const FRAME_SAMPLES: usize = 160;
/// Bytes of one 20 ms frame of every codec that is prepared in clips; of Opus the most.
pub const FRAME_BYTES: usize = 160;
/// The longest payload of any codec, in bytes: a frame of Opus (RFC 6716 3.4) and its TOC.
pub const MAX_PAYLOAD: usize = 1276;

/// An audio codec as the offer/answer chose it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Codec {
    /// G.711 mu-law, static payload type 0.
    Pcmu,
    /// G.711 A-law, static payload type 8.
    Pcma,
    /// G.722 at 64 kbit/s, static payload type 9. Its RTP clock is 8000 although it samples at 16 kHz (RFC 3551 4.5.2).
    G722,
    /// RFC 7587: a dynamic payload type, a clock of 48 kHz whatever it carries.
    Opus,
}

impl Codec {
    /// Every codec that a clip holds, in the order of the clip file.
    pub const ALL: [Codec; 4] = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus];

    /// Those whose payload has a byte for each tick of the clock: it can be cut and joined anywhere.
    pub const PLAIN: [Codec; 3] = [Codec::Pcmu, Codec::Pcma, Codec::G722];

    /// RTP timestamp units in a second.
    pub const fn clock_rate(self) -> u32 {
        match self {
            Codec::Pcmu | Codec::Pcma | Codec::G722 => 8000,
            Codec::Opus => 48_000,
        }
    }

    /// RTP timestamp units in a 20 ms frame.
    pub const fn frame_ticks(self) -> u32 {
        self.clock_rate() / 1000 * FRAME_MS
    }

    /// How long a payload lasts, in timestamp units.
    pub fn ticks_of(self, payload: &[u8]) -> u32 {
        match self {
            Codec::Pcmu | Codec::Pcma | Codec::G722 => u32::try_from(payload.len()).unwrap_or(u32::MAX),
            Codec::Opus => opus::ticks(payload).unwrap_or(self.frame_ticks()),
        }
    }

    /// Samples a second of the audio that the codec carries.
    pub const fn sample_rate(self) -> u32 {
        match self {
            Codec::Pcmu | Codec::Pcma => 8000,
            Codec::G722 => 16000,
            Codec::Opus => 48_000,
        }
    }

    /// The payload type of RFC 3551 table 4; of Opus the one that is used where nothing else was agreed.
    pub const fn usual_payload_type(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
            Codec::G722 => 9,
            Codec::Opus => 111,
        }
    }
}
