//! Two clocks, never mixed: [`Instant`] for deadlines and durations, [`UtcMillis`] for records.
//!
//! Cores are handed a [`Now`] with every input; only drivers read the machine's clocks. An [`Instant`] does not
//! jump when someone sets the wall clock, so a call's duration is always taken from it.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point of monotonic time in microseconds since an origin that the driver chose (its own start).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Instant(u64);

impl Instant {
    pub const ZERO: Instant = Instant(0);

    /// The instant `micros` after the origin.
    pub const fn from_micros(micros: u64) -> Self {
        Instant(micros)
    }

    /// The instant `millis` after the origin.
    pub const fn from_millis(millis: u64) -> Self {
        Instant(millis * 1000)
    }

    pub const fn as_micros(self) -> u64 {
        self.0
    }

    pub const fn as_millis(self) -> u64 {
        self.0 / 1000
    }

    /// Time since `earlier`; zero when `earlier` is later.
    pub fn since(self, earlier: Instant) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;
    fn add(self, rhs: Duration) -> Instant {
        Instant(self.0.saturating_add(u64::try_from(rhs.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl Sub<Duration> for Instant {
    type Output = Instant;
    fn sub(self, rhs: Duration) -> Instant {
        Instant(self.0.saturating_sub(u64::try_from(rhs.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl Sub<Instant> for Instant {
    type Output = Duration;
    fn sub(self, rhs: Instant) -> Duration {
        self.since(rhs)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}s", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// Wall-clock time in milliseconds since 1970-01-01T00:00:00Z: for records, never for deadlines.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UtcMillis(pub i64);

impl UtcMillis {
    /// RFC 3339 with milliseconds, in UTC: `2026-08-08T12:00:00.000Z`.
    pub fn to_rfc3339(self) -> String {
        chrono::DateTime::from_timestamp_millis(self.0)
            .unwrap_or_default()
            .to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    }
}

/// The time of one input: what a core may know of the clocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Now {
    pub instant: Instant,
    pub utc: UtcMillis,
}

impl Now {
    pub const fn new(instant: Instant, utc: UtcMillis) -> Self {
        Now { instant, utc }
    }

    /// This moment moved on by `by` on both clocks: what a test's virtual clock does.
    pub fn plus(self, by: Duration) -> Self {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        Now { instant: self.instant + by, utc: UtcMillis(self.utc.0.saturating_add(millis)) }
    }

    /// The wall-clock time of `at`, an instant near this moment.
    pub fn utc_at(self, at: Instant) -> UtcMillis {
        let ahead = i64::try_from(at.since(self.instant).as_millis()).unwrap_or(i64::MAX);
        let behind = i64::try_from(self.instant.since(at).as_millis()).unwrap_or(i64::MAX);
        UtcMillis(self.utc.0.saturating_add(ahead).saturating_sub(behind))
    }
}
