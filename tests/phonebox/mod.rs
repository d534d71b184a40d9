//! What the tests of phone boxes share: the corpus and how events are compared with it.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod pty;

use std::sync::OnceLock;

use hotline::phonebox::replay::Row;
use hotline::phonebox::{Event, Library};
use serde_json::Value;

/// A row of the corpus with what it must give.
pub struct Expected {
    pub row: Row,
    pub expect: Vec<Value>,
    pub absent: Vec<String>,
}

/// The profiles of the binary, read once.
pub fn library() -> Library {
    static READ: OnceLock<Library> = OnceLock::new();
    READ.get_or_init(Library::builtin).clone()
}

pub fn rows() -> Vec<Expected> {
    let text = include_str!("corpus.jsonl");
    text.lines().filter(|line| !line.trim().is_empty()).map(expected).collect()
}

pub fn expected(line: &str) -> Expected {
    let value: Value = serde_json::from_str(line).expect("a row is JSON");
    Expected {
        expect: value["expect"].as_array().cloned().unwrap_or_default(),
        absent: value["absent"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|field| field.as_str().map(str::to_owned))
            .collect(),
        row: serde_json::from_value(value).expect("a row has an id and a profile"),
    }
}

/// Whether `events` are the whole ordered list that the row expects; fields that it does not name are not compared.
pub fn compare(row: &Expected, events: &[Event]) -> Result<(), String> {
    let got: Vec<Value> = events.iter().map(|event| serde_json::to_value(event).expect("events are JSON")).collect();
    let same = got.len() == row.expect.len() && got.iter().zip(&row.expect).all(|(got, want)| covers(got, want));
    let absent = row.absent.iter().all(|field| got.iter().all(|event| event.get(field).is_none()));
    if same && absent {
        return Ok(());
    }
    let list = |events: &[Value]| events.iter().map(|event| format!("    {event}\n")).collect::<String>();
    Err(format!("{} ({})\n  expected\n{}  got\n{}", row.row.id, row.row.profile, list(&row.expect), list(&got)))
}

pub fn covers(got: &Value, want: &Value) -> bool {
    want.as_object().is_some_and(|want| want.iter().all(|(key, value)| got.get(key) == Some(value)))
}
