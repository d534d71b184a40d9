//! Numbers and names as devices print them: digits, or a word that says why there are none.

use super::event::NumberStatus;

/// Digits, `*`, `#` and a leading `+`; ITU-T E.164 allows 15, prefixes and extensions make them longer.
const MAX_NUMBER: usize = 40;

/// How a profile's numbers are cleaned.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberOptions {
    /// Characters that are taken out, wherever they stand.
    pub strip: Vec<u8>,
    /// Taken off the front, before `strip`: a long-distance prefix that the device adds.
    pub strip_prefix: Option<Vec<u8>>,
    /// What a number of zeros alone means; none takes it for a number.
    pub zeros_are: Option<NumberStatus>,
}

impl Default for NumberOptions {
    fn default() -> Self {
        NumberOptions { strip: b" -().".to_vec(), strip_prefix: None, zeros_are: Some(NumberStatus::Unavailable) }
    }
}

/// What a number field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NumberText {
    Number(String),
    /// The first digits of a longer number (BT SIN 227 A.2.3: it ends with `-`).
    Partial(String),
    Why(NumberStatus),
    Empty,
    /// Characters that no number has: not to be trusted.
    Bad,
}

pub(super) fn read_number(field: &[u8], options: &NumberOptions) -> NumberText {
    let field = field.trim_ascii();
    if field.is_empty() {
        return NumberText::Empty;
    }
    if let Some(status) = status_of_number(field) {
        return NumberText::Why(status);
    }
    let rest = options.strip_prefix.as_deref().and_then(|prefix| field.strip_prefix(prefix)).unwrap_or(field);
    let digits: Vec<u8> = rest.iter().copied().filter(|byte| !options.strip.contains(byte)).collect();
    let plain = digits.strip_prefix(b"+").unwrap_or(&digits);
    let all_digits = plain.iter().all(|byte| byte.is_ascii_digit() || *byte == b'*' || *byte == b'#');
    if plain.is_empty() || !all_digits || digits.len() > MAX_NUMBER {
        return NumberText::Bad;
    }
    if let Some(status) = options.zeros_are.filter(|_| plain.iter().all(|byte| *byte == b'0') && plain.len() > 1) {
        return NumberText::Why(status);
    }
    let number = digits.iter().map(|byte| char::from(*byte)).collect();
    if field.ends_with(b"-") { NumberText::Partial(number) } else { NumberText::Number(number) }
}

/// The words that stand in number fields (Bell, BT, ETSI, CallerID.com, TCI), with the letters of parameter 04.
pub(super) fn status_of_number(field: &[u8]) -> Option<NumberStatus> {
    match plain_words(field).as_str() {
        "I" | "INTERNATIONAL" => Some(NumberStatus::International),
        "C" | "PAYPHONE" | "PAY PHONE" | "COIN" | "PUBLIC PHONE" => Some(NumberStatus::Payphone),
        // Service conflict (Japan).
        "S" => Some(NumberStatus::Unavailable),
        words => common_status(words),
    }
}

/// The words that stand in name fields. `PAYPHONE` and `INTERNATIONAL` stay names: BT sends them as text to show.
pub(super) fn status_of_name(field: &[u8]) -> Option<NumberStatus> {
    common_status(&plain_words(field))
}

/// What a field that gives only a reason says; a word that nobody documents is "unavailable".
pub(super) fn status_of_reason(field: &[u8]) -> NumberStatus {
    status_of_number(field).unwrap_or(NumberStatus::Unavailable)
}

fn common_status(words: &str) -> Option<NumberStatus> {
    match words {
        "P" | "PRIVATE" | "PRIVATE CALLER" | "PRIVATE NUMBER" | "PRIVATE NAME" | "WITHHELD" | "NUMBER WITHHELD"
        | "NAME WITHHELD" | "SECRET" | "RESTRICTED" | "BLOCKED" | "ANONYMOUS" | "BLOCKED CALL" => {
            Some(NumberStatus::Private)
        }
        "O" | "OUT OF AREA" | "UNAVAILABLE" | "NUMBER UNAVAILABLE" | "NAME UNAVAILABLE" | "UNKNOWN"
        | "UNKNOWN CALLER" | "UNKNOWN NUMBER" | "UNKNOWN NAME" | "NOT AVAILABLE" | "NO CALLERID" | "NO CALLER ID"
        | "NO DATA SENT" | "N/A" => Some(NumberStatus::Unavailable),
        _ => None,
    }
}

/// Capitals, without hyphens and runs of blanks: `-Out-of-Area-` is `OUT OF AREA`.
fn plain_words(field: &[u8]) -> String {
    let text: String = field
        .iter()
        .map(|byte| if matches!(byte, b'-' | b'_') { ' ' } else { char::from(*byte).to_ascii_uppercase() })
        .collect();
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(field: &str) -> NumberText {
        read_number(field.as_bytes(), &NumberOptions::default())
    }

    #[test]
    fn takes_signs_out_of_numbers() {
        assert_eq!(read("+86 10 8888-0123"), NumberText::Number("+861088880123".into()));
        assert_eq!(read("(702) 555-0145 "), NumberText::Number("7025550145".into()));
        assert_eq!(read("0171-250-"), NumberText::Partial("0171250".into()));
        assert_eq!(read("2120"), NumberText::Number("2120".into()));
        assert_eq!(read("0"), NumberText::Number("0".into()));
    }

    #[test]
    fn refuses_what_is_no_number() {
        assert_eq!(read("40\u{7f}?5AB"), NumberText::Bad);
        assert_eq!(read("12+3"), NumberText::Bad);
        assert_eq!(read("+"), NumberText::Bad);
        assert_eq!(read(&"1".repeat(41)), NumberText::Bad);
        assert_eq!(read("  "), NumberText::Empty);
    }

    #[test]
    fn knows_the_words_that_stand_for_a_number() {
        let words = [
            ("P", NumberStatus::Private),
            ("Private", NumberStatus::Private),
            ("Restricted", NumberStatus::Private),
            ("O", NumberStatus::Unavailable),
            ("OUT-OF-AREA", NumberStatus::Unavailable),
            ("No-CallerID", NumberStatus::Unavailable),
            ("-UNKNOWN CALLER-", NumberStatus::Unavailable),
            ("0000000000", NumberStatus::Unavailable),
            ("PAY PHONE", NumberStatus::Payphone),
            ("INTERNATIONAL", NumberStatus::International),
        ];
        for (word, status) in words {
            assert_eq!(read(word), NumberText::Why(status), "{word}");
        }
    }

    #[test]
    fn a_profile_takes_its_own_prefix_off() {
        let options = NumberOptions { strip_prefix: Some(b"1-".to_vec()), ..NumberOptions::default() };
        assert_eq!(read_number(b"1-804-978-0123", &options), NumberText::Number("8049780123".into()));
        assert_eq!(read_number(b"804-978-0123", &options), NumberText::Number("8049780123".into()));
    }

    #[test]
    fn names_keep_what_is_a_name() {
        assert_eq!(status_of_name(b"Payphone"), None);
        assert_eq!(status_of_name(b"C"), None);
        assert_eq!(status_of_name(b"WITHHELD"), Some(NumberStatus::Private));
        assert_eq!(status_of_name(b"PrivDirOff"), None);
    }
}
