//! A device at the wrong speed, or a broken one, makes more errors than anybody can read.

use std::time::Duration;

use crate::base::Instant;

/// So many errors are told one by one…
const BURST: u32 = 50;
/// …within this time; more are only counted, until it has been quiet for as long.
const WINDOW: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Flood {
    errors: u32,
    quiet_at: Option<Instant>,
}

impl Flood {
    /// Counts an error: whether it is told, and whether the flood begins with it.
    pub fn on_error(&mut self, now: Instant) -> (bool, bool) {
        self.errors = self.errors.saturating_add(1);
        if self.quiet_at.is_none() || self.errors > BURST {
            self.quiet_at = Some(now + WINDOW);
        }
        (self.errors <= BURST, self.errors == BURST + 1)
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        if self.quiet_at.is_some_and(|at| at <= now) {
            *self = Flood::default();
        }
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.quiet_at
    }
}
