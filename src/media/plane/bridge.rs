//! Two legs that hear each other.

use super::{LegKey, Plane};
use crate::base::{Instant, LegId};
use crate::media::event::PlayEnd;

impl Plane {
    /// Joins two legs; announcements give way at once.
    pub(super) fn bridge(&mut self, a: LegId, b: LegId, now: Instant) {
        let (Some(a), Some(b)) = (self.keys.get(&a).copied(), self.keys.get(&b).copied()) else { return };
        let joined = self.leg(a).is_some_and(|leg| leg.bridge == Some(b));
        if !joined {
            self.part(a, now);
            self.part(b, now);
        }
        for (key, other) in [(a, b), (b, a)] {
            self.end_play(key, PlayEnd::Cut);
            self.change(key, |leg| {
                leg.set_bridge(Some(other));
                leg.wait_anew(now);
            });
        }
    }

    pub(super) fn unbridge(&mut self, a: LegId, b: LegId, now: Instant) {
        let (Some(a), Some(b)) = (self.keys.get(&a).copied(), self.keys.get(&b).copied()) else { return };
        if self.leg(a).is_some_and(|leg| leg.bridge == Some(b)) {
            self.part(a, now);
        }
    }

    /// Takes a leg out of its bridge, and the other one with it.
    pub(super) fn part(&mut self, key: LegKey, now: Instant) {
        let Some(other) = self.leg(key).and_then(|leg| leg.bridge) else { return };
        for key in [key, other] {
            self.change(key, |leg| {
                leg.set_bridge(None);
                leg.wait_anew(now);
            });
        }
    }
}
