//! The date and time that an exchange sends: month, day, hour and minute, never the year.

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime};

/// Date and time fields as they were found; each may be missing or impossible.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    pub date: Option<(u32, u32)>,
    pub time: Option<(u32, u32)>,
}

impl Stamp {
    /// `MMDD`.
    pub fn set_date(&mut self, mmdd: &[u8]) {
        self.date = pair(mmdd);
    }

    /// `HHMM`; what follows (a fifth digit, seconds) is not used.
    pub fn set_time(&mut self, hhmm: &[u8]) {
        self.time = pair(hhmm);
    }

    /// `MMDDHHMM`, the form of SDMF and of parameter 01 of MDMF.
    pub fn from_digits(digits: &[u8]) -> Self {
        Stamp { date: pair(digits), time: digits.get(4..).and_then(pair) }
    }

    /// The local time as `2026-08-08T11:30`. None when a part is missing or impossible: the call still counts.
    pub fn resolve(&self, local_now: NaiveDateTime, slack_h: u32) -> Option<String> {
        let ((month, day), (hour, minute)) = (self.date?, self.time?);
        let year = newest_year((month, day, hour, minute), local_now + Duration::hours(i64::from(slack_h)));
        let at = NaiveDate::from_ymd_opt(year, month, day)?.and_hms_opt(hour, minute, 0)?;
        Some(at.format("%Y-%m-%dT%H:%M").to_string())
    }
}

/// The newest year in which the stamp is not later than `limit`. The fields are compared as they are, so a day that
/// does not exist in that year is not moved to an older one.
fn newest_year(stamp: (u32, u32, u32, u32), limit: NaiveDateTime) -> i32 {
    use chrono::Timelike;
    let at = (limit.month(), limit.day(), limit.hour(), limit.minute());
    if stamp <= at { limit.year() } else { limit.year() - 1 }
}

/// A 12-hour clock's hour as 0 to 23; None for an hour that no clock shows.
pub(super) fn hour_of_12(hour: u32, afternoon: bool) -> Option<u32> {
    match (hour, afternoon) {
        (12, false) => Some(0),
        (12, true) => Some(12),
        (1..=11, false) => Some(hour),
        (1..=11, true) => Some(hour + 12),
        _ => None,
    }
}

/// A number of one or two digits, blanks before it allowed: ` 9`.
pub(super) fn small_number(text: &[u8]) -> Option<u32> {
    let text = text.trim_ascii();
    let digits = !text.is_empty() && text.len() <= 2 && text.iter().all(u8::is_ascii_digit);
    digits.then(|| text.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
}

fn pair(digits: &[u8]) -> Option<(u32, u32)> {
    Some((small_number(digits.get(..2)?)?, small_number(digits.get(2..4)?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(digits: &str, now: &str) -> Option<String> {
        let now = NaiveDateTime::parse_from_str(now, "%Y-%m-%dT%H:%M:%S").unwrap();
        Stamp::from_digits(digits.as_bytes()).resolve(now, 26)
    }

    #[test]
    fn the_year_is_the_newest_that_is_not_in_the_future() {
        assert_eq!(at("08081130", "2026-08-08T12:00:00").as_deref(), Some("2026-08-08T11:30"));
        assert_eq!(at("11201748", "2026-08-08T12:00:00").as_deref(), Some("2025-11-20T17:48"));
        assert_eq!(at("12312359", "2026-01-01T00:00:20").as_deref(), Some("2025-12-31T23:59"));
        assert_eq!(at("01010001", "2025-12-31T23:58:50").as_deref(), Some("2026-01-01T00:01"));
        assert_eq!(at("02290859", "2024-02-29T08:59:35").as_deref(), Some("2024-02-29T08:59"));
    }

    #[test]
    fn a_time_that_cannot_be_is_dropped() {
        assert_eq!(at("02290859", "2026-03-01T00:00:10"), None);
        assert_eq!(at("12012423", "2026-08-08T12:00:00"), None);
        assert_eq!(at("13011200", "2026-08-08T12:00:00"), None);
        assert_eq!(at("0101", "2026-08-08T12:00:00"), None);
        assert_eq!(at("01x10101", "2026-08-08T12:00:00"), None);
    }

    #[test]
    fn noon_and_midnight_of_a_12_hour_clock() {
        assert_eq!(hour_of_12(12, false), Some(0));
        assert_eq!(hour_of_12(12, true), Some(12));
        assert_eq!(hour_of_12(5, true), Some(17));
        assert_eq!(hour_of_12(13, true), None);
        assert_eq!(hour_of_12(0, false), None);
    }
}
