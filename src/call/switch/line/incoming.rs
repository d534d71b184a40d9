//! A line rings.

use std::time::Duration;

use super::{LineKey, LineState, OnLine, was_answered};
use crate::acd::{AgentNo, AgentState, GroupId};
use crate::base::{CallId, Now, UtcMillis};
use crate::call::event::{Direction, EndCause, EndedBy, RingEnd, Source, What};
use crate::call::live::{Live, Pop};
use crate::call::switch::calls::{Call, Talk};
use crate::call::switch::core::Switch;
use crate::call::switch::output::Output;
use crate::phonebox::{CallerId, Direction as LineDirection, RingEndReason};

/// The caller ID comes between the first ring and the second; desks are told without it then.
const CALLER_WAIT: Duration = Duration::from_secs(3);
/// A caller ID that no ring follows was of a caller who gave up: lines that tell it first ring within 10 s.
const RING_WAIT: Duration = Duration::from_secs(15);
/// No line rings longer without another sign: the end was lost. Some boxes tell the first ring alone.
const LONGEST_RINGING: Duration = Duration::from_secs(5 * 60);
/// The leg of an agent on an analog line: there is none.
const NO_LEG: u16 = u16::MAX;

impl Switch {
    pub(super) fn on_line_rings(&mut self, key: &LineKey, n: u32, now: Now) {
        match self.lines.get_mut(key) {
            Some(LineState::Waiting { .. }) if n >= 2 => self.start_incoming(key, None, now),
            Some(LineState::Waiting { .. }) => {}
            Some(LineState::Ringing { until, .. }) => *until = now.instant + LONGEST_RINGING,
            // Whatever was before is over: no exchange rings a line that is in use.
            Some(LineState::Talking { .. } | LineState::Out(_)) | None => {
                self.close_line(key, now);
                self.lines.insert(key.clone(), LineState::Waiting { until: now.instant + CALLER_WAIT });
            }
        }
    }

    pub(super) fn on_line_caller(&mut self, key: &LineKey, caller: CallerId, now: Now) {
        match self.lines.get(key).cloned() {
            Some(LineState::Ringing { call, .. }) => self.on_late_caller(key, call, caller, now),
            // A second call while the handset is off: told to the desk, and no call of its own.
            Some(LineState::Talking { .. }) => {}
            Some(LineState::Out(out)) if !out.is_over() => {}
            Some(LineState::Waiting { .. }) => self.start_incoming(key, caller.number, now),
            Some(LineState::Out(_)) | None => {
                self.close_line(key, now);
                self.start_incoming(key, caller.number, now);
            }
        }
    }

    /// A caller ID for a call that desks know already: the same one, told late, or another caller.
    fn on_late_caller(&mut self, key: &LineKey, id: CallId, told: CallerId, now: Now) {
        let Some(number) = told.number else { return };
        let known = self.calls.get(&id).and_then(|call| call.caller.clone());
        match known {
            Some(known) if known == number || told.update => {}
            Some(_) => {
                self.close_line(key, now);
                self.start_incoming(key, Some(number), now);
            }
            None => {
                if let Some(call) = self.call_mut(id) {
                    call.caller = Some(number.clone());
                    call.record(None, What::CallerTold { caller: number.clone() }, now);
                }
                self.outputs.push_back(Output::LookUpCaller { call: id, number, card: true });
                self.pop_line(id, now);
            }
        }
    }

    /// The call begins: record, customer, desks.
    pub(super) fn start_incoming(&mut self, key: &LineKey, caller: Option<String>, now: Now) {
        let rules = self.line_rules(key);
        let id = self.ids.next_call(now.utc);
        let called = rules.number.clone().unwrap_or_else(|| key.device.clone());
        let popped = self.desks_of(key, now);
        let mut call = Call::new(id, Direction::Inbound, caller.clone(), called.clone(), now);
        call.on_line = Some(OnLine { ringing: popped.clone(), ..OnLine::default() });
        call.group = rules.group.clone();
        let source = Source::PhoneBox(key.device.clone());
        let started = What::Started {
            direction: Direction::Inbound,
            caller: caller.clone(),
            called: called.clone(),
            source,
            sip_call_id: None,
        };
        call.record(None, started, now);
        for agent in &popped {
            let group = rules.group.clone().unwrap_or_default();
            call.record(None, What::Ringing { agent: agent.clone(), group, waited_ms: 0 }, now);
        }
        self.calls.insert(id, call);
        self.touch(id);
        let rang = matches!(self.lines.get(key), Some(LineState::Waiting { .. }));
        let until = now.instant + if rang { LONGEST_RINGING } else { RING_WAIT };
        self.lines.insert(key.clone(), LineState::Ringing { call: id, popped, until });
        self.live(Live::Started { call: id, at: now.utc, caller: caller.clone(), called });
        if let Some(number) = caller {
            self.outputs.push_back(Output::LookUpCaller { call: id, number, card: true });
        }
        self.pop_line(id, now);
        if self.hookless.contains(&key.device) {
            // When the handset is lifted is never told: the talk may begin at any ring.
            self.record_line(key, id, true, now);
        }
    }

    /// Whose desks pop: the line's agent, or the ready agents of its group, or all of them who are there.
    fn desks_of(&self, key: &LineKey, now: Now) -> Vec<String> {
        let rules = self.line_rules(key);
        if let Some(agent) = rules.agent {
            return vec![agent];
        }
        let Some(group) = rules.group.map(GroupId) else { return Vec::new() };
        let agents: Vec<_> = self.acd.agents(now).into_iter().filter(|agent| agent.groups.contains(&group)).collect();
        let named = |is: fn(&AgentState<UtcMillis>) -> bool| -> Vec<String> {
            agents.iter().filter(|agent| is(&agent.state)).map(|agent| agent.no.0.clone()).collect()
        };
        let ready = named(|state| matches!(state, AgentState::Ready { .. }));
        if ready.is_empty() { named(|state| !matches!(state, AgentState::LoggedOut)) } else { ready }
    }

    /// Shows the caller's card on every desk that was told; again when more is known.
    pub(in crate::call::switch) fn pop_line(&mut self, id: CallId, now: Now) {
        let Some(call) = self.calls.get(&id) else { return };
        let Some(on_line) = &call.on_line else { return };
        let pop = Pop {
            caller: call.caller.clone(),
            called: call.called.clone(),
            group: call.group.clone().unwrap_or_default(),
            customer: call.customer.clone(),
            path: Vec::new(),
            waited_ms: 0,
            answer_within_s: None,
        };
        for agent in on_line.ringing.clone() {
            self.live(Live::Ringing { call: id, at: now.utc, agent, pop: Box::new(pop.clone()) });
        }
    }

    pub(super) fn on_ring_end(&mut self, key: &LineKey, reason: RingEndReason, tells_hook: bool, now: Now) {
        if was_answered(reason) || reason == RingEndReason::DeviceLost {
            // What follows says the rest: the handset is off, or the box is lost.
            return;
        }
        if let Some(LineState::Waiting { .. }) = self.lines.get(key) {
            self.start_incoming(key, None, now);
        }
        let Some(LineState::Ringing { call, popped, .. }) = self.lines.get(key).cloned() else { return };
        self.lines.remove(key);
        let why = if tells_hook { RingEnd::CallerGone } else { RingEnd::Unknown };
        self.tell_ring_over(call, &popped, why, now);
        if tells_hook {
            return self.end_call(call, EndCause::NoAnswer, EndedBy::Caller, now);
        }
        self.busy_after_ring(key, call, now);
        self.end_call(call, EndCause::NotTold, EndedBy::Switch, now);
    }

    /// The box cannot tell whether the agent talks now: for the time set, it is taken to be so.
    fn busy_after_ring(&mut self, key: &LineKey, id: CallId, now: Now) {
        let rules = self.config.boxes.get(&key.device);
        let millis = rules.filter(|rules| rules.counts_as_call).map_or(0, |rules| rules.busy_after_ring_ms);
        let Some(agent) = self.line_rules(key).agent.filter(|_| millis > 0) else { return };
        if self.is_on_call(&agent, now) {
            return;
        }
        let group = self.line_rules(key).group.map(GroupId);
        let agent = AgentNo(agent);
        self.acd.handle(crate::acd::Input::Seize { agent: agent.clone(), call: id, group }, now);
        self.record_on_after_ring(id, millis, now);
        self.busy_lines.push((now.instant + Duration::from_millis(millis), id, agent));
    }

    pub(super) fn tell_ring_over(&mut self, id: CallId, popped: &[String], why: RingEnd, now: Now) {
        if let Some(on_line) = self.call_mut(id).and_then(|call| call.on_line.as_mut()) {
            on_line.ringing.clear();
        }
        for agent in popped {
            self.record_on(id, What::RingEnded { agent: agent.clone(), why }, now);
            self.live(Live::RingEnded { call: id, at: now.utc, agent: agent.clone(), why });
        }
    }

    pub(super) fn on_line_off_hook(&mut self, key: &LineKey, dir: LineDirection, now: Now) {
        if let Some(LineState::Waiting { .. }) = self.lines.get(key) {
            self.start_incoming(key, None, now);
        }
        match (self.lines.get(key).cloned(), dir) {
            (Some(LineState::Ringing { call, popped, .. }), _) => self.on_line_answered(key, call, &popped, now),
            (Some(LineState::Out(out)), LineDirection::Out) if !out.is_over() => {
                self.record_line(key, out.call, false, now);
            }
            (Some(LineState::Talking { .. }), _) => {}
            (_, LineDirection::Out) => self.start_dialled_by_hand(key, now),
            (_, LineDirection::In) => {}
        }
    }

    /// The handset was lifted while it rang. Whose hand it was is known where the line is one agent's.
    fn on_line_answered(&mut self, key: &LineKey, id: CallId, popped: &[String], now: Now) {
        let agent = self.line_rules(key).agent;
        let others: Vec<String> = popped.iter().filter(|other| Some(*other) != agent.as_ref()).cloned().collect();
        self.tell_ring_over(id, &others, RingEnd::Withdrawn, now);
        self.lines.insert(key.clone(), LineState::Talking { call: id, agent: agent.clone() });
        self.record_line(key, id, false, now);
        if let Some(agent) = agent {
            self.credit(key, id, &agent, now);
        }
    }

    /// The call is this agent's.
    pub(super) fn credit(&mut self, key: &LineKey, id: CallId, agent: &str, now: Now) {
        let Some(call) = self.call_mut(id) else { return };
        let waited = now.instant.since(call.began.instant).as_millis();
        let waited_ms = u64::try_from(waited).unwrap_or(u64::MAX);
        if let Some(on_line) = &mut call.on_line {
            on_line.ringing.clear();
        }
        call.record(None, What::Answered { agent: agent.to_owned(), waited_ms }, now);
        call.record(None, What::Bridged { agent: agent.to_owned() }, now);
        call.talk = Some(Talk { agent: agent.to_owned(), leg: NO_LEG, bridged: true });
        self.live(Live::Answered { call: id, at: now.utc, agent: agent.to_owned(), waited_ms });
        self.seize_for(key, id, agent, now);
    }

    pub(super) fn on_line_on_hook(&mut self, key: &LineKey, now: Now) {
        match self.lines.get(key).cloned() {
            Some(LineState::Talking { call, .. }) => {
                self.lines.remove(key);
                self.end_call(call, EndCause::HungUp, EndedBy::Agent, now);
            }
            Some(LineState::Out(out)) => self.on_out_on_hook(key, out, now),
            Some(LineState::Waiting { .. } | LineState::Ringing { .. }) | None => {}
        }
    }
}
