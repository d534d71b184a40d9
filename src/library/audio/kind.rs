//! What a file is, by its content: its name says nothing.

use super::mp3;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Wav,
    Mp3,
    /// Something else, in words.
    Other(&'static str),
}

/// First bytes, where they stand, and what they are.
const MAGIC: &[(usize, &[u8], &str)] = &[
    (8, b"AVI ", "an AVI video"),
    (0, b"OggS", "an Ogg file"),
    (0, b"fLaC", "a FLAC file"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media file (WMA)"),
    (4, b"ftyp", "an MP4 or M4A file"),
    (0, b"FORM", "an AIFF file"),
    (0, b"#!AMR", "an AMR file"),
    (0, b"\x1a\x45\xdf\xa3", "a WebM or Matroska file"),
    (0, b".snd", "an AU file"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
];

pub(super) fn kind(bytes: &[u8]) -> Kind {
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..offset + magic.len()) == Some(magic);
    if at(0, b"RIFF") && at(8, b"WAVE") {
        return Kind::Wav;
    }
    if let Some((_, _, name)) = MAGIC.iter().find(|(offset, magic, _)| at(*offset, magic)) {
        return Kind::Other(name);
    }
    if mp3::begins(bytes) {
        return Kind::Mp3;
    }
    let head = bytes.get(..1024).unwrap_or(bytes);
    let printable = |byte: &u8| !byte.is_ascii_control() || matches!(byte, b'\n' | b'\r' | b'\t');
    match head.iter().all(printable) {
        true => Kind::Other("text"),
        false => Kind::Other("a file of an unknown kind"),
    }
}
