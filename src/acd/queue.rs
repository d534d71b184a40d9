//! Waiting calls and their order.
//!
//! The order is one number, fixed when a call is queued: its time of queueing, less [`PRIORITY_STEP`] for each step of
//! priority. The least is served first. So a call of priority 5 passes whoever queued up to five minutes before it, equal
//! priorities are first in first out, and no call waits for ever behind later, more urgent ones.

use std::collections::BTreeMap;
use std::time::Duration;

use super::stamp::Stamp;
use super::{AgentNo, GroupId};
use crate::base::{CallId, Now, UtcMillis};

/// What one step of priority is worth in waiting time.
const PRIORITY_STEP: Duration = Duration::from_secs(60);
/// The highest priority.
pub(super) const MAX_PRIORITY: u8 = 9;
/// Groups that one call may overflow to; more are ignored.
const MAX_WIDENED: usize = 15;

/// A place in the queue, to be kept while a call does something else and taken up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub(super) queued_at: Stamp,
    pub(super) priority: u8,
    /// Order among calls of the same moment.
    pub(super) seq: u64,
}

impl Place {
    /// The place of a call that was first queued so long ago.
    pub fn kept(waited_ms: u64, priority: u8, now: Now) -> Self {
        let since = UtcMillis(now.utc.0.saturating_sub(i64::try_from(waited_ms).unwrap_or(i64::MAX)));
        Place { queued_at: Stamp::from_utc(since, now), priority: priority.min(MAX_PRIORITY), seq: 0 }
    }

    /// Since the call was first queued, however often it left and came back.
    pub fn waited_ms(self, now: Now) -> u64 {
        Stamp::at(now.instant).ms_since(self.queued_at)
    }

    pub fn priority(self) -> u8 {
        self.priority
    }

    fn order(self, call: CallId) -> Order {
        Order(self.queued_at.minus(PRIORITY_STEP * u32::from(self.priority)), self.seq, call)
    }
}

/// The call only tells apart two entries that were given the same place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Order(Stamp, u64, CallId);

/// A waiting call or callback.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub call: CallId,
    pub place: Place,
    /// Where it was queued.
    pub home: GroupId,
    /// Where it overflowed to.
    pub widened: Vec<GroupId>,
    pub caller: Option<String>,
    /// Answered this caller last, lately enough.
    pub preferred: Option<AgentNo>,
    /// How often each agent was rung for it in vain.
    pub tried: BTreeMap<AgentNo, u32>,
    pub stage: Stage,
    pub callback: Option<Callback>,
    pub told_ahead: Option<u32>,
    pub told_no_agents: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Waiting,
    Ringing {
        agent: AgentNo,
    },
    /// A callback that this agent has in hand: nobody else gets it (P9).
    Leased {
        agent: AgentNo,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Callback {
    pub number: String,
    pub attempts_left: u8,
    pub retry_after: Duration,
    /// Rests until then.
    pub not_before: Option<Stamp>,
    /// May be attempted while these are open.
    pub hours: Option<String>,
}

impl Entry {
    pub fn groups(&self) -> impl Iterator<Item = &GroupId> {
        std::iter::once(&self.home).chain(&self.widened)
    }

    pub fn is_for(&self, group: &GroupId) -> bool {
        self.groups().any(|own| own == group)
    }

    pub fn agent(&self) -> Option<&AgentNo> {
        match &self.stage {
            Stage::Waiting => None,
            Stage::Ringing { agent } | Stage::Leased { agent } => Some(agent),
        }
    }

    /// True when the group is new to this entry.
    pub fn widen(&mut self, group: GroupId) -> bool {
        let fits = self.widened.len() < MAX_WIDENED && !self.is_for(&group);
        if fits {
            self.widened.push(group);
        }
        fits
    }

    /// A callback between two attempts, or in an agent's hands, delays nobody.
    fn competes(&self) -> bool {
        let rests = self.callback.as_ref().is_some_and(|callback| callback.not_before.is_some());
        !rests && !matches!(self.stage, Stage::Leased { .. })
    }
}

/// All waiting calls, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    entries: BTreeMap<CallId, Entry>,
    order: BTreeMap<Order, CallId>,
    /// Callbacks that rest, and until when.
    resting: BTreeMap<CallId, Stamp>,
    next_seq: u64,
}

impl Queue {
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn contains(&self, call: CallId) -> bool {
        self.entries.contains_key(&call)
    }

    pub fn get(&self, call: CallId) -> Option<&Entry> {
        self.entries.get(&call)
    }

    pub fn get_mut(&mut self, call: CallId) -> Option<&mut Entry> {
        self.entries.get_mut(&call)
    }

    /// In the order in which they are served.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.order.values().filter_map(|call| self.entries.get(call))
    }

    /// A place at the end of its priority.
    pub fn new_place(&mut self, priority: u8, now: Stamp) -> Place {
        self.next_seq += 1;
        Place { queued_at: now, priority: priority.min(MAX_PRIORITY), seq: self.next_seq }
    }

    /// Later places come after all that were restored.
    pub fn skip_seq(&mut self, seq: u64) {
        self.next_seq = self.next_seq.max(seq);
    }

    /// The caller has looked that the call is not in yet.
    pub fn insert(&mut self, entry: Entry) {
        if let Some(at) = entry.callback.as_ref().and_then(|callback| callback.not_before) {
            self.resting.insert(entry.call, at);
        }
        self.order.insert(entry.place.order(entry.call), entry.call);
        self.entries.insert(entry.call, entry);
    }

    pub fn remove(&mut self, call: CallId) -> Option<Entry> {
        let entry = self.entries.remove(&call)?;
        self.order.remove(&entry.place.order(entry.call));
        self.resting.remove(&call);
        Some(entry)
    }

    /// The callback rests until `at`.
    pub fn rest(&mut self, call: CallId, at: Stamp) {
        if let Some(callback) = self.entries.get_mut(&call).and_then(|entry| entry.callback.as_mut()) {
            callback.not_before = Some(at);
            self.resting.insert(call, at);
        }
    }

    pub fn first_rest_end(&self) -> Option<Stamp> {
        self.resting.values().min().copied()
    }

    /// Ends the rests that are over; true when there were some.
    pub fn end_rests(&mut self, now: Stamp) -> bool {
        let over: Vec<CallId> = self.resting.iter().filter(|(_, at)| **at <= now).map(|(call, _)| *call).collect();
        for call in &over {
            self.resting.remove(call);
            if let Some(callback) = self.entries.get_mut(call).and_then(|entry| entry.callback.as_mut()) {
                callback.not_before = None;
            }
        }
        !over.is_empty()
    }

    /// How many are served before each: earlier entries that share a group. In the order of the queue.
    pub fn ahead(&self) -> Vec<(CallId, u32)> {
        let mut in_home: BTreeMap<&GroupId, u32> = BTreeMap::new();
        let mut earlier: Vec<&Entry> = Vec::new();
        let mut widened: Vec<&Entry> = Vec::new();
        let mut result = Vec::with_capacity(self.len());
        for entry in self.iter() {
            let ahead = if entry.widened.is_empty() {
                // The common case, without a walk over all that came before.
                let also = widened.iter().filter(|other| other.is_for(&entry.home)).count();
                in_home.get(&entry.home).copied().unwrap_or(0).saturating_add(count(also))
            } else {
                count(earlier.iter().filter(|other| other.groups().any(|group| entry.is_for(group))).count())
            };
            result.push((entry.call, ahead));
            if entry.competes() {
                earlier.push(entry);
                if entry.widened.is_empty() {
                    *in_home.entry(&entry.home).or_default() += 1;
                } else {
                    widened.push(entry);
                }
            }
        }
        result
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
