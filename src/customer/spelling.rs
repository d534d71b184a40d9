//! How a number was written: wrappers, separators, extension.

use unicode_normalization::UnicodeNormalization;

/// Longer texts are cut: no number is that long.
const MAX_CHARS: usize = 128;
const SCHEMES: [&str; 4] = ["tel:", "sips:", "sip:", "callto:"];
/// What networks and phones say instead of a number that the caller hides.
const WITHHELD: [&str; 14] = [
    "",
    "anonymous",
    "restricted",
    "private",
    "unknown",
    "unavailable",
    "withheld",
    "nonumber",
    "hidden",
    "p",
    "o",
    "匿名",
    "未知",
    "隐藏号码",
];
const EXTENSION_MARKS: [&str; 12] =
    [";ext=", "extension", "ext.", "ext", "转分机", "分机", "转", ",", "#", "x", "p", "w"];
/// Longest extension.
const MAX_EXTENSION: usize = 8;
/// Longest extension that only a dash marks.
const MAX_DASHED_EXTENSION: usize = 6;

/// The parts of a written number.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Spelling {
    /// The text without wrappers, for what turns out to be no number.
    pub text: String,
    pub plus: bool,
    /// `None` when it has other characters than digits and separators.
    pub digits: Option<String>,
    /// Set when a short group follows a dash: `021-12345678-801` marks its extension in no other way.
    pub dashed: Option<Dashed>,
    pub extension: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dashed {
    /// The digits before the last dash.
    pub number: String,
    /// They are written without a dash.
    pub one_group: bool,
    pub last: String,
}

impl Dashed {
    fn read(text: &str) -> Option<Dashed> {
        let (left, last) = text.rsplit_once(is_dash)?;
        let (number, last) = (digits(left)?, digits(last)?);
        (last.len() <= MAX_DASHED_EXTENSION).then(|| Dashed { number, one_group: !left.contains(is_dash), last })
    }
}

pub(super) fn read(raw: &str) -> Spelling {
    let text = unwrap(raw);
    let (number, extension) = split_extension(&text);
    let number = without_parameters(number).replace("(0)", "");
    let number = number.trim();
    let (plus, rest) = match number.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, number),
    };
    Spelling { plus, digits: digits(rest), dashed: Dashed::read(rest), extension, text }
}

/// Whether the caller's number is hidden.
pub(super) fn is_withheld(spelling: &Spelling) -> bool {
    let word: String = spelling.text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let zeros = spelling.digits.as_ref().is_some_and(|digits| digits.len() > 1 && digits.bytes().all(|b| b == b'0'));
    WITHHELD.contains(&word.as_str()) || zeros
}

/// Without display name, angle brackets, scheme, host and escapes.
fn unwrap(raw: &str) -> String {
    let text: String = raw.nfkc().take(MAX_CHARS).filter(|c| !c.is_control()).collect();
    let mut text = text.trim();
    if let Some((_, rest)) = text.split_once('<') {
        text = rest.split('>').next().unwrap_or(rest);
    }
    for scheme in SCHEMES {
        if let Some(start) = text.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme)) {
            text = &text[start.len()..];
            break;
        }
    }
    let text = text.split('@').next().unwrap_or(text);
    unescape(text).trim().to_owned()
}

/// `%2B` and `%23`: all other characters of a number need no escape (RFC 3261 25.1, user).
fn unescape(text: &str) -> String {
    text.replace("%2B", "+").replace("%2b", "+").replace("%23", "#").replace("%20", " ")
}

fn without_parameters(text: &str) -> &str {
    text.split(';').next().unwrap_or(text)
}

fn split_extension(text: &str) -> (&str, Option<String>) {
    for mark in EXTENSION_MARKS {
        let Some(at) = find_ignoring_case(text, mark) else { continue };
        let (left, right) = (&text[..at], &text[at + mark.len()..]);
        let extension = digits(without_parameters(right)).filter(|digits| (1..=MAX_EXTENSION).contains(&digits.len()));
        if extension.is_some() && left.bytes().any(|b| b.is_ascii_digit()) {
            return (left, extension);
        }
    }
    (text, None)
}

/// Where `mark` (lower case) begins; ASCII letters of either case.
fn find_ignoring_case(text: &str, mark: &str) -> Option<usize> {
    let starts = text.char_indices().map(|(at, _)| at);
    starts.into_iter().find(|at| text[*at..].get(..mark.len()).is_some_and(|found| found.eq_ignore_ascii_case(mark)))
}

/// The digits of a text that has nothing but digits and separators.
fn digits(text: &str) -> Option<String> {
    let mut digits = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' => digits.push(c),
            '(' | ')' | '.' | '/' | '\\' | '_' | '·' => {}
            c if c.is_whitespace() || is_dash(c) || is_invisible(c) => {}
            _ => return None,
        }
    }
    Some(digits).filter(|digits| !digits.is_empty())
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '‐' | '‑' | '‒' | '–' | '—' | '−')
}

/// Direction marks that spreadsheets and web pages leave in copied numbers.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
