//! A clip: audio encoded once to every wire codec, as 20 ms frames that a playing leg copies.

mod encode;
mod file;

use std::fmt;
use std::path::Path;

use crate::rtp::Codec;
use crate::rtp::codec::{FRAME_BYTES, FRAME_MS};
use file::{Image, Layout};

use super::resample::ResampleError;

/// Longest clip: an hour. Longer audio is a mistake, and would fill the memory of the machine.
pub const MAX_CLIP_MS: u64 = 3_600_000;

/// A clip that cannot be made, read or written.
#[derive(Debug, thiserror::Error)]
pub enum ClipError {
    #[error("audio of {0} ms is longer than an hour: cut it")]
    TooLong(u64),
    #[error("audio has no samples")]
    Empty,
    #[error(transparent)]
    Resample(#[from] ResampleError),
    #[error("{path}: {why}: prepare the audio again")]
    NoClip { path: String, why: &'static str },
    #[error("{path}: {source}")]
    Io { path: String, source: std::io::Error },
}

/// Audio ready to be sent. Share it as `Arc<Clip>`: a play borrows its frames.
pub struct Clip {
    image: Image,
    layout: Layout,
}

impl Clip {
    /// Encodes mono `samples` at `rate` Hz; the last frame is filled up with silence.
    pub fn from_pcm(rate: u32, samples: &[i16]) -> Result<Clip, ClipError> {
        if samples.is_empty() {
            return Err(ClipError::Empty);
        }
        let ms = samples.len() as u64 * 1000 / u64::from(rate.max(1));
        if ms > MAX_CLIP_MS {
            return Err(ClipError::TooLong(ms));
        }
        let image = encode::image(rate, samples)?;
        let layout = Layout::read(&image).map_err(|why| ClipError::NoClip { path: "encoder".into(), why })?;
        Ok(Clip { image: Image::Owned(image), layout })
    }

    /// Maps a file that [`Clip::write`] made: its pages are shared by all plays and cost no heap.
    ///
    /// The file must not be changed in place while it is mapped: write a new one and rename it.
    pub fn open(path: &Path) -> Result<Clip, ClipError> {
        let image = file::map(path)?;
        let layout =
            Layout::read(image.bytes()).map_err(|why| ClipError::NoClip { path: path.display().to_string(), why })?;
        Ok(Clip { image, layout })
    }

    /// Writes beside `path` and renames, so that a reader sees the old clip or the whole new one.
    pub fn write(&self, path: &Path) -> Result<(), ClipError> {
        file::write(path, self.image.bytes())
    }

    /// Number of 20 ms frames.
    pub fn frames(&self) -> usize {
        self.layout.frames
    }

    pub fn duration_ms(&self) -> u64 {
        self.layout.frames as u64 * u64::from(FRAME_MS)
    }

    /// The `index`th frame in `codec`, ready to be sent; `None` past the end.
    pub fn frame(&self, codec: Codec, index: usize) -> Option<&[u8]> {
        if index >= self.layout.frames {
            return None;
        }
        let start = self.layout.offset(codec) + index * FRAME_BYTES;
        let place = self.image.bytes().get(start..start + FRAME_BYTES)?;
        match codec {
            Codec::Pcmu | Codec::Pcma | Codec::G722 => Some(place),
            Codec::Opus => place.get(1..1 + usize::from(place[0])).filter(|packet| !packet.is_empty()),
        }
    }
}

impl fmt::Debug for Clip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clip({} ms)", self.duration_ms())
    }
}

#[cfg(test)]
mod tests;
