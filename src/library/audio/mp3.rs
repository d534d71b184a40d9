//! The frames of an mp3 file, walked before anything is decoded: a file that is cut off ends within one.

use super::admit::AudioRefusal;

/// What the frames say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mp3Header {
    pub channels: u16,
    pub rate: u32,
}

/// One MPEG audio frame header of layer III (ISO/IEC 11172-3 2.4.1.3, 13818-3 2.4.1).
#[derive(Clone, Copy)]
struct Frame {
    /// With its header, in bytes.
    length: usize,
    rate: u32,
    mono: bool,
    /// MPEG 1, not 2 or 2.5.
    first: bool,
}

/// kbit/s by index, for MPEG 1 and for 2 and 2.5; index 0 is "free", which no recorder writes.
const BITRATES: [[u32; 15]; 2] = [
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
const RATES: [u32; 3] = [44_100, 48_000, 32_000];

fn frame(bytes: &[u8], at: usize) -> Option<Frame> {
    let &[first, second, third, fourth] = bytes.get(at..at + 4)? else { return None };
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    if first != 0xff || second & 0xe0 != 0xe0 || version == 1 || layer != 1 {
        return None;
    }
    let mpeg1 = version == 3;
    let kbits = *BITRATES[usize::from(!mpeg1)].get(usize::from(third >> 4)).filter(|kbits| **kbits > 0)?;
    let base = *RATES.get(usize::from(third >> 2 & 3))?;
    let rate = base >> if mpeg1 { 0 } else { 2 - u32::from(version >> 1) };
    let unit = if mpeg1 { 144_000 } else { 72_000 };
    let length = (unit * kbits / rate + u32::from(third >> 1 & 1)) as usize;
    Some(Frame { length, rate, mono: fourth >> 6 == 3, first: mpeg1 })
}

/// Where the frames begin: behind an ID3v2 tag.
fn start(bytes: &[u8]) -> usize {
    match bytes.get(..10) {
        Some(&[b'I', b'D', b'3', _, _, _, a, b, c, d]) => {
            [a, b, c, d].iter().fold(0, |size, byte| size << 7 | usize::from(byte & 0x7f)) + 10
        }
        _ => 0,
    }
}

/// Whether this is an mp3 file: two frames in a row, or a tag and a frame.
pub(super) fn begins(bytes: &[u8]) -> bool {
    let at = start(bytes);
    frame(bytes, at).is_some_and(|first| at > 0 || frame(bytes, first.length).is_some())
        || (at > 0 && at >= bytes.len())
}

/// Walks all frames. The first one may be an index that says how many there are (Xing, Info).
pub(super) fn read(bytes: &[u8]) -> Result<Mp3Header, AudioRefusal> {
    let mut at = start(bytes);
    let Some(head) = frame(bytes, at) else {
        return Err(AudioRefusal::CutOff { promised: at, there: bytes.len().min(at) });
    };
    let promised = index(bytes, at, head);
    let mut frames = 0_u32;
    while let Some(frame) = frame(bytes, at) {
        let end = at + frame.length;
        if end > bytes.len() {
            return Err(AudioRefusal::CutOff { promised: end, there: bytes.len() });
        }
        frames += 1;
        at = end;
    }
    if promised.is_some_and(|promised| frames.saturating_sub(1) < promised) {
        let (promised, there) = (promised.unwrap_or_default() as usize, frames.saturating_sub(1) as usize);
        return Err(AudioRefusal::FramesMissing { promised, there });
    }
    Ok(Mp3Header { channels: if head.mono { 1 } else { 2 }, rate: head.rate })
}

/// The number of frames behind an index frame, if this is one that says it.
fn index(bytes: &[u8], at: usize, head: Frame) -> Option<u32> {
    let side = match (head.first, head.mono) {
        (true, false) => 32,
        (true, true) | (false, false) => 17,
        (false, true) => 9,
    };
    let at = at + 4 + side;
    let name = bytes.get(at..at + 4)?;
    let flags = bytes.get(at + 7)?;
    let four = bytes.get(at + 8..at + 12)?;
    let counted = (name == b"Xing" || name == b"Info") && flags & 1 == 1;
    counted.then(|| u32::from_be_bytes([four[0], four[1], four[2], four[3]]))
}
