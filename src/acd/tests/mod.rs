//! The rules one by one, in virtual time. `tests/acd_model.rs` tries them in all mixtures.

mod callbacks;
mod calls;
mod choice;
mod people;
mod restart;

use std::time::Duration;

use super::*;
use crate::base::{CallId, Instant, Now, UtcMillis};

const SALES: &str = "sales";
const HELP: &str = "help";

/// A machine, its clock, and what it said since it was last asked.
struct Bench {
    acd: Acd,
    now: Now,
    said: Vec<Output>,
}

fn call(n: i64) -> CallId {
    CallId::from_raw(n)
}

fn no(agent: &str) -> AgentNo {
    agent.into()
}

fn group(id: &str) -> GroupConfig {
    GroupConfig {
        id: id.into(),
        name: id.to_owned(),
        strategy: Strategy::LongestIdle,
        answer_timeout_s: Some(20),
        wrap_up_s: None,
        last_agent_first: false,
    }
}

fn agent(no: &str, groups: &[&str]) -> AgentConfig {
    AgentConfig { no: no.into(), name: no.to_owned(), groups: groups.iter().map(|id| (*id).into()).collect() }
}

/// Sales has `a`, `b` and `c`; help has `c` and `h`.
fn config(change: impl Fn(&mut GroupConfig)) -> AcdConfig {
    let mut groups = vec![group(SALES), group(HELP)];
    groups.iter_mut().for_each(change);
    let agents = vec![agent("a", &[SALES]), agent("b", &[SALES]), agent("c", &[SALES, HELP]), agent("h", &[HELP])];
    AcdConfig { groups, agents }
}

impl Bench {
    fn new(config: AcdConfig) -> Self {
        let now = Now::new(Instant::from_millis(1_000_000), UtcMillis(1_800_000_000_000));
        let mut bench = Bench { acd: Acd::new(), now, said: Vec::new() };
        bench.acd.configure(config, now);
        bench.hear();
        bench
    }

    /// With these agents ready, one second after the other, the first the longest idle.
    fn with_ready(agents: &[&str]) -> Self {
        let mut bench = Bench::new(config(|_| {}));
        bench.ready(agents);
        bench
    }

    fn ready(&mut self, agents: &[&str]) {
        for agent in agents {
            self.input(Input::Reachable { agent: no(agent), reachable: true });
            self.input(Input::SignIn { agent: no(agent) });
            self.input(Input::SetReady { agent: no(agent) });
            self.pass(1);
        }
        self.said.clear();
    }

    fn hear(&mut self) {
        while let Some(output) = self.acd.poll_output() {
            self.said.push(output);
        }
    }

    fn input(&mut self, input: Input) -> &mut Self {
        self.acd.handle(input, self.now);
        self.hear();
        self
    }

    /// Lets seconds pass, waking the machine whenever it asked for it.
    fn pass(&mut self, seconds: u64) -> &mut Self {
        let end = self.now.plus(Duration::from_secs(seconds));
        while let Some(at) = self.acd.poll_timeout().filter(|at| *at <= end.instant) {
            self.now = self.now.plus(at.since(self.now.instant));
            self.acd.handle_timeout(self.now);
            self.hear();
        }
        self.now = self.now.plus(end.instant.since(self.now.instant));
        self
    }

    fn enqueue(&mut self, n: i64, group: &str) -> &mut Self {
        self.enqueue_with(n, group, |_| {})
    }

    fn enqueue_with(&mut self, n: i64, group: &str, change: impl FnOnce(&mut Enqueue)) -> &mut Self {
        let mut enqueue = Enqueue {
            call: call(n),
            group: group.into(),
            priority: 0,
            caller: Some(format!("+86138000000{n:02}")),
            last_agent: None,
            place: None,
        };
        change(&mut enqueue);
        self.input(Input::Enqueue(enqueue))
    }

    fn answer(&mut self, n: i64, agent: &str) -> &mut Self {
        self.input(Input::Answered { call: call(n), agent: no(agent) })
    }

    fn refuse(&mut self, n: i64, agent: &str, why: Refusal) -> &mut Self {
        self.input(Input::Refused { call: call(n), agent: no(agent), why })
    }

    fn end(&mut self, n: i64, agent: &str) -> &mut Self {
        self.input(Input::Ended { call: call(n), agent: no(agent) })
    }

    fn leave(&mut self, n: i64) -> &mut Self {
        self.input(Input::Leave { call: call(n), why: LeaveReason::CallerGone })
    }

    fn state(&self, agent: &str) -> AgentState<UtcMillis> {
        self.view(agent).state
    }

    fn view(&self, agent: &str) -> AgentView {
        self.acd.agent(&no(agent), self.now).expect("the agent is set up")
    }

    fn not_ready(&self, agent: &str) -> Option<NotReadyReason> {
        match self.state(agent) {
            AgentState::NotReady { reason } => Some(reason),
            _ => None,
        }
    }

    /// Who rings for this call now.
    fn rung_for(&self, n: i64) -> Option<String> {
        let rings =
            |view: &AgentView| matches!(view.state, AgentState::Ringing { call: ringing, .. } if ringing == call(n));
        self.acd.agents(self.now).into_iter().find(rings).map(|view| view.no.0)
    }

    fn waiting(&self) -> Vec<i64> {
        self.acd.queue(self.now).iter().map(|row| row.call.raw()).collect()
    }

    /// What was said since the last time, but for the news about agents.
    fn said(&mut self) -> Vec<Output> {
        let said = std::mem::take(&mut self.said);
        said.into_iter().filter(|output| !matches!(output, Output::AgentChanged(_))).collect()
    }

    /// The machine as it comes back after a restart `seconds` later, with a new origin of time.
    fn restart(&mut self, config: AcdConfig, live: &Live, seconds: u64) -> &mut Self {
        let text = serde_json::to_string(&self.acd.snapshot(self.now)).expect("a snapshot is plain data");
        let snapshot = serde_json::from_str(&text).expect("a snapshot reads back");
        self.now = Now::new(Instant::ZERO, self.now.plus(Duration::from_secs(seconds)).utc);
        self.acd = Acd::restore(config, snapshot, live, self.now);
        self.said.clear();
        self.hear();
        self
    }
}

fn stopped(n: i64, agent: &str, why: StopReason) -> Output {
    Output::StopRinging { call: call(n), agent: no(agent), why }
}
