//! Ten moments in every 20 ms at which frames are due, so that a thousand legs do not all speak at once.

use std::time::Duration;

use super::LegKey;
use crate::base::Instant;
use crate::rtp::codec::FRAME_MS;

const PHASES: usize = 10;
pub(super) const FRAME: Duration = Duration::from_millis(FRAME_MS as u64);
/// Legs fill one phase up to here before another is begun: few wake-ups with few legs, short bursts with many.
const FULL: usize = 64;
/// The order in which phases are begun: far from each other first.
const ORDER: [usize; PHASES] = [0, 5, 2, 7, 4, 9, 1, 6, 3, 8];

/// The ticks of a worker. Deadlines are absolute: a late tick does not move the next ones.
#[derive(Debug)]
pub(super) struct Phases {
    phases: [Phase; PHASES],
}

#[derive(Debug, Default)]
pub(super) struct Phase {
    due: Instant,
    pub(super) legs: Vec<LegKey>,
}

/// A tick that is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Tick {
    pub(super) phase: usize,
    pub(super) due: Instant,
    /// Ticks before this one whose time is over.
    pub(super) skipped: u32,
}

impl Phases {
    pub(super) fn new(now: Instant) -> Self {
        let offset = |i: usize| now + FRAME * i as u32 / PHASES as u32;
        Phases { phases: std::array::from_fn(|i| Phase { due: offset(i), legs: Vec::new() }) }
    }

    /// Puts a leg into the first phase that has room, else into the emptiest.
    pub(super) fn join(&mut self, key: LegKey, now: Instant) {
        let roomy = ORDER.into_iter().find(|i| self.phases[*i].legs.len() < FULL);
        let emptiest = || ORDER.into_iter().min_by_key(|i| self.phases[*i].legs.len());
        let index = roomy.or_else(emptiest).unwrap_or_default();
        let phase = &mut self.phases[index];
        if phase.legs.is_empty() {
            phase.advance(now);
        }
        phase.legs.push(key);
    }

    pub(super) fn leave(&mut self, key: LegKey) {
        for phase in &mut self.phases {
            if let Some(at) = phase.legs.iter().position(|leg| *leg == key) {
                phase.legs.swap_remove(at);
                return;
            }
        }
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.phases.iter().filter(|phase| !phase.legs.is_empty()).map(|phase| phase.due).min()
    }

    /// The next tick that is due at `now`.
    pub(super) fn poll(&mut self, now: Instant) -> Option<Tick> {
        let index = (0..PHASES).filter(|i| !self.phases[*i].legs.is_empty() && self.phases[*i].due <= now);
        let index = index.min_by_key(|i| self.phases[*i].due)?;
        let phase = &mut self.phases[index];
        let skipped = phase.advance(now);
        Some(Tick { phase: index, due: phase.due - FRAME, skipped })
    }

    pub(super) fn leg(&self, phase: usize, at: usize) -> Option<LegKey> {
        self.phases[phase].legs.get(at).copied()
    }
}

impl Phase {
    /// Moves `due` behind `now` and says how many whole ticks were passed over.
    fn advance(&mut self, now: Instant) -> u32 {
        if self.due > now {
            return 0;
        }
        let passed = now.since(self.due).as_micros() / FRAME.as_micros();
        let passed = u32::try_from(passed).unwrap_or(u32::MAX - 1);
        self.due = self.due + FRAME * (passed + 1);
        passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    #[test]
    fn ticks_every_20_ms_whenever_it_is_asked() {
        let mut phases = Phases::new(at(1000));
        phases.join(LegKey(0), at(1000));
        let mut due = Vec::new();
        for ms in [1020, 1047, 1060, 1081, 1100] {
            due.extend(phases.poll(at(ms)).map(|tick| (tick.due.as_millis(), tick.skipped)));
        }
        assert_eq!(due, [(1020, 0), (1040, 0), (1060, 0), (1080, 0), (1100, 0)]);
    }

    #[test]
    fn what_was_missed_is_skipped_and_not_made_up() {
        let mut phases = Phases::new(at(0));
        phases.join(LegKey(0), at(0));
        assert_eq!(phases.poll(at(6015)), Some(Tick { phase: 0, due: at(6000), skipped: 299 }));
        assert_eq!(phases.poll(at(6015)), None);
        assert_eq!(phases.next_due(), Some(at(6020)));
    }

    #[test]
    fn many_legs_are_spread_and_all_are_found_again() {
        let mut phases = Phases::new(at(0));
        for i in 0..1000 {
            phases.join(LegKey(i), at(0));
        }
        assert!(phases.phases.iter().all(|phase| (64..=200).contains(&phase.legs.len())));
        for i in 0..1000 {
            phases.leave(LegKey(i));
        }
        assert_eq!(phases.next_due(), None);
    }
}
