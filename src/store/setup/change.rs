//! What a set-up changes, in words. Pure.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::check::tidy_name;
use super::standing::{Standing, StandingAgent};
use crate::config::setup::{
    Agent, CallType, Daily, NumberSettings, NumberTarget, Setup, SkillGroup, Switchable, Translation, Trunk,
};
use crate::store::agent::Credentials;
use crate::store::group::GroupRow;
use crate::store::number::{Answer, NumberRule};
use crate::store::row::name_of;
use crate::store::trunk::TrunkRow;

/// One change: `skill group presales: answer_timeout_s 20 -> 15`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// `skill group presales`, `agent 1001`, `number 4008123602`, …
    pub what: String,
    /// `added`, or what was and what is.
    pub change: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.change)
    }
}

/// A row to be written, and why.
#[derive(Clone, PartialEq)]
pub(super) enum Write {
    Group(SkillGroup),
    Agent { agent: Agent, credentials: Option<Credentials> },
    Number { number: String, rule: NumberRule },
    Trunk { trunk: Box<Trunk>, password: Option<String> },
    HttpAllow(Vec<String>),
}

/// A field's name, what it was and what it shall be.
type Field = (&'static str, String, String);

/// The rows that differ from what there is, each with its words.
pub(super) fn differences(
    setup: &Setup,
    credentials: impl Fn(&str) -> Option<Credentials>,
    trunk_passwords: &BTreeMap<String, String>,
    standing: &Standing,
) -> Vec<(Change, Write)> {
    let mut found = Vec::new();
    for group in &setup.skill_groups {
        let before = standing.groups.get(&group.id).map(|row| group_fields(row, group));
        note(&mut found, format!("skill group {}", group.id), before, || Write::Group(group.clone()));
    }
    for agent in &setup.agents {
        let credentials = credentials(&agent.no);
        let before = standing.agents.get(&agent.no).map(|row| agent_fields(row, agent, credentials.as_ref()));
        let write = || Write::Agent { agent: agent.clone(), credentials: credentials.clone() };
        note(&mut found, format!("agent {}", agent.no), before, write);
    }
    for (number, target) in &setup.numbers {
        let rule = rule_of(target);
        let before = standing.numbers.get(number).map(|row| number_fields(&row.rule, &rule));
        let write = || Write::Number { number: number.clone(), rule };
        note(&mut found, format!("number {number}"), before, write);
    }
    for trunk in &setup.trunks {
        // Without a password in the set-up the one in the store stays.
        let old = standing.trunk_passwords.get(&trunk.name);
        let password = trunk_passwords.get(&trunk.name).or(old).filter(|_| trunk.login.is_some()).cloned();
        let before = standing.trunks.get(&trunk.name).map(|row| trunk_fields(row, trunk, old != password.as_ref()));
        let write = || Write::Trunk { trunk: Box::new(trunk.clone()), password };
        note(&mut found, format!("trunk {}", trunk.name), before, write);
    }
    if !setup.http_allow.is_empty() {
        let fields = vec![("hosts", standing.http_allow.join(", "), setup.http_allow.join(", "))];
        note(&mut found, "http_allow".to_owned(), Some(fields), || Write::HttpAllow(setup.http_allow.clone()));
    }
    found
}

/// Notes a row that is new (`before` is `None`) or has a field that differs.
fn note(found: &mut Vec<(Change, Write)>, what: String, before: Option<Vec<Field>>, write: impl FnOnce() -> Write) {
    let change = match before {
        None => "added".to_owned(),
        Some(fields) => {
            let changed = fields.into_iter().filter(|(_, old, new)| old != new);
            changed.map(|(name, old, new)| in_words(name, &old, &new)).collect::<Vec<_>>().join(", ")
        }
    };
    if !change.is_empty() {
        found.push((Change { what, change }, write()));
    }
}

fn in_words(name: &str, old: &str, new: &str) -> String {
    match (name, old, new) {
        ("password", _, _) => "password changed".to_owned(),
        (_, "", new) => format!("{name} {new}"),
        (_, old, "") => format!("{name} {old} -> none"),
        (_, old, new) => format!("{name} {old} -> {new}"),
    }
}

fn group_fields(row: &GroupRow, group: &SkillGroup) -> Vec<Field> {
    let seconds = |s: Option<i64>| s.map_or("off".to_owned(), |s| s.to_string());
    vec![
        ("name", row.name.clone(), tidy_name(&group.name)),
        ("strategy", name_of(&row.strategy).unwrap_or_default(), name_of(&group.strategy).unwrap_or_default()),
        ("answer_timeout_s", seconds(row.answer_timeout_s), seconds(seconds_of(group.answer_timeout_s))),
        ("wrap_up_s", seconds(row.wrap_up_s), seconds(seconds_of(group.wrap_up_s))),
        ("last_agent_first", row.last_agent_first.to_string(), group.last_agent_first.to_string()),
        ("record", row.record.to_string(), group.record.to_string()),
    ]
}

fn agent_fields(row: &StandingAgent, agent: &Agent, credentials: Option<&Credentials>) -> Vec<Field> {
    // Without a password in the set-up the one in the store stays.
    let same = credentials.is_none_or(|new| row.credentials.as_ref() == Some(new));
    vec![
        ("name", row.name.clone(), tidy_name(&agent.name)),
        ("role", name_of(&row.role).unwrap_or_default(), name_of(&agent.role).unwrap_or_default()),
        ("groups", row.groups.join("+"), agent.groups.join("+")),
        ("password", String::new(), if same { String::new() } else { "changed".to_owned() }),
    ]
}

fn trunk_fields(row: &TrunkRow, trunk: &Trunk, new_password: bool) -> Vec<Field> {
    let mut fields: Vec<Field> = trunk_words(&row.trunk)
        .into_iter()
        .zip(trunk_words(trunk))
        .map(|((name, old), (_, new))| (name, old, new))
        .collect();
    fields.push(("password", String::new(), if new_password { "changed".to_owned() } else { String::new() }));
    fields
}

/// What a trunk's fields say, but for the password.
fn trunk_words(trunk: &Trunk) -> Vec<(&'static str, String)> {
    let number = |n: Option<u32>| n.map(|n| n.to_string()).unwrap_or_default();
    let rule = |rule: &Translation| format!("{:?}:{:?}", rule.strip, rule.prefix);
    let login = trunk.login.as_ref().map(|login| {
        let realm = login.realm.as_deref().map(|realm| format!(" at {realm}")).unwrap_or_default();
        let registers = if login.register { format!(", registers for {} s", login.expires_s) } else { String::new() };
        format!("{}{realm}{registers}", login.user)
    });
    vec![
        ("sources", trunk.sources.join("+")),
        ("uri", trunk.uri.clone().unwrap_or_default()),
        ("outbound_proxy", trunk.outbound_proxy.clone().unwrap_or_default()),
        ("login", login.unwrap_or_default()),
        ("priority", trunk.priority.to_string()),
        ("fallback", trunk.fallback.clone().unwrap_or_default()),
        ("max_calls", number(trunk.max_calls)),
        ("max_calls_per_second", number(trunk.max_calls_per_second)),
        ("daily", trunk.daily.as_ref().map(daily_words).unwrap_or_default()),
        ("options_s", seconds_of(trunk.options_s).map_or("off".to_owned(), |s| s.to_string())),
        ("translate", trunk.translate.iter().map(rule).collect::<Vec<_>>().join(" ")),
        ("allow", trunk.allow.join("+")),
    ]
}

fn daily_words(daily: &Daily) -> String {
    let most = |n: Option<u32>, what: &str| n.map(|n| format!("{n} {what}, ")).unwrap_or_default();
    format!("{}{}{}", most(daily.calls, "calls"), most(daily.minutes, "minutes"), daily.timezone)
}

fn number_fields(old: &NumberRule, new: &NumberRule) -> Vec<Field> {
    vec![
        ("answer", old.answer.to_string(), new.answer.to_string()),
        ("call_type", name_of(&old.call_type).unwrap_or_default(), name_of(&new.call_type).unwrap_or_default()),
        ("answer_after_ms", old.answer_after_ms.to_string(), new.answer_after_ms.to_string()),
    ]
}

pub(super) fn seconds_of(switchable: Switchable) -> Option<i64> {
    match switchable {
        Switchable::Off => None,
        Switchable::Seconds(s) => Some(i64::from(s)),
    }
}

fn rule_of(target: &NumberTarget) -> NumberRule {
    match target {
        NumberTarget::Flow(flow) => {
            NumberRule { call_type: CallType::default(), answer: Answer::of(flow), answer_after_ms: 0 }
        }
        NumberTarget::Full(NumberSettings { flow, call_type, answer_after_ms }) => NumberRule {
            call_type: *call_type,
            answer: flow.as_deref().map_or(Answer::Nothing, Answer::of),
            answer_after_ms: i64::from(*answer_after_ms),
        },
    }
}
