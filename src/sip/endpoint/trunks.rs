//! The state of each trunk: its registration, its health, and how many calls it carries.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::core::Core;
use super::directory::Trunk;
use super::event::Event;
use super::trunk_status::Rate;
use crate::base::Instant;
use crate::sip::transaction::TimerQueue;

/// What is due for a trunk.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum TrunkAlarm {
    /// To register, or to refresh the registration.
    Register(String),
    /// To ask whether it lives.
    Ask(String),
    /// The answer to that question is overdue.
    Overdue(String),
}

/// How a trunk's registration stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Registration {
    /// Not wanted.
    None,
    /// Under way, or to be tried again after so many failures in a row.
    Trying {
        failures: u32,
    },
    Registered,
}

#[derive(Clone, Debug)]
pub(super) struct TrunkState {
    pub registration: Registration,
    /// Of the REGISTERs, which all are of one call (RFC 3261 10.2.4).
    pub call_id: String,
    pub cseq: u32,
    /// A longer expiry that the registrar has asked for.
    pub min_expires_s: u32,
    /// The realm that challenged our REGISTER.
    pub realm: Option<String>,
    /// The address that our REGISTER was accepted at: calls from there are the trunk's.
    pub registrar: Option<IpAddr>,
    /// Questions in a row that were not answered.
    pub unanswered: u32,
    pub answers: bool,
    /// Since when it answers, or does not; `None` before the first answer or silence.
    pub answers_since: Option<Instant>,
    pub registered_until: Option<Instant>,
    /// The last failure of a registration or a question.
    pub last_error: Option<(Instant, String)>,
    pub rate: Rate,
    /// What was told last.
    pub available: bool,
    pub calls: u32,
    /// New calls that it may still take in this second, in thousandths.
    credit_milli: u64,
    credited_at: Instant,
}

/// Questions in a row without an answer that put a trunk out of order.
const UNANSWERED_UNTIL_DOWN: u32 = 2;

/// All trunks by name.
#[derive(Debug, Default)]
pub(super) struct Trunks {
    pub states: BTreeMap<String, TrunkState>,
    pub alarms: TimerQueue<TrunkAlarm>,
}

impl TrunkState {
    fn new(trunk: &Trunk, call_id: String, now: Instant) -> Self {
        let wanted = trunk.login.as_ref().is_some_and(|login| login.register_expires_s.is_some());
        TrunkState {
            registration: if wanted { Registration::Trying { failures: 0 } } else { Registration::None },
            call_id,
            cseq: 0,
            min_expires_s: 0,
            realm: None,
            registrar: None,
            unanswered: 0,
            answers: true,
            answers_since: None,
            registered_until: None,
            last_error: None,
            rate: Rate::default(),
            available: !wanted,
            calls: 0,
            credit_milli: u64::from(trunk.max_calls_per_second.unwrap_or(0)) * 1000,
            credited_at: now,
        }
    }

    /// Takes one call's worth of credit, if there is any.
    fn take_credit(&mut self, rate: u32, now: Instant) -> bool {
        let earned = u64::try_from(now.since(self.credited_at).as_micros()).unwrap_or(u64::MAX);
        self.credit_milli =
            (self.credit_milli.saturating_add(earned.saturating_mul(rate.into()) / 1000)).min(u64::from(rate) * 1000);
        self.credited_at = now;
        match self.credit_milli.checked_sub(1000) {
            Some(left) => {
                self.credit_milli = left;
                true
            }
            None => false,
        }
    }
}

impl Core {
    /// The directory has changed: trunks that are new begin, those that are gone end, the others go on.
    pub(super) fn sync_trunks(&mut self, before: &[Trunk], now: Instant) {
        let trunks = self.directory.trunks.clone();
        let gone: Vec<String> =
            self.trunks.states.keys().filter(|name| trunks.iter().all(|trunk| trunk.name != **name)).cloned().collect();
        for name in gone {
            self.forget_trunk(&name);
        }
        for trunk in &trunks {
            let same =
                before.iter().any(|old| old.name == trunk.name && old.login == trunk.login && old.uri == trunk.uri);
            if same && self.trunks.states.contains_key(&trunk.name) {
                self.watch(trunk, now);
                continue;
            }
            let calls = self.trunks.states.get(&trunk.name).map_or(0, |state| state.calls);
            let call_id = self.rng.token(32);
            let state = TrunkState { calls, ..TrunkState::new(trunk, call_id, now) };
            let registers = state.registration != Registration::None;
            self.trunks.states.insert(trunk.name.clone(), state);
            self.trunks.alarms.set(TrunkAlarm::Register(trunk.name.clone()), registers.then_some(now));
            self.watch(trunk, now);
        }
    }

    /// Begins or ends the questions whether a trunk lives.
    fn watch(&mut self, trunk: &Trunk, now: Instant) {
        let asks = trunk.options_interval.is_some() && trunk.uri.is_some();
        self.trunks.alarms.set(TrunkAlarm::Ask(trunk.name.clone()), asks.then_some(now));
        if !asks {
            self.trunks.alarms.set(TrunkAlarm::Overdue(trunk.name.clone()), None);
            if let Some(state) = self.trunks.states.get_mut(&trunk.name) {
                (state.answers, state.unanswered, state.answers_since) = (true, 0, None);
            }
        }
    }

    /// A registration that is left behind runs out by itself, and calls that come by it are a stranger's.
    fn forget_trunk(&mut self, name: &str) {
        self.trunks.states.remove(name);
        for alarm in [TrunkAlarm::Register, TrunkAlarm::Ask, TrunkAlarm::Overdue] {
            self.trunks.alarms.set(alarm(name.to_owned()), None);
        }
    }

    pub(super) fn trunk_timeout(&mut self, now: Instant) {
        while let Some(alarm) = self.trunks.alarms.pop_due(now) {
            match alarm {
                TrunkAlarm::Register(name) => self.register_trunk(&name, now),
                TrunkAlarm::Ask(name) => self.ask_trunk(&name, now),
                TrunkAlarm::Overdue(name) => self.trunk_answered(&name, false, now),
            }
        }
    }

    /// The trunk whose requests come from `source`: by its networks, or because we are registered there.
    pub(super) fn trunk_of(&self, source: IpAddr) -> Option<&str> {
        if let Some(trunk) = self.directory.trunk_of(source) {
            return Some(&trunk.name);
        }
        let source = source.to_canonical();
        let registered = |(_, state): &(&String, &TrunkState)| {
            state.registration == Registration::Registered && state.registrar == Some(source)
        };
        self.trunks.states.iter().find(registered).map(|(name, _)| name.as_str())
    }

    /// A question was answered, or not in time.
    pub(super) fn trunk_answered(&mut self, name: &str, answered: bool, now: Instant) {
        let Some(state) = self.trunks.states.get_mut(name) else { return };
        self.trunks.alarms.set(TrunkAlarm::Overdue(name.to_owned()), None);
        state.unanswered = if answered { 0 } else { state.unanswered.saturating_add(1) };
        let before = std::mem::replace(&mut state.answers, state.unanswered < UNANSWERED_UNTIL_DOWN);
        if state.answers != before || (answered && state.answers_since.is_none()) {
            state.answers_since = Some(now);
        }
        if !answered {
            state.failed("no answer to OPTIONS".to_owned(), now);
        }
        self.tell_trunk(name, if answered { "answers OPTIONS" } else { "does not answer OPTIONS" });
    }

    /// Tells the switch when a trunk came into or went out of order.
    pub(super) fn tell_trunk(&mut self, name: &str, why: &str) {
        let Some(state) = self.trunks.states.get_mut(name) else { return };
        let available = state.answers && !matches!(state.registration, Registration::Trying { .. });
        if available != state.available {
            state.available = available;
            self.emit(Event::TrunkState { trunk: name.to_owned(), available, why: why.to_owned() });
        }
    }

    /// Whether a trunk can take another outgoing call now; its credit is taken.
    pub(super) fn admit_to_trunk(&mut self, trunk: &Trunk, now: Instant) -> bool {
        let Some(state) = self.trunks.states.get_mut(&trunk.name) else { return false };
        let full = trunk.max_calls.is_some_and(|most| state.calls >= most);
        if trunk.uri.is_none() || !state.available || full {
            return false;
        }
        trunk.max_calls_per_second.is_none_or(|rate| state.take_credit(rate, now))
    }

    /// Whether a trunk may bring another incoming call now; its credit is taken.
    pub(super) fn admit_from_trunk(&mut self, name: &str, now: Instant) -> bool {
        let Some(trunk) = self.directory.trunk(name) else { return true };
        let Some(state) = self.trunks.states.get_mut(name) else { return true };
        let full = trunk.max_calls.is_some_and(|most| state.calls >= most);
        !full && trunk.max_calls_per_second.is_none_or(|rate| state.take_credit(rate, now))
    }

    pub(super) fn count_call(&mut self, trunk: &str, begins: bool, now: Instant) {
        if let Some(state) = self.trunks.states.get_mut(trunk) {
            if begins {
                state.rate.count(now);
            }
            state.calls = if begins { state.calls.saturating_add(1) } else { state.calls.saturating_sub(1) };
        }
    }
}
