//! Opening hours: weekly ranges in a time zone, and exceptions (holidays, make-up working days) that win over them.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Timelike, Weekday};
use chrono_tz::Tz;

use super::{At, Span};
use crate::base::UtcMillis;

/// A named calendar of a flow (`hours:`), or one shared by the whole set-up.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    pub timezone: Tz,
    pub weekly: Weekly,
    pub exceptions: Vec<Exception>,
    /// Of its name.
    pub span: Span,
}

/// Open ranges for each day of the week, sorted; a day that is not named is closed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weekly(pub BTreeMap<u8, Vec<At<DaySpan>>>);

/// Part of a day in minutes from local midnight, start included, end not. 1440 is the end of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DaySpan {
    pub from_minute: u16,
    pub to_minute: u16,
}

/// Days that differ: `dates` of a holiday with nothing open, or of a make-up working day.
#[derive(Clone, Debug, PartialEq)]
pub struct Exception {
    pub first: NaiveDate,
    /// Included.
    pub last: NaiveDate,
    pub name: Option<String>,
    pub open: Vec<At<DaySpan>>,
    /// Of the dates.
    pub span: Span,
}

impl Weekly {
    pub fn on(&self, day: Weekday) -> &[At<DaySpan>] {
        self.0.get(&(day.num_days_from_monday() as u8)).map_or(&[], Vec::as_slice)
    }
}

impl Calendar {
    /// Whether it is open at that time, as a clock on the wall in its time zone shows it.
    pub fn is_open(&self, at: UtcMillis) -> bool {
        let Some(utc) = chrono::DateTime::from_timestamp_millis(at.0) else { return false };
        let local = utc.with_timezone(&self.timezone);
        let minute = (local.hour() * 60 + local.minute()) as u16;
        let ranges = match self.exception_on(local.date_naive()) {
            Some(exception) => exception.open.as_slice(),
            None => self.weekly.on(local.weekday()),
        };
        ranges.iter().any(|range| (range.from_minute..range.to_minute).contains(&minute))
    }

    /// The exception that rules `day`: the last one that names it.
    pub fn exception_on(&self, day: NaiveDate) -> Option<&Exception> {
        self.exceptions.iter().rev().find(|exception| (exception.first..=exception.last).contains(&day))
    }
}
