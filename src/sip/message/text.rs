use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

/// A piece of a message: any bytes, usually UTF-8, without line ends when it comes from a header.
///
/// It shares the message's buffer, so cloning copies nothing but keeps the whole message alive;
/// [`Text::detached`] makes a copy of its own for what is stored for long.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Bytes);

impl Text {
    pub const fn from_static(text: &'static str) -> Self {
        Text(Bytes::from_static(text.as_bytes()))
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text, if it is UTF-8.
    pub fn to_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The text for people: broken UTF-8 is read as Latin-1, control characters become spaces.
    ///
    /// Use it for whatever reaches logs, screens or records.
    pub fn to_clean_string(&self) -> String {
        let text: Cow<'_, str> = match self.to_str() {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(self.0.iter().map(|byte| char::from(*byte)).collect()),
        };
        text.chars().map(|c| if c.is_control() || is_direction_mark(c) { ' ' } else { c }).collect()
    }

    pub fn eq_ignore_case(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other.as_bytes())
    }

    /// The number that the text is: digits only, and at most `u32::MAX` for anything larger.
    pub fn to_u32_saturating(&self) -> Option<u32> {
        u32_saturating(&self.0)
    }

    /// A copy that does not keep the message's buffer alive.
    pub fn detached(&self) -> Text {
        Text(Bytes::copy_from_slice(&self.0))
    }

    pub(crate) fn slice(&self, range: std::ops::Range<usize>) -> Text {
        Text(self.0.slice(range))
    }

    /// The part of this text that `part` is, which must have been cut from it.
    pub(crate) fn slice_ref(&self, part: &[u8]) -> Text {
        if part.is_empty() { Text::default() } else { Text(self.0.slice_ref(part)) }
    }

    pub(crate) fn as_inner(&self) -> &Bytes {
        &self.0
    }
}

/// Marks that turn the direction of writing: with them a display name can pretend to be another.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

pub(crate) fn u32_saturating(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(digits.iter().fold(0u32, |n, d| n.saturating_mul(10).saturating_add(u32::from(d - b'0'))))
}

impl From<Bytes> for Text {
    fn from(bytes: Bytes) -> Self {
        Text(bytes)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Text(Bytes::from(text))
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        Text(Bytes::copy_from_slice(bytes))
    }
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_clean_string())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_clean_string(), f)
    }
}
