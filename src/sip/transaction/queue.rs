//! Deadlines in order, one per key.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::Instant;

/// At most one deadline for each key; the earliest is found at once.
#[derive(Clone, Debug)]
pub struct TimerQueue<K> {
    by_key: BTreeMap<K, Instant>,
    by_time: BTreeSet<(Instant, K)>,
}

impl<K: Ord + Clone> TimerQueue<K> {
    pub fn new() -> Self {
        TimerQueue { by_key: BTreeMap::new(), by_time: BTreeSet::new() }
    }

    /// Moves the deadline of `key`; `None` takes it away.
    pub fn set(&mut self, key: K, at: Option<Instant>) {
        let before = match at {
            Some(at) => self.by_key.insert(key.clone(), at),
            None => self.by_key.remove(&key),
        };
        if before == at {
            return;
        }
        if let Some(before) = before {
            self.by_time.remove(&(before, key.clone()));
        }
        if let Some(at) = at {
            self.by_time.insert((at, key));
        }
    }

    /// The earliest deadline.
    pub fn next(&self) -> Option<Instant> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes out the key whose deadline has come, earliest first; call it until `None`.
    pub fn pop_due(&mut self, now: Instant) -> Option<K> {
        self.next().filter(|at| *at <= now)?;
        let (_, key) = self.by_time.pop_first()?;
        self.by_key.remove(&key);
        Some(key)
    }

    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }
}

impl<K: Ord + Clone> Default for TimerQueue<K> {
    fn default() -> Self {
        TimerQueue::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    #[test]
    fn gives_keys_in_the_order_of_their_latest_deadlines() {
        let mut queue = TimerQueue::new();
        queue.set('a', Some(at(30)));
        queue.set('b', Some(at(20)));
        queue.set('c', Some(at(25)));
        queue.set('a', Some(at(10)));
        queue.set('b', None);
        assert_eq!(queue.next(), Some(at(10)));
        assert_eq!(queue.pop_due(at(9)), None);
        assert_eq!(queue.pop_due(at(30)), Some('a'));
        assert_eq!(queue.pop_due(at(30)), Some('c'));
        assert_eq!(queue.pop_due(at(30)), None);
        assert!(queue.is_empty());
    }
}
