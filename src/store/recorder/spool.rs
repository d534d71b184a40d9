//! The spool: batches that wait on disk, in order, for a database that is away.
//!
//! A folder of numbered segments. A segment is frames of `length (u32 LE), CRC-32 of the payload (u32 LE), payload`,
//! each on the disk (fdatasync) before the append returns. A crash in the middle of a write leaves a frame whose CRC is
//! wrong; reading ends the segment there, and nothing is written behind it: every start begins a new segment.
//!
//! One empty segment is kept in reserve with its blocks allocated, so that a full disk still takes some thousand calls.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use crc::{CRC_32_ISO_HDLC, Crc};

const CHECKSUM: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);
const HEADER_BYTES: usize = 8;
/// A segment is closed when it would grow past this.
const SEGMENT_BYTES: u64 = 8 * 1024 * 1024;
/// A length beyond this is not one of ours.
const MAX_FRAME_BYTES: usize = 64 * 1024 * 1024;
const RESERVE: &str = "reserve";
const ENDING: &str = "spool";

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum SpoolError {
    #[error("the spool holds its limit of {limit} bytes")]
    Full { limit: u64 },
    #[error("the spool cannot be written: {0}")]
    Io(#[from] io::Error),
}

/// A place between two frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    segment: u64,
    offset: u64,
}

#[derive(Debug)]
struct Segment {
    number: u64,
    /// Bytes of whole frames.
    bytes: u64,
}

pub(super) struct Spool {
    dir: PathBuf,
    limit: u64,
    /// Oldest first. The last one is written when `file` is open.
    segments: VecDeque<Segment>,
    file: Option<File>,
    next: u64,
}

impl Spool {
    /// Opens the folder, making it when there is none. Segments of an earlier run wait to be read.
    pub fn open(dir: &Path, limit: u64) -> io::Result<Spool> {
        fs::create_dir_all(dir)?;
        let mut numbers = Vec::new();
        for entry in fs::read_dir(dir)? {
            numbers.extend(number_of(&entry?.path()));
        }
        numbers.sort_unstable();
        let next = numbers.last().map_or(1, |number| number + 1);
        let mut segments = VecDeque::new();
        for number in numbers {
            let bytes = whole_frames(&dir.join(name_of(number)))?;
            segments.push_back(Segment { number, bytes });
        }
        let mut spool = Spool { dir: dir.to_owned(), limit, segments, file: None, next };
        // What holds no whole frame goes at once.
        spool.release(Mark { segment: 0, offset: 0 });
        spool.make_reserve();
        Ok(spool)
    }

    /// Writes a batch and returns when it is on the disk.
    pub fn append(&mut self, payload: &[u8]) -> Result<(), SpoolError> {
        let frame = frame(payload);
        let size = frame.len() as u64;
        if self.bytes().saturating_add(size) > self.limit {
            return Err(SpoolError::Full { limit: self.limit });
        }
        let roll = match (&self.file, self.segments.back()) {
            (Some(_), Some(last)) => last.bytes > 0 && last.bytes + size > SEGMENT_BYTES,
            (None, _) | (_, None) => true,
        };
        if roll {
            self.begin_segment()?;
        }
        let (Some(file), Some(last)) = (&self.file, self.segments.back_mut()) else {
            return Err(io::Error::other("no segment is open").into());
        };
        // A write that fails half way is overwritten by the next: the frame counts once `bytes` has grown.
        file.write_all_at(&frame, last.bytes)?;
        file.sync_data()?;
        last.bytes += size;
        Ok(())
    }

    /// Bytes that wait.
    pub fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.bytes).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    /// Something that reads from the oldest frame to the last one now there.
    pub fn reader(&self) -> SpoolReader {
        let end = self
            .segments
            .back()
            .map_or(Mark { segment: 0, offset: 0 }, |last| Mark { segment: last.number, offset: last.bytes });
        SpoolReader {
            dir: self.dir.clone(),
            segments: self.segments.iter().map(|segment| segment.number).collect(),
            end,
            offset: 0,
            file: None,
        }
    }

    /// Forgets everything that is wholly before `mark`, which a reader came to.
    pub fn release(&mut self, mark: Mark) {
        while let Some(first) = self.segments.front() {
            let read = first.number < mark.segment || (first.number == mark.segment && first.bytes <= mark.offset);
            if !read && first.bytes > 0 {
                break;
            }
            let number = first.number;
            if self.segments.len() == 1 {
                self.file = None;
            }
            self.segments.pop_front();
            if let Err(error) = fs::remove_file(self.dir.join(name_of(number))) {
                // Its events are in the database: read again at the next start they change nothing.
                tracing::warn!(%error, segment = number, "a read segment of the spool cannot be removed");
            }
        }
        self.make_reserve();
    }

    fn begin_segment(&mut self) -> io::Result<()> {
        let path = self.dir.join(name_of(self.next));
        let reserve = self.dir.join(RESERVE);
        if fs::rename(&reserve, &path).is_err() {
            File::create_new(&path)?;
        }
        let file = File::options().write(true).open(&path)?;
        File::open(&self.dir)?.sync_all()?;
        self.segments.push_back(Segment { number: self.next, bytes: 0 });
        self.file = Some(file);
        self.next += 1;
        self.make_reserve();
        Ok(())
    }

    /// An empty segment with its blocks on the disk. Without room for one the spool works on as long as it can.
    fn make_reserve(&self) {
        let path = self.dir.join(RESERVE);
        let size = SEGMENT_BYTES.min(self.limit);
        if fs::metadata(&path).is_ok_and(|metadata| metadata.len() == size) {
            return;
        }
        let zeros = vec![0_u8; usize::try_from(size).unwrap_or(0)];
        let made = fs::write(&path, zeros).and_then(|()| File::open(&path)?.sync_all());
        if let Err(error) = made {
            tracing::warn!(%error, "no room for the spool's reserve");
            // Half a reserve would only take room that calls need.
            let _ = fs::remove_file(&path);
        }
    }
}

/// Reads frames in order, each segment until its end or its first broken frame.
pub(super) struct SpoolReader {
    dir: PathBuf,
    segments: VecDeque<u64>,
    end: Mark,
    offset: u64,
    file: Option<File>,
}

impl SpoolReader {
    /// The next payload and the mark behind it; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<(Vec<u8>, Mark)>> {
        while let Some(number) = self.segments.front().copied() {
            let here = Mark { segment: number, offset: self.offset };
            if here < self.end {
                let file = match &self.file {
                    Some(file) => file,
                    None => self.file.insert(File::open(self.dir.join(name_of(number)))?),
                };
                if let Some(payload) = read_frame(file, self.offset)? {
                    self.offset += (HEADER_BYTES + payload.len()) as u64;
                    return Ok(Some((payload, Mark { segment: number, offset: self.offset })));
                }
            }
            self.segments.pop_front();
            self.offset = 0;
            self.file = None;
        }
        Ok(None)
    }

    /// The mark behind everything that was there when the reader was made.
    pub fn end(&self) -> Mark {
        self.end
    }
}

fn frame(payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(HEADER_BYTES + payload.len());
    // A batch is far below 4 GiB: the recorder bounds it.
    frame.extend((payload.len() as u32).to_le_bytes());
    frame.extend(CHECKSUM.checksum(payload).to_le_bytes());
    frame.extend(payload);
    frame
}

/// The payload at `offset`; `None` where no whole frame is.
fn read_frame(file: &File, offset: u64) -> io::Result<Option<Vec<u8>>> {
    let mut header = [0_u8; HEADER_BYTES];
    match file.read_exact_at(&mut header, offset) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let [a, b, c, d, e, f, g, h] = header;
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    let left = file.metadata()?.len().saturating_sub(offset + HEADER_BYTES as u64);
    if length == 0 || length > MAX_FRAME_BYTES || length as u64 > left {
        return Ok(None);
    }
    let mut payload = vec![0_u8; length];
    file.read_exact_at(&mut payload, offset + HEADER_BYTES as u64)?;
    Ok((CHECKSUM.checksum(&payload) == u32::from_le_bytes([e, f, g, h])).then_some(payload))
}

/// How far a segment can be read.
fn whole_frames(path: &Path) -> io::Result<u64> {
    let file = File::open(path)?;
    let mut end = 0;
    while let Some(payload) = read_frame(&file, end)? {
        end += (HEADER_BYTES + payload.len()) as u64;
    }
    let mut next = [0_u8; HEADER_BYTES];
    let torn = file.read_at(&mut next, end)? > 0 && next != [0; HEADER_BYTES];
    if torn {
        tracing::warn!(path = %path.display(), at = end, "the spool ends in a batch that a crash cut off");
    }
    Ok(end)
}

fn name_of(number: u64) -> String {
    format!("{number:010}.{ENDING}")
}

fn number_of(path: &Path) -> Option<u64> {
    (path.extension()? == ENDING).then(|| path.file_stem()?.to_str()?.parse().ok())?
}

#[cfg(test)]
mod tests;
