//! What happened in a virtual call, line by line.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ivr::session::EndReason;

/// One thing that happened, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Milliseconds since the call began.
    pub at_ms: u64,
    #[serde(flatten)]
    pub what: Happening,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "happening", rename_all = "snake_case")]
pub enum Happening {
    /// The call came to a node.
    Node {
        flow: String,
        node: String,
        kind: String,
        label: String,
    },
    /// It left it by this edge.
    Edge {
        flow: String,
        node: String,
        outcome: String,
    },
    /// The caller hears a prompt: its sounds as text, and the values of the variables in it.
    Heard {
        prompt: String,
        language: String,
        text: String,
        values: BTreeMap<String, String>,
    },
    /// A prompt was stopped before its end.
    Stopped {
        prompt: String,
    },
    Music {
        audio: Option<String>,
    },
    Pressed {
        key: char,
    },
    Said {
        word: String,
    },
    Speaks {
        ms: u64,
    },
    Set {
        name: String,
        value: String,
    },
    Queued {
        group: String,
        ahead: u32,
    },
    Widened {
        group: String,
    },
    LeftQueue,
    Answered {
        staff_no: String,
    },
    Connected {
        with: String,
    },
    AgentHungUp,
    Request {
        method: String,
        url: String,
        body: Option<String>,
    },
    Reply {
        outcome: String,
    },
    Recording,
    Message {
        duration_ms: u64,
        kept: bool,
    },
    Callback {
        number: String,
        group: String,
        keeps_place: bool,
    },
    CallbackRefused {
        reason: String,
    },
    Dialled {
        number: String,
    },
    DialEnded {
        outcome: String,
    },
    Ticket {
        subject: String,
        group: String,
    },
    CallerHungUp,
    Ended {
        reason: EndReason,
        node: Option<String>,
    },
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>6}.{} s  {}", self.at_ms / 1000, self.at_ms % 1000 / 100, self.what)
    }
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Happening::Node { node, kind, label, .. } if label == node => write!(f, "-- {node} ({kind})"),
            Happening::Node { node, kind, label, .. } => write!(f, "-- {node} ({kind}) {label}"),
            Happening::Edge { node, outcome, .. } => write!(f, "   {node} goes on by {outcome}"),
            Happening::Heard { prompt, text, .. } => write!(f, "hears {prompt}: {text}"),
            Happening::Stopped { prompt } => write!(f, "{prompt} is cut"),
            Happening::Music { audio: Some(audio) } => write!(f, "music {audio}"),
            Happening::Music { audio: None } => f.write_str("music stops"),
            Happening::Pressed { key } => write!(f, "presses {key}"),
            Happening::Said { word } => write!(f, "says 「{word}」"),
            Happening::Speaks { ms } => write!(f, "speaks for {}", seconds(*ms)),
            Happening::Set { name, value } => write!(f, "   {name} = {value}"),
            Happening::Queued { group, ahead } => write!(f, "waits for {group}, {ahead} ahead"),
            Happening::Widened { group } => write!(f, "waits for {group} too"),
            Happening::LeftQueue => f.write_str("leaves the queue"),
            Happening::Answered { staff_no } => write!(f, "agent {staff_no} answers"),
            Happening::Connected { with } => write!(f, "speaks with {with}"),
            Happening::AgentHungUp => f.write_str("the agent hangs up"),
            Happening::Request { method, url, .. } => write!(f, "   asks {method} {url}"),
            Happening::Reply { outcome } => write!(f, "   answer: {outcome}"),
            Happening::Recording => f.write_str("beep; the message is recorded"),
            Happening::Message { duration_ms, kept: true } => write!(f, "message of {}", seconds(*duration_ms)),
            Happening::Message { duration_ms, kept: false } => {
                write!(f, "message of {} is not kept", seconds(*duration_ms))
            }
            Happening::Callback { number, group, keeps_place } => {
                let place = if *keeps_place { ", the place is kept" } else { "" };
                write!(f, "callback to {number} by {group}{place}")
            }
            Happening::CallbackRefused { reason } => write!(f, "no callback: {reason}"),
            Happening::Dialled { number } => write!(f, "{number} is dialled"),
            Happening::DialEnded { outcome } => write!(f, "the dialled number: {outcome}"),
            Happening::Ticket { subject, group } => write!(f, "ticket for {group}: {subject}"),
            Happening::CallerHungUp => f.write_str("hangs up"),
            Happening::Ended { reason, node } => {
                write!(f, "the call ends at {}: {}", node.as_deref().unwrap_or("its start"), reason.name())
            }
        }
    }
}

pub(super) fn seconds(ms: u64) -> String {
    if ms.is_multiple_of(1000) { format!("{} s", ms / 1000) } else { format!("{}.{} s", ms / 1000, ms % 1000 / 100) }
}
