//! From ring to answer, or to the next agent.

use super::machine::Acd;
use super::queue::Stage;
use super::skill_group::ring_time;
use super::stamp::Stamp;
use super::{AgentNo, AgentState, GroupId, Output, Refusal, StopReason, Then};
use crate::base::CallId;

impl Acd {
    /// Rings a free agent for a waiting call.
    pub(super) fn ring(&mut self, call: CallId, agent: &AgentNo, group: GroupId, now: Stamp) {
        let (ring_for, timed) = ring_time(self.groups.get(&group));
        let (Some(seat), Some(entry)) = (self.seats.get_mut(agent), self.queue.get_mut(call)) else { return };
        let AgentState::Ready { since: idle_since } = seat.state else { return };
        let until = now.plus(ring_for);
        seat.enter(AgentState::Ringing { call, group: group.clone(), until, timed, idle_since }, now);
        entry.stage = Stage::Ringing { agent: agent.clone() };
        let output = Output::Ring {
            call,
            agent: agent.clone(),
            group,
            until: timed.then(|| until.to_instant()),
            waited_ms: now.ms_since(entry.place.queued_at),
            callback: entry.callback.as_ref().map(|callback| callback.number.clone()),
        };
        self.mark(agent);
        self.output(output);
    }

    /// Ends a ring without an answer: the agent is free or not ready, the call waits on in its place.
    pub(super) fn stop_ringing(&mut self, call: CallId, agent: &AgentNo, why: StopReason, now: Stamp) {
        let Some(seat) = self.seats.get_mut(agent) else { return };
        let AgentState::Ringing { call: ringing, idle_since, .. } = seat.state else { return };
        if ringing != call {
            return;
        }
        let in_vain = match why {
            StopReason::NoAnswer | StopReason::Busy | StopReason::Declined | StopReason::Unreachable => true,
            StopReason::CallerGone | StopReason::Withdrawn => false,
        };
        seat.stop_ringing(idle_since, why == StopReason::NoAnswer, now);
        if in_vain {
            seat.strike(now);
        }
        if let Some(entry) = self.queue.get_mut(call) {
            entry.stage = Stage::Waiting;
            if in_vain {
                *entry.tried.entry(agent.clone()).or_default() += 1;
            }
        }
        self.mark(agent);
        self.output(Output::StopRinging { call, agent: agent.clone(), why });
    }

    /// The agent's phone answered. A second report of the same answer is ignored.
    pub(super) fn answered(&mut self, call: CallId, agent: &AgentNo, now: Stamp) {
        match self.seats.get(agent) {
            Some(seat) if seat.rings_for(call) => self.connect(call, agent, now),
            Some(seat) if seat.is_on(call) => {}
            Some(_) | None => self.output(Output::LateAnswer { call, agent: agent.clone() }),
        }
    }

    fn connect(&mut self, call: CallId, agent: &AgentNo, now: Stamp) {
        let (Some(seat), Some(entry)) = (self.seats.get_mut(agent), self.queue.get_mut(call)) else { return };
        let AgentState::Ringing { group, .. } = seat.state.clone() else { return };
        seat.enter(AgentState::OnCall { call, group: Some(group.clone()), then: Then::Ready }, now);
        seat.answered = seat.answered.saturating_add(1);
        seat.forgive();
        let waited_ms = now.ms_since(entry.place.queued_at);
        if entry.callback.is_some() {
            entry.stage = Stage::Leased { agent: agent.clone() };
        } else {
            self.queue.remove(call);
        }
        self.mark_queue();
        self.mark(agent);
        self.output(Output::Connect { call, agent: agent.clone(), group, waited_ms });
    }

    pub(super) fn refused(&mut self, call: CallId, agent: &AgentNo, why: Refusal, now: Stamp) {
        let why = match why {
            Refusal::Busy => StopReason::Busy,
            Refusal::Declined => StopReason::Declined,
            Refusal::NoAnswer => StopReason::NoAnswer,
            Refusal::Unreachable => StopReason::Unreachable,
        };
        self.stop_ringing(call, agent, why, now);
    }

    /// The agent's own clocks: answer timeout, wrap-up, back-off.
    pub(super) fn end_due(&mut self, agent: &AgentNo, now: Stamp) {
        let Some(seat) = self.seats.get_mut(agent) else { return };
        if seat.back_off_until.is_some_and(|until| until <= now) {
            seat.back_off_until = None;
            self.mark(agent);
        }
        let Some(seat) = self.seats.get_mut(agent) else { return };
        match seat.state.clone() {
            AgentState::Ringing { call, until, .. } if until <= now => {
                self.stop_ringing(call, agent, StopReason::NoAnswer, now);
            }
            AgentState::WrapUp { until, then } if until <= now => {
                // From the deadline on, also when the timer fires late or the switch was down meanwhile.
                seat.enter_then(then, until);
                self.mark(agent);
            }
            AgentState::LoggedOut
            | AgentState::NotReady { .. }
            | AgentState::Ready { .. }
            | AgentState::Ringing { .. }
            | AgentState::OnCall { .. }
            | AgentState::WrapUp { .. } => {}
        }
    }
}
