//! Two legs that hear each other.

use super::{LegKey, Plane};
use crate::base::{Instant, LegId};
use crate::media::event::PlayEnd;
use crate::rtp::Codec;

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
        self.hear_by_voice(a, now);
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
            self.hear_by_voice(key, now);
        }
    }

    /// Where only one end of a leg's bridge speaks Opus, each hears the other's voice as in a mix of one: that has the
    /// jitter buffer and the frames of 20 ms that an encoder needs. Told at every change of the bridge or of a codec.
    pub(super) fn hear_by_voice(&mut self, key: LegKey, now: Instant) {
        let other = self.leg(key).and_then(|leg| leg.bridge);
        for at in std::iter::once(key).chain(other) {
            self.set_voice_heard(at, now);
        }
    }

    fn set_voice_heard(&mut self, key: LegKey, now: Instant) {
        let Some(leg) = self.leg(key) else { return };
        let (own, other, before) = (leg.codec(), leg.bridge, leg.through_voice);
        let theirs = other.and_then(|other| self.leg(other)?.codec());
        let differ = own.zip(theirs).is_some_and(|(a, b)| (a == Codec::Opus) != (b == Codec::Opus));
        let wanted = other.filter(|_| differ);
        if wanted == before {
            return;
        }
        if let Some(heard) = wanted {
            self.listen_to(heard, now);
        }
        self.change(key, |leg| {
            leg.through_voice = wanted;
            leg.set_mixed();
        });
        self.hear_no_more(before.as_slice());
    }
}
