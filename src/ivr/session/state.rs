//! All that a session remembers between two inputs: plain values that can be saved at every wait.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::input::CallFacts;
use super::limits::MAX_IVR_MINUTES;
use super::output::PlayId;
use crate::base::Instant;
use crate::ivr::flow::{Flow, FlowId, Language, NodeName, PromptName, SystemVar, Value, VarName};
use crate::ivr::node::Step;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    pub facts: CallFacts,
    pub language: Language,
    /// The main flow, then the subflow it is in, and so on. Never empty.
    pub frames: Vec<Frame>,
    /// What the current node waits for.
    pub step: Step,
    /// Keys pressed before a node wanted them.
    pub keys_ahead: VecDeque<char>,
    pub swallow: Option<Swallow>,
    pub place: Option<Place>,
    pub staff_no: Option<String>,
    pub left_queue: Option<LeftQueue>,
    pub ear: Ear,
    pub last_id: u64,
    pub entries: u32,
    pub steps: u32,
    pub clock: IvrClock,
}

/// One flow on the stack of subflows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Frame {
    pub flow: FlowId,
    pub node: NodeName,
    pub vars: BTreeMap<VarName, Value>,
    /// Prompts handed over by the calling flow.
    pub prompts: BTreeMap<PromptName, BoundPrompt>,
}

/// A prompt of the flow in frame `frame`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BoundPrompt {
    pub frame: usize,
    pub prompt: PromptName,
}

/// The end key that a caller presses by habit after the last digit has already ended the input.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Swallow {
    pub key: char,
    pub until: Instant,
}

/// The caller's place in the queue, as the ACD last told it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Place {
    pub ahead: u32,
    pub estimate_s: Option<u32>,
}

/// The queue that the caller left last: a callback may keep its place.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LeftQueue {
    pub group: String,
    pub priority: u32,
    pub joined: Instant,
}

/// What the caller hears.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Ear {
    pub prompt: Option<Playing>,
    /// Prompts to follow the one that plays.
    pub next: VecDeque<PromptName>,
    pub music: Option<String>,
    /// Music or a tone that starts when the silence has lasted too long.
    pub filler: Option<Filler>,
    /// The end of the last sound or key.
    pub quiet_since: Instant,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Playing {
    pub play: PlayId,
    pub prompt: String,
    pub barge_in: bool,
    /// Whether the record tells of it; a beep is not a prompt.
    pub told: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Filler {
    pub at: Instant,
    pub audio: String,
}

/// The time in the flow, which stands still in queues and conversations.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct IvrClock {
    spent: Duration,
    since: Option<Instant>,
}

impl IvrClock {
    const LIMIT: Duration = Duration::from_secs(MAX_IVR_MINUTES * 60);

    pub fn run(&mut self, now: Instant) {
        self.since.get_or_insert(now);
    }

    pub fn pause(&mut self, now: Instant) {
        if let Some(since) = self.since.take() {
            self.spent += now.since(since);
        }
    }

    /// When the call has spent all its minutes; `None` while it stands still.
    pub fn deadline(&self) -> Option<Instant> {
        self.since.map(|since| since + Self::LIMIT.saturating_sub(self.spent))
    }
}

impl Frame {
    /// A flow at its start, with the defaults of its variables.
    pub fn new(flow: &Flow) -> Self {
        let defaults = flow.vars.iter();
        Frame {
            flow: flow.id.value.clone(),
            node: flow.start.value.clone(),
            vars: defaults.filter_map(|(name, decl)| Some((name.clone(), decl.default.clone()?))).collect(),
            prompts: BTreeMap::new(),
        }
    }
}

impl State {
    pub fn new(flow: &Flow, facts: CallFacts, now: Instant) -> Self {
        let ear = Ear { prompt: None, next: VecDeque::new(), music: None, filler: None, quiet_since: now };
        State {
            facts,
            language: flow.default_language().clone(),
            frames: vec![Frame::new(flow)],
            step: Step::New,
            keys_ahead: VecDeque::new(),
            swallow: None,
            place: None,
            staff_no: None,
            left_queue: None,
            ear,
            last_id: 0,
            entries: 0,
            steps: 0,
            clock: IvrClock { spent: Duration::ZERO, since: None },
        }
    }

    pub fn frame(&self) -> &Frame {
        self.frames.last().expect("State::new puts the main flow there and only a subflow's frame is ever taken off")
    }

    pub fn frame_mut(&mut self) -> &mut Frame {
        self.frames
            .last_mut()
            .expect("State::new puts the main flow there and only a subflow's frame is ever taken off")
    }

    /// The value of a variable as the flow of `frame` reads it.
    pub fn var_in(&self, frame: &Frame, name: &VarName) -> Option<Value> {
        match SystemVar::named(name.as_str()) {
            Some(var) => self.system(var),
            None => frame.vars.get(name).cloned(),
        }
    }

    fn system(&self, var: SystemVar) -> Option<Value> {
        let place = self.place.as_ref();
        match var {
            SystemVar::CallerNumber => self.facts.caller.clone().map(Value::Text),
            SystemVar::CalledNumber => Some(Value::Text(self.facts.called.clone())),
            SystemVar::CallId => Some(Value::Text(self.facts.call_id.clone())),
            SystemVar::WaitNo => place.map(|place| Value::Int(i64::from(place.ahead))),
            SystemVar::Wait => place?.estimate_s.map(|seconds| Value::Int(i64::from(seconds.div_ceil(60)))),
            SystemVar::StaffNo => self.staff_no.clone().map(Value::Text),
            SystemVar::Language => Some(Value::Text(self.language.to_string())),
        }
    }

    /// `rate/ask`: the nodes of all frames.
    pub fn path(&self) -> String {
        let nodes: Vec<&str> = self.frames.iter().map(|frame| frame.node.as_str()).collect();
        nodes.join("/")
    }
}
