//! Recordings as WAV: stereo, 16 bits, 8 kHz, caller left and agent right.
//!
//! The header is written first and corrected with every block, so that a player reads the file at any moment. `hound`
//! writes its header only when it is closed or flushed, cannot leave a gap where the disk was too slow, and knows no
//! cue points; so the header is made here, and `hound` reads what we wrote in the tests and in `Phone`.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// Bytes of RIFF, `fmt ` and the head of `data`.
pub const WAV_HEADER_BYTES: usize = 44;
/// Bytes of one stereo sample.
pub const WAV_FRAME_BYTES: u64 = 4;
pub const WAV_RATE: u32 = 8000;
/// A `data` chunk counts its bytes in 32 bits: 37 hours.
const MAX_DATA_BYTES: u64 = 0xffff_ff00;
const RIFF_BEFORE_DATA: u32 = 36;

/// What a start found of a recording that a crash may have left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Repair {
    pub duration_ms: u64,
    pub bytes: u64,
    /// Whether the header had to be corrected.
    pub repaired: bool,
}

/// A recording that cannot be read or repaired.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    #[error("{0} has no header of ours: nothing was recorded in it, remove it")]
    NoHeader(String),
    #[error("{path}: {source}")]
    Io { path: String, source: io::Error },
}

/// A moment of a recording, told by a cue point: `paused` or `resumed`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    /// In samples from the start.
    pub frame: u64,
    pub label: &'static str,
}

/// The header of a file whose audio is `frames` long and whose other chunks, behind the audio, are `trailer` bytes.
pub fn wav_header(frames: u64, trailer: usize) -> [u8; WAV_HEADER_BYTES] {
    let data = (frames.saturating_mul(WAV_FRAME_BYTES)).min(MAX_DATA_BYTES - trailer as u64) as u32;
    let mut header = [0; WAV_HEADER_BYTES];
    header[..4].copy_from_slice(b"RIFF");
    header[4..8].copy_from_slice(&(RIFF_BEFORE_DATA + data + trailer as u32).to_le_bytes());
    header[8..16].copy_from_slice(b"WAVEfmt ");
    header[16..20].copy_from_slice(&16u32.to_le_bytes());
    header[20..22].copy_from_slice(&1u16.to_le_bytes());
    header[22..24].copy_from_slice(&2u16.to_le_bytes());
    header[24..28].copy_from_slice(&WAV_RATE.to_le_bytes());
    header[28..32].copy_from_slice(&(WAV_RATE * WAV_FRAME_BYTES as u32).to_le_bytes());
    header[32..34].copy_from_slice(&(WAV_FRAME_BYTES as u16).to_le_bytes());
    header[34..36].copy_from_slice(&16u16.to_le_bytes());
    header[36..40].copy_from_slice(b"data");
    header[40..44].copy_from_slice(&data.to_le_bytes());
    header
}

/// `cue ` and `LIST adtl` chunks of `marks`; empty without marks.
pub fn wav_marks(marks: &[Mark]) -> Vec<u8> {
    if marks.is_empty() {
        return Vec::new();
    }
    let (mut cue, mut labels) = (Vec::new(), b"adtl".to_vec());
    cue.extend_from_slice(&(marks.len() as u32).to_le_bytes());
    for (id, mark) in (1u32..).zip(marks) {
        let at = u32::try_from(mark.frame).unwrap_or(u32::MAX);
        cue.extend([id, at].into_iter().flat_map(u32::to_le_bytes));
        cue.extend_from_slice(b"data");
        cue.extend([0, 0, at].into_iter().flat_map(u32::to_le_bytes));
        let mut text = mark.label.as_bytes().to_vec();
        text.push(0);
        labels.extend_from_slice(&chunk(b"labl", &[&id.to_le_bytes(), text.as_slice()].concat()));
    }
    [chunk(b"cue ", &cue), chunk(b"LIST", &labels)].concat()
}

fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = name.to_vec();
    chunk.extend_from_slice(&(body.len() as u32).to_le_bytes());
    chunk.extend_from_slice(body);
    chunk.resize(chunk.len() + body.len() % 2, 0);
    chunk
}

/// Makes the header of a recording agree with the bytes that are in the file, as after `kill -9`.
///
/// A file that was closed properly is left alone. What lies behind the last whole sample is cut off.
pub fn wav_repair(path: &Path) -> Result<Repair, WavError> {
    let io = |source| WavError::Io { path: path.display().to_string(), source };
    let file = OpenOptions::new().read(true).write(true).open(path).map_err(io)?;
    let len = file.metadata().map_err(io)?.len();
    let mut header = [0; WAV_HEADER_BYTES];
    let ours = file.read_exact_at(&mut header, 0).is_ok() && header[..4] == *b"RIFF" && header[36..40] == *b"data";
    if !ours {
        return Err(WavError::NoHeader(path.display().to_string()));
    }
    let word = |at: usize| u64::from(u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]));
    let (riff, data) = (word(4) + 8, word(40));
    let whole = riff == len && WAV_HEADER_BYTES as u64 + data <= len;
    if whole {
        return Ok(Repair { duration_ms: duration_ms(data), bytes: len, repaired: false });
    }
    let audio = audio_bytes(&file, len, data);
    file.set_len(WAV_HEADER_BYTES as u64 + audio).map_err(io)?;
    file.write_all_at(&wav_header(audio / WAV_FRAME_BYTES, 0), 0).and_then(|()| file.sync_all()).map_err(io)?;
    Ok(Repair { duration_ms: duration_ms(audio), bytes: WAV_HEADER_BYTES as u64 + audio, repaired: true })
}

/// Bytes of audio in a file of `len` bytes whose header last said `data`.
fn audio_bytes(file: &File, len: u64, data: u64) -> u64 {
    let end = WAV_HEADER_BYTES as u64 + data;
    let mut name = [0; 4];
    // The crash came between the marks and the header: the audio ends where the marks begin.
    let marks_follow = file.read_exact_at(&mut name, end).is_ok() && name == *b"cue ";
    let audio = if marks_follow { data } else { len.saturating_sub(WAV_HEADER_BYTES as u64).min(MAX_DATA_BYTES) };
    audio / WAV_FRAME_BYTES * WAV_FRAME_BYTES
}

fn duration_ms(data: u64) -> u64 {
    data / WAV_FRAME_BYTES * 1000 / u64::from(WAV_RATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(dir: &Path, frames_in_header: u64, bytes: usize) -> std::path::PathBuf {
        let path = dir.join("call.wav");
        let mut content = wav_header(frames_in_header, 0).to_vec();
        content.extend((0..bytes).map(|i| (i % 200) as u8));
        std::fs::write(&path, content).expect("written");
        path
    }

    fn frames_that_hound_reads(path: &Path) -> u32 {
        let reader = hound::WavReader::open(path).expect("a WAV file");
        let spec = reader.spec();
        assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (2, 8000, 16));
        let frames = reader.duration();
        assert_eq!(reader.into_samples::<i16>().filter_map(Result::ok).count() as u32, frames * 2);
        frames
    }

    #[test]
    fn repairs_a_header_that_a_crash_left_behind() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = file(dir.path(), 800, 4 * 8000 + 3);
        let repair = wav_repair(&path).expect("repaired");
        assert_eq!(repair, Repair { duration_ms: 1000, bytes: 32_044, repaired: true });
        assert_eq!(frames_that_hound_reads(&path), 8000);
        assert!(!wav_repair(&path).expect("fine now").repaired);
    }

    #[test]
    fn repairs_a_header_that_promises_more_than_there_is() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = file(dir.path(), 99_999, 400);
        assert_eq!(wav_repair(&path).expect("repaired").bytes, 444);
        assert_eq!(frames_that_hound_reads(&path), 100);
    }

    #[test]
    fn leaves_a_closed_file_with_marks_alone_and_cuts_half_written_marks() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = file(dir.path(), 100, 400);
        let marks = wav_marks(&[Mark { frame: 10, label: "paused" }, Mark { frame: 50, label: "resumed" }]);
        let mut bytes = std::fs::read(&path).expect("read");
        bytes.extend_from_slice(&marks);
        std::fs::write(&path, &bytes).expect("written");
        assert_eq!(wav_repair(&path).expect("repaired").bytes, 444);
        bytes[..44].copy_from_slice(&wav_header(100, marks.len()));
        std::fs::write(&path, &bytes).expect("written");
        assert_eq!(
            wav_repair(&path).expect("fine"),
            Repair { duration_ms: 12, bytes: bytes.len() as u64, repaired: false }
        );
        assert_eq!(frames_that_hound_reads(&path), 100);
    }

    #[test]
    fn says_that_a_file_holds_nothing() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("empty.wav");
        for content in [&b""[..], b"RIFF", &[0; 100]] {
            std::fs::write(&path, content).expect("written");
            assert!(matches!(wav_repair(&path), Err(WavError::NoHeader(_))));
        }
        assert!(matches!(wav_repair(&dir.path().join("none.wav")), Err(WavError::Io { .. })));
    }
}
