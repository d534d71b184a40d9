//! The RTP ports: which are free, and which still rest after a call so that a straggler never reaches the next one.

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::base::{Instant, Rng};

/// How long a closed port rests: longer than a network keeps a packet.
const REST: Duration = Duration::from_secs(2);

/// Even ports; each stands for itself and the RTCP port above it.
#[derive(Debug)]
pub(super) struct PortPool {
    free: VecDeque<u16>,
    resting: VecDeque<(Instant, u16)>,
}

impl PortPool {
    /// The pairs within `range`, in random order: the next port of a call cannot be guessed.
    pub(super) fn new(range: RangeInclusive<u16>, rng: &mut Rng) -> Self {
        let (start, end) = range.into_inner();
        let mut ports: Vec<u16> = (start..=end).filter(|port| *port % 2 == 0 && *port > 0 && *port < end).collect();
        for i in (1..ports.len()).rev() {
            ports.swap(i, rng.below(i as u64 + 1) as usize);
        }
        PortPool { free: ports.into(), resting: VecDeque::new() }
    }

    /// A port that is free, or has rested long enough.
    pub(super) fn take(&mut self, now: Instant) -> Option<u16> {
        while let Some((since, port)) = self.resting.front().copied() {
            if now.since(since) < REST {
                break;
            }
            self.resting.pop_front();
            self.free.push_back(port);
        }
        self.free.pop_front()
    }

    /// A call gave it back: it rests.
    pub(super) fn rest(&mut self, port: u16, now: Instant) {
        self.resting.push_back((now, port));
    }

    /// It was never used (the sockets could not be opened): it may be tried again after the others.
    pub(super) fn give_back(&mut self, port: u16) {
        self.free.push_back(port);
    }

    /// How many are neither in use nor resting.
    #[cfg(test)]
    pub(super) fn free(&self) -> usize {
        self.free.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(range: RangeInclusive<u16>) -> PortPool {
        PortPool::new(range, &mut Rng::from_number(1))
    }

    #[test]
    fn holds_the_whole_pairs_of_the_range_once() {
        let mut ports: Vec<u16> = pool(10_001..=10_010).free.into();
        ports.sort_unstable();
        assert_eq!(ports, [10_002, 10_004, 10_006, 10_008]);
        assert_eq!(pool(0..=65_535).free(), 32_767);
    }

    #[test]
    fn a_closed_port_rests_and_comes_back() {
        let mut pool = pool(10_000..=10_003);
        let at = Instant::from_millis;
        let (a, b) = (pool.take(at(0)).expect("free"), pool.take(at(0)).expect("free"));
        assert_eq!(pool.take(at(0)), None);
        pool.rest(a, at(100));
        assert_eq!(pool.take(at(2099)), None);
        assert_eq!(pool.take(at(2100)), Some(a));
        pool.give_back(b);
        assert_eq!(pool.take(at(2100)), Some(b));
    }
}
