//! Caller ID in DTMF digits. It has no checksum: one digit misheard gives a plausible wrong number.

use super::fields::CidFields;
use crate::phonebox::event::{DecodeFault, NumberStatus};

/// Which countries' forms are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::phonebox) enum DtmfForm {
    /// Sweden, Finland, India, Brazil, Denmark, the Netherlands, Taiwan, Kuwait.
    Countries,
    /// China: any of A B C D * # starts and stops.
    AnyMarks,
}

/// Reads one sequence of digits with its start and stop marks.
pub(in crate::phonebox) fn decode_dtmf(digits: &[u8], form: DtmfForm) -> Result<CidFields, DecodeFault> {
    let found = match form {
        DtmfForm::Countries => countries(digits),
        DtmfForm::AnyMarks => any_marks(digits),
    };
    found.ok_or(DecodeFault::DtmfFormat)
}

fn countries(digits: &[u8]) -> Option<CidFields> {
    match digits {
        // Sweden: information codes. Asterisk and Teltone agree on 00 and 10.
        [b'B', code @ .., b'C'] => information(code),
        // Denmark: reasons.
        [b'D', b'1', b'#'] => Some(reason(NumberStatus::Private)),
        [b'D', b'2', b'#'] => Some(reason(NumberStatus::International)),
        [b'D', b'3', b'#'] => Some(reason(NumberStatus::Unavailable)),
        [b'A', both @ .., b'C'] if both.contains(&b'D') => diverted(both),
        [b'A' | b'D', number @ .., b'C' | b'#'] => plain(number),
        // Denmark and the Netherlands also without a start.
        [number @ .., b'#'] => plain(number),
        _ => None,
    }
}

fn any_marks(digits: &[u8]) -> Option<CidFields> {
    let (first, rest) = digits.split_first()?;
    let (last, number) = rest.split_last()?;
    (!first.is_ascii_digit() && !last.is_ascii_digit()).then(|| plain(number)).flatten()
}

fn plain(number: &[u8]) -> Option<CidFields> {
    all_digits(number).then(|| CidFields { number: Some(number.to_vec()), ..CidFields::default() })
}

/// `A number D diverted C`.
fn diverted(both: &[u8]) -> Option<CidFields> {
    let at = both.iter().position(|digit| *digit == b'D')?;
    let from = both.get(at + 1..).filter(|from| all_digits(from))?;
    let fields = plain(&both[..at])?;
    Some(CidFields { redirected_from: vec![from.to_vec()], ..fields })
}

fn information(code: &[u8]) -> Option<CidFields> {
    match code {
        b"00" => Some(reason(NumberStatus::Unavailable)),
        b"10" => Some(reason(NumberStatus::Private)),
        _ => None,
    }
}

fn reason(status: NumberStatus) -> CidFields {
    CidFields { number_status: Some(status), ..CidFields::default() }
}

fn all_digits(number: &[u8]) -> bool {
    !number.is_empty() && number.iter().all(u8::is_ascii_digit)
}
