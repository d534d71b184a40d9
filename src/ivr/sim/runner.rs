//! Runs a test case: steps against a virtual call.

use std::collections::BTreeMap;

use super::case::{Action, Case, Ends, Step, TicketExpected};
use super::report::{CaseReport, Failure};
use super::transcript::{Happening, Line};
use super::world::World;
use crate::ivr::session::Flows;

/// A step waits so long, in virtual time, for what it expects.
const PATIENCE_MS: u64 = 2 * 3600 * 1000;

/// Runs one case. `reload`: write the session out and read it back after every input.
pub(super) fn run_case(case: &Case, flows: &Flows, reload: bool) -> CaseReport {
    let world = World::new(flows.clone(), case.setup.clone());
    let world = if reload { world.reloading() } else { world };
    let mut runner = Runner { world, seen: 0 };
    runner.world.start();
    let failure = runner.run(case);
    CaseReport { name: case.name.clone(), line: case.line, failure, transcript: runner.world.lines().to_vec() }
}

struct Runner {
    world: World,
    /// Lines before this one have been looked at.
    seen: usize,
}

/// Why a step failed: what was expected, what came.
type Mismatch = (String, String);

impl Runner {
    fn run(&mut self, case: &Case) -> Option<Failure> {
        for (index, step) in case.steps.iter().enumerate() {
            if let Err((expected, found)) = self.step(step) {
                let step_no = Some(index + 1);
                return Some(Failure { step: step_no, line: step.line, expected, found, at_ms: self.world.now_ms() });
            }
        }
        let ends = case.ends.as_ref()?;
        let (expected, found) = self.ends(ends).err()?;
        Some(Failure { step: None, line: ends.line, expected, found, at_ms: self.world.now_ms() })
    }

    fn step(&mut self, step: &Step) -> Result<(), Mismatch> {
        match &step.action {
            Action::Hears { prompt, with } => self.hears(prompt, with, false),
            Action::HearsLater { prompt, with } => self.hears(prompt, with, true),
            Action::Press(keys) => self.press(keys),
            Action::Says(word) => self.act(&format!("the caller to say {word}"), |world| world.says(word)),
            Action::AfterMs(ms) => {
                self.world.pass(*ms);
                Ok(())
            }
            Action::SaysForMs(ms) => self.says_for(*ms),
            Action::Ahead(count) => self.check(|world| world.set_ahead(*count), "the caller to wait in a queue"),
            Action::ConnectedTo(no) => self.connected_to(no),
            Action::AgentHangsUp => {
                // The agent has been joined with the caller by then.
                while self.world.is_connecting() && self.world.step() {}
                self.check(World::agent_hangs_up, "the caller to speak with an agent")
            }
            Action::CallerHangsUp => self.act("the caller to hang up", World::hang_up),
            Action::At(node) => self.at(node),
            Action::Asks(url) => self.asks(url),
            Action::Vars(vars) => vars.iter().try_for_each(|(name, value)| self.var(name, value)),
        }
    }

    /// What has been heard until an action does not matter to what comes after it.
    fn look_on(&mut self) {
        self.seen = self.seen.max(self.world.lines().len());
    }

    fn act(&mut self, what: &str, act: impl FnOnce(&mut World)) -> Result<(), Mismatch> {
        if self.world.is_over() {
            return Err((what.to_owned(), self.state()));
        }
        self.look_on();
        act(&mut self.world);
        Ok(())
    }

    fn check(&mut self, act: impl FnOnce(&mut World) -> bool, expected: &str) -> Result<(), Mismatch> {
        let before = self.world.lines().len();
        if act(&mut self.world) {
            self.seen = self.seen.max(before);
            Ok(())
        } else {
            Err((expected.to_owned(), self.state()))
        }
    }

    fn hears(&mut self, prompt: &str, with: &BTreeMap<String, String>, later: bool) -> Result<(), Mismatch> {
        let expected = || format!("to hear {prompt}{}", shown(with));
        loop {
            let heard = self.next(|what| match what {
                Happening::Heard { prompt, values, .. } => Some((prompt.clone(), values.clone())),
                _ => None,
            });
            let Some((found, values)) = heard else { return Err((expected(), self.state())) };
            if found == prompt {
                let differs = with.iter().any(|(name, value)| values.get(name) != Some(value));
                let found = format!("heard {found}{}", shown(&values));
                return if differs { Err((expected(), found)) } else { Ok(()) };
            }
            if !later {
                return Err((expected(), format!("heard {found}{}", shown(&values))));
            }
        }
    }

    fn press(&mut self, keys: &str) -> Result<(), Mismatch> {
        for key in keys.chars() {
            // Nobody presses into a prompt that cannot be stopped.
            while self.world.must_listen() && self.world.step() {}
            self.act(&format!("the caller to press {key}"), |world| world.press(key))?;
        }
        Ok(())
    }

    fn says_for(&mut self, ms: u64) -> Result<(), Mismatch> {
        let deadline = self.world.now_ms() + PATIENCE_MS;
        while !self.world.is_recording() {
            if self.world.now_ms() > deadline || !self.world.step() {
                return Err(("a message to be recorded".to_owned(), self.state()));
            }
        }
        self.act("the caller to speak", |world| world.speak(ms))?;
        self.world.pass(ms);
        Ok(())
    }

    fn connected_to(&mut self, no: &str) -> Result<(), Mismatch> {
        let answered = self.next(|what| match what {
            Happening::Answered { staff_no } => Some(staff_no.clone()),
            _ => None,
        });
        match answered {
            Some(found) if found == no => Ok(()),
            Some(found) => Err((format!("agent {no} to answer"), format!("agent {found} answered"))),
            None => Err((format!("agent {no} to answer"), self.state())),
        }
    }

    fn at(&self, node: &str) -> Result<(), Mismatch> {
        let found = self.world.node();
        if is_node(&found, node) { Ok(()) } else { Err((format!("the call at {node}"), format!("it is at {found}"))) }
    }

    fn asks(&mut self, url: &str) -> Result<(), Mismatch> {
        let asked = self.next(|what| match what {
            Happening::Request { url, .. } => Some(url.clone()),
            _ => None,
        });
        match asked {
            Some(found) if found == url => Ok(()),
            Some(found) => Err((format!("a request to {url}"), format!("asked {found}"))),
            None => Err((format!("a request to {url}"), self.state())),
        }
    }

    fn var(&self, name: &str, value: &str) -> Result<(), Mismatch> {
        let found = self.world.session().value(name);
        if found.as_deref() == Some(value) {
            return Ok(());
        }
        let found = found.map_or("it has no value".to_owned(), |found| format!("it is {found}"));
        Err((format!("{name} to be {value}"), found))
    }

    fn ends(&mut self, ends: &Ends) -> Result<(), Mismatch> {
        let deadline = self.world.now_ms() + PATIENCE_MS;
        while self.world.now_ms() <= deadline && self.world.step() {}
        let Some((reason, node)) = self.world.end().map(|(reason, node)| (reason.name(), node.map(str::to_owned)))
        else {
            return Err(("the call to end".to_owned(), self.state()));
        };
        let found = || format!("it ended at {} ({reason})", node.as_deref().unwrap_or("its start"));
        if let Some(expected) = ends.node.as_deref().filter(|own| !is_node(node.as_deref().unwrap_or_default(), own)) {
            return Err((format!("the call to end at {expected}"), found()));
        }
        if let Some(expected) = ends.reason.as_deref().filter(|own| *own != reason) {
            return Err((format!("the call to end by {expected}"), found()));
        }
        match (ends.ticket, self.world.has_ticket()) {
            (Some(TicketExpected::Created), false) => Err(("a ticket".to_owned(), "there is none".to_owned())),
            (Some(TicketExpected::None), true) => Err(("no ticket".to_owned(), "there is one".to_owned())),
            _ => Ok(()),
        }
    }

    /// The next line that has not been looked at and is of the kind wanted; time passes until there is one.
    fn next<T>(&mut self, wanted: impl Fn(&Happening) -> Option<T>) -> Option<T> {
        let deadline = self.world.now_ms() + PATIENCE_MS;
        loop {
            while let Some(Line { what, .. }) = self.world.lines().get(self.seen) {
                self.seen += 1;
                if let Some(found) = wanted(what) {
                    return Some(found);
                }
            }
            if self.world.now_ms() > deadline || !self.world.step() {
                return None;
            }
        }
    }

    /// Where the call is, for a failure.
    fn state(&self) -> String {
        match self.world.end() {
            Some((reason, node)) => {
                format!("the call ended at {} ({})", node.unwrap_or("its start"), reason.name())
            }
            None => format!("the call is at {}", self.world.node()),
        }
    }
}

/// `rate` names node `rate` and all that happens in the subflow it called; `rate/ask` only that node there.
fn is_node(found: &str, expected: &str) -> bool {
    found == expected || found.strip_prefix(expected).is_some_and(|rest| rest.starts_with('/'))
}

fn shown(values: &BTreeMap<String, String>) -> String {
    if values.is_empty() {
        return String::new();
    }
    let values: Vec<String> = values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    format!(" with {}", values.join(", "))
}
