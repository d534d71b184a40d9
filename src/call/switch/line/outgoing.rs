//! Somebody calls out on a line: dialled from the desk, or on the telephone.

use std::time::Duration;

use super::{LineKey, LineState, OnLine, Out, Stage};
use crate::base::{CallId, Now};
use crate::call::event::{Direction, EndCause, EndedBy, OutcomeSource, Source, What};
use crate::call::live::Live;
use crate::call::switch::calls::{Call, Talk};
use crate::call::switch::core::Switch;
use crate::call::switch::desk::DeskError;
use crate::call::switch::output::Output;
use crate::phonebox::DialFailure;

/// How long the agent may take to say whether it succeeded, once the handset is down.
const ASKED: Duration = Duration::from_secs(10 * 60);
/// Where the hook is not told: how long the call may be up before nobody is believed to be on it.
const LONGEST_UNTOLD: Duration = Duration::from_secs(60 * 60);

impl Out {
    /// Nothing happens on the line any more: only the agent's word is missing.
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Asked { .. })
    }
}

impl Switch {
    /// The desk dials: refused before a byte is sent when the line or the agent is busy.
    pub(in crate::call::switch) fn dial_line(
        &mut self,
        key: &LineKey,
        number: String,
        agent: Option<String>,
        now: Now,
    ) -> Result<(), DeskError> {
        if !self.config.boxes.contains_key(&key.device) {
            return Err(DeskError::UnknownBox(key.device.clone()));
        }
        let is_free = match self.lines.get(key) {
            None => true,
            Some(LineState::Out(out)) => out.is_over(),
            Some(LineState::Waiting { .. } | LineState::Ringing { .. } | LineState::Talking { .. }) => false,
        };
        if !is_free || self.closing {
            return Err(DeskError::LineBusy);
        }
        if let Some(agent) = agent.as_ref().filter(|agent| self.is_on_call(agent, now)) {
            return Err(DeskError::AgentBusy(agent.clone()));
        }
        self.close_line(key, now);
        let id = self.start_out(key, agent, Stage::Dialling, now);
        self.begin_out(key, id, &number, now);
        let (device, line) = (key.device.clone(), key.line);
        self.outputs.push_back(Output::DialLine { device, line, number });
        Ok(())
    }

    /// The handset was lifted without our asking: the number comes later, or never.
    pub(super) fn start_dialled_by_hand(&mut self, key: &LineKey, now: Now) {
        self.close_line(key, now);
        let agent = self.line_rules(key).agent;
        let id = self.start_out(key, agent, Stage::OffHook, now);
        self.record_line(key, id, false, now);
    }

    fn start_out(&mut self, key: &LineKey, agent: Option<String>, stage: Stage, now: Now) -> CallId {
        let id = self.ids.next_call(now.utc);
        let own = self.line_rules(key).number;
        let mut call = Call::new(id, Direction::Outbound, own, String::new(), now);
        call.on_line = Some(OnLine::default());
        call.held = true;
        call.group = self.line_rules(key).group;
        self.calls.insert(id, call);
        self.touch(id);
        if let Some(agent) = &agent {
            self.seize_for(key, id, agent, now);
        }
        self.lines.insert(key.clone(), LineState::Out(Out { call: id, agent, stage, succeeded: false }));
        id
    }

    /// The number is known: the record begins, and the customer's card pops (A21).
    fn begin_out(&mut self, key: &LineKey, id: CallId, number: &str, now: Now) {
        let Some(call) = self.call_mut(id) else { return };
        call.called = number.to_owned();
        let started = What::Started {
            direction: Direction::Outbound,
            caller: call.caller.clone(),
            called: number.to_owned(),
            source: Source::PhoneBox(key.device.clone()),
            sip_call_id: None,
        };
        call.record(None, started, now);
        self.tell_recordings(id, now);
        let agent = self.lines.get(key).and_then(LineState::caller_out);
        if let Some(agent) = agent {
            self.seize_for(key, id, &agent, now);
        }
        self.outputs.push_back(Output::LookUpCaller { call: id, number: number.to_owned(), card: true });
        self.tell_outgoing(key, id, now);
    }

    /// What the desk shows of an outgoing call; again when the customer is known.
    pub(in crate::call::switch) fn tell_outgoing(&mut self, key: &LineKey, id: CallId, now: Now) {
        let (Some(call), Some(LineState::Out(out))) = (self.calls.get(&id), self.lines.get(key)) else { return };
        let event = serde_json::json!({
            "type": "outgoing", "call": id, "number": call.called, "customer": call.customer,
        });
        let agent = out.agent.clone();
        self.live(Live::PhoneBox { at: now.utc, agent, device: key.device.clone(), line: key.line, event });
    }

    pub(super) fn on_line_dialed(&mut self, key: &LineKey, number: String, now: Now) {
        let Some(LineState::Out(out)) = self.lines.get(key).cloned() else { return };
        if out.stage == Stage::OffHook {
            self.begin_out(key, out.call, &number, now);
            self.up(key, out, None, now);
        }
    }

    pub(super) fn on_dial_done(&mut self, key: &LineKey, tells_hook: bool, now: Now) {
        let Some(LineState::Out(out)) = self.lines.get(key).cloned() else { return };
        if out.stage == Stage::Dialling {
            let until = (!tells_hook).then_some(now.instant + LONGEST_UNTOLD);
            self.up(key, out, until, now);
        }
    }

    /// The number is out on the line.
    fn up(&mut self, key: &LineKey, out: Out, until: Option<crate::base::Instant>, now: Now) {
        if let (Some(agent), Some(call)) = (out.agent.clone(), self.call_mut(out.call)) {
            call.record(None, What::Bridged { agent: agent.clone() }, now);
            call.talk = Some(Talk { agent, leg: u16::MAX, bridged: true });
        }
        let id = out.call;
        self.lines.insert(key.clone(), LineState::Out(Out { stage: Stage::Up { until }, ..out }));
        self.record_line(key, id, false, now);
    }

    pub(super) fn on_dial_failed(&mut self, key: &LineKey, reason: DialFailure, now: Now) {
        let Some(LineState::Out(out)) = self.lines.get(key).cloned() else { return };
        if out.stage == Stage::Dialling {
            self.lines.remove(key);
            self.end_call(out.call, cause(reason), EndedBy::Switch, now);
        }
    }

    pub(super) fn on_out_on_hook(&mut self, key: &LineKey, out: Out, now: Now) {
        match out.stage {
            // Modems release the line themselves while they dial.
            Stage::Dialling | Stage::Asked { .. } => {}
            Stage::OffHook => {
                self.lines.remove(key);
                self.end_call(out.call, EndCause::HungUp, EndedBy::Agent, now);
            }
            Stage::Up { .. } if out.succeeded => {
                self.lines.remove(key);
                self.end_call(out.call, EndCause::HungUp, EndedBy::Agent, now);
            }
            Stage::Up { .. } => {
                if let Some(agent) = out.agent.clone() {
                    self.record_on(out.call, What::Unbridged { agent }, now);
                }
                self.free_agent(out.call, now);
                self.stop_line_recording(out.call);
                let stage = Stage::Asked { until: now.instant + ASKED };
                self.lines.insert(key.clone(), LineState::Out(Out { stage, ..out }));
            }
        }
    }

    /// 成功 or 失败, or on an incoming call: "it was me" (A6).
    pub(in crate::call::switch) fn line_outcome(
        &mut self,
        key: &LineKey,
        success: bool,
        agent: Option<String>,
        now: Now,
    ) -> Result<(), DeskError> {
        match self.lines.get(key).cloned() {
            Some(LineState::Out(out)) if !out.succeeded => {
                let out = Out { agent: out.agent.clone().or(agent), ..out };
                if success {
                    self.on_success(key, out, now)
                } else {
                    self.on_failure(key, &out, now)
                }
                Ok(())
            }
            Some(LineState::Talking { call, agent: None }) if success => {
                let agent = agent.ok_or(DeskError::NothingToSay)?;
                if self.is_on_call(&agent, now) {
                    return Err(DeskError::AgentBusy(agent));
                }
                self.lines.insert(key.clone(), LineState::Talking { call, agent: Some(agent.clone()) });
                self.credit(key, call, &agent, now);
                Ok(())
            }
            Some(
                LineState::Out(_) | LineState::Talking { .. } | LineState::Waiting { .. } | LineState::Ringing { .. },
            )
            | None => Err(DeskError::NothingToSay),
        }
    }

    fn on_success(&mut self, key: &LineKey, out: Out, now: Now) {
        if let Some(agent) = out.agent.clone() {
            self.record_on(out.call, What::Answered { agent, waited_ms: 0 }, now);
        }
        self.record_on(out.call, What::Outcome { success: true, source: OutcomeSource::Agent }, now);
        self.release(out.call);
        match out.stage {
            // The handset is still off: the call goes on.
            Stage::Up { until: None } => {
                self.lines.insert(key.clone(), LineState::Out(Out { succeeded: true, ..out }));
            }
            Stage::Up { until: Some(_) } | Stage::Asked { .. } | Stage::Dialling | Stage::OffHook => {
                self.lines.remove(key);
                self.end_call(out.call, EndCause::HungUp, EndedBy::Agent, now);
            }
        }
    }

    /// Nothing is written of it; the desk and the log have seen it.
    fn on_failure(&mut self, key: &LineKey, out: &Out, now: Now) {
        if out.stage == Stage::Dialling {
            self.outputs.push_back(Output::CancelDial { device: key.device.clone() });
        }
        self.lines.remove(key);
        self.end_call(out.call, EndCause::NoAnswer, EndedBy::Agent, now);
    }

    /// Nobody said anything: the record says that it is not known, and no ticket is made.
    pub(super) fn close_out(&mut self, out: &Out, now: Now) {
        if matches!(out.stage, Stage::Up { .. } | Stage::Asked { .. }) {
            self.release(out.call);
        }
        let cause = if out.succeeded { EndCause::HungUp } else { EndCause::NotTold };
        self.end_call(out.call, cause, EndedBy::Switch, now);
    }
}

fn cause(reason: DialFailure) -> EndCause {
    match reason {
        DialFailure::Busy | DialFailure::LineInUse | DialFailure::Ringing | DialFailure::OffHook => EndCause::Busy,
        DialFailure::Cancelled => EndCause::Cancelled,
        DialFailure::HandsetNotLifted | DialFailure::HungUp | DialFailure::NoCarrier => EndCause::NoAnswer,
        DialFailure::BadNumber
        | DialFailure::Dialling
        | DialFailure::NotReady
        | DialFailure::NotSupported
        | DialFailure::NoReply
        | DialFailure::NoDialTone
        | DialFailure::Refused
        | DialFailure::DeviceLost => EndCause::Unreachable,
    }
}
