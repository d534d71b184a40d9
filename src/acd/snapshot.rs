//! What survives a restart, or moves to another node: agents, wrap-up deadlines, places in the queue (P2, P17).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::machine::Acd;
use super::queue::{Callback, Entry, MAX_PRIORITY, Stage};
use super::seat::Seat;
use super::stamp::Stamp;
use super::{AcdConfig, AgentConfig, AgentNo, AgentState, Correction, GroupId, Live, Place};
use crate::base::{CallId, Now, UtcMillis};

/// The state of the machine as plain rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub agents: Vec<AgentRecord>,
    /// In the order in which they are served.
    pub queue: Vec<QueueRecord>,
    /// Hours whose callbacks rest.
    pub callbacks_closed: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRecord {
    pub no: AgentNo,
    pub state: AgentState<UtcMillis>,
    pub changed_at: UtcMillis,
    pub reachable: bool,
    pub answered: u32,
    /// Failed rings in a row.
    pub strikes: u32,
    pub back_off_until: Option<UtcMillis>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRecord {
    pub call: CallId,
    pub queued_at: UtcMillis,
    pub priority: u8,
    /// Order among calls of the same moment.
    pub seq: u64,
    pub home: GroupId,
    /// Groups that it overflowed to.
    pub widened: Vec<GroupId>,
    pub caller: Option<String>,
    /// Who answered this caller last.
    pub preferred: Option<AgentNo>,
    /// How often each agent was rung in vain.
    pub tried: BTreeMap<AgentNo, u32>,
    pub callback: Option<CallbackRecord>,
}

/// What makes a queue entry a callback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackRecord {
    pub number: String,
    pub attempts_left: u8,
    pub retry_after_s: u32,
    pub not_before: Option<UtcMillis>,
    #[serde(default)]
    pub hours: Option<String>,
    /// Who has it in hand.
    pub lease: Option<AgentNo>,
}

impl Acd {
    /// Everything that must survive.
    pub fn snapshot(&self, now: Now) -> Snapshot {
        Snapshot {
            agents: self.seats.values().map(|seat| agent_record(seat, now)).collect(),
            queue: self.queue.iter().map(|entry| queue_record(entry, now)).collect(),
            callbacks_closed: self.callbacks_closed.clone(),
        }
    }

    /// A machine as it was, put right by what is `live`: agents of dead calls are free, dead callers left the queue, rings
    /// are over. When a dead call ended is unknown, so no wrap-up follows it; wrap-up that ran goes on to its deadline.
    pub fn restore(config: AcdConfig, snapshot: Snapshot, live: &Live, now: Now) -> Self {
        let at = Stamp::at(now.instant);
        let mut acd = Acd::new();
        acd.set_up(config, at);
        acd.callbacks_closed = snapshot.callbacks_closed;
        for record in snapshot.agents {
            acd.restore_agent(record, live, now);
        }
        let leases: Vec<(CallId, AgentNo)> =
            snapshot.queue.into_iter().filter_map(|record| acd.restore_entry(record, now)).collect();
        for (agent, call) in acd.lost_dialogs(live) {
            acd.free_without_wrap_up(&agent, call, at);
        }
        for (call, agent) in leases {
            if !acd.seats.get(&agent).is_some_and(|seat| seat.is_on(call)) {
                acd.fail_attempt(call, &agent, at);
            }
        }
        acd.adopt(live, at);
        acd.mark_all();
        acd.mark_queue();
        acd.handle_timeout(now);
        acd
    }

    fn restore_agent(&mut self, record: AgentRecord, live: &Live, now: Now) {
        let stamp = |utc| Stamp::from_utc(utc, now);
        let state = match record.state.map_time(stamp) {
            AgentState::Ringing { idle_since, .. } => AgentState::Ready { since: idle_since },
            state => state,
        };
        let talks = state.call().is_some_and(|call| live.dialogs.contains(&(record.no.clone(), call)));
        if !self.seats.contains_key(&record.no) && talks {
            // No longer set up, but the dialog is up: finishes it, as if removed in the middle of it.
            let config = AgentConfig { no: record.no.clone(), name: record.no.0.clone(), groups: BTreeSet::new() };
            self.seats.insert(record.no.clone(), Seat { removed: true, ..Seat::new(config, stamp(record.changed_at)) });
        }
        let Some(seat) = self.seats.get_mut(&record.no) else { return };
        seat.enter(state, stamp(record.changed_at));
        seat.reachable = record.reachable;
        seat.answered = record.answered;
        seat.strikes = record.strikes;
        seat.back_off_until = record.back_off_until.map(stamp);
    }

    /// Tells the lease that a callback was under.
    fn restore_entry(&mut self, record: QueueRecord, now: Now) -> Option<(CallId, AgentNo)> {
        let lease = record.callback.as_ref().and_then(|callback| callback.lease.clone());
        let call = record.call;
        if self.queue.contains(call) || self.queue.len() >= Self::MAX_QUEUE {
            return None;
        }
        self.queue.skip_seq(record.seq);
        self.queue.insert(entry(record, now));
        Some((call, lease?))
    }

    fn free_without_wrap_up(&mut self, agent: &AgentNo, call: CallId, now: Stamp) {
        let Some(seat) = self.seats.get_mut(agent) else { return };
        if let AgentState::OnCall { then, .. } = seat.state.clone() {
            seat.enter_then(then, now);
            self.correct(Correction::AgentFreed { agent: agent.clone(), call });
            self.leave_dialog(call, agent, now);
        }
    }
}

fn agent_record(seat: &Seat, now: Now) -> AgentRecord {
    AgentRecord {
        no: seat.no.clone(),
        state: seat.state.map_time(|at| at.to_utc(now)),
        changed_at: seat.changed_at.to_utc(now),
        reachable: seat.reachable,
        answered: seat.answered,
        strikes: seat.strikes,
        back_off_until: seat.back_off_until.map(|at| at.to_utc(now)),
    }
}

fn queue_record(entry: &Entry, now: Now) -> QueueRecord {
    let lease = match &entry.stage {
        Stage::Leased { agent } => Some(agent.clone()),
        Stage::Waiting | Stage::Ringing { .. } => None,
    };
    QueueRecord {
        call: entry.call,
        queued_at: entry.place.queued_at.to_utc(now),
        priority: entry.place.priority,
        seq: entry.place.seq,
        home: entry.home.clone(),
        widened: entry.widened.clone(),
        caller: entry.caller.clone(),
        preferred: entry.preferred.clone(),
        tried: entry.tried.clone(),
        callback: entry.callback.as_ref().map(|callback| CallbackRecord {
            number: callback.number.clone(),
            attempts_left: callback.attempts_left,
            retry_after_s: u32::try_from(callback.retry_after.as_secs()).unwrap_or(u32::MAX),
            not_before: callback.not_before.map(|at| at.to_utc(now)),
            hours: callback.hours.clone(),
            lease,
        }),
    }
}

fn entry(record: QueueRecord, now: Now) -> Entry {
    let stamp = |utc| Stamp::from_utc(utc, now);
    let lease = record.callback.as_ref().and_then(|callback| callback.lease.clone());
    Entry {
        call: record.call,
        place: Place {
            queued_at: stamp(record.queued_at),
            priority: record.priority.min(MAX_PRIORITY),
            seq: record.seq,
        },
        home: record.home,
        widened: record.widened,
        caller: record.caller,
        preferred: record.preferred,
        tried: record.tried,
        stage: lease.map_or(Stage::Waiting, |agent| Stage::Leased { agent }),
        callback: record.callback.map(|callback| Callback {
            number: callback.number,
            attempts_left: callback.attempts_left,
            retry_after: Duration::from_secs(u64::from(callback.retry_after_s)),
            not_before: callback.not_before.map(stamp),
            hours: callback.hours,
        }),
        told_ahead: None,
        told_no_agents: false,
    }
}
