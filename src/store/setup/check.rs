//! What is wrong with a set-up. Pure: the set-up, what the store has, and the findings.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

use serde::Serialize;
use unicode_normalization::UnicodeNormalization as _;

use super::standing::Standing;
use crate::config::setup::{Agent, NumberTarget, Role, Setup, SkillGroup, Switchable};
use crate::store::number::{Answer, BUILTINS};

/// D1, G11: scalars after NFC; full- and half-width both count 1.
const MAX_GROUP_NAME: usize = 20;
const MAX_NAME: usize = 64;
const MAX_ID: usize = 64;
const MAX_NUMBER: usize = 32;
/// Longer, and the caller's network gives up first (RFC 3261 timer C is three minutes).
const MAX_ANSWER_AFTER_MS: u32 = 60_000;
/// A11, A12.
const MAX_SECONDS: u32 = 90;
/// Shorter passwords, and those of digits only up to this length, are guessed (security.md 31).
const WEAK_PASSWORD: usize = 8;

/// A fault of a set-up: where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// As a path: `skill_groups[2].name`, `numbers.4008123602`.
    pub place: String,
    pub problem: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

/// The name as it is kept: NFC, without blanks around it.
pub(super) fn tidy_name(name: &str) -> String {
    name.trim().nfc().collect()
}

/// Everything that is wrong, in the order of the file.
pub(super) fn check(setup: &Setup, standing: &Standing) -> Vec<Finding> {
    let mut checker = Checker { setup, standing, findings: Vec::new() };
    checker.groups();
    checker.agents();
    checker.numbers();
    checker.trunks();
    checker.hosts();
    checker.findings
}

/// What is allowed but unwise: passwords that are guessed.
pub(super) fn warnings(passwords: &BTreeMap<String, String>) -> Vec<Finding> {
    let weak = |no: &str, password: &str| {
        password == no
            || password.chars().count() < WEAK_PASSWORD
            || (password.len() == WEAK_PASSWORD && password.bytes().all(|b| b.is_ascii_digit()))
    };
    passwords
        .iter()
        .filter(|(no, password)| weak(no, password))
        .map(|(no, _)| Finding {
            place: format!("agents.{no}.password"),
            problem: "is easily guessed: use 12 or more characters that are not the number".to_owned(),
        })
        .collect()
}

struct Checker<'a> {
    setup: &'a Setup,
    standing: &'a Standing,
    findings: Vec<Finding>,
}

impl Checker<'_> {
    fn find(&mut self, place: impl Into<String>, problem: impl Into<String>) {
        self.findings.push(Finding { place: place.into(), problem: problem.into() });
    }

    fn groups(&mut self) {
        let mut ids = BTreeSet::new();
        let mut names: BTreeMap<String, &str> = BTreeMap::new();
        for (n, group) in self.setup.skill_groups.iter().enumerate() {
            let place = format!("skill_groups[{n}]");
            if !ids.insert(group.id.as_str()) {
                self.find(format!("{place}.id"), format!("{:?} is given twice", group.id));
            }
            self.group(&place, group);
            let name = tidy_name(&group.name);
            if let Some(other) = names.insert(name.clone(), &group.id).or_else(|| self.standing_owner(&name, &group.id))
            {
                self.find(format!("{place}.name"), format!("{name:?} is already the name of group {other}"));
            }
        }
    }

    /// The group of the store that has this name and is not changed by the set-up.
    fn standing_owner(&self, name: &str, id: &str) -> Option<&str> {
        let named = |group: &&String| self.setup.skill_groups.iter().any(|other| other.id == **group);
        let standing = &self.standing.groups;
        standing
            .iter()
            .filter(|(_, group)| group.name == name)
            .map(|(id, _)| id)
            .find(|other| *other != id && !named(other))
            .map(String::as_str)
    }

    fn group(&mut self, place: &str, group: &SkillGroup) {
        if !is_id(&group.id) {
            self.find(format!("{place}.id"), "an id is 1 to 64 letters, digits, `-`, `_` and `.`");
        }
        let length = tidy_name(&group.name).chars().count();
        if length == 0 || length > MAX_GROUP_NAME {
            let problem = format!("a name has 1 to {MAX_GROUP_NAME} characters, this one has {length}");
            self.find(format!("{place}.name"), problem);
        } else if group.name.chars().any(char::is_control) {
            self.find(format!("{place}.name"), "has a control character");
        }
        for (field, seconds) in [("answer_timeout_s", group.answer_timeout_s), ("wrap_up_s", group.wrap_up_s)] {
            if let Switchable::Seconds(s) = seconds
                && !(1..=MAX_SECONDS).contains(&s)
            {
                let problem = format!("{s} is not 1 to {MAX_SECONDS}: write a number of seconds in that range, or off");
                self.find(format!("{place}.{field}"), problem);
            }
        }
    }

    fn agents(&mut self) {
        let mut numbers = BTreeSet::new();
        for (n, agent) in self.setup.agents.iter().enumerate() {
            let place = format!("agents[{n}]");
            if !numbers.insert(agent.no.as_str()) {
                self.find(format!("{place}.no"), format!("{:?} is given twice", agent.no));
            }
            self.agent(&place, agent);
        }
        let founders: BTreeSet<&str> = self.founders();
        if founders.len() > 1 {
            let names: Vec<&str> = founders.into_iter().collect();
            self.find("agents", format!("only one founder can be, here are {}", names.join(", ")));
        }
    }

    fn founders(&self) -> BTreeSet<&str> {
        let named = |no: &str| self.setup.agents.iter().any(|agent| agent.no == no);
        let standing = self.standing.agents.iter().filter(|(no, agent)| agent.role == Role::Founder && !named(no));
        let new = self.setup.agents.iter().filter(|agent| agent.role == Role::Founder);
        standing.map(|(no, _)| no.as_str()).chain(new.map(|agent| agent.no.as_str())).collect()
    }

    fn agent(&mut self, place: &str, agent: &Agent) {
        let letters = agent.no.chars().all(|c| c.is_ascii_alphanumeric());
        if agent.no.is_empty() || agent.no.len() > MAX_NUMBER || !letters {
            self.find(format!("{place}.no"), format!("{:?} is not 1 to {MAX_NUMBER} digits or letters", agent.no));
        }
        let length = tidy_name(&agent.name).chars().count();
        if length == 0 || length > MAX_NAME || agent.name.chars().any(char::is_control) {
            self.find(
                format!("{place}.name"),
                format!("a name has 1 to {MAX_NAME} characters and no control characters"),
            );
        }
        let mut seen = BTreeSet::new();
        for (n, group) in agent.groups.iter().enumerate() {
            let known =
                self.standing.groups.contains_key(group) || self.setup.skill_groups.iter().any(|g| g.id == *group);
            if !known {
                self.find(
                    format!("{place}.groups[{n}]"),
                    format!("no skill group {group:?}: add it under skill_groups"),
                );
            }
            if !seen.insert(group) {
                self.find(format!("{place}.groups[{n}]"), format!("{group:?} is given twice"));
            }
        }
    }

    fn numbers(&mut self) {
        for (number, target) in &self.setup.numbers {
            let place = format!("numbers.{number}");
            let sign = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '*' | '#' | '-' | '_' | '.');
            if number.is_empty() || number.len() > MAX_NUMBER || !number.chars().all(sign) {
                self.find(&place, format!("a number has 1 to {MAX_NUMBER} digits, as it is dialled"));
            }
            let flow = match target {
                NumberTarget::Flow(flow) => Some(flow),
                NumberTarget::Full(settings) => settings.flow.as_ref(),
            };
            if let NumberTarget::Full(settings) = target
                && settings.answer_after_ms > MAX_ANSWER_AFTER_MS
            {
                self.find(format!("{place}.answer_after_ms"), format!("at most {MAX_ANSWER_AFTER_MS}"));
            }
            if let Some(flow) = flow {
                self.target(&place, flow);
            }
        }
    }

    fn target(&mut self, place: &str, flow: &str) {
        match Answer::of(flow) {
            Answer::Builtin(name) if !BUILTINS.contains(&name.as_str()) => {
                self.find(place, format!("no built-in answer {name:?}: there are {}", BUILTINS.join(", ")));
            }
            Answer::Draft(flow) if !self.standing.flows.contains(&flow) => {
                self.find(place, format!("there is no flow {flow:?}: save a draft of it first"));
            }
            Answer::Flow(flow) if !self.standing.published.contains(&flow) => {
                let known: Vec<&str> = self.standing.published.iter().map(String::as_str).collect();
                let known =
                    if known.is_empty() { "none is".to_owned() } else { format!("published are {}", known.join(", ")) };
                self.find(place, format!("flow {flow:?} is not published ({known}): publish it first"));
            }
            Answer::Builtin(_) | Answer::Draft(_) | Answer::Flow(_) | Answer::Nothing => {}
        }
    }

    fn hosts(&mut self) {
        for (n, host) in self.setup.http_allow.iter().enumerate() {
            let (name, port) = host.rsplit_once(':').map_or((host.as_str(), None), |(name, port)| (name, Some(port)));
            let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
            let name_good = !name.is_empty() && name.chars().all(letter);
            let port_good = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
            if !name_good || !port_good {
                self.find(
                    format!("http_allow[{n}]"),
                    format!("{host:?} is no host name with an optional port, as api.example.com:8443"),
                );
            }
        }
    }
}

fn is_id(id: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !id.is_empty() && id.len() <= MAX_ID && id.chars().all(letter)
}

/// A network in CIDR notation, or one address; bits after the prefix must be 0, for they are mostly a slip.
fn check_network(text: &str) -> Result<(), String> {
    let fail = || format!("{text:?} is no network: write an address and a prefix length, as 203.0.113.0/24");
    let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let address: IpAddr = address.parse().map_err(|_| fail())?;
    let (bits, width) = match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()) << 96, 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    };
    let length: u32 = length.map_or(Ok(width), str::parse).map_err(|_| fail())?;
    if length > width {
        return Err(format!("{text:?}: the prefix length is at most {width}"));
    }
    if length < 128 && bits << length != 0 {
        return Err(format!(
            "{text:?} has bits set after its first {length}: write the network's own address, or a /{width}"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
mod trunks;
