//! What the recorder remembers of calls between two batches, so that a batch needs no reading. Losing an entry costs
//! time, never correctness: the call is read from its events again.

use std::collections::{BTreeMap, VecDeque};

use crate::base::CallId;
use crate::call::record::CallRecord;
use crate::ticket::Draft;

/// Calls that are over and may still get a wrap-up or a recording's end.
const MAX_ENDED: usize = 1024;
/// All calls, about 4 KiB each.
const MAX_CALLS: usize = 32_768;

/// A call whose events are in the database without a gap, and what was made of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    pub record: CallRecord,
    pub customer: Identity,
    /// The tickets of the call by their place among its drafts.
    pub tickets: BTreeMap<u16, Ticketed>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Nobody has looked yet.
    Unknown,
    /// Looked up: the number is withheld, or of several customers among whom the agent chooses.
    Undecided,
    One(i64),
}

impl Identity {
    pub fn id(self) -> Option<i64> {
        match self {
            Identity::One(id) => Some(id),
            Identity::Unknown | Identity::Undecided => None,
        }
    }
}

/// A ticket, and the draft that its row follows; `None` when the row was only found in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticketed {
    pub number: i64,
    pub draft: Option<Draft>,
}

#[derive(Debug, Default)]
pub struct Cache {
    calls: BTreeMap<CallId, Known>,
    ended: VecDeque<CallId>,
}

impl Cache {
    pub fn get(&self, call: CallId) -> Option<&Known> {
        self.calls.get(&call)
    }

    pub fn put(&mut self, known: Known) {
        let call = known.record.call;
        let is_over = known.record.ended.is_some();
        let was_over = self.calls.insert(call, known).is_some_and(|before| before.record.ended.is_some());
        if is_over && !was_over {
            self.ended.push_back(call);
        }
        while self.ended.len() > MAX_ENDED {
            self.ended.pop_front().and_then(|call| self.calls.remove(&call));
        }
        while self.calls.len() > MAX_CALLS {
            self.calls.pop_first();
        }
    }

    /// Something may have been written of this call that the entry does not know.
    pub fn forget(&mut self, call: CallId) {
        self.calls.remove(&call);
    }
}
