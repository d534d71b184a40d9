//! How a profile cuts the stream: the options of each framer.

use regex::bytes::Regex;

#[derive(Clone, Debug)]
pub enum Framing {
    Lines(LineOptions),
    Delimited(DelimitedOptions),
    Xdmf(XdmfOptions),
    /// One byte is one state.
    Bytes,
    Chars(CharOptions),
    Datagram(DatagramOptions),
    HidTp(HidOptions),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineOptions {
    /// Each of these bytes ends a line.
    pub eol: Vec<u8>,
    /// Left out before columns are counted.
    pub drop: Vec<u8>,
    /// Bytes of the longest line.
    pub max: usize,
    /// Take blanks off both ends.
    pub trim: bool,
    /// Codes after DLE are events; they are taken out first.
    pub dle: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelimitedOptions {
    pub start: Vec<Vec<u8>>,
    pub end: Vec<u8>,
    pub max: usize,
    pub idle_ms: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XdmfOptions {
    pub types: Vec<u8>,
    pub sync_byte: u8,
    /// Seizure bytes in a row that announce a frame.
    pub sync_min: usize,
    /// Stray bytes between seizure and frame.
    pub sync_gap_max: usize,
    pub idle_ms: u32,
}

impl Default for XdmfOptions {
    fn default() -> Self {
        XdmfOptions {
            types: vec![0x80, 0x82, 0x04, 0x06],
            sync_byte: 0x55,
            sync_min: 10,
            sync_gap_max: 4,
            idle_ms: 600,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CharOptions {
    /// The characters that count; all others are noise.
    pub set: Vec<u8>,
    /// Before the first digit these begin a sequence anew.
    pub start: Vec<u8>,
    /// After a digit these end it.
    pub stop: Vec<u8>,
    pub idle_ms: u32,
}

#[derive(Clone, Debug)]
pub struct DatagramOptions {
    /// What stands before the text.
    pub header: Regex,
    pub max: usize,
    pub idle_ms: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HidOptions {
    pub report_id: u8,
    /// First byte of a message.
    pub flag: u8,
}
