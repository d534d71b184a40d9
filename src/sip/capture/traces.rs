//! Which messages belong to which call, and how long they are kept.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::packet::Packet;
use crate::base::{CallId, Instant};

/// Dialogs of which it is not known (yet) whose call they are: a challenge comes before the call.
const MAX_UNCLAIMED: usize = 256;
/// Messages of each of them: INVITE, 100, 401, ACK and the INVITE again, some of them repeated.
const MAX_UNCLAIMED_MESSAGES: usize = 12;
/// What a message costs besides its bytes.
const OVERHEAD: usize = 200;

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Messages of one call. When there are more, the first quarter and the newest stay.
    pub messages: usize,
    /// Bytes of all calls together. When there are more, calls that are over go first, then the oldest.
    pub bytes: usize,
    /// How long a call is kept after its end.
    pub keep: Duration,
}

/// What is kept of one call.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// In the order in which they were seen; both legs.
    pub packets: VecDeque<Arc<Packet>>,
    /// Messages that had no room.
    pub dropped: u64,
    dialogs: Vec<Bytes>,
    ended: Option<Instant>,
}

/// The messages of all calls of this switch.
#[derive(Debug)]
pub struct Traces {
    limits: Limits,
    calls: BTreeMap<CallId, Trace>,
    /// The calls of a SIP Call-ID: two, when a call comes back to us through a proxy.
    owners: BTreeMap<Bytes, Vec<CallId>>,
    unclaimed: BTreeMap<Bytes, Vec<Arc<Packet>>>,
    /// Unclaimed dialogs, oldest first; those that were claimed since are passed over.
    order: VecDeque<Bytes>,
    /// Calls that are over, oldest end first.
    ended: VecDeque<(Instant, CallId)>,
    bytes: usize,
}

impl Traces {
    pub fn new(limits: Limits) -> Self {
        Traces {
            limits,
            calls: BTreeMap::new(),
            owners: BTreeMap::new(),
            unclaimed: BTreeMap::new(),
            order: VecDeque::new(),
            ended: VecDeque::new(),
            bytes: 0,
        }
    }

    /// Keeps a message when it is a call's, or may become one's. Tells the call, if it is known.
    pub fn record(&mut self, packet: Arc<Packet>) -> Option<CallId> {
        let Some(owners) = self.owners.get(&packet.call_id).cloned() else {
            self.hold(packet);
            return None;
        };
        for call in &owners {
            self.keep(*call, packet.clone());
        }
        self.make_room();
        owners.first().copied()
    }

    /// The dialogs with this SIP Call-ID are a part of this call.
    pub fn claim(&mut self, call: CallId, call_id: &str) {
        let call_id = Bytes::copy_from_slice(call_id.as_bytes());
        let owners = self.owners.entry(call_id.clone()).or_default();
        if owners.contains(&call) {
            return;
        }
        let known = owners.first().copied();
        owners.push(call);
        self.calls.entry(call).or_default().dialogs.push(call_id.clone());
        let before: Vec<_> = match known.and_then(|other| self.calls.get(&other)) {
            Some(other) => other.packets.iter().filter(|packet| packet.call_id == call_id).cloned().collect(),
            None => self.unclaimed.remove(&call_id).unwrap_or_default(),
        };
        for packet in before {
            self.keep(call, packet);
        }
        self.make_room();
    }

    /// A call is over: it is kept for a while.
    pub fn end(&mut self, call: CallId, now: Instant) {
        if let Some(trace) = self.calls.get_mut(&call).filter(|trace| trace.ended.is_none()) {
            trace.ended = Some(now);
            self.ended.push_back((now, call));
        }
    }

    /// Forgets what was kept long enough. A call that `is_up` does not know is over.
    pub fn prune(&mut self, now: Instant, is_up: impl Fn(CallId) -> bool) {
        let over: Vec<CallId> = self.calls.keys().copied().filter(|call| !is_up(*call)).collect();
        for call in over {
            self.end(call, now);
        }
        while let Some((at, call)) = self.ended.front().copied()
            && now.since(at) >= self.limits.keep
        {
            self.ended.pop_front();
            self.forget(call);
        }
    }

    /// What is kept of a call.
    pub fn of(&self, call: CallId) -> Option<&Trace> {
        self.calls.get(&call)
    }

    /// Bytes that are kept, and of how many calls.
    pub fn size(&self) -> (usize, usize) {
        (self.bytes, self.calls.len())
    }

    /// Nobody's yet. Only an INVITE begins to be held.
    fn hold(&mut self, packet: Arc<Packet>) {
        if let Some(held) = self.unclaimed.get_mut(&packet.call_id) {
            if held.len() < MAX_UNCLAIMED_MESSAGES {
                held.push(packet);
            }
            return;
        }
        if !packet.is_invite() {
            return;
        }
        self.order.push_back(packet.call_id.clone());
        self.unclaimed.insert(packet.call_id.clone(), vec![packet]);
        while self.order.len() > MAX_UNCLAIMED
            && let Some(oldest) = self.order.pop_front()
        {
            self.unclaimed.remove(&oldest);
        }
    }

    fn keep(&mut self, call: CallId, packet: Arc<Packet>) {
        let Some(trace) = self.calls.get_mut(&call) else { return };
        self.bytes += cost(&packet);
        trace.packets.push_back(packet);
        if trace.packets.len() > self.limits.messages
            && let Some(dropped) = trace.packets.remove(self.limits.messages / 4)
        {
            trace.dropped += 1;
            self.bytes -= cost(&dropped);
        }
    }

    fn make_room(&mut self) {
        while self.bytes > self.limits.bytes {
            let over = self.ended.pop_front().map(|(_, call)| call);
            let Some(call) = over.or_else(|| self.calls.keys().next().copied()) else { return };
            self.forget(call);
        }
    }

    fn forget(&mut self, call: CallId) {
        let Some(trace) = self.calls.remove(&call) else { return };
        self.bytes -= trace.packets.iter().map(|packet| cost(packet)).sum::<usize>();
        for call_id in trace.dialogs {
            if let Some(owners) = self.owners.get_mut(&call_id) {
                owners.retain(|owner| *owner != call);
                if owners.is_empty() {
                    self.owners.remove(&call_id);
                }
            }
        }
    }
}

fn cost(packet: &Packet) -> usize {
    packet.bytes.len() + packet.call_id.len() + OVERHEAD
}
