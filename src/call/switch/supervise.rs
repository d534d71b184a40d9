//! A supervisor listens in on a conversation, whispers to its agent, or joins it (P20).
//!
//! The supervisor's own phone is rung. Who hears whom is a mix for each leg, told anew at every change; caller and agent
//! stay bridged underneath, and hear just that again when nobody whispers. While somebody is on hold only the supervisor
//! hears a mix.

use std::time::Duration;

use super::calls::Call;
use super::core::Switch;
use super::desk::DeskError;
use super::leg::{Leg, Party};
use super::output::Output;
use crate::acd::{self, AgentNo, AgentState};
use crate::base::{CallId, LegId, Now};
use crate::call::event::{SuperviseMode, What};
use crate::media::Command;
use crate::sip::endpoint::HangupReason;

/// A supervisor's phone rings this long.
pub(super) const SUPERVISOR_TIMEOUT: Duration = Duration::from_secs(30);
/// Supervisors of one call at once.
const MOST_SUPERVISORS: usize = 3;

impl Call {
    /// The legs of supervisors that are not over, each with its agent and mode.
    fn supervisors(&self) -> impl Iterator<Item = (u16, &Leg, &str, SuperviseMode)> {
        self.legs.iter().filter_map(|(n, leg)| match &leg.party {
            Party::Supervisor { no, mode } if !leg.is_gone() => Some((*n, leg, no.as_str(), *mode)),
            _ => None,
        })
    }

    /// What each leg hears in a mix; an empty list is its bridge.
    fn mixes(&self) -> Vec<(u16, Vec<u16>)> {
        let Some(talk) = self.talk.as_ref().filter(|talk| talk.bridged) else { return Vec::new() };
        let (caller, agent) = (0, talk.leg);
        let held = self.is_held();
        let up: Vec<(u16, SuperviseMode)> =
            self.supervisors().filter(|(_, leg, ..)| leg.is_up()).map(|(n, _, _, mode)| (n, mode)).collect();
        let speaking = |modes: &[SuperviseMode]| -> Vec<u16> {
            up.iter().filter(|(_, mode)| modes.contains(mode)).map(|(n, _)| *n).collect()
        };
        let beside = |other: u16, voices: Vec<u16>| -> Vec<u16> {
            if voices.is_empty() || held { Vec::new() } else { std::iter::once(other).chain(voices).collect() }
        };
        let joined = speaking(&[SuperviseMode::Barge]);
        let mut mixes = vec![
            (caller, beside(agent, joined.clone())),
            (agent, beside(caller, speaking(&[SuperviseMode::Whisper, SuperviseMode::Barge]))),
        ];
        mixes.extend(up.iter().map(|(n, _)| {
            let others = joined.iter().copied().filter(|other| other != n);
            (*n, [caller, agent].into_iter().chain(others).collect())
        }));
        mixes
    }
}

impl Switch {
    /// Rings a supervisor for a conversation, or changes how one who listens takes part.
    pub(super) fn supervise(&mut self, id: CallId, no: &str, mode: SuperviseMode, now: Now) -> Result<(), DeskError> {
        let call = self.calls.get(&id).filter(|call| call.ended.is_none()).ok_or(DeskError::UnknownCall(id))?;
        let talking = call.talk.as_ref().filter(|talk| talk.bridged).ok_or(DeskError::NotTalking(id))?;
        if talking.agent == no {
            return Err(DeskError::AgentBusy(no.to_owned()));
        }
        let known = call.supervisors().find(|(_, _, known, _)| *known == no).map(|(n, ..)| n);
        if let Some(n) = known {
            self.change_mode(id.leg(n), no, mode, now);
            return Ok(());
        }
        if call.supervisors().count() >= MOST_SUPERVISORS {
            return Err(DeskError::TooManySupervisors(id));
        }
        self.must_be_free(no, now)?;
        self.ring_supervisor(id, no, mode, now);
        Ok(())
    }

    fn change_mode(&mut self, leg: LegId, no: &str, mode: SuperviseMode, now: Now) {
        let Some(changed) = self.leg_mut(leg) else { return };
        let (up, before) = (changed.is_up(), changed.party.clone());
        changed.party = Party::Supervisor { no: no.to_owned(), mode };
        if up && before != changed.party {
            self.note_supervised(leg, now);
        }
    }

    /// An agent whose phone is registered and who has no call.
    fn must_be_free(&self, no: &str, now: Now) -> Result<(), DeskError> {
        let view = self.acd.agent(&AgentNo::from(no), now).ok_or_else(|| DeskError::UnknownAgent(no.to_owned()))?;
        let free = matches!(view.state, AgentState::Ready { .. } | AgentState::NotReady { .. });
        if !free {
            return Err(DeskError::AgentBusy(no.to_owned()));
        }
        if self.has_phone(no, now) { Ok(()) } else { Err(DeskError::NoPhone(no.to_owned())) }
    }

    fn ring_supervisor(&mut self, id: CallId, no: &str, mode: SuperviseMode, now: Now) {
        let (agent, call) = (AgentNo::from(no), self.acd_call(id));
        self.acd.handle(acd::Input::Seize { agent, call, group: None }, now);
        let session = self.endpoint.new_session();
        let Some(call) = self.call_mut(id) else { return };
        let mut leg = Leg::new(Party::Supervisor { no: no.to_owned(), mode }, session);
        leg.registered = true;
        let leg = call.add_leg(leg);
        self.sessions.insert(session, leg);
        self.outputs.push_back(Output::OpenMedia { leg });
    }

    /// The supervisor's phone answered, or the way was changed.
    pub(super) fn note_supervised(&mut self, leg: LegId, now: Now) {
        let Some(call) = self.call_mut(leg.call) else { return };
        let Some(Party::Supervisor { no, mode }) = call.legs.get(&leg.n).map(|leg| leg.party.clone()) else { return };
        if call.talk.is_none() {
            return self.hang_up_leg(leg, HangupReason::Normal, now);
        }
        call.record(Some(leg.n), What::Supervised { agent: no, mode }, now);
        self.set_mixes(leg.call);
    }

    /// A supervisor's leg is over, in whatever state it was: its agent is free again.
    pub(super) fn on_supervisor_gone(&mut self, leg: LegId, no: String, was_up: bool, now: Now) {
        let call = self.acd_call(leg.call);
        self.acd.handle(acd::Input::Ended { call, agent: AgentNo(no.clone()) }, now);
        if was_up && let Some(call) = self.call_mut(leg.call) {
            call.record(Some(leg.n), What::SupervisionEnded { agent: no }, now);
        }
        self.set_mixes(leg.call);
    }

    /// The conversation is over: so is listening in on it.
    pub(super) fn drop_supervisors(&mut self, id: CallId, now: Now) {
        let Some(call) = self.calls.get(&id) else { return };
        let legs: Vec<u16> = call.supervisors().map(|(n, ..)| n).collect();
        for n in legs {
            self.hang_up_leg(id.leg(n), HangupReason::Normal, now);
        }
    }

    /// Tells the media worker who hears whom. Calls that nobody listens to need no telling.
    pub(super) fn set_mixes(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else { return };
        let is_supervised = call.legs.values().any(|leg| matches!(leg.party, Party::Supervisor { .. }));
        if !is_supervised {
            return;
        }
        for (n, hears) in call.mixes() {
            let hears = hears.into_iter().map(|n| id.leg(n)).collect();
            self.media(Command::Mix { leg: id.leg(n), hears });
        }
    }
}
