//! Walks a past call over a flow again: over the version it ran, to see what happened; over another, to see what would
//! happen now.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::{Instant, Now, UtcMillis};
use crate::ivr::flow::NodeKind;
use crate::ivr::session::{
    CallFacts, DialId, DialResult, FlowEvent, Flows, HttpResult, Input, Output, PlayId, RequestId, Session,
    VoicemailEnd, VoicemailId,
};

/// What the record of a call says happened, as far as its flow is concerned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// Milliseconds since the flow began.
    pub at_ms: u64,
    #[serde(flatten)]
    pub what: Past,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "past", rename_all = "snake_case")]
pub enum Past {
    Node {
        node: String,
    },
    Branch {
        node: String,
        outcome: String,
    },
    /// A prompt was played to its end.
    PromptPlayed,
    /// `None`: the key was masked.
    Key {
        key: Option<char>,
    },
    Set {
        name: String,
        value: String,
    },
    Queued {
        ahead: u32,
    },
    NoAgents,
    Answered {
        staff_no: String,
    },
    AgentEnded,
    HttpEnded {
        outcome: String,
    },
    Message {
        duration_ms: u64,
    },
    CallbackBooked,
    CallbackRefused,
    Dialled {
        result: DialResult,
    },
    DialEnded,
    CallerHungUp,
    Ended {
        reason: String,
    },
}

/// A past call and what the record says of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PastCall {
    pub facts: CallFacts,
    /// When the flow began.
    pub at: UtcMillis,
    /// In the order of the record.
    pub events: Vec<Recorded>,
}

/// The walk, and where it parts from the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// The nodes and edges walked: `main_menu`, `main_menu: options.售前`.
    pub walked: Vec<String>,
    /// `None`: the flow does what it did.
    pub difference: Option<Difference>,
}

/// The first place where they part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Milliseconds since the flow began.
    pub at_ms: u64,
    /// What the record says.
    pub recorded: String,
    /// What the flow does.
    pub walked: String,
}

/// Feeds what the caller, the agents and the services did to a session over `flows`, and compares the nodes, edges and
/// end with the record.
pub fn replay(call: &PastCall, flows: &Flows) -> Replay {
    let mut walker = Walker::new(call, flows);
    walker.input(Input::Start);
    let mut difference = None;
    for (index, event) in call.events.iter().enumerate() {
        walker.reach(event.at_ms);
        walker.feed(&event.what, call.events.get(index + 1..).unwrap_or_default());
        difference = walker.compare(event);
        if difference.is_some() {
            break;
        }
    }
    Replay { walked: walker.walked, difference }
}

struct Walker {
    session: Session,
    start: Now,
    at_ms: u64,
    /// What the session has done and the record has not yet been asked for.
    done: VecDeque<String>,
    walked: Vec<String>,
    pending: Pending,
}

/// What the session waits for.
#[derive(Default)]
struct Pending {
    play: Option<PlayId>,
    request: Option<RequestId>,
    voicemail: Option<VoicemailId>,
    dial: Option<DialId>,
    /// The node that asked for it.
    node: String,
}

impl Walker {
    fn new(call: &PastCall, flows: &Flows) -> Self {
        let start = Now::new(Instant::ZERO, call.at);
        let session = Session::new(flows.clone(), call.facts.clone(), start);
        let (done, walked, pending) = (VecDeque::new(), Vec::new(), Pending::default());
        Walker { session, start, at_ms: 0, done, walked, pending }
    }

    /// Lets the session's own timers fire that come before the next event of the record.
    fn reach(&mut self, at_ms: u64) {
        while let Some(due) = self.session.poll_timeout().map(Instant::as_millis).filter(|due| *due < at_ms) {
            self.at_ms = self.at_ms.max(due);
            // A deadline within a millisecond is met at its end.
            let now = self.start.plus(Duration::from_millis(self.at_ms + 1));
            self.session.handle_timeout(now);
            self.drain();
        }
        self.at_ms = self.at_ms.max(at_ms);
    }

    fn feed(&mut self, what: &Past, following: &[Recorded]) {
        let input = match what {
            Past::PromptPlayed => self.pending.play.take().map(|play| Input::PlayEnded { play }),
            Past::Key { key } => Some(Input::Key { key: key.unwrap_or('0') }),
            Past::Queued { ahead } => Some(Input::QueuePosition { ahead: *ahead, estimate_s: None }),
            Past::NoAgents => Some(Input::NoAgents),
            Past::Answered { staff_no } => Some(Input::AgentAnswered { staff_no: staff_no.clone() }),
            Past::AgentEnded => Some(Input::AgentEnded),
            Past::HttpEnded { outcome } => self.http_result(outcome, following),
            Past::Message { duration_ms } => {
                let by = VoicemailEnd::Stopped;
                let duration_ms = *duration_ms;
                self.pending.voicemail.take().map(|voicemail| Input::VoicemailEnded { voicemail, duration_ms, by })
            }
            Past::CallbackBooked => Some(Input::CallbackBooked),
            Past::CallbackRefused => Some(Input::CallbackRefused { reason: "as recorded".to_owned() }),
            Past::Dialled { result } => {
                let result = *result;
                self.pending.dial.map(|dial| Input::Dialled { dial, result })
            }
            Past::DialEnded => self.pending.dial.take().map(|dial| Input::DialEnded { dial }),
            Past::CallerHungUp => Some(Input::CallerHungUp),
            // Nodes, edges and the end are compared; values are the answers' (see `http_result`).
            Past::Node { .. } | Past::Branch { .. } | Past::Set { .. } | Past::Ended { .. } => None,
        };
        if let Some(input) = input {
            self.input(input);
        }
    }

    /// The record keeps what was taken from an answer, not the answer: one with the same values does the same.
    fn http_result(&mut self, outcome: &str, following: &[Recorded]) -> Option<Input> {
        let request = self.pending.request.take()?;
        let result = match outcome {
            "timed_out" => HttpResult::TimedOut,
            "unreachable" => HttpResult::Unreachable { reason: "as recorded".to_owned() },
            "not_allowed" => HttpResult::NotAllowed,
            "too_large" => HttpResult::TooLarge,
            "unusable_answer" => HttpResult::Answer { status: 200, body: String::new() },
            status => HttpResult::Answer { status: status.parse().unwrap_or(500), body: self.answer(following) },
        };
        Some(Input::Http { request, result })
    }

    fn answer(&self, following: &[Recorded]) -> String {
        let set: Vec<(&str, &str)> = following
            .iter()
            .map_while(|event| match &event.what {
                Past::Set { name, value } => Some((name.as_str(), value.as_str())),
                _ => None,
            })
            .collect();
        let mut json = serde_json::json!({});
        for flow in self.session.flows().all() {
            let Some(NodeKind::Http(node)) = flow.nodes.get(self.pending.node.as_str()).map(|node| &node.kind) else {
                continue;
            };
            for (var, pointer) in &node.result {
                let value = set.iter().find(|(name, _)| *name == var.as_str()).map_or("", |(_, value)| value);
                let var_type = flow.vars.get(&var.value).map(|decl| decl.var_type);
                let typed = var_type.and_then(|var_type| var_type.parse(value));
                let typed = typed.and_then(|value| serde_json::to_value(value).ok()).unwrap_or_default();
                insert(&mut json, &pointer.value, typed);
            }
        }
        json.to_string()
    }

    fn input(&mut self, input: Input) {
        let now = self.now();
        self.session.handle(input, now);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Play { play, .. } => self.pending.play = Some(play),
                Output::StopPlay { .. } => self.pending.play = None,
                Output::Http { request, .. } => self.pending.request = Some(request),
                Output::RecordVoicemail { voicemail, .. } => self.pending.voicemail = Some(voicemail),
                Output::Dial { dial, .. } => self.pending.dial = Some(dial),
                Output::Event { event: FlowEvent::NodeEntered { node, .. } } => {
                    self.pending.node.clone_from(&node);
                    self.note(node);
                }
                Output::Event { event: FlowEvent::Branch { node, outcome, .. } } => {
                    self.note(format!("{node}: {outcome}"));
                }
                Output::End { reason, .. } => self.note(format!("end: {}", reason.name())),
                _ => {}
            }
        }
    }

    fn note(&mut self, what: String) {
        self.done.push_back(what.clone());
        self.walked.push(what);
    }

    fn compare(&mut self, event: &Recorded) -> Option<Difference> {
        let recorded = match &event.what {
            Past::Node { node } => node.clone(),
            Past::Branch { node, outcome } => format!("{node}: {outcome}"),
            Past::Ended { reason } => format!("end: {reason}"),
            _ => return None,
        };
        // The record's time is a little late: a timer of the session may be due just now.
        if self.done.is_empty() && self.session.poll_timeout().is_some_and(|due| due.as_millis() <= event.at_ms) {
            self.reach(event.at_ms + 1);
        }
        let walked = self.done.pop_front();
        if walked.as_ref() == Some(&recorded) {
            return None;
        }
        let waits = || format!("waits at {}", self.session.node());
        Some(Difference { at_ms: event.at_ms, recorded, walked: walked.unwrap_or_else(waits) })
    }

    fn now(&self) -> Now {
        self.start.plus(Duration::from_millis(self.at_ms))
    }
}

/// Puts `value` where a JSON pointer (RFC 6901) of object names leads; digits are names too.
fn insert(json: &mut serde_json::Value, pointer: &str, value: serde_json::Value) {
    let mut place = json;
    for name in pointer.split('/').skip(1) {
        let name = name.replace("~1", "/").replace("~0", "~");
        if !place.is_object() {
            *place = serde_json::json!({});
        }
        let Some(object) = place.as_object_mut() else { return };
        place = object.entry(name).or_insert(serde_json::Value::Null);
    }
    *place = value;
}
