//! The set-up that the base flow is checked against.

use std::collections::{BTreeMap, BTreeSet};

use hotline::ivr::check::{
    AudioInfo, Code, Environment, FlowInfo, GroupInfo, Hosts, Known, Severity, SourceFile, check,
};
use hotline::ivr::flow::{Pace, ParamName, ParamType};

pub const BASE: &str = include_str!("../flows/base.yaml");

pub type Found = (Code, Severity, (u32, u32));

pub fn setup() -> Environment {
    let group = || GroupInfo { members: Some(3) };
    let names = ["hello_zh", "hello_en", "music", "hymn"];
    Environment {
        skill_groups: Known::Only(["sales", "support"].map(|name| (name.into(), group())).into()),
        audio: Known::Only(names.map(|name| (name.into(), good_audio())).into()),
        trunks: Known::Only([("carrier".into(), ())].into()),
        flows: Known::Only([("survey".into(), survey())].into()),
        calendars: BTreeMap::new(),
        http_allow: Hosts::Only(vec!["erp.example.com".to_owned(), "192.168.1.20:8080".to_owned()]),
        speech_output: Some(true),
        speech_input: Some(true),
        today: chrono::NaiveDate::from_ymd_opt(2026, 9, 1),
    }
}

pub fn good_audio() -> AudioInfo {
    AudioInfo { approved: true, duration_ms: Some(3000), flaws: Vec::new() }
}

pub fn survey() -> FlowInfo {
    FlowInfo {
        file: "survey.yaml".to_owned(),
        params: [("question".into(), ParamType::Prompt)].into(),
        returns: Some([ParamName::new("score")].into()),
        calls: BTreeSet::new(),
        pace: Pace::Elapsed,
    }
}

pub fn findings(text: &str, env: &Environment) -> Vec<Found> {
    let checked = check(&SourceFile::new("base.yaml", text.as_bytes()), env);
    assert_eq!(checked.flow.is_some(), checked.errors() == 0);
    let found = checked.diagnostics.iter();
    found.map(|finding| (finding.code, finding.severity, (finding.span.line, finding.span.column))).collect()
}

/// Line and column of the byte `offset`, as findings count them.
pub fn place(text: &str, offset: usize) -> (u32, u32) {
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line as u32, column as u32)
}
