//! Calls on analog lines, told by phone boxes. They have no legs: the box says what happens, the switch keeps the record,
//! tells the desks, and counts the agent as on a call where the box can tell the hook.
//!
//! Nothing is concluded that the box did not say: a call on a box without a hook is `not_told`, never missed (P21); an
//! outgoing call succeeded when the agent says so (A6).

mod incoming;
mod outgoing;
mod rules;
mod sound;
mod state;
#[cfg(test)]
mod tests;

pub use rules::{BoxRules, LineRules};
pub use sound::{LineSound, SoundTold};
pub(super) use state::{LineKey, LineState, Lines, OnLine, Out, Stage};

use crate::acd::{self, AgentNo, AgentState};
use crate::base::{CallId, Instant, Now};
use crate::call::event::{EndCause, EndedBy, What};
use crate::call::live::Live;
use crate::phonebox::{Event, EventKind, RingEndReason};

use super::core::Switch;

/// What a box told.
#[derive(Clone, Debug, PartialEq)]
pub struct BoxTold {
    pub device: String,
    /// The box tells the hook: only then can a call be known to be missed.
    pub tells_hook: bool,
    pub event: Event,
}

impl Switch {
    pub(super) fn on_box(&mut self, told: BoxTold, now: Now) {
        let BoxTold { device, tells_hook, event } = told;
        let key = LineKey { device, line: event.line };
        if tells_hook {
            self.hookless.remove(&key.device);
        } else {
            self.hookless.insert(key.device.clone());
        }
        self.tell_desk(&key, &event, now);
        if self.closing {
            return;
        }
        match event.kind {
            EventKind::Ring { n, .. } => self.on_line_rings(&key, n, now),
            EventKind::CallerId(caller) => self.on_line_caller(&key, caller, now),
            EventKind::RingEnd { reason, .. } => self.on_ring_end(&key, reason, tells_hook, now),
            EventKind::OffHook { dir, .. } => self.on_line_off_hook(&key, dir, now),
            EventKind::OnHook { .. } => self.on_line_on_hook(&key, now),
            EventKind::Dialed { number } => self.on_line_dialed(&key, number, now),
            EventKind::DialDone { .. } => self.on_dial_done(&key, tells_hook, now),
            EventKind::DialFailed { reason } => self.on_dial_failed(&key, reason, now),
            EventKind::DeviceLost { .. } => self.on_box_lost(&key.device, now),
            EventKind::DeviceFlooding => self.alarm(format!("phone box {} floods", key.device), now),
            EventKind::DeviceSilent => self.alarm(format!("phone box {} fell silent", key.device), now),
            EventKind::DeviceError { .. } => {
                self.alarm(format!("phone box {} does not answer as its profile says", key.device), now);
            }
            EventKind::HookState { .. }
            | EventKind::HookFlash
            | EventKind::Dtmf { .. }
            | EventKind::CallRecord(_)
            | EventKind::Cadence { .. }
            | EventKind::Tone { .. }
            | EventKind::Mwi { .. }
            | EventKind::Prompt { .. }
            | EventKind::DeviceReady { .. }
            | EventKind::DeviceInfo { .. }
            | EventKind::DecodeError { .. } => {}
        }
    }

    /// The event as it is, to the desk whose line it is (to supervisors where it is nobody's).
    fn tell_desk(&mut self, key: &LineKey, event: &Event, now: Now) {
        let agent = match self.lines.get(key) {
            Some(LineState::Talking { agent, .. } | LineState::Out(Out { agent, .. })) => agent.clone(),
            Some(LineState::Waiting { .. } | LineState::Ringing { .. }) | None => None,
        };
        let agent = agent.or_else(|| self.line_rules(key).agent);
        let Ok(event) = serde_json::to_value(event) else { return };
        self.live(Live::PhoneBox { at: now.utc, agent, device: key.device.clone(), line: key.line, event });
    }

    /// Who is on the line is known now: desks that were told are told more.
    pub(super) fn on_line_customer(&mut self, id: CallId, now: Now) {
        let is_it = |state: &LineState| matches!(state, LineState::Out(out) if out.call == id);
        match self.lines.iter().find(|(_, state)| is_it(state)).map(|(key, _)| key.clone()) {
            Some(key) => self.tell_outgoing(&key, id, now),
            None => self.pop_line(id, now),
        }
    }

    pub(super) fn line_rules(&self, key: &LineKey) -> LineRules {
        self.config.boxes.get(&key.device).map(|rules| rules.of(key.line)).unwrap_or_default()
    }

    fn counts_as_call(&self, key: &LineKey) -> bool {
        self.config.boxes.get(&key.device).is_some_and(|rules| rules.counts_as_call)
    }

    /// The agent is on this call from here on, if calls of the box count.
    fn seize_for(&mut self, key: &LineKey, id: CallId, agent: &str, now: Now) {
        if !self.counts_as_call(key) {
            return;
        }
        let call = self.calls.get(&id);
        // A handset that is only lifted is no call: no wrap-up follows, and it counts in no group.
        let is_call = call.is_some_and(|call| !call.called.is_empty());
        let group = self.line_rules(key).group.map(acd::GroupId).filter(|_| is_call);
        if let Some(on_line) = self.call_mut(id).and_then(|call| call.on_line.as_mut()) {
            on_line.seized = Some(agent.to_owned());
            self.acd.handle(acd::Input::Seize { agent: AgentNo::from(agent), call: id, group }, now);
        }
    }

    /// The agent's dialog is over: wrap-up starts.
    pub(super) fn free_agent(&mut self, id: CallId, now: Now) {
        let seized = self.call_mut(id).and_then(|call| call.on_line.as_mut()?.seized.take());
        if let Some(agent) = seized {
            self.acd.handle(acd::Input::Ended { call: id, agent: AgentNo(agent) }, now);
        }
    }

    fn is_on_call(&self, agent: &str, now: Now) -> bool {
        let view = self.acd.agent(&AgentNo::from(agent), now);
        view.is_some_and(|view| matches!(view.state, AgentState::OnCall { .. }))
    }

    pub(super) fn lines_timeout(&self) -> Option<Instant> {
        let busy = self.busy_lines.iter().map(|(until, ..)| *until);
        self.lines.values().filter_map(LineState::poll_timeout).chain(busy).min()
    }

    pub(super) fn on_lines_timeout(&mut self, now: Now) {
        let due: Vec<LineKey> = self
            .lines
            .iter()
            .filter(|(_, state)| state.poll_timeout().is_some_and(|at| at <= now.instant))
            .map(|(key, _)| key.clone())
            .collect();
        for key in due {
            match self.lines.get(&key) {
                Some(LineState::Waiting { .. }) => self.start_incoming(&key, None, now),
                Some(LineState::Out(_) | LineState::Ringing { .. }) => self.close_line(&key, now),
                Some(LineState::Talking { .. }) | None => {}
            }
        }
        let (over, busy) =
            std::mem::take(&mut self.busy_lines).into_iter().partition(|(until, ..)| *until <= now.instant);
        self.busy_lines = busy;
        for (_, call, agent) in over {
            self.acd.handle(acd::Input::Ended { call, agent }, now);
        }
    }

    /// The box is gone: what was under way on its lines is not known any more.
    fn on_box_lost(&mut self, device: &str, now: Now) {
        let lines: Vec<LineKey> = self.lines.keys().filter(|key| key.device == device).cloned().collect();
        lines.iter().for_each(|key| self.close_line(key, now));
    }

    /// Whatever the line was doing is over, and nothing more will be told of it.
    fn close_line(&mut self, key: &LineKey, now: Now) {
        match self.lines.remove(key) {
            Some(LineState::Ringing { call, popped, .. }) => {
                self.tell_ring_over(call, &popped, crate::call::event::RingEnd::Unknown, now);
                self.end_call(call, EndCause::NotTold, EndedBy::Switch, now);
            }
            Some(LineState::Talking { call, .. }) => self.end_call(call, EndCause::NotTold, EndedBy::Switch, now),
            Some(LineState::Out(out)) => self.close_out(&out, now),
            Some(LineState::Waiting { .. }) | None => {}
        }
    }

    /// Everything known of `id` is written from here on, and what waited too.
    fn release(&mut self, id: CallId) {
        if let Some(call) = self.call_mut(id) {
            call.held = false;
        }
    }

    fn record_on(&mut self, id: CallId, what: What, now: Now) {
        if let Some(call) = self.call_mut(id) {
            call.record(None, what, now);
        }
    }
}

/// How a ringing phase ended, where that says something of the call.
fn was_answered(reason: RingEndReason) -> bool {
    matches!(reason, RingEndReason::Answered)
}
