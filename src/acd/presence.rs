//! Agents come, go, take breaks and finish calls.

use super::machine::Acd;
use super::stamp::Stamp;
use super::{AgentNo, AgentState, GroupId, NotReadyReason, Output, StopReason, Then};
use crate::base::CallId;

impl Acd {
    pub(super) fn sign_in(&mut self, agent: &AgentNo, now: Stamp) {
        let Some(seat) = self.seats.get_mut(agent).filter(|seat| !seat.removed) else { return };
        match &mut seat.state {
            AgentState::LoggedOut => {
                seat.enter(AgentState::NotReady { reason: NotReadyReason::SignedIn }, now);
            }
            AgentState::OnCall { then, .. } if *then == Then::LoggedOut => {
                *then = Then::NotReady(NotReadyReason::SignedIn);
            }
            AgentState::NotReady { .. }
            | AgentState::Ready { .. }
            | AgentState::Ringing { .. }
            | AgentState::OnCall { .. }
            | AgentState::WrapUp { .. } => return,
        }
        seat.answered = 0;
        seat.forgive();
        self.mark(agent);
    }

    pub(super) fn sign_out(&mut self, agent: &AgentNo, now: Stamp) {
        self.withdraw_ring(agent, StopReason::Withdrawn, now);
        let Some(seat) = self.seats.get_mut(agent) else { return };
        match &mut seat.state {
            AgentState::LoggedOut => return,
            AgentState::OnCall { then, .. } => *then = Then::LoggedOut,
            AgentState::NotReady { .. }
            | AgentState::Ready { .. }
            | AgentState::Ringing { .. }
            | AgentState::WrapUp { .. } => seat.enter(AgentState::LoggedOut, now),
        }
        self.mark(agent);
    }

    pub(super) fn set_ready(&mut self, agent: &AgentNo, now: Stamp) {
        let Some(seat) = self.seats.get_mut(agent) else { return };
        match &mut seat.state {
            AgentState::NotReady { .. } | AgentState::WrapUp { .. } => {
                seat.forgive();
                seat.enter(AgentState::Ready { since: now }, now);
            }
            // Who signed out during the call, or never signed in, signs in first.
            AgentState::OnCall { then, .. } if *then != Then::LoggedOut => *then = Then::Ready,
            AgentState::LoggedOut
            | AgentState::Ready { .. }
            | AgentState::Ringing { .. }
            | AgentState::OnCall { .. } => return,
        }
        self.mark(agent);
    }

    pub(super) fn set_not_ready(&mut self, agent: &AgentNo, reason: &str, now: Stamp) {
        self.withdraw_ring(agent, StopReason::Declined, now);
        let reason = NotReadyReason::chosen(reason);
        let Some(seat) = self.seats.get_mut(agent) else { return };
        match &mut seat.state {
            AgentState::LoggedOut => return,
            AgentState::OnCall { then, .. } if *then == Then::LoggedOut => return,
            AgentState::OnCall { then, .. } => *then = Then::NotReady(reason),
            AgentState::NotReady { .. }
            | AgentState::Ready { .. }
            | AgentState::Ringing { .. }
            | AgentState::WrapUp { .. } => seat.enter(AgentState::NotReady { reason }, now),
        }
        self.mark(agent);
    }

    pub(super) fn set_reachable(&mut self, agent: &AgentNo, reachable: bool, now: Stamp) {
        let Some(seat) = self.seats.get_mut(agent).filter(|seat| seat.reachable != reachable) else { return };
        seat.reachable = reachable;
        self.mark(agent);
        if !reachable {
            self.withdraw_ring(agent, StopReason::Unreachable, now);
        }
    }

    /// A dialog that the queue did not start.
    pub(super) fn seize(&mut self, agent: &AgentNo, call: CallId, group: Option<GroupId>, now: Stamp) {
        let Some(seat) = self.seats.get(agent) else {
            return self.output(Output::SeizeRefused { agent: agent.clone(), call });
        };
        if seat.rings_for(call) {
            return self.answered(call, agent, now);
        }
        self.withdraw_ring(agent, StopReason::Withdrawn, now);
        let Some(seat) = self.seats.get_mut(agent) else { return };
        let then = match &mut seat.state {
            AgentState::LoggedOut => Then::LoggedOut,
            AgentState::NotReady { reason } => Then::NotReady(reason.clone()),
            AgentState::Ready { .. } | AgentState::Ringing { .. } => Then::Ready,
            AgentState::WrapUp { then, .. } => then.clone(),
            // A handset that was only lifted has become a call: from here on it is a group's.
            AgentState::OnCall { call: on, group: known, .. } if *on == call => {
                *known = known.take().or(group);
                return self.mark(agent);
            }
            AgentState::OnCall { .. } => {
                return self.output(Output::SeizeRefused { agent: agent.clone(), call });
            }
        };
        seat.enter(AgentState::OnCall { call, group, then }, now);
        self.mark(agent);
    }

    /// The dialog is over: wrap-up starts, in all groups.
    pub(super) fn ended(&mut self, call: CallId, agent: &AgentNo, now: Stamp) {
        let Some(seat) = self.seats.get_mut(agent) else { return };
        let AgentState::OnCall { call: on, group, then } = seat.state.clone() else { return };
        if on != call {
            return;
        }
        let group = group.and_then(|id| self.groups.get_mut(&id));
        let wrap_up = group.as_ref().and_then(|group| group.wrap_up());
        if let Some(group) = group {
            let wrap_up_ms = wrap_up.map_or(0, |time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
            group.add_handled(now.ms_since(seat.changed_at).saturating_add(wrap_up_ms));
        }
        match wrap_up {
            Some(time) if then != Then::LoggedOut => {
                seat.enter(AgentState::WrapUp { until: now.plus(time), then }, now);
            }
            Some(_) | None => seat.enter_then(then, now),
        }
        self.leave_dialog(call, agent, now);
    }

    /// What every end of a dialog entails beyond the agent's state.
    pub(super) fn leave_dialog(&mut self, call: CallId, agent: &AgentNo, now: Stamp) {
        self.mark(agent);
        self.fail_attempt(call, agent, now);
        if self.seats.get(agent).is_some_and(|seat| seat.removed) {
            self.remove_seat(agent);
        }
    }

    /// Takes a ring away from an agent, if there is one.
    pub(super) fn withdraw_ring(&mut self, agent: &AgentNo, why: StopReason, now: Stamp) {
        if let Some(AgentState::Ringing { call, .. }) = self.seats.get(agent).map(|seat| &seat.state) {
            self.stop_ringing(*call, agent, why, now);
        }
    }
}
