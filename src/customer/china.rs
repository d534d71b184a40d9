//! The Chinese numbering plan: mobile numbers, area codes, service numbers. All digits, without country code.

use super::Kind;

pub(super) const COUNTRY_CODE: &str = "86";

/// Codes of long-distance carriers that people dial before the number ("IP calls").
const CARRIER_PREFIXES: [&str; 11] =
    ["17951", "17911", "17909", "17901", "17961", "17969", "17996", "12593", "10193", "11808", "96688"];

/// A national number as written inside the country, to the number as E.164 wants it: without the leading 0.
pub(super) fn national(digits: &str) -> Option<(&str, Kind)> {
    let digits = without_carrier(digits);
    if let Some(rest) = digits.strip_prefix('0') {
        return significant(rest).filter(|(_, kind)| *kind != Kind::Service);
    }
    significant(digits)
}

/// A national significant number.
pub(super) fn significant(digits: &str) -> Option<(&str, Kind)> {
    let kind = if is_mobile(digits) {
        Kind::Mobile
    } else if is_service(digits) {
        Kind::Service
    } else if area_len(digits).is_some_and(|area| is_subscriber(&digits[area..])) {
        Kind::Landline
    } else {
        return None;
    };
    Some((digits, kind))
}

/// 1[3-9] and nine digits.
fn is_mobile(digits: &str) -> bool {
    digits.len() == 11 && matches!(digits.as_bytes(), [b'1', b'3'..=b'9', ..])
}

/// 400 and 800 numbers: ten digits without an area.
fn is_service(digits: &str) -> bool {
    digits.len() == 10 && (digits.starts_with("400") || digits.starts_with("800"))
}

/// 10 and 2x are two digits, 3xx to 9xx three.
pub(super) fn area_len(digits: &str) -> Option<usize> {
    match digits.as_bytes() {
        [b'1', b'0', ..] | [b'2', _, ..] => Some(2),
        [b'3'..=b'9', _, _, ..] => Some(3),
        _ => None,
    }
}

/// A number within an area: seven or eight digits from 2 to 8, or a service number reached through the area (02195588).
fn is_subscriber(digits: &str) -> bool {
    is_local(digits) || (digits.len() >= 5 && is_code(digits))
}

/// Seven or eight digits that want an area.
pub(super) fn is_local(digits: &str) -> bool {
    matches!(digits.len(), 7 | 8) && matches!(digits.as_bytes(), [b'2'..=b'8', ..])
}

/// Numbers that are the same everywhere: 110, 10086, 12345, 95588, 95555123.
pub(super) fn is_code(digits: &str) -> bool {
    let bank = digits.starts_with("95") || digits.starts_with("96");
    (bank && matches!(digits.len(), 5..=8)) || (digits.starts_with('1') && matches!(digits.len(), 3..=5))
}

fn without_carrier(digits: &str) -> &str {
    let rest = CARRIER_PREFIXES.iter().find_map(|prefix| digits.strip_prefix(prefix));
    let is_whole = |rest: &&str| match rest.strip_prefix('0') {
        Some(rest) => significant(rest).is_some(),
        None => is_mobile(rest),
    };
    rest.filter(is_whole).unwrap_or(digits)
}
