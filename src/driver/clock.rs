//! The machine's clocks: the only place where the switch's driver reads them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::base::{Instant, Now, UtcMillis};

/// Both clocks of this process. [`Instant`] zero is the moment of [`Clock::start`].
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: std::time::Instant,
    /// What the wall clock is ahead of the machine's.
    ahead_ms: i64,
}

impl Clock {
    pub fn start() -> Self {
        Clock { origin: std::time::Instant::now(), ahead_ms: 0 }
    }

    /// A wall clock that shows `utc` now and goes on from there: opening hours can be tried at any hour.
    pub fn showing(utc: UtcMillis) -> Self {
        Clock { ahead_ms: utc.0.saturating_sub(machine_utc_ms()), ..Clock::start() }
    }

    pub fn now(self) -> Now {
        let elapsed = self.origin.elapsed();
        Now::new(
            Instant::from_micros(u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX)),
            UtcMillis(machine_utc_ms().saturating_add(self.ahead_ms)),
        )
    }

    /// `at` as the runtime's timers count.
    pub fn deadline(self, at: Instant) -> tokio::time::Instant {
        tokio::time::Instant::from_std(self.origin + Duration::from_micros(at.as_micros()))
    }
}

fn machine_utc_ms() -> i64 {
    let utc = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(utc.as_millis()).unwrap_or(i64::MAX)
}
