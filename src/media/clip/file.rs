//! The `.clip` file: a header of 64 bytes, then the frames of each codec, little-endian, made to be mapped.
//!
//! | bytes | what |
//! |---|---|
//! | 0-7 | `HOTCLIP1` |
//! | 8-11 | number of frames |
//! | 12-15 | number of codecs |
//! | 16-31 | for each codec 4 bytes: its usual payload type |
//! | 32-63 | zero |
//! | 64- | codec by codec, `frames` x 160 bytes; a frame of Opus is its length in one byte, then itself |

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use memmap2::Mmap;

use super::ClipError;
use crate::rtp::Codec;
use crate::rtp::codec::FRAME_BYTES;

pub(super) const HEADER_BYTES: usize = 64;
const MAGIC: &[u8; 8] = b"HOTCLIP1";
const MAX_CODECS: usize = 4;

/// The bytes of a clip file, in memory or mapped.
pub(super) enum Image {
    Owned(Vec<u8>),
    Mapped(Mmap),
}

impl Image {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Image::Owned(bytes) => bytes,
            Image::Mapped(map) => map,
        }
    }
}

/// Where the frames of each codec begin.
pub(super) struct Layout {
    pub(super) frames: usize,
    offsets: [usize; Codec::ALL.len()],
}

impl Layout {
    /// Checks that `image` is whole; the error says what is wrong with it.
    pub(super) fn read(image: &[u8]) -> Result<Layout, &'static str> {
        let header = image.get(..HEADER_BYTES).ok_or("too short for a clip")?;
        if &header[..8] != MAGIC {
            return Err("no clip of this version");
        }
        let word = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let frames = word(8) as usize;
        let codecs = word(12) as usize;
        if frames == 0 || codecs > MAX_CODECS {
            return Err("an impossible header");
        }
        let bytes = frames.checked_mul(FRAME_BYTES).ok_or("an impossible header")?;
        let mut offsets = [0; Codec::ALL.len()];
        for (slot, codec) in offsets.iter_mut().zip(Codec::ALL) {
            let place = (0..codecs).find(|i| word(16 + 4 * i) == u32::from(codec.usual_payload_type()));
            *slot = HEADER_BYTES + place.ok_or("a codec is missing")? * bytes;
            if slot.checked_add(bytes).is_none_or(|end| end > image.len()) {
                return Err("cut off");
            }
        }
        Ok(Layout { frames, offsets })
    }

    pub(super) fn offset(&self, codec: Codec) -> usize {
        match codec {
            Codec::Pcmu => self.offsets[0],
            Codec::Pcma => self.offsets[1],
            Codec::G722 => self.offsets[2],
            Codec::Opus => self.offsets[3],
        }
    }
}

/// The header of a clip of `frames` frames in the codecs of [`Codec::ALL`].
pub(super) fn header(frames: u32) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(MAGIC);
    header[8..12].copy_from_slice(&frames.to_le_bytes());
    header[12..16].copy_from_slice(&(Codec::ALL.len() as u32).to_le_bytes());
    for (i, codec) in Codec::ALL.into_iter().enumerate() {
        header[16 + 4 * i..20 + 4 * i].copy_from_slice(&u32::from(codec.usual_payload_type()).to_le_bytes());
    }
    header
}

pub(super) fn map(path: &Path) -> Result<Image, ClipError> {
    let io = |source| ClipError::Io { path: path.display().to_string(), source };
    let file = File::open(path).map_err(io)?;
    // SAFETY: clip files are replaced by renaming, never changed in place (`write`), so the mapped pages stay as they are.
    let map = unsafe { Mmap::map(&file) }.map_err(io)?;
    Ok(Image::Mapped(map))
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), ClipError> {
    let io = |source| ClipError::Io { path: path.display().to_string(), source };
    let folder = path.parent().unwrap_or(Path::new("."));
    // A name of its own: two who write the same clip at once must not cut off what the other has mapped.
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(io)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(io)?;
    file.persist(path).map(drop).map_err(|error| io(error.error))
}
