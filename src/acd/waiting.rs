//! Calls come into the queue and leave it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::machine::Acd;
use super::matching::common_group;
use super::queue::{Entry, MAX_PRIORITY, Stage};
use super::stamp::Stamp;
use super::{AgentNo, AgentState, AssignRefusal, Enqueue, GroupId, LastAgent, LeaveReason, Output, Place, StopReason};
use crate::base::{CallId, Now};

/// Who answered longer ago is not preferred (G8).
const LAST_AGENT_WITHIN: Duration = Duration::from_secs(7 * 24 * 3600);

impl Acd {
    pub(super) fn enqueue(&mut self, enqueue: Enqueue, now: Now) {
        if self.queue.contains(enqueue.call) {
            return;
        }
        if self.queue.len() >= Self::MAX_QUEUE {
            return self.output(Output::QueueFull { call: enqueue.call });
        }
        let priority = enqueue.priority.min(MAX_PRIORITY);
        let place = match enqueue.place {
            Some(place) => Place { priority, ..place },
            None => self.queue.new_place(priority, Stamp::at(now.instant)),
        };
        let preferred = match (&enqueue.caller, enqueue.last_agent) {
            (Some(_), Some(last)) => is_recent(&last, now).then_some(last.agent),
            (None, _) | (_, None) => None,
        };
        self.queue.insert(Entry {
            call: enqueue.call,
            place,
            home: enqueue.group,
            widened: Vec::new(),
            caller: enqueue.caller,
            preferred,
            tried: BTreeMap::new(),
            stage: Stage::Waiting,
            callback: None,
            told_ahead: None,
            told_no_agents: false,
        });
        self.mark_queue();
    }

    pub(super) fn widen(&mut self, call: CallId, group: GroupId) {
        if self.queue.get_mut(call).is_some_and(|entry| entry.widen(group)) {
            self.mark_queue();
        }
    }

    pub(super) fn leave(&mut self, call: CallId, why: LeaveReason, now: Stamp) {
        let Some(entry) = self.queue.remove(call) else { return };
        self.mark_queue();
        if let Stage::Ringing { agent } = &entry.stage {
            let why = match why {
                LeaveReason::CallerGone => StopReason::CallerGone,
                LeaveReason::MaxWait
                | LeaveReason::NoAgents
                | LeaveReason::Key
                | LeaveReason::Callback
                | LeaveReason::Removed => StopReason::Withdrawn,
            };
            self.stop_ringing(call, agent, why, now);
        }
        let waited_ms = now.ms_since(entry.place.queued_at);
        self.output(Output::Left { call, why, waited_ms, place: entry.place });
    }

    pub(super) fn assign(&mut self, call: CallId, agent: &AgentNo, now: Stamp) {
        match self.may_assign(call, agent) {
            Ok(Assignment { from, group }) => {
                if let Some(from) = from {
                    self.stop_ringing(call, &from, StopReason::Withdrawn, now);
                }
                self.ring(call, agent, group, now);
            }
            Err(None) => {}
            Err(Some(why)) => self.output(Output::AssignRefused { call, agent: agent.clone(), why }),
        }
    }

    /// `Err(None)` when the agent rings for this call already.
    fn may_assign(&self, call: CallId, agent: &AgentNo) -> Result<Assignment, Option<AssignRefusal>> {
        let entry = self.queue.get(call).ok_or(AssignRefusal::NotWaiting)?;
        let seat = self.seats.get(agent).ok_or(AssignRefusal::UnknownAgent)?;
        let from = match &entry.stage {
            Stage::Waiting => None,
            Stage::Ringing { agent: ringing } if ringing == agent => return Err(None),
            Stage::Ringing { agent: ringing } => Some(ringing.clone()),
            Stage::Leased { .. } => return Err(Some(AssignRefusal::NotWaiting)),
        };
        if !matches!(seat.state, AgentState::Ready { .. }) {
            return Err(Some(AssignRefusal::NotFree));
        }
        if !seat.reachable {
            return Err(Some(AssignRefusal::Unreachable));
        }
        let group = common_group(entry, seat).unwrap_or(&entry.home).clone();
        Ok(Assignment { from, group })
    }
}

struct Assignment {
    /// Whose phone rings for the call until now.
    from: Option<AgentNo>,
    group: GroupId,
}

fn is_recent(last: &LastAgent, now: Now) -> bool {
    let ago_ms = now.utc.0.saturating_sub(last.answered_at.0);
    u128::try_from(ago_ms).unwrap_or(0) <= LAST_AGENT_WITHIN.as_millis()
}
