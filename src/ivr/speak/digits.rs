//! A string read character by character: a staff number, an order number, a phone number.

use super::parts::{EN, Part, ZH, ids, text};
use super::{en_us, zh_cn};

/// The audio ids that read `value` one character after the other; `None` when there are no recordings in `language`.
/// Digits, letters, `*`, `#`, `+` and `.` are read; anything else (spaces, dashes, brackets) is passed over.
pub fn digits(value: &str, language: &str) -> Option<Vec<String>> {
    characters(value, language).map(|parts| ids(&parts, language))
}

/// What [`digits`] says, as text.
pub fn digits_text(value: &str, language: &str) -> Option<String> {
    characters(value, language).map(|parts| text(&parts, language))
}

fn characters(value: &str, language: &str) -> Option<Vec<Part>> {
    let read = match language {
        ZH => zh_cn::digit,
        EN => en_us::digit,
        _ => return None,
    };
    Some(value.chars().filter_map(read).collect())
}
