//! Terms of silence, each longer than the one before, for a bounded number of addresses.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::base::Instant;

/// The first term; each later one is twice as long.
pub(super) const FIRST_TERM: Duration = Duration::from_secs(60);
const LONGEST_TERM: Duration = Duration::from_secs(24 * 3600);
/// Addresses at once.
const MAX_TERMS: usize = 10_000;

#[derive(Clone, Copy, Debug)]
struct Term {
    until: Instant,
    times: u32,
}

/// Who is silenced until when, and how often that happened.
#[derive(Debug, Default)]
pub(super) struct Terms(BTreeMap<IpAddr, Term>);

impl Terms {
    pub(super) fn holds(&self, source: IpAddr, now: Instant) -> bool {
        self.0.get(&source).is_some_and(|term| term.until > now)
    }

    /// Begins the next term of `source`; its length.
    pub(super) fn begin(&mut self, source: IpAddr, now: Instant) -> Duration {
        let times = self.0.get(&source).map_or(0, |term| term.times).saturating_add(1);
        let length = (FIRST_TERM * 2u32.saturating_pow((times - 1).min(16))).min(LONGEST_TERM);
        if self.0.len() >= MAX_TERMS && !self.0.contains_key(&source) {
            self.make_room(now);
        }
        self.0.insert(source, Term { until: now + length, times });
        length
    }

    /// Terms that are over first, else the one that ends soonest.
    fn make_room(&mut self, now: Instant) {
        let before = self.0.len();
        self.0.retain(|_, term| term.until > now);
        if self.0.len() == before
            && let Some(soonest) = self.0.iter().min_by_key(|(_, term)| term.until).map(|(ip, _)| *ip)
        {
            self.0.remove(&soonest);
        }
    }

    /// Current terms by address: whole seconds that remain, and how often this address was silenced.
    pub(super) fn current(&self, now: Instant) -> impl Iterator<Item = (IpAddr, u64, u32)> {
        let current = self.0.iter().filter(move |(_, term)| term.until > now);
        current.map(move |(source, term)| {
            let remaining = term.until.since(now).as_millis().div_ceil(1000);
            (*source, u64::try_from(remaining).unwrap_or(u64::MAX), term.times)
        })
    }

    /// Forgets an address; false when nothing was known of it.
    pub(super) fn clear(&mut self, source: IpAddr) -> bool {
        self.0.remove(&source).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_no_more_addresses_than_allowed() {
        let mut terms = Terms::default();
        for n in 0..=MAX_TERMS as u32 {
            terms.begin(IpAddr::from(n.to_be_bytes()), Instant::from_millis(u64::from(n)));
        }
        assert_eq!(terms.0.len(), MAX_TERMS);
        assert!(!terms.0.contains_key(&IpAddr::from([0, 0, 0, 0])), "the one that ends soonest goes");
    }
}
