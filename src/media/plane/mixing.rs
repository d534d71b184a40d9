//! Legs that hear several others at once.

use super::{LegKey, Plane};
use crate::base::{Instant, LegId};
use crate::media::Command;
use crate::media::voice::{Mixed, Voice};
use crate::rtp::codec::FRAME_SAMPLES;

impl Plane {
    /// Sets whom a leg hears.
    pub(super) fn mix(&mut self, key: LegKey, hears: &[LegId], now: Instant) {
        let mut voices: Vec<LegKey> = Vec::new();
        for heard in hears.iter().filter_map(|leg| self.keys.get(leg).copied()) {
            if heard != key && !voices.contains(&heard) && voices.len() < Command::MOST_HEARD {
                voices.push(heard);
            }
        }
        for heard in &voices {
            self.listen_to(*heard, now);
        }
        let Some(leg) = self.leg(key) else { return };
        let before = std::mem::replace(&mut leg.mix, voices);
        leg.set_mixed();
        self.hear_no_more(&before);
        self.find_joined();
    }

    /// Takes a leg out of every mix, its own among them.
    pub(super) fn leave_mixes(&mut self, key: LegKey) {
        let Some(leg) = self.leg(key) else { return };
        let (own, is_heard) = (std::mem::take(&mut leg.mix), leg.listeners > 0);
        let own_is_empty = own.is_empty();
        self.hear_no_more(&own);
        if is_heard {
            self.legs.iter_mut().flatten().for_each(|leg| leg.mix.retain(|heard| *heard != key));
        }
        if is_heard || !own_is_empty {
            self.find_joined();
        }
    }

    /// What a leg is to hear at `now`, in [`Plane::mixed`]; false when it hears no mix.
    pub(super) fn mix_for(&mut self, key: LegKey, now: Instant) -> bool {
        let Some(leg) = self.legs.get(key.index()).and_then(Option::as_deref) else { return false };
        let heard = if leg.mix.is_empty() { leg.through_voice.as_slice() } else { &leg.mix };
        if heard.is_empty() {
            return false;
        }
        let mut sum: Mixed = [0; FRAME_SAMPLES];
        for heard in heard {
            let voice = self.legs.get(heard.index()).and_then(Option::as_deref).and_then(|leg| leg.voice.as_ref());
            if let Some(voice) = voice {
                voice.add_to(&mut sum, now);
            }
        }
        for (sample, sum) in self.mixed.iter_mut().zip(sum) {
            *sample = sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
        }
        true
    }

    /// One more hears this leg's voice.
    pub(super) fn listen_to(&mut self, heard: LegKey, now: Instant) {
        self.change(heard, |leg| {
            leg.listeners += 1;
            leg.voice.get_or_insert_with(|| Voice::new(now));
        });
    }

    pub(super) fn hear_no_more(&mut self, voices: &[LegKey]) {
        for heard in voices {
            self.change(*heard, |leg| {
                leg.listeners = leg.listeners.saturating_sub(1);
                if leg.listeners == 0 {
                    leg.voice = None;
                }
            });
        }
    }
}
