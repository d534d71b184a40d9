//! A virtual call typed by a person: one line in, some lines out. The terminal and the API use it.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::setup::{AgentSetup, GroupSetup, Setup};
use super::transcript::{Happening, seconds};
use super::world::{SavedWorld, World};
use crate::ivr::flow::NodeKind;
use crate::ivr::flow::node::is_keys;
use crate::ivr::session::{Flows, RestoreError};

/// One line of the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Nothing: the next thing may happen.
    Next,
    /// `1`, `12345678#`.
    Press(String),
    /// `+30s`, `+2m`, `+500ms`, `+30`.
    Pass {
        ms: u64,
    },
    /// `say 6s`: speaks into a message.
    Speak {
        ms: u64,
    },
    /// `word 售前`.
    Word(String),
    /// `ahead 2`: so many callers are ahead.
    Ahead(u32),
    AgentHangsUp,
    HangUp,
    Help,
}

/// What cannot be understood, and what can.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{line}` is no command; type keys (1, 12#), +30s, say 6s, word TEXT, ahead N, agent hangup, hangup, help")]
pub struct UnknownCommand {
    line: String,
}

/// What came of one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// For people, in the order in which it happened.
    pub lines: Vec<String>,
    /// Milliseconds since the call began.
    pub at_ms: u64,
    /// Where the call is.
    pub node: String,
    pub over: bool,
}

/// A call that a person plays through.
#[derive(Clone, Debug)]
pub struct Conversation {
    world: World,
    shown: usize,
}

/// A conversation between two lines, without its flows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedConversation {
    world: SavedWorld,
    shown: usize,
}

const HELP: &[&str] = &[
    "1, 12345678#   press keys",
    "(empty)        let the next thing happen",
    "+30s, +2m      let time pass",
    "say 6s         speak into a message",
    "word 售前      say a keyword",
    "ahead 2        so many callers are ahead now",
    "agent hangup   the agent hangs up",
    "hangup         the caller hangs up",
];

impl Conversation {
    /// The call begins.
    pub fn begin(flows: Flows, setup: Setup) -> (Self, Reply) {
        let mut conversation = Conversation { world: World::new(flows, setup), shown: 0 };
        conversation.world.start();
        let reply = conversation.reply(Vec::new());
        (conversation, reply)
    }

    /// One line. One that cannot be understood is answered and changes nothing.
    pub fn line(&mut self, line: &str) -> Reply {
        match line.parse() {
            Ok(command) => self.command(command),
            Err(UnknownCommand { .. }) => {
                let error = UnknownCommand { line: line.trim().to_owned() };
                self.reply(vec![error.to_string()])
            }
        }
    }

    pub fn is_over(&self) -> bool {
        self.world.is_over()
    }

    pub fn save(&self) -> SavedConversation {
        SavedConversation { world: self.world.save(), shown: self.shown }
    }

    /// # Errors
    /// When the flows are not the ones that the call runs.
    pub fn restore(saved: SavedConversation, flows: Flows) -> Result<Self, RestoreError> {
        Ok(Conversation { world: World::restore(saved.world, flows)?, shown: saved.shown })
    }

    fn command(&mut self, command: Command) -> Reply {
        let mut notes = Vec::new();
        if self.world.is_over() && command != Command::Help {
            return self.reply(vec!["the call is over".to_owned()]);
        }
        match command {
            Command::Next => self.next_sight(),
            Command::Press(keys) => keys.chars().for_each(|key| self.world.press(key)),
            Command::Pass { ms } => self.world.pass(ms),
            Command::Speak { ms } if self.world.is_recording() => {
                self.world.speak(ms);
                self.world.pass(ms);
            }
            Command::Speak { .. } => notes.push("nothing is being recorded".to_owned()),
            Command::Word(word) => self.world.says(&word),
            Command::Ahead(count) if self.world.set_ahead(count) => {}
            Command::Ahead(_) => notes.push("the caller is in no queue".to_owned()),
            Command::AgentHangsUp if self.world.agent_hangs_up() => {}
            Command::AgentHangsUp => notes.push("no agent is there".to_owned()),
            Command::HangUp => self.world.hang_up(),
            Command::Help => notes.extend(HELP.iter().map(|line| (*line).to_owned())),
        }
        self.reply(notes)
    }

    /// Lets things happen until one of them is to be seen.
    fn next_sight(&mut self) {
        while self.unseen().next().is_none() && self.world.step() {}
    }

    fn unseen(&self) -> impl Iterator<Item = &super::transcript::Line> {
        let lines = self.world.lines().get(self.shown..).unwrap_or_default();
        lines.iter().filter(|line| !matches!(line.what, Happening::Edge { .. }))
    }

    fn reply(&mut self, mut lines: Vec<String>) -> Reply {
        lines.extend(self.unseen().map(ToString::to_string));
        self.shown = self.world.lines().len();
        match self.world.next_in_ms() {
            Some(ms) => lines.push(format!("          … nothing more for {}", seconds(ms))),
            None if !self.world.is_over() => lines.push("          … nothing more by itself".to_owned()),
            None => {}
        }
        Reply { lines, at_ms: self.world.now_ms(), node: self.world.node(), over: self.world.is_over() }
    }
}

impl Setup {
    /// A world in which every group that the flows name has one caller ahead and an agent who answers in ten seconds.
    #[must_use]
    pub fn with_agents_for(mut self, flows: &Flows) -> Self {
        let nodes = flows.all().flat_map(|flow| flow.nodes.values());
        let transfers = nodes.filter_map(|node| match &node.kind {
            NodeKind::Transfer(transfer) => Some(transfer),
            _ => None,
        });
        let choices =
            transfers.flat_map(|node| node.overflow.iter().map(|own| &own.skill_group).chain([&node.skill_group]));
        let names: std::collections::BTreeSet<String> =
            choices.flat_map(|choice| choice.all()).map(|group| group.to_string()).collect();
        for (name, number) in names.into_iter().zip(1001..) {
            let agent = AgentSetup { no: number.to_string(), idle: true, answers_after_s: 10, talks_for_s: None };
            let group = GroupSetup { waiting: 1, estimate_s: Some(60), agents: vec![agent] };
            self.groups.entry(name).or_insert(group);
        }
        self
    }
}

impl FromStr for Command {
    type Err = UnknownCommand;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let line = line.trim();
        let unknown = || UnknownCommand { line: line.to_owned() };
        let (first, rest) = line.split_once(char::is_whitespace).map_or((line, ""), |(a, b)| (a, b.trim()));
        match (first.to_ascii_lowercase().as_str(), rest) {
            ("", "") => Ok(Command::Next),
            ("help" | "?", "") => Ok(Command::Help),
            ("hangup", "") => Ok(Command::HangUp),
            ("hang", "up") => Ok(Command::HangUp),
            ("agent", "hangup" | "hangs up" | "hang up") => Ok(Command::AgentHangsUp),
            ("say", time) => span_ms(time).map(|ms| Command::Speak { ms }).ok_or_else(unknown),
            ("word", word) if !word.is_empty() => Ok(Command::Word(word.to_owned())),
            ("ahead", count) => count.parse().map(Command::Ahead).map_err(|_| unknown()),
            (keys, "") if is_keys(keys) => Ok(Command::Press(keys.to_owned())),
            (time, "") => {
                let ms = time.strip_prefix('+').and_then(span_ms);
                ms.map(|ms| Command::Pass { ms }).ok_or_else(unknown)
            }
            _ => Err(unknown()),
        }
    }
}

/// `30s`, `2m`, `500ms`, `1.5s`, `30`.
fn span_ms(text: &str) -> Option<u64> {
    let (number, unit_ms) = match text {
        _ if text.ends_with("ms") => (text.strip_suffix("ms")?, 1.0),
        _ if text.ends_with('m') => (text.strip_suffix('m')?, 60_000.0),
        _ => (text.strip_suffix('s').unwrap_or(text), 1000.0),
    };
    let number: f64 = number.trim().parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)?;
    Some((number * unit_ms).min(86_400_000.0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        for (line, expected) in [
            ("", Command::Next),
            ("1", Command::Press("1".to_owned())),
            (" 12345678# ", Command::Press("12345678#".to_owned())),
            ("+30s", Command::Pass { ms: 30_000 }),
            ("+2m", Command::Pass { ms: 120_000 }),
            ("+500ms", Command::Pass { ms: 500 }),
            ("+1.5", Command::Pass { ms: 1500 }),
            ("say 6s", Command::Speak { ms: 6000 }),
            ("word 售前", Command::Word("售前".to_owned())),
            ("ahead 2", Command::Ahead(2)),
            ("agent hangs up", Command::AgentHangsUp),
            ("hangup", Command::HangUp),
            ("HELP", Command::Help),
        ] {
            assert_eq!(line.parse(), Ok(expected), "{line}");
        }
        for line in ["+", "+x", "+-1s", "say", "word", "ahead -1", "dance", "1 2", "+infs", "+1e999s"] {
            assert!(line.parse::<Command>().is_err(), "{line}");
        }
    }
}
