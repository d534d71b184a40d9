//! Drives the machine and the model side by side, and keeps what the telephones would know: which phones ring, which
//! dialogs are up, who waits.

use std::collections::{BTreeMap, BTreeSet};

use hotline::acd::{Acd, AgentNo, AgentView, AssignRefusal, BookCallback, Enqueue, Input, Live, Output, Place};
use hotline::base::{CallId, Instant, Now, UtcMillis};

use crate::invariants;
use crate::reference::{Dialogs, Model};
use crate::setups::setup;

/// One step. Every one is possible in every state.
#[derive(Clone, Debug)]
pub enum Op {
    Input(Input),
    /// Comes back with the place that it had.
    Return(Enqueue),
    BookWithPlace(BookCallback),
    /// Time passes and every timer is run when it is due.
    Pass(u64),
    /// Time passes and the timers are run late, all at once.
    Stall(u64),
    Configure(u64),
    /// `survive`: another node took over, dialogs and callers are still there.
    Restart {
        down_ms: u64,
        survive: bool,
    },
    LoseDialog(usize),
    LoseCaller(usize),
    GhostDialog(&'static str, i64),
}

/// How often things happened: a test in which nothing happens proves nothing.
#[derive(Debug, Default)]
pub struct Tally(BTreeMap<&'static str, u64>);

impl Tally {
    pub fn count(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    pub fn add(&mut self, other: &Tally) {
        other.0.iter().for_each(|(what, n)| *self.0.entry(what).or_default() += n);
    }

    pub fn assert_everything_happened(&self) {
        let n = |what| self.0.get(what).copied().unwrap_or(0);
        assert!(n("transitions") >= 100_000, "{self:?}");
        let all = ["ring", "connect", "late answer", "no answer", "given up", "callback done", "no agents"];
        let all = all.into_iter().chain(["correction", "restart", "position", "assignment refused", "seizure refused"]);
        all.for_each(|what| assert!(n(what) > 15, "hardly any {what}: {self:?}"));
    }
}

pub struct Driver {
    pub acd: Acd,
    pub model: Model,
    setup: u64,
    /// Wall-clock time, and what it was at the origin of the machine's clock.
    pub clock: i64,
    origin: i64,
    pub tally: Tally,
    // What the telephones know.
    pub rings: BTreeMap<String, i64>,
    pub dialogs: Dialogs,
    pub waiting: BTreeSet<i64>,
    pub callbacks: BTreeSet<i64>,
    pub tries: BTreeMap<(i64, String), u32>,
    // What was told.
    pub ahead: BTreeMap<i64, u32>,
    pub without_agents: BTreeSet<i64>,
    pub views: BTreeMap<String, AgentView>,
    /// Of this transition.
    pub started: Vec<(String, i64)>,
    pub assigned: bool,
    pub told_no_agents: BTreeSet<i64>,
    pub refused: Option<AssignRefusal>,
    pub surplus: Dialogs,
    /// Places of calls that left, as the machine gave them and as the model had them.
    pub places: BTreeMap<i64, (Place, (i64, i64, u64))>,
    /// Of the call that the present input takes out of the queue.
    pub model_place: Option<(i64, i64, u64)>,
    pub history: Vec<Input>,
}

const START: i64 = 1_800_000_000_000;

impl Driver {
    pub fn new(setup_seed: u64) -> Self {
        let mut driver = Driver {
            acd: Acd::new(),
            model: Model::default(),
            setup: setup_seed,
            clock: START,
            origin: START - 1_000_000,
            tally: Tally::default(),
            rings: BTreeMap::new(),
            dialogs: Dialogs::new(),
            waiting: BTreeSet::new(),
            callbacks: BTreeSet::new(),
            tries: BTreeMap::new(),
            ahead: BTreeMap::new(),
            without_agents: BTreeSet::new(),
            views: BTreeMap::new(),
            started: Vec::new(),
            assigned: false,
            told_no_agents: BTreeSet::new(),
            refused: None,
            surplus: Dialogs::new(),
            places: BTreeMap::new(),
            model_place: None,
            history: Vec::new(),
        };
        driver.configure(setup_seed);
        driver.drain().expect("a first set-up orders nothing");
        driver
    }

    pub fn now(&self) -> Now {
        Now::new(Instant::from_millis((self.clock - self.origin) as u64), UtcMillis(self.clock))
    }

    fn configure(&mut self, setup_seed: u64) {
        self.setup = setup_seed;
        self.acd.configure(setup(setup_seed), self.now());
        self.model.configure(&setup(setup_seed), self.clock);
    }

    pub fn run(&mut self, op: Op) -> Result<(), String> {
        self.begin();
        match op {
            Op::Input(input) => self.input(input)?,
            Op::Return(mut enqueue) => {
                let place = self.places.get(&enqueue.call.raw()).copied();
                enqueue.place = place.map(|(place, _)| place);
                self.model.place = place.map(|(_, place)| place);
                self.input(Input::Enqueue(enqueue))?;
            }
            Op::BookWithPlace(mut booking) => {
                let place = self.places.get(&booking.call.raw()).copied();
                booking.place = place.map(|(place, _)| place);
                self.model.place = place.map(|(_, place)| place);
                self.input(Input::BookCallback(booking))?;
            }
            Op::Pass(ms) => self.pass(ms)?,
            Op::Stall(ms) => {
                self.clock += ms as i64;
                self.tick();
            }
            Op::Configure(seed) => self.configure(seed),
            Op::Restart { down_ms, survive } => self.restart(down_ms, survive)?,
            Op::LoseDialog(n) => {
                let lost = self.dialogs.iter().nth(n % self.dialogs.len().max(1)).cloned();
                self.dialogs.retain(|dialog| Some(dialog) != lost.as_ref());
                self.reconcile(None);
            }
            Op::LoseCaller(n) => {
                let lost = self.waiting.iter().nth(n % self.waiting.len().max(1)).copied();
                self.reconcile(lost.filter(|call| !self.callbacks.contains(call)));
            }
            Op::GhostDialog(agent, call) => {
                if self.model.agents.contains_key(agent) {
                    self.dialogs.insert((agent.to_owned(), call));
                }
                self.reconcile(None);
            }
        }
        self.finish()
    }

    fn begin(&mut self) {
        self.tally.count("transitions");
        self.started.clear();
        self.assigned = false;
        self.told_no_agents.clear();
        self.refused = None;
        self.model.place = None;
        self.model_place = None;
    }

    fn finish(&mut self) -> Result<(), String> {
        self.drain()?;
        let nobody = invariants::without_agents(self);
        let newly: BTreeSet<i64> = nobody.difference(&self.without_agents).copied().collect();
        if newly != self.told_no_agents {
            return Err(format!("told that nobody is there for {:?}, should be {newly:?}", self.told_no_agents));
        }
        self.without_agents = nobody;
        invariants::check(self)
    }

    fn input(&mut self, input: Input) -> Result<(), String> {
        match &input {
            Input::Enqueue(enqueue) => {
                self.waiting.insert(enqueue.call.raw());
            }
            Input::Ended { call, agent } => {
                self.dialogs.remove(&(agent.0.clone(), call.raw()));
            }
            Input::Assign { .. } => self.assigned = true,
            _ => {}
        }
        self.history.push(input.clone());
        if let Input::Leave { call, .. } | Input::BookCallback(BookCallback { call, .. }) = &input {
            self.model_place = self.model.place_of(call.raw());
        }
        let seized = match &input {
            Input::Seize { agent, call, .. } if self.model.agents.contains_key(&agent.0) => {
                Some((agent.0.clone(), call.raw()))
            }
            _ => None,
        };
        self.model.input(&input, self.clock);
        self.acd.handle(input, self.now());
        let refused = self.drain()?;
        if let Some(dialog) = seized.filter(|dialog| !refused.contains(dialog)) {
            self.dialogs.insert(dialog);
        }
        if self.refused != self.model.refused {
            return Err(format!("assignment refused with {:?}, should be {:?}", self.refused, self.model.refused));
        }
        Ok(())
    }

    fn pass(&mut self, ms: u64) -> Result<(), String> {
        let end = self.clock + ms as i64;
        while let Some(at) = self.acd.poll_timeout() {
            let due = self.origin + at.as_millis() as i64;
            if Some(due) != self.model.next() {
                return Err(format!("a timer at {due}, should be {:?}", self.model.next()));
            }
            if due > end {
                break;
            }
            self.clock = due;
            self.tick();
            self.finish()?;
            self.begin();
            if self.acd.poll_timeout() == Some(at) {
                return Err(format!("the timer at {due} was run and is still due"));
            }
        }
        self.clock = end;
        Ok(())
    }

    fn tick(&mut self) {
        self.acd.handle_timeout(self.now());
        self.model.tick(self.clock);
    }

    fn live(&self) -> Live {
        let dialogs = self.dialogs.iter().map(|(agent, call)| (AgentNo(agent.clone()), CallId::from_raw(*call)));
        Live { dialogs: dialogs.collect(), calls: self.waiting.iter().map(|call| CallId::from_raw(*call)).collect() }
    }

    fn restart(&mut self, down_ms: u64, survive: bool) -> Result<(), String> {
        let text = serde_json::to_string(&self.acd.snapshot(self.now())).map_err(|error| error.to_string())?;
        let snapshot = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        self.clock += down_ms as i64;
        self.origin = self.clock;
        // Rings do not outlive the switch, places and news of before it are worth nothing.
        self.rings.clear();
        self.places.clear();
        self.ahead.clear();
        self.without_agents.clear();
        self.views.clear();
        if !survive {
            self.dialogs.clear();
        }
        let mut live = self.live();
        if !survive {
            live.calls.clear();
        }
        let calls = live.calls.iter().map(|call| call.raw()).collect();
        self.acd = Acd::restore(setup(self.setup), snapshot, &live, self.now());
        self.model.restart(&self.dialogs, &calls, self.clock);
        self.tally.count("restart");
        Ok(())
    }

    fn reconcile(&mut self, lost: Option<i64>) {
        let mut live = self.live();
        if let Some(lost) = lost {
            live.calls.remove(&CallId::from_raw(lost));
        }
        let calls = live.calls.iter().map(|call| call.raw()).collect();
        self.acd.reconcile(&live, self.now());
        self.surplus = self.model.reconcile(&self.dialogs, &calls, self.clock);
    }

    /// Takes the machine's outputs into the world; tells the seizures that were refused.
    fn drain(&mut self) -> Result<Dialogs, String> {
        let mut refused = Dialogs::new();
        while let Some(output) = self.acd.poll_output() {
            if let Output::SeizeRefused { agent, call } = &output {
                refused.insert((agent.0.clone(), call.raw()));
            }
            self.take(output)?;
        }
        Ok(refused)
    }
}
