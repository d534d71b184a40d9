//! When each call wants to be woken, in the order of time: asked in every turn of the loop, so it must not grow with
//! the number of calls.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{CallId, Instant};

/// At most one deadline for each call.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    of: BTreeMap<CallId, Instant>,
    order: BTreeSet<(Instant, CallId)>,
}

impl Deadlines {
    /// Sets, moves or (with `None`) removes the deadline of a call.
    pub(super) fn set(&mut self, call: CallId, at: Option<Instant>) {
        let before = match at {
            Some(at) => self.of.insert(call, at),
            None => self.of.remove(&call),
        };
        if before == at {
            return;
        }
        if let Some(before) = before {
            self.order.remove(&(before, call));
        }
        if let Some(at) = at {
            self.order.insert((at, call));
        }
    }

    /// The first moment at which a call wants to be woken.
    pub(super) fn first(&self) -> Option<Instant> {
        self.order.first().map(|(at, _)| *at)
    }

    /// The calls whose moment has come, the longest due first; they stay until they are set anew.
    pub(super) fn due(&self, now: Instant) -> Vec<CallId> {
        self.order.iter().take_while(|(at, _)| *at <= now).map(|(_, call)| *call).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_earliest_comes_first_and_a_moved_one_leaves_its_old_place() {
        let at = |ms| Instant::ZERO + Duration::from_millis(ms);
        let (a, b) = (CallId::from_raw(1), CallId::from_raw(2));
        let mut deadlines = Deadlines::default();
        deadlines.set(a, Some(at(10)));
        deadlines.set(b, Some(at(20)));
        assert_eq!(deadlines.first(), Some(at(10)));
        deadlines.set(a, Some(at(30)));
        assert_eq!(deadlines.first(), Some(at(20)));
        assert_eq!(deadlines.due(at(19)), []);
        assert_eq!(deadlines.due(at(30)), [b, a]);
        deadlines.set(b, None);
        deadlines.set(b, None);
        assert_eq!(deadlines.due(at(30)), [a]);
        deadlines.set(a, None);
        assert_eq!(deadlines.first(), None);
    }
}
