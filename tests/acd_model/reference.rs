//! The reference model: the rules of docs/acd.md as plainly as they can be written, without regard to speed. Times are
//! milliseconds of wall-clock time. It shares nothing with the machine but the types of its inputs.

use std::collections::{BTreeMap, BTreeSet};

use hotline::acd::{AcdConfig, AssignRefusal, GroupConfig, Input, Refusal, Strategy};

pub type Dialogs = BTreeSet<(String, i64)>;

#[derive(Clone, Debug, PartialEq)]
pub enum Doing {
    Out,
    Break(String),
    Idle { since: i64 },
    Ring { call: i64, group: String, until: i64, idle_since: i64 },
    Call { call: i64, group: Option<String>, after: After },
    Wrap { until: i64, after: After },
}

#[derive(Clone, Debug, PartialEq)]
pub enum After {
    Idle,
    Break(String),
    Out,
}

#[derive(Clone, Debug)]
pub struct Agent {
    pub groups: BTreeSet<String>,
    pub doing: Doing,
    pub reachable: bool,
    pub answered: u32,
    pub failures: u32,
    pub rests_until: Option<i64>,
    pub leaving: bool,
}

#[derive(Clone, Debug)]
pub struct Call {
    pub id: i64,
    pub queued: i64,
    pub priority: i64,
    pub n: u64,
    pub groups: Vec<String>,
    pub liked: Option<String>,
    pub tries: BTreeMap<String, u32>,
    pub with: With,
    pub callback: Option<Callback>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum With {
    Nobody,
    Ringing(String),
    Held(String),
}

#[derive(Clone, Debug)]
pub struct Callback {
    pub number: String,
    pub left: u8,
    pub retry_ms: i64,
    pub rests_until: Option<i64>,
    pub hours: Option<String>,
}

#[derive(Default)]
pub struct Model {
    pub groups: BTreeMap<String, GroupConfig>,
    pub agents: BTreeMap<String, Agent>,
    pub calls: Vec<Call>,
    pub closed: BTreeSet<String>,
    pub arrivals: u64,
    /// The place that the next input comes back to: when it was queued, its priority, its number.
    pub place: Option<(i64, i64, u64)>,
    /// What the last input was refused with, if it was.
    pub refused: Option<AssignRefusal>,
}

const MINUTE: i64 = 60_000;

impl Model {
    pub fn configure(&mut self, config: &AcdConfig, now: i64) {
        self.groups = config.groups.iter().map(|group| (group.id.0.clone(), group.clone())).collect();
        let wanted: BTreeMap<String, BTreeSet<String>> = (config.agents.iter())
            .map(|agent| (agent.no.0.clone(), agent.groups.iter().map(|group| group.0.clone()).collect()))
            .collect();
        for (no, groups) in &wanted {
            let groups = groups.iter().filter(|group| self.groups.contains_key(*group)).cloned().collect();
            let agent = self.agents.entry(no.clone()).or_insert_with(|| Agent {
                groups: BTreeSet::new(),
                doing: Doing::Out,
                reachable: false,
                answered: 0,
                failures: 0,
                rests_until: None,
                leaving: false,
            });
            agent.groups = groups;
            agent.leaving = false;
        }
        for no in self.agents.keys().cloned().collect::<Vec<_>>() {
            if !wanted.contains_key(&no) {
                self.quiet(&no);
                let agent = self.agents.get_mut(&no).unwrap();
                agent.groups.clear();
                agent.leaving = true;
            }
        }
        self.sweep();
        self.match_up(now);
    }

    /// Agents who are to leave go as soon as they have no call.
    fn sweep(&mut self) {
        self.agents.retain(|_, agent| !agent.leaving || matches!(agent.doing, Doing::Call { .. }));
    }

    pub fn input(&mut self, input: &Input, now: i64) {
        self.refused = None;
        match input.clone() {
            Input::SignIn { agent } => self.sign_in(&agent.0),
            Input::SignOut { agent } => self.sign_out(&agent.0),
            Input::SetReady { agent } => self.ready(&agent.0, now),
            Input::SetNotReady { agent, reason } => self.take_break(&agent.0, reason, now),
            Input::Reachable { agent, reachable } => {
                let Some(found) = self.agents.get_mut(&agent.0) else { return };
                if std::mem::replace(&mut found.reachable, reachable) && !reachable {
                    self.fail_ring(&agent.0, now);
                }
            }
            Input::Enqueue(enqueue) => self.enqueue(enqueue, now),
            Input::Widen { call, group } => {
                if let Some(call) = self.call(call.raw()).filter(|call| !call.groups.contains(&group.0)) {
                    call.groups.push(group.0);
                }
            }
            Input::Leave { call, .. } => self.remove(call.raw()),
            Input::Answered { call, agent } => self.answer(call.raw(), &agent.0),
            Input::Refused { call, agent, why } => {
                if self.rings(&agent.0) == Some(call.raw()) {
                    if why == Refusal::NoAnswer { self.miss(&agent.0, now) } else { self.fail_ring(&agent.0, now) }
                }
            }
            Input::Ended { call, agent } => self.end(call.raw(), &agent.0, true, now),
            Input::Seize { agent, call, group } => self.seize(&agent.0, call.raw(), group.map(|group| group.0)),
            Input::Assign { call, agent } => self.assign(call.raw(), &agent.0, now),
            Input::BookCallback(booking) => self.book(booking, now),
            Input::CallbackReached { call } => {
                let reached = |found: &Call| found.id == call.raw() && matches!(found.with, With::Held(_));
                self.calls.retain(|found| !reached(found));
            }
            Input::CallbackHours { hours, open } => {
                let named: BTreeSet<String> = self.hours();
                self.closed.retain(|closed| named.contains(closed) && (!open || *closed != hours));
                self.closed.extend(Some(hours).filter(|hours| !open && named.contains(hours)));
            }
        }
        self.sweep();
        self.match_up(now);
    }

    /// The hours that callbacks name.
    fn hours(&self) -> BTreeSet<String> {
        self.calls.iter().filter_map(|call| call.callback.as_ref()?.hours.clone()).collect()
    }

    /// A callback whose hours are closed.
    pub fn is_closed(&self, call: &Call) -> bool {
        call.callback
            .as_ref()
            .and_then(|callback| callback.hours.as_ref())
            .is_some_and(|hours| self.closed.contains(hours))
    }

    pub fn tick(&mut self, now: i64) {
        for no in self.agents.keys().cloned().collect::<Vec<_>>() {
            let agent = self.agents.get_mut(&no).unwrap();
            agent.rests_until = agent.rests_until.filter(|until| *until > now);
            match agent.doing.clone() {
                Doing::Ring { until, .. } if until <= now => self.miss(&no, now),
                Doing::Wrap { until, after } if until <= now => agent.doing = after.begin(until),
                _ => {}
            }
        }
        for callback in self.calls.iter_mut().filter_map(|call| call.callback.as_mut()) {
            callback.rests_until = callback.rests_until.filter(|until| *until > now);
        }
        self.match_up(now);
    }

    /// When something is due.
    pub fn next(&self) -> Option<i64> {
        let mut due: Vec<i64> = self.agents.values().filter_map(|agent| agent.rests_until).collect();
        due.extend(self.calls.iter().filter_map(|call| call.callback.as_ref()?.rests_until));
        for agent in self.agents.values() {
            match agent.doing {
                Doing::Ring { until, .. } | Doing::Wrap { until, .. } => due.push(until),
                _ => {}
            }
        }
        due.into_iter().min()
    }

    /// `survives`: the dialogs that are still up, and the calls that still wait.
    pub fn restart(&mut self, dialogs: &Dialogs, waiting: &BTreeSet<i64>, now: i64) {
        for no in self.agents.keys().cloned().collect::<Vec<_>>() {
            self.quiet(&no);
            if let Doing::Call { call, .. } = self.agents[&no].doing
                && !dialogs.contains(&(no.clone(), call))
            {
                self.end(call, &no, false, now);
            }
        }
        self.sweep();
        self.calls.retain(|call| call.callback.is_some() || waiting.contains(&call.id));
        self.tick(now);
    }

    /// What is really up: the machine must follow. Tells the dialogs that are one too many.
    pub fn reconcile(&mut self, dialogs: &Dialogs, waiting: &BTreeSet<i64>, now: i64) -> Dialogs {
        for no in self.agents.keys().cloned().collect::<Vec<_>>() {
            if let Doing::Call { call, .. } = self.agents[&no].doing
                && !dialogs.contains(&(no.clone(), call))
            {
                self.end(call, &no, true, now);
            }
        }
        self.sweep();
        let mut surplus = Dialogs::new();
        for (no, call) in dialogs {
            match self.agents.get(no).map(|agent| &agent.doing) {
                Some(Doing::Call { call: on, .. }) if on != call => drop(surplus.insert((no.clone(), *call))),
                Some(_) => self.seize(no, *call, None),
                None => {}
            }
        }
        for call in self.calls.iter().map(|call| call.id).collect::<Vec<_>>() {
            if self.calls.iter().any(|other| other.id == call && other.callback.is_none()) && !waiting.contains(&call) {
                self.remove(call);
            }
        }
        self.match_up(now);
        surplus
    }

    /// In the order of service: one minute of waiting for each step of priority.
    pub fn line(&self) -> Vec<&Call> {
        let mut line: Vec<&Call> = self.calls.iter().collect();
        line.sort_by_key(|call| (call.queued - call.priority * MINUTE, call.n, call.id));
        line
    }

    pub fn may_ring(&self, call: &Call) -> bool {
        let closed = self.is_closed(call);
        let rests = call.callback.as_ref().is_some_and(|callback| callback.rests_until.is_some());
        call.with == With::Nobody && !closed && !rests
    }

    pub fn is_free(&self, no: &str) -> bool {
        let agent = &self.agents[no];
        matches!(agent.doing, Doing::Idle { .. }) && agent.reachable && agent.rests_until.is_none()
    }

    pub fn serves(&self, no: &str, call: &Call) -> bool {
        call.groups.iter().any(|group| self.agents[no].groups.contains(group))
    }

    /// Groups of which somebody is signed in and can be reached, or is on a call.
    pub fn staffed(&self) -> BTreeSet<&String> {
        let there = self.agents.values().filter(|agent| match &agent.doing {
            Doing::Out => false,
            Doing::Call { after, .. } => *after != After::Out && !agent.leaving,
            _ => agent.reachable,
        });
        there.flat_map(|agent| &agent.groups).collect()
    }

    pub fn place_of(&self, id: i64) -> Option<(i64, i64, u64)> {
        self.calls.iter().find(|call| call.id == id).map(|call| (call.queued, call.priority, call.n))
    }

    fn match_up(&mut self, now: i64) {
        if !self.agents.keys().any(|no| self.is_free(no)) {
            return;
        }
        let ids: Vec<i64> = self.line().iter().map(|call| call.id).collect();
        for id in ids {
            let call = self.calls.iter().find(|call| call.id == id).unwrap();
            if !self.may_ring(call) {
                continue;
            }
            let mut free: Vec<&String> =
                self.agents.keys().filter(|no| self.is_free(no) && self.serves(no, call)).collect();
            free.sort_by_key(|no| self.rank(no, call));
            if let Some(no) = free.first() {
                let group = call.groups.iter().find(|group| self.agents[*no].groups.contains(*group)).unwrap();
                let (no, group) = ((*no).clone(), group.clone());
                self.ring(id, &no, &group, now);
            }
        }
    }

    fn rank(&self, no: &str, call: &Call) -> (u32, bool, u32, i64) {
        let (home, agent) = (self.groups.get(&call.groups[0]), &self.agents[no]);
        let liked = home.is_some_and(|home| home.last_agent_first) && call.liked.as_deref() == Some(no);
        let by_calls = home.is_some_and(|home| home.strategy == Strategy::FewestCalls);
        let Doing::Idle { since } = agent.doing else { unreachable!("only the free are ranked") };
        let tries = call.tries.get(no).copied().unwrap_or(0);
        (tries, !liked, if by_calls { agent.answered } else { 0 }, since)
    }

    pub fn ring(&mut self, id: i64, no: &str, group: &str, now: i64) {
        let seconds = self.groups.get(group).and_then(|group| group.answer_timeout_s).unwrap_or(600);
        let agent = self.agents.get_mut(no).unwrap();
        let Doing::Idle { since } = agent.doing else { unreachable!("only the free are rung") };
        let until = now + i64::from(seconds) * 1000;
        agent.doing = Doing::Ring { call: id, group: group.to_owned(), until, idle_since: since };
        self.call(id).unwrap().with = With::Ringing(no.to_owned());
    }

    pub fn call(&mut self, id: i64) -> Option<&mut Call> {
        self.calls.iter_mut().find(|call| call.id == id)
    }

    pub fn rings(&self, no: &str) -> Option<i64> {
        match self.agents.get(no)?.doing {
            Doing::Ring { call, .. } => Some(call),
            _ => None,
        }
    }
}

impl After {
    pub fn begin(self, now: i64) -> Doing {
        match self {
            After::Idle => Doing::Idle { since: now },
            After::Break(reason) => Doing::Break(reason),
            After::Out => Doing::Out,
        }
    }
}
