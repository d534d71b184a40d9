//! Calls for the tests: events at seconds, numbered as the switch numbers them.

use hotline::base::{CallId, UtcMillis};
use hotline::call::event::{CallEvent, Direction, EndCause, EndedBy, KeySource, RecordingKind, RingEnd, Source, What};

use crate::place::at;

/// A call under way.
pub struct Story {
    pub call: CallId,
    pub start: UtcMillis,
    pub events: Vec<CallEvent>,
}

impl Story {
    /// `n` tells calls apart; they begin a minute after each other.
    pub fn new(n: i64) -> Story {
        Story { call: CallId::from_raw((n + 1) << 22), start: at(n * 60), events: Vec::new() }
    }

    pub fn then(mut self, second: u64, what: What) -> Story {
        let seq = u32::try_from(self.events.len()).expect("a short call") + 1;
        let at = UtcMillis(self.start.0 + i64::try_from(second).expect("a short call") * 1000);
        self.events.push(CallEvent { call: self.call, seq, leg: Some(0), at, offset_us: second * 1_000_000, what });
        self
    }

    pub fn events(self) -> Vec<CallEvent> {
        self.events
    }
}

pub fn started(caller: Option<&str>) -> What {
    What::Started {
        direction: Direction::Inbound,
        caller: caller.map(str::to_owned),
        called: "4008123602".to_owned(),
        source: Source::Trunk("carrier".to_owned()),
        sip_call_id: Some("a84b4c76e66710".to_owned()),
    }
}

pub fn node(node: &str) -> What {
    What::NodeEntered { node: node.to_owned(), kind: "branch".to_owned(), label: Some("主菜单".to_owned()) }
}

pub fn ended(cause: EndCause, by: EndedBy) -> What {
    What::Ended { cause, by, node: Some("menu".to_owned()) }
}

pub fn recording_ended(recording: &str, complete: bool) -> What {
    What::RecordingEnded { recording: recording.to_owned(), duration_ms: 20_000, bytes: 640_044, complete }
}

pub fn recording_started(recording: &str, kind: RecordingKind) -> What {
    What::RecordingStarted { recording: recording.to_owned(), kind }
}

/// A caller presses 1, waits, and is answered by 1001: 14 events.
pub fn answered(n: i64, caller: Option<&str>) -> Vec<CallEvent> {
    let (agent, group) = ("1001".to_owned(), "presales".to_owned());
    let recording = format!("call-{n}.wav");
    Story::new(n)
        .then(0, started(caller))
        .then(0, What::FlowStarted { flow: "main".to_owned(), version: 3 })
        .then(0, node("menu"))
        .then(4, What::Key { digit: '1', by: KeySource::Rfc4733, masked: false })
        .then(4, What::Branch { node: "menu".to_owned(), outcome: "option".to_owned() })
        .then(5, What::Queued { group: group.clone(), priority: 0, ahead: 0 })
        .then(6, What::Ringing { agent: agent.clone(), group, waited_ms: 1000 })
        .then(9, What::RingEnded { agent: agent.clone(), why: RingEnd::Answered })
        .then(9, What::Answered { agent: agent.clone(), waited_ms: 4000 })
        .then(9, recording_started(&recording, RecordingKind::Conversation))
        .then(9, What::Bridged { agent })
        .then(29, recording_ended(&recording, true))
        .then(29, ended(EndCause::HungUp, EndedBy::Caller))
        .then(29, What::WrapUpStarted { agent: "1001".to_owned(), until: at(n * 60 + 39) })
        .events()
}

/// A caller who hangs up in the queue.
pub fn abandoned(n: i64, caller: Option<&str>) -> Vec<CallEvent> {
    Story::new(n)
        .then(0, started(caller))
        .then(0, What::FlowStarted { flow: "main".to_owned(), version: 3 })
        .then(1, What::Queued { group: "presales".to_owned(), priority: 0, ahead: 2 })
        .then(31, ended(EndCause::HungUp, EndedBy::Caller))
        .events()
}

/// A stranger who dials a number that is not there.
pub fn refused(n: i64) -> Vec<CallEvent> {
    Story::new(n)
        .then(0, started(Some("+8613900139000")))
        .then(0, ended(EndCause::UnknownNumber, EndedBy::Switch))
        .events()
}
