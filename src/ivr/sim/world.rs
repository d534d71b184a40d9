//! The virtual world around one session: its clock, its caller, its agents and its services.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::setup::Setup;
use super::transcript::{Happening, Line};
use super::voice::Recording;
use crate::base::{Instant, Now};
use crate::ivr::session::{
    DialId, DialResult, EndReason, Flows, HttpResult, Input, PlayId, RequestId, RestoreError, SavedSession, Session,
    VoicemailId,
};

/// A call in virtual time: nothing in it waits for a real clock, a socket or a person.
#[derive(Clone, Debug)]
pub struct World {
    pub(super) session: Session,
    pub(super) rest: Rest,
    /// Save and restore the session after every input, as a switch may.
    reloads: bool,
}

/// All of a world but its session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Rest {
    pub setup: Setup,
    pub now_us: u64,
    /// What is to come, in the order of time and then of planning. Times are microseconds since the call began.
    pub agenda: Vec<(u64, Coming)>,
    pub lines: Vec<Line>,
    pub place: Place,
    pub recording: Option<Recording>,
    /// Attempts by node (`http`) or number (`dial`).
    pub attempts: BTreeMap<String, usize>,
    pub tickets: u32,
    /// The current node.
    pub node: String,
}

/// Where the caller is between flow and agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Place {
    Flow,
    /// `visit` tells one queueing from the next; `groups` are those that may answer.
    Queue {
        visit: u32,
        groups: Vec<String>,
        ahead: u32,
    },
    Agent {
        staff_no: String,
        talks_for_s: Option<u32>,
    },
}

/// Something that the world has planned.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Coming {
    PlayEnds(PlayId),
    Answers { visit: u32, staff_no: String, talks_for_s: Option<u32> },
    AgentHangsUp,
    NobodySignedIn { visit: u32 },
    Position { visit: u32 },
    Http { request: RequestId, result: HttpResult },
    Booked(bool),
    Dialled { dial: DialId, result: DialResult },
    DialEnds(DialId),
    Silence(VoicemailId),
    MessageIsFull(VoicemailId),
    MessageStopped(VoicemailId),
}

/// A world between two commands, without its flows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedWorld {
    session: SavedSession,
    rest: Rest,
}

impl World {
    /// A call that is about to begin.
    pub fn new(flows: Flows, setup: Setup) -> Self {
        let now = Now::new(Instant::ZERO, setup.at);
        let session = Session::new(flows, setup.facts.clone(), now);
        let rest = Rest {
            setup,
            now_us: 0,
            agenda: Vec::new(),
            lines: Vec::new(),
            place: Place::Flow,
            recording: None,
            attempts: BTreeMap::new(),
            tickets: 0,
            node: String::new(),
        };
        World { session, rest, reloads: false }
    }

    /// From now on the session is written out and read back after every input.
    #[must_use]
    pub fn reloading(self) -> Self {
        World { reloads: true, ..self }
    }

    /// The switch answers: the flow begins.
    pub fn start(&mut self) {
        self.input(Input::Start);
    }

    pub fn save(&self) -> SavedWorld {
        SavedWorld { session: self.session.save(), rest: self.rest.clone() }
    }

    /// # Errors
    /// When the flows are not the ones that the call runs.
    pub fn restore(saved: SavedWorld, flows: Flows) -> Result<Self, RestoreError> {
        Ok(World { session: Session::restore(saved.session, flows)?, rest: saved.rest, reloads: false })
    }

    /// Everything that has happened.
    pub fn lines(&self) -> &[Line] {
        &self.rest.lines
    }

    pub fn is_over(&self) -> bool {
        self.session.is_over()
    }

    /// Milliseconds since the call began.
    pub fn now_ms(&self) -> u64 {
        self.rest.now_us / 1000
    }

    /// The node it is at, as in the record: `rate/ask` is within a subflow.
    pub fn node(&self) -> String {
        self.session.node()
    }

    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Whether the call has a ticket: it came to a queue, left a message, or its flow asked for one.
    pub fn has_ticket(&self) -> bool {
        self.rest.tickets > 0
    }

    /// Why and where the call ended.
    pub fn end(&self) -> Option<(&EndReason, Option<&str>)> {
        self.rest.lines.iter().rev().find_map(|line| match &line.what {
            Happening::Ended { reason, node } => Some((reason, node.as_deref())),
            _ => None,
        })
    }

    /// Lets the next thing happen, whenever it is. False when nothing is to come.
    pub fn step(&mut self) -> bool {
        match self.next_us() {
            Some(at) => {
                self.happen(at);
                true
            }
            None => false,
        }
    }

    /// Lets everything happen until `ms` from now, and stops there.
    pub fn pass(&mut self, ms: u64) {
        let until = self.rest.now_us.saturating_add(ms.saturating_mul(1000));
        while let Some(at) = self.next_us().filter(|at| *at <= until) {
            self.happen(at);
        }
        self.rest.now_us = self.rest.now_us.max(until);
    }

    /// Milliseconds until the next thing happens.
    pub fn next_in_ms(&self) -> Option<u64> {
        self.next_us().map(|at| at.saturating_sub(self.rest.now_us) / 1000)
    }

    fn next_us(&self) -> Option<u64> {
        if self.is_over() {
            return None;
        }
        let timer = self.session.poll_timeout().map(Instant::as_micros);
        let planned = self.rest.agenda.iter().map(|(at, _)| *at).min();
        [timer, planned].into_iter().flatten().min()
    }

    /// One planned thing, or the session's timer, at its time.
    fn happen(&mut self, at: u64) {
        self.rest.now_us = self.rest.now_us.max(at);
        let planned = self.rest.agenda.iter().enumerate().min_by_key(|(_, (at, _))| *at);
        match planned.filter(|(_, (planned, _))| *planned <= at).map(|(index, _)| index) {
            Some(index) => {
                let (_, coming) = self.rest.agenda.remove(index);
                self.on_coming(coming);
            }
            None => self.on_timer(),
        }
    }

    fn on_timer(&mut self) {
        let now = self.now();
        self.session.handle_timeout(now);
        self.drain();
    }

    pub(super) fn input(&mut self, input: Input) {
        let now = self.now();
        self.session.handle(input, now);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.session.poll_output() {
            self.obey(output);
        }
        if self.reloads {
            self.reload();
        }
    }

    /// What a switch does that keeps its sessions outside itself.
    fn reload(&mut self) {
        let text = serde_json::to_string(&self.session.save()).expect("a session is plain values");
        let saved = serde_json::from_str(&text).expect("what was written reads back");
        let flows = self.session.flows().clone();
        self.session = Session::restore(saved, flows).expect("the flows are the same");
    }

    pub(super) fn plan(&mut self, after_ms: u64, coming: Coming) {
        let at = self.rest.now_us.saturating_add(after_ms.saturating_mul(1000));
        self.rest.agenda.push((at, coming));
    }

    pub(super) fn tell(&mut self, what: Happening) {
        let at_ms = self.now_ms();
        self.rest.lines.push(Line { at_ms, what });
    }

    pub(super) fn now(&self) -> Now {
        Now::new(Instant::ZERO, self.rest.setup.at).plus(Duration::from_micros(self.rest.now_us))
    }
}
