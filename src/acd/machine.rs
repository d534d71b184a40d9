//! The machine's face, and what follows every input: idle agents are matched with waiting calls, and changes are told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::matching;
use super::queue::Queue;
use super::seat::Seat;
use super::skill_group::Group;
use super::stamp::Stamp;
use super::{AgentNo, GroupId, Input, Output};
use crate::base::{CallId, Instant, Now};

/// All agents, all skill groups, one queue.
#[derive(Debug, Default)]
pub struct Acd {
    pub(super) groups: BTreeMap<GroupId, Group>,
    pub(super) seats: BTreeMap<AgentNo, Seat>,
    pub(super) queue: Queue,
    pub(super) callbacks_closed: BTreeSet<String>,
    /// Reachable agents in `Ready`, also those that back off.
    pub(super) idle: BTreeSet<AgentNo>,
    /// Agents who changed since the last output about them.
    changed: BTreeSet<AgentNo>,
    /// A call came, went, was widened, or counts differently for those behind it.
    queue_changed: bool,
    /// Some group has nobody any more, or has somebody again, or a call asks for the first time.
    staffing_changed: bool,
    outputs: VecDeque<Output>,
}

impl Acd {
    /// Waiting calls and callbacks together; more get `QueueFull`.
    pub const MAX_QUEUE: usize = 10_000;
    /// Most attempts that a callback may be given.
    pub const MAX_CALLBACK_ATTEMPTS: u8 = 10;
    /// A callback is not attempted sooner after it was booked: the caller is still hearing that it was.
    pub const FIRST_CALLBACK_AFTER_S: u32 = 30;

    /// An empty machine: `configure` fills it.
    pub fn new() -> Self {
        Acd::default()
    }

    pub fn handle(&mut self, input: Input, now: Now) {
        let at = Stamp::at(now.instant);
        match input {
            Input::SignIn { agent } => self.sign_in(&agent, at),
            Input::SignOut { agent } => self.sign_out(&agent, at),
            Input::SetReady { agent } => self.set_ready(&agent, at),
            Input::SetNotReady { agent, reason } => self.set_not_ready(&agent, &reason, at),
            Input::Reachable { agent, reachable } => self.set_reachable(&agent, reachable, at),
            Input::Enqueue(enqueue) => self.enqueue(enqueue, now),
            Input::Widen { call, group } => self.widen(call, group),
            Input::Leave { call, why } => self.leave(call, why, at),
            Input::Answered { call, agent } => self.answered(call, &agent, at),
            Input::Refused { call, agent, why } => self.refused(call, &agent, why, at),
            Input::Ended { call, agent } => self.ended(call, &agent, at),
            Input::Seize { agent, call, group } => self.seize(&agent, call, group, at),
            Input::Assign { call, agent } => self.assign(call, &agent, at),
            Input::BookCallback(booking) => self.book_callback(booking, at),
            Input::CallbackReached { call } => self.callback_reached(call),
            Input::CallbackHours { hours, open } => self.set_callback_hours(hours, open),
        }
        self.settle(now);
    }

    /// Does what is due. Nothing else lets time pass: an answer that is handled before its timeout counts.
    pub fn handle_timeout(&mut self, now: Now) {
        let at = Stamp::at(now.instant);
        let due: Vec<AgentNo> =
            self.seats.values().filter(|seat| seat.is_due(at)).map(|seat| seat.no.clone()).collect();
        for agent in due {
            self.end_due(&agent, at);
        }
        self.queue_changed |= self.queue.end_rests(at);
        self.settle(now);
    }

    /// When `handle_timeout` is to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let seats = self.seats.values().flat_map(|seat| [seat.state.until(), seat.back_off_until]);
        seats.chain([self.queue.first_rest_end()]).flatten().min().map(Stamp::to_instant)
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub(super) fn output(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    /// The agent's row is to be told anew.
    pub(super) fn mark(&mut self, agent: &AgentNo) {
        self.changed.insert(agent.clone());
    }

    pub(super) fn mark_all(&mut self) {
        self.changed.extend(self.seats.keys().cloned());
    }

    pub(super) fn mark_queue(&mut self) {
        self.queue_changed = true;
        self.staffing_changed = true;
    }

    /// Matches and tells until nothing is left to do. Runs once after every input.
    pub(super) fn settle(&mut self, now: Now) {
        let at = Stamp::at(now.instant);
        self.recount();
        for (call, agent, group) in matching::pairs(self) {
            self.ring(call, &agent, group, at);
        }
        self.recount();
        self.tell_no_agents();
        self.tell_positions();
        for agent in std::mem::take(&mut self.changed) {
            if let Some(view) = self.agent(&agent, now) {
                self.output(Output::AgentChanged(Box::new(view)));
            }
        }
    }

    /// Brings the set of idle agents and the number online in each group up to date with the agents who changed.
    fn recount(&mut self) {
        for agent in &self.changed {
            let Some(seat) = self.seats.get_mut(agent) else {
                self.idle.remove(agent);
                continue;
            };
            if seat.idle_since().is_some() {
                self.idle.insert(agent.clone());
            } else {
                self.idle.remove(agent);
            }
            let counts_in = if seat.is_online() { seat.groups.clone() } else { BTreeSet::new() };
            if counts_in != seat.counted_in {
                let before = std::mem::replace(&mut seat.counted_in, counts_in.clone());
                count_online(&mut self.groups, &before, &counts_in);
                self.staffing_changed = true;
            }
        }
    }

    /// Forgets an agent who was counted.
    pub(super) fn remove_seat(&mut self, agent: &AgentNo) {
        if let Some(seat) = self.seats.remove(agent) {
            count_online(&mut self.groups, &seat.counted_in, &BTreeSet::new());
            self.staffing_changed = true;
            self.mark(agent);
            self.output(Output::AgentRemoved { agent: agent.clone() });
        }
    }

    fn tell_no_agents(&mut self) {
        if !std::mem::take(&mut self.staffing_changed) {
            return;
        }
        let staffed: BTreeSet<&GroupId> =
            self.groups.iter().filter(|(_, group)| group.online > 0).map(|(id, _)| id).collect();
        let calls: Vec<(CallId, bool)> = (self.queue.iter().filter(|entry| entry.callback.is_none()))
            .map(|entry| (entry.call, !entry.groups().any(|group| staffed.contains(group))))
            .collect();
        for (call, nobody) in calls {
            let Some(entry) = self.queue.get_mut(call) else { continue };
            if nobody && !std::mem::replace(&mut entry.told_no_agents, nobody) {
                let group = entry.home.clone();
                self.output(Output::NoAgents { call, group });
            } else {
                entry.told_no_agents = nobody;
            }
        }
    }

    fn tell_positions(&mut self) {
        if !std::mem::take(&mut self.queue_changed) {
            return;
        }
        let working = self.working();
        for (call, ahead) in self.queue.ahead() {
            let Some(entry) = self.queue.get_mut(call) else { continue };
            if entry.callback.is_some() || entry.told_ahead.replace(ahead) == Some(ahead) {
                continue;
            }
            let home = entry.home.clone();
            let estimated_wait_s = self.estimated_wait_s(&home, ahead, &working);
            self.output(Output::Position { call, ahead, estimated_wait_s });
        }
    }
}

fn count_online(groups: &mut BTreeMap<GroupId, Group>, before: &BTreeSet<GroupId>, after: &BTreeSet<GroupId>) {
    for id in before.difference(after) {
        if let Some(group) = groups.get_mut(id) {
            group.online = group.online.saturating_sub(1);
        }
    }
    for id in after.difference(before) {
        if let Some(group) = groups.get_mut(id) {
            group.online += 1;
        }
    }
}
