//! Test files of flows: `ivr-flows/tests/*.test.yaml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::setup::{Answers, Callbacks, DialMock, GroupSetup, HttpMock, Setup};
use crate::base::UtcMillis;
use crate::ivr::session::CallFacts;

/// When a case says no time: a Monday morning in Shanghai.
const USUAL_TIME: &str = "2026-03-02T10:00:00+08:00";
const USUAL_CALLER: &str = "13800138000";
const USUAL_NUMBER: &str = "4008123602";

/// A test file, read and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct TestFile {
    /// The id of the flow under test.
    pub flow: String,
    pub cases: Vec<Case>,
}

/// One virtual call and what is expected of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    pub name: String,
    /// Of its name in the file, from 1.
    pub line: usize,
    pub setup: Setup,
    pub steps: Vec<Step>,
    pub ends: Option<Ends>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub line: usize,
    pub action: Action,
}

/// What the caller or the world does, or what is expected next.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The next prompt that the caller hears, with the values of variables in it.
    Hears {
        prompt: String,
        with: BTreeMap<String, String>,
    },
    /// One of the next prompts.
    HearsLater {
        prompt: String,
        with: BTreeMap<String, String>,
    },
    Press(String),
    Says(String),
    AfterMs(u64),
    SaysForMs(u64),
    /// So many callers are ahead from now on.
    Ahead(u32),
    ConnectedTo(String),
    AgentHangsUp,
    CallerHangsUp,
    /// The node that the call is at.
    At(String),
    /// The next request of the flow to a web service.
    Asks(String),
    /// The values of variables.
    Vars(BTreeMap<String, String>),
}

/// How the call must end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    pub line: usize,
    pub node: Option<String>,
    pub reason: Option<String>,
    pub ticket: Option<TicketExpected>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketExpected {
    Created,
    None,
}

/// A test file that cannot be used: `line:column: what is wrong`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct TestFileError {
    pub line: usize,
    pub column: usize,
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    test: String,
    cases: Vec<RawCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCase {
    name: Spanned<String>,
    at: Option<Spanned<String>>,
    caller: Option<String>,
    /// The caller's number is withheld.
    #[serde(default)]
    withheld: bool,
    called: Option<String>,
    #[serde(default)]
    groups: BTreeMap<String, GroupSetup>,
    #[serde(default)]
    http: BTreeMap<String, Answers<HttpMock>>,
    #[serde(default)]
    dial: BTreeMap<String, Answers<DialMock>>,
    #[serde(default)]
    callbacks: Callbacks,
    #[serde(default)]
    audio_s: BTreeMap<String, f64>,
    #[serde(default)]
    steps: Vec<Spanned<RawStep>>,
    ends: Option<Spanned<RawEnds>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawStep {
    hears: Option<String>,
    hears_later: Option<String>,
    with: Option<BTreeMap<String, Plain>>,
    press: Option<String>,
    says: Option<String>,
    after_s: Option<f64>,
    says_for_s: Option<f64>,
    ahead: Option<u32>,
    connected_to: Option<String>,
    agent_hangs_up: Option<bool>,
    caller_hangs_up: Option<bool>,
    at: Option<String>,
    asks: Option<String>,
    var: Option<BTreeMap<String, Plain>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEnds {
    node: Option<String>,
    reason: Option<String>,
    ticket: Option<TicketExpected>,
}

/// A value as the file writes it: `2`, `"2"` or `true`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Plain {
    Bool(bool),
    Int(i64),
    Text(String),
}

impl Plain {
    fn text(self) -> String {
        match self {
            Plain::Bool(value) => value.to_string(),
            Plain::Int(value) => value.to_string(),
            Plain::Text(text) => text,
        }
    }
}

impl TestFile {
    /// Reads the text of a test file.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place: a fault of YAML, an unknown key, a step that says nothing or two
    /// things, a time that is none.
    pub fn read(text: &str) -> Result<Self, TestFileError> {
        let raw: RawFile = serde_saphyr::from_str(text).map_err(|error| {
            let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
            fault(line as usize, column as usize, &first_line(&error.to_string()))
        })?;
        let cases = raw.cases.into_iter().map(case).collect::<Result<_, _>>()?;
        Ok(TestFile { flow: raw.test, cases })
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or("it cannot be read").to_owned()
}

fn fault(line: usize, column: usize, message: &str) -> TestFileError {
    TestFileError { line, column, message: message.to_owned() }
}

fn fault_at<T>(place: &Spanned<T>, message: &str) -> TestFileError {
    fault(place.referenced.line() as usize, place.referenced.column() as usize, message)
}

fn case(raw: RawCase) -> Result<Case, TestFileError> {
    let facts = CallFacts {
        caller: (!raw.withheld).then(|| raw.caller.unwrap_or_else(|| USUAL_CALLER.to_owned())),
        called: raw.called.unwrap_or_else(|| USUAL_NUMBER.to_owned()),
        call_id: "test".to_owned(),
    };
    let setup = Setup {
        facts,
        at: time(raw.at.as_ref())?,
        groups: raw.groups,
        http: raw.http,
        dial: raw.dial,
        callbacks: raw.callbacks,
        audio_s: raw.audio_s,
    };
    let ends = raw.ends.map(|ends| Ends {
        line: ends.referenced.line() as usize,
        node: ends.value.node,
        reason: ends.value.reason,
        ticket: ends.value.ticket,
    });
    let steps = raw.steps.into_iter().map(step).collect::<Result<_, _>>()?;
    Ok(Case { line: raw.name.referenced.line() as usize, name: raw.name.value, setup, steps, ends })
}

fn time(written: Option<&Spanned<String>>) -> Result<UtcMillis, TestFileError> {
    let text = written.map_or(USUAL_TIME, |at| at.value.as_str());
    match (chrono::DateTime::parse_from_rfc3339(text), written) {
        (Ok(time), _) => Ok(UtcMillis(time.timestamp_millis())),
        (Err(_), Some(at)) => Err(fault_at(at, "`at` must be a time with its zone, as 2026-03-02T10:00:00+08:00")),
        (Err(_), None) => Ok(UtcMillis::default()),
    }
}

fn step(spanned: Spanned<RawStep>) -> Result<Step, TestFileError> {
    let (line, column) = (spanned.referenced.line() as usize, spanned.referenced.column() as usize);
    let mut raw = spanned.value;
    let with = raw.with.take().map(plain);
    let mut actions = actions(raw, with.clone().unwrap_or_default());
    let (Some(action), true) = (actions.pop(), actions.is_empty()) else {
        return Err(fault(line, column, "a step says exactly one thing: hears, press, after_s, …"));
    };
    let hears = matches!(action, Action::Hears { .. } | Action::HearsLater { .. });
    if with.is_some() && !hears {
        return Err(fault(line, column, "`with` belongs to `hears`"));
    }
    if let Action::Press(keys) = &action
        && !crate::ivr::flow::node::is_keys(keys)
    {
        return Err(fault(line, column, "`press` takes keys of a phone, as \"1\" or \"12345678#\"; quote them"));
    }
    Ok(Step { line, action })
}

fn actions(raw: RawStep, with: BTreeMap<String, String>) -> Vec<Action> {
    let hears = |prompt| Action::Hears { prompt, with: with.clone() };
    let later = |prompt| Action::HearsLater { prompt, with: with.clone() };
    let single = [
        raw.hears.map(hears),
        raw.hears_later.map(later),
        raw.press.map(Action::Press),
        raw.says.map(Action::Says),
        raw.after_s.map(|seconds| Action::AfterMs(ms(seconds))),
        raw.says_for_s.map(|seconds| Action::SaysForMs(ms(seconds))),
        raw.ahead.map(Action::Ahead),
        raw.connected_to.map(Action::ConnectedTo),
        raw.agent_hangs_up.filter(|yes| *yes).map(|_| Action::AgentHangsUp),
        raw.caller_hangs_up.filter(|yes| *yes).map(|_| Action::CallerHangsUp),
        raw.at.map(Action::At),
        raw.asks.map(Action::Asks),
        raw.var.map(|vars| Action::Vars(plain(vars))),
    ];
    single.into_iter().flatten().collect()
}

fn plain(map: BTreeMap<String, Plain>) -> BTreeMap<String, String> {
    map.into_iter().map(|(name, value)| (name, value.text())).collect()
}

fn ms(seconds: f64) -> u64 {
    (seconds.clamp(0.0, 86_400.0) * 1000.0) as u64
}
