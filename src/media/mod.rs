//! Layer 1: 20 ms frames: clips, players, recorders, mixers, tones and the timeline of a leg.
//!
//! The switch speaks to a media worker in [`Command`]s and hears [`Event`]s; both are plain values. All of it is keyed
//! by the switch's own ids, so that a late event of a closed leg is known as such.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod clip;
mod command;
mod event;
mod leg;
mod plane;
mod player;
mod recorder;
mod resample;
mod tone;
mod voice;
mod wav;

pub use clip::{Clip, ClipError};
pub use command::{Command, Direction, PeerRule, PlayId, RecordingId, Remote, Segment, SrtpKeys};
pub use event::{Event, KeySource, LegReport, PlayEnd};
pub use plane::{Arrival, LegKey, Output, Plane, PlaneConfig, RecordingOutput, Wire};
pub use recorder::{BLOCK_FRAMES, Block, BlockPool, Channel, Recorder};
pub use resample::{ResampleError, StreamResampler, resample};
pub use tone::{measure_tone, tone_samples};
pub use wav::{Mark, Repair, WAV_FRAME_BYTES, WAV_HEADER_BYTES, WavError, wav_header, wav_marks, wav_repair};
