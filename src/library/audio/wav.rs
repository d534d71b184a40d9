//! The promises of a WAV header, read before anything is decoded.

use super::admit::AudioRefusal;

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WavHeader {
    pub channels: u16,
    pub rate: u32,
}

const EXTENSIBLE: u16 = 0xFFFE;
/// PCM, Microsoft ADPCM, float, A-law, mu-law, IMA ADPCM: what the decoder knows.
const DECODED: &[u16] = &[1, 2, 3, 6, 7, 0x11];
/// Others that are met, by name.
const NAMED: &[(u16, &str)] = &[
    (0x31, "GSM 6.10"),
    (0x45, "G.726"),
    (0x50, "MPEG audio"),
    (0x55, "mp3"),
    (0x160, "Windows Media Audio (WMA)"),
    (0x161, "Windows Media Audio (WMA)"),
    (0x162, "Windows Media Audio Pro (WMA)"),
    (0x163, "Windows Media Audio lossless (WMA)"),
    (0xFF, "AAC"),
];
/// Chunks that are looked at; a file with more is not one that a recorder makes.
const MAX_CHUNKS: usize = 1000;

/// Walks the chunks up to the sound.
pub(super) fn read(bytes: &[u8]) -> Result<WavHeader, AudioRefusal> {
    let broken = |why: &str| AudioRefusal::Broken(why.to_owned());
    let mut at = 12;
    let mut format = None;
    for _ in 0..MAX_CHUNKS {
        let (Some(name), Some(length)) = (bytes.get(at..at + 4), word(bytes, at + 4)) else {
            return Err(broken("the wav file holds no sound"));
        };
        let (start, length) = (at + 8, length as usize);
        let there = bytes.len().saturating_sub(start);
        match name {
            b"fmt " => {
                format = Some(
                    bytes
                        .get(start..start.saturating_add(length))
                        .and_then(read_format)
                        .ok_or_else(|| broken("the format of the wav file cannot be read"))?,
                )
            }
            b"data" if length > there => return Err(AudioRefusal::CutOff { promised: length, there }),
            b"data" => {
                let (tag, header) = format.ok_or_else(|| broken("the wav file does not say its format"))?;
                return decoded(tag).map(|()| header);
            }
            _ => {}
        }
        // Chunks begin at even places.
        at = start.saturating_add(length).saturating_add(length & 1);
    }
    Err(broken("the wav file has too many parts"))
}

fn read_format(chunk: &[u8]) -> Option<(u16, WavHeader)> {
    let half = |at: usize| chunk.get(at..at + 2).map(|two| u16::from_le_bytes([two[0], two[1]]));
    let tag = half(0)?;
    let tag = if tag == EXTENSIBLE { half(24)? } else { tag };
    Some((tag, WavHeader { channels: half(2)?, rate: word(chunk, 4)? }))
}

fn decoded(tag: u16) -> Result<(), AudioRefusal> {
    if DECODED.contains(&tag) {
        return Ok(());
    }
    let named = NAMED.iter().find(|(known, _)| *known == tag).map(|(_, name)| (*name).to_owned());
    Err(AudioRefusal::Codec(named.unwrap_or_else(|| format!("sound of an unknown kind (format tag {tag:#06x})"))))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}
