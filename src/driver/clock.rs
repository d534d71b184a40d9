//! The machine's clocks: the only place where the switch's driver reads them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::base::{Instant, Now, UtcMillis};

/// Both clocks of this process. [`Instant`] zero is the moment of [`Clock::start`].
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: std::time::Instant,
}

impl Clock {
    pub fn start() -> Self {
        Clock { origin: std::time::Instant::now() }
    }

    pub fn now(self) -> Now {
        let elapsed = self.origin.elapsed();
        let utc = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now::new(
            Instant::from_micros(u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)),
            UtcMillis(i64::try_from(utc.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// `at` as the runtime's timers count.
    pub fn deadline(self, at: Instant) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.origin + Duration::from_micros(at.as_micros()))
    }
}
