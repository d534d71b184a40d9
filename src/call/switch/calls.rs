//! One call, from its first message to the last word about it.

use std::collections::{BTreeMap, BTreeSet};

use super::callback::Attempt;
use super::consult::Consult;
use super::keys::Presses;
use super::leg::{Leg, Party};
use super::line::{LineKey, OnLine};
use super::play::Pending;
use super::transfer::Transfer;
use crate::acd::LastAgent;
use crate::base::{CallId, Instant, LegId, Now};
use crate::call::event::{CallEvent, Direction, KeySource, What};
use crate::call::live::{CustomerCard, PathStep};
use crate::ivr::session::{Session, VoicemailId};
use crate::media::RecordingId;

/// What runs the caller.
pub(super) enum Program {
    Flow(Box<Session>),
    Echo,
    Tone,
    /// Nothing (any more): an agent's own outgoing call.
    None,
}

/// A recording under way.
#[derive(Debug)]
pub(super) struct Recording {
    pub id: RecordingId,
    /// Path below the folder of recordings; the name that the record uses.
    pub name: String,
    /// The flow's message that it is; `None` is a conversation.
    pub voicemail: Option<VoicemailId>,
    /// When a message has reached its longest.
    pub stop_at: Option<Instant>,
    /// A shorter message is none.
    pub min_ms: u64,
    /// A message reached its longest.
    pub full: bool,
    /// The sound card that records it, of an analog line.
    pub card: Option<LineKey>,
    /// It goes on after the call until then: a box that cannot tell the hook leaves it open whether people talk.
    pub outlives: Option<Instant>,
    /// Silence is written; until then at the latest.
    pub paused_until: Option<Instant>,
}

impl Recording {
    /// A conversation that a media worker records: what a sound card takes cannot be paused.
    pub fn can_pause(&self) -> bool {
        self.voicemail.is_none() && self.card.is_none()
    }
}

/// Caller and agent are joined.
#[derive(Debug)]
pub(super) struct Talk {
    pub agent: String,
    pub leg: u16,
    /// The caller hears the agent (after the connected prompt).
    pub bridged: bool,
}

/// One call.
pub(super) struct Call {
    pub id: CallId,
    pub direction: Direction,
    pub caller: Option<String>,
    pub called: String,
    pub began: Now,
    pub legs: BTreeMap<u16, Leg>,
    pub program: Program,
    /// The flow and version that it runs.
    pub flow: Option<(String, i64)>,
    pub pending: Option<Pending>,
    pub music: Option<String>,
    pub talk: Option<Talk>,
    /// The agent who talks hands the caller on, and another phone rings.
    pub transfer: Option<Transfer>,
    /// The agent who talks has a second call, to a colleague.
    pub consult: Option<Consult>,
    pub recordings: Vec<Recording>,
    pub path: Vec<PathStep>,
    pub group: Option<String>,
    pub queued_at: Option<Instant>,
    pub customer: Option<CustomerCard>,
    pub last_agent: Option<LastAgent>,
    /// Agents in wrap-up after this call.
    pub wrapping: BTreeSet<String>,
    pub presses: Presses,
    /// How the last key came.
    pub last_way: Option<KeySource>,
    /// Set for calls on analog lines, which have no legs.
    pub on_line: Option<OnLine>,
    /// The caller waits on as a callback.
    pub booked_callback: bool,
    /// It tries to call a customer back.
    pub attempt: Option<Attempt>,
    /// Its events wait: nobody said yet that there was a call.
    pub held: bool,
    /// The call is over; since then only last words come.
    pub ended: Option<Instant>,
    seq: u32,
    next_leg: u16,
    unsaved: Vec<CallEvent>,
}

impl Call {
    pub fn new(id: CallId, direction: Direction, caller: Option<String>, called: String, now: Now) -> Self {
        Call {
            id,
            direction,
            caller,
            called,
            began: now,
            legs: BTreeMap::new(),
            program: Program::None,
            flow: None,
            pending: None,
            music: None,
            talk: None,
            transfer: None,
            consult: None,
            recordings: Vec::new(),
            path: Vec::new(),
            group: None,
            queued_at: None,
            customer: None,
            last_agent: None,
            wrapping: BTreeSet::new(),
            presses: Presses::default(),
            last_way: None,
            on_line: None,
            booked_callback: false,
            attempt: None,
            held: false,
            ended: None,
            seq: 0,
            next_leg: 0,
            unsaved: Vec::new(),
        }
    }

    /// Adds a leg; the first is 0, the caller's.
    pub fn add_leg(&mut self, leg: Leg) -> LegId {
        let n = self.next_leg;
        self.next_leg = self.next_leg.saturating_add(1);
        self.legs.insert(n, leg);
        self.id.leg(n)
    }

    /// The next leg is not the caller's: that one comes later, by [`Call::add_caller_leg`].
    pub fn reserve_caller_leg(&mut self) {
        self.next_leg = 1;
    }

    /// The leg of the customer who is called.
    pub fn add_caller_leg(&mut self, leg: Leg) -> LegId {
        self.legs.insert(0, leg);
        self.id.leg(0)
    }

    /// The number outside: the caller's, or of a callback the one that is called.
    pub fn remote(&self) -> Option<String> {
        if self.attempt.is_some() { Some(self.called.clone()) } else { self.caller.clone() }
    }

    pub fn caller_leg(&self) -> Option<&Leg> {
        self.legs.get(&0)
    }

    /// The leg on which `agent` is rung or talks.
    pub fn agent_leg(&self, agent: &str) -> Option<u16> {
        self.legs.iter().find(|(_, leg)| !leg.is_gone() && leg.agent() == Some(agent)).map(|(n, _)| *n)
    }

    /// The leg of an outside number that the flow dialled.
    pub fn dialled_leg(&self, wanted: crate::ivr::session::DialId) -> Option<u16> {
        let is = |leg: &Leg| matches!(&leg.party, Party::Outside { dial, .. } if *dial == wanted);
        self.legs.iter().find(|(_, leg)| !leg.is_gone() && is(leg)).map(|(n, _)| *n)
    }

    /// Adds to the record.
    pub fn record(&mut self, leg: Option<u16>, what: What, now: Now) {
        self.seq += 1;
        let offset = now.instant.since(self.began.instant);
        self.unsaved.push(CallEvent {
            call: self.id,
            seq: self.seq,
            leg,
            at: now.utc,
            offset_us: u64::try_from(offset.as_micros()).unwrap_or(u64::MAX),
            what,
        });
    }

    /// What was recorded since the last time.
    pub fn take_events(&mut self) -> Vec<CallEvent> {
        std::mem::take(&mut self.unsaved)
    }

    /// Files of recordings that the record does not know yet.
    pub fn unsaved_recordings(&self) -> Vec<String> {
        let name = |event: &CallEvent| match &event.what {
            What::RecordingStarted { recording, .. } => Some(recording.clone()),
            _ => None,
        };
        let untold = self.on_line.iter().flat_map(|on_line| on_line.untold.iter().cloned());
        self.unsaved.iter().filter_map(name).chain(untold).collect()
    }

    /// Nothing more can happen to it: every leg and recording said its last word and nobody is in wrap-up.
    pub fn is_finished(&self) -> bool {
        self.ended.is_some() && self.legs.is_empty() && self.recordings.is_empty() && self.wrapping.is_empty()
    }
}
