//! "On a call exactly while a dialog is up" is checked against the world, and every difference repaired and told (P1).

use std::collections::BTreeSet;

use super::machine::Acd;
use super::stamp::Stamp;
use super::{AgentNo, AgentState, Correction, LeaveReason, Output};
use crate::base::{CallId, Now};

/// What is really up, as the switch knows it: the measure for `restore` and `reconcile`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Live {
    /// Answered dialogs between an agent and a call.
    pub dialogs: BTreeSet<(AgentNo, CallId)>,
    /// Calls whose caller is on the line.
    pub calls: BTreeSet<CallId>,
}

impl Acd {
    /// Compares with what is really up and repairs every difference, telling each as `Corrected`.
    pub fn reconcile(&mut self, live: &Live, now: Now) {
        let at = Stamp::at(now.instant);
        for (agent, call) in self.lost_dialogs(live) {
            self.correct(Correction::AgentFreed { agent: agent.clone(), call });
            self.ended(call, &agent, at);
        }
        self.adopt(live, at);
        self.settle(now);
    }

    /// Agents on calls of which no dialog is up.
    pub(super) fn lost_dialogs(&self, live: &Live) -> Vec<(AgentNo, CallId)> {
        let on_calls = self.seats.values().filter_map(|seat| match seat.state {
            AgentState::OnCall { call, .. } => Some((seat.no.clone(), call)),
            _ => None,
        });
        on_calls.filter(|pair| !live.dialogs.contains(pair)).collect()
    }

    /// Takes up dialogs that are unknown here, and drops callers who are gone.
    pub(super) fn adopt(&mut self, live: &Live, now: Stamp) {
        for (agent, call) in &live.dialogs {
            self.adopt_dialog(agent, *call, now);
        }
        let gone: Vec<CallId> = (self.queue.iter())
            .filter(|entry| entry.callback.is_none() && !live.calls.contains(&entry.call))
            .map(|entry| entry.call)
            .collect();
        for call in gone {
            self.correct(Correction::CallGone { call });
            self.leave(call, LeaveReason::CallerGone, now);
        }
    }

    fn adopt_dialog(&mut self, agent: &AgentNo, call: CallId, now: Stamp) {
        let Some(seat) = self.seats.get(agent) else { return };
        match seat.state {
            AgentState::OnCall { call: on, .. } if on == call => {}
            AgentState::OnCall { .. } => {
                self.correct(Correction::SecondDialog { agent: agent.clone(), call });
                self.output(Output::LateAnswer { call, agent: agent.clone() });
            }
            AgentState::LoggedOut
            | AgentState::NotReady { .. }
            | AgentState::Ready { .. }
            | AgentState::Ringing { .. }
            | AgentState::WrapUp { .. } => {
                self.correct(Correction::AgentSeized { agent: agent.clone(), call });
                self.seize(agent, call, None, now);
            }
        }
    }

    pub(super) fn correct(&mut self, correction: Correction) {
        self.output(Output::Corrected(correction));
    }
}
