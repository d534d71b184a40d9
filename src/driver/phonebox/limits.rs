//! How much one box may cost: bytes and events in a second.

use std::time::Duration;

use crate::base::Instant;

/// Bytes in a second. The fastest profile is 115200 baud, which brings 11,520.
const MAX_BYTES: usize = 64 << 10;
/// Events in a second. Eight lines that all ring and dial tell fewer.
const MAX_EVENTS: u32 = 100;
const WINDOW: Duration = Duration::from_secs(1);

/// What is left of the present second.
#[derive(Debug)]
pub(super) struct Allowance {
    since: Instant,
    bytes: usize,
    events: u32,
}

impl Allowance {
    pub fn new(now: Instant) -> Self {
        Allowance { since: now, bytes: 0, events: 0 }
    }

    fn renew(&mut self, now: Instant) {
        if now.since(self.since) >= WINDOW {
            *self = Allowance::new(now);
        }
    }

    pub fn take_bytes(&mut self, count: usize) {
        self.bytes = self.bytes.saturating_add(count);
    }

    /// How long nothing may be read; the device waits meanwhile, or its bytes are lost.
    pub fn must_rest(&mut self, now: Instant) -> Option<Duration> {
        self.renew(now);
        (self.bytes >= MAX_BYTES).then(|| (self.since + WINDOW).since(now))
    }

    /// Whether one more event may be told.
    pub fn take_event(&mut self, now: Instant) -> bool {
        self.renew(now);
        self.events = self.events.saturating_add(1);
        self.events <= MAX_EVENTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_in_a_second_waits_for_the_next() {
        let mut allowance = Allowance::new(Instant::ZERO);
        let at = Instant::from_millis;
        allowance.take_bytes(MAX_BYTES - 1);
        assert_eq!(allowance.must_rest(at(10)), None);
        allowance.take_bytes(1);
        assert_eq!(allowance.must_rest(at(400)), Some(Duration::from_millis(600)));
        assert_eq!(allowance.must_rest(at(1000)), None);
        assert!((0..MAX_EVENTS).all(|_| allowance.take_event(at(1100))));
        assert!(!allowance.take_event(at(1200)));
        assert!(allowance.take_event(at(2000)));
    }
}
