//! The machine's own time: milliseconds on the monotonic clock, also before its origin, so that idle times, places and
//! deadlines from before a restart keep their order.

use std::time::Duration;

use crate::base::{Instant, Now, UtcMillis};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) struct Stamp(i64);

impl Stamp {
    pub fn at(instant: Instant) -> Self {
        Stamp(i64::try_from(instant.as_millis()).unwrap_or(i64::MAX))
    }

    /// The moment when the wall clock showed `utc`, if it has run evenly since.
    pub fn from_utc(utc: UtcMillis, now: Now) -> Self {
        Stamp(Stamp::at(now.instant).0.saturating_add(utc.0.saturating_sub(now.utc.0)))
    }

    pub fn to_utc(self, now: Now) -> UtcMillis {
        UtcMillis(now.utc.0.saturating_add(self.0.saturating_sub(Stamp::at(now.instant).0)))
    }

    /// For a timer: a moment before the origin is due at the origin.
    pub fn to_instant(self) -> Instant {
        Instant::from_millis(u64::try_from(self.0).unwrap_or(0))
    }

    pub fn plus(self, by: Duration) -> Self {
        Stamp(self.0.saturating_add(millis(by)))
    }

    pub fn minus(self, by: Duration) -> Self {
        Stamp(self.0.saturating_sub(millis(by)))
    }

    /// Milliseconds since `earlier`; 0 when that is later.
    pub fn ms_since(self, earlier: Stamp) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }
}

fn millis(by: Duration) -> i64 {
    i64::try_from(by.as_millis()).unwrap_or(i64::MAX)
}
