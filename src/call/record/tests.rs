use super::*;
use crate::acd::stats::{QueueFigures, Targets};
use crate::call::event::What;

const START: i64 = 1_800_000_000_000;

/// Events of one call at these seconds, numbered from 1.
fn events(list: impl IntoIterator<Item = (u64, What)>) -> Vec<CallEvent> {
    let event = |(seq, (at_s, what)): (u32, (u64, What))| CallEvent {
        call: CallId::from_raw(7),
        seq,
        leg: None,
        at: UtcMillis(START + at_s as i64 * 1000),
        offset_us: at_s * 1_000_000,
        what,
    };
    (1..).zip(list).map(event).collect()
}

fn started() -> What {
    What::Started {
        direction: Direction::Inbound,
        caller: Some("+8613800138000".into()),
        called: "4008123602".into(),
        source: Source::Trunk("carrier".into()),
        sip_call_id: None,
    }
}

fn queued(group: &str) -> What {
    What::Queued { group: group.into(), priority: 0, ahead: 2 }
}

fn ringing(agent: &str) -> What {
    What::Ringing { agent: agent.into(), group: "sales".into(), waited_ms: 0 }
}

fn answered(agent: &str) -> What {
    What::Answered { agent: agent.into(), waited_ms: 0 }
}

fn bridged(agent: &str) -> What {
    What::Bridged { agent: agent.into() }
}

fn ended(by: EndedBy) -> What {
    What::Ended { cause: EndCause::HungUp, by, node: None }
}

fn record(list: impl IntoIterator<Item = (u64, What)>) -> CallRecord {
    CallRecord::from_events(&events(list)).expect("it begins with Started")
}

fn transferred_call() -> Vec<(u64, What)> {
    vec![
        (0, started()),
        (10, queued("sales")),
        (11, ringing("1001")),
        (31, What::RingEnded { agent: "1001".into(), why: RingEnd::NoAnswer }),
        (31, ringing("1002")),
        (34, answered("1002")),
        (34, bridged("1002")),
        (94, What::Held { agent: "1002".into() }),
        (104, What::Resumed { agent: "1002".into() }),
        (114, What::Transferred { from: "1002".into(), to: "help".into(), kind: TransferKind::Blind }),
        (114, What::Unbridged { agent: "1002".into() }),
        (114, queued("help")),
        (114, What::WrapUpStarted { agent: "1002".into(), until: UtcMillis(START + 144_000) }),
        (120, ringing("1003")),
        (124, answered("1003")),
        (124, bridged("1003")),
        (130, What::WrapUpEnded { agent: "1002".into() }),
        (154, ended(EndedBy::Caller)),
        (154, What::WrapUpStarted { agent: "1003".into(), until: UtcMillis(START + 174_000) }),
    ]
}

#[test]
fn a_transfer_credits_each_agent_with_their_own_time() {
    let record = record(transferred_call());
    let spent = |talk_s: u64, hold_s: u64, wrap_up_s: u64| Handled {
        talk_ms: talk_s * 1000,
        hold_ms: hold_s * 1000,
        wrap_up_ms: wrap_up_s * 1000,
    };
    assert_eq!(record.handled(), [("1002".to_owned(), spent(70, 10, 16)), ("1003".to_owned(), spent(30, 0, 20))]);
    assert_eq!((record.talk_ms(), record.hold_ms(), record.waited_ms()), (100_000, 10_000, 34_000));
    assert_eq!(record.result(), CallResult::Answered { agent: "1003".into() });
}

#[test]
fn every_visit_to_a_queue_is_offered_once_and_a_transfer_is_no_abandon() {
    let figures = QueueFigures::of(record(transferred_call()).offers(), Targets::default());
    assert_eq!((figures.offered, figures.answered, figures.abandoned), (2, 2, 0));
    assert_eq!(figures.asa_ms(), Some(17_000.0));
}

#[test]
fn every_ring_is_in_the_record_with_its_end() {
    let rings: Vec<(String, u64, Option<RingEnd>)> =
        record(transferred_call()).rings.into_iter().map(|ring| (ring.agent, ring.span.ms(), ring.end)).collect();
    let expected = [
        ("1001".to_owned(), 20_000, Some(RingEnd::NoAnswer)),
        ("1002".to_owned(), 3_000, Some(RingEnd::Answered)),
        ("1003".to_owned(), 4_000, Some(RingEnd::Answered)),
    ];
    assert_eq!(rings, expected);
}

#[test]
fn repeated_and_disordered_events_give_the_same_record() {
    let events = events(transferred_call());
    let once = CallRecord::from_events(&events);
    let twice = CallRecord::from_events(events.iter().rev().chain(&events));
    assert_eq!(once, twice);
    let mut grown = CallRecord::begin(&events[0]).expect("it begins with Started");
    for event in events.iter().flat_map(|event| [event, event]) {
        grown.apply(event);
    }
    assert_eq!(Some(grown), once);
}

#[test]
fn a_record_reads_back_from_json() {
    let record = record(transferred_call());
    let text = serde_json::to_string(&record).expect("plain data");
    assert_eq!(serde_json::from_str::<CallRecord>(&text).ok(), Some(record));
}

#[test]
fn events_without_a_start_are_no_record() {
    assert_eq!(CallRecord::from_events(&events([(1, queued("sales"))])), None);
    assert_eq!(CallRecord::from_events(&[]), None);
}

#[test]
fn events_of_another_call_are_not_taken() {
    let mut record = record([(0, started())]);
    let mut stranger = events([(0, started()), (5, ended(EndedBy::Caller))]).remove(1);
    stranger.call = CallId::from_raw(8);
    record.apply(&stranger);
    assert_eq!(record.ended, None);
}

#[test]
fn the_path_has_nodes_keys_and_choices_and_hides_secret_keys() {
    let node = |node: &str, label: &str| What::NodeEntered {
        node: node.into(),
        kind: "branch".into(),
        label: Some(label.into()),
    };
    let key = |digit, masked| What::Key { digit, by: KeySource::Rfc4733, masked };
    let record = record([
        (0, started()),
        (1, What::FlowStarted { flow: "main".into(), version: 3 }),
        (2, node("menu", "主菜单")),
        (5, key('1', false)),
        (5, What::Branch { node: "menu".into(), outcome: "option".into() }),
        (6, node("pin", "密码")),
        (7, key('4', true)),
        (8, key('2', true)),
    ]);
    let shown: Vec<(String, String)> = record.path_steps().into_iter().map(|step| (step.node, step.keys)).collect();
    assert_eq!(shown, [("menu".to_owned(), "1".to_owned()), ("pin".to_owned(), "••".to_owned())]);
    assert_eq!(record.path[0].outcome.as_deref(), Some("option"));
    assert!(!serde_json::to_string(&record).expect("plain data").contains("\"4\""));
    assert_eq!(record.flow, Some(FlowVersion { flow: "main".into(), version: 3 }));
}

#[test]
fn abandons_when_caller_hangs_up_in_queue_or_while_ringing() {
    for ring in [false, true] {
        let mut list = vec![(0, started()), (10, queued("sales"))];
        if ring {
            list.push((12, ringing("1001")));
        }
        list.push((15, ended(EndedBy::Caller)));
        let record = record(list);
        assert_eq!(record.result(), CallResult::Abandoned);
        assert_eq!(record.waited_ms(), 5_000);
        assert!(record.rings.iter().all(|ring| ring.end == Some(RingEnd::CallerGone)));
    }
}

#[test]
fn a_call_that_the_switch_lost_in_the_queue_failed_and_was_not_abandoned() {
    let lost = What::Ended { cause: EndCause::SwitchRestart, by: EndedBy::Switch, node: None };
    let record = record([(0, started()), (10, queued("sales")), (15, lost)]);
    assert_eq!(record.result(), CallResult::Failed { cause: "switch_restart".into() });
    assert_eq!(record.offers()[0].exit, OfferExit::Other);
}

#[test]
fn a_callback_is_no_abandon_and_leaving_without_one_is_unserved() {
    let left = |reason| What::LeftQueue { reason };
    let booked = What::CallbackBooked { number: "+8613800138000".into(), group: Some("sales".into()) };
    let callback = record([
        (0, started()),
        (1, queued("sales")),
        (9, left(LeaveReason::Callback)),
        (9, booked),
        (12, ended(EndedBy::Flow)),
    ]);
    assert_eq!(callback.result(), CallResult::CallbackBooked);
    let unserved =
        record([(0, started()), (1, queued("sales")), (9, left(LeaveReason::MaxWait)), (12, ended(EndedBy::Caller))]);
    assert_eq!(unserved.result(), CallResult::Unserved);
    for record in [callback, unserved] {
        assert_eq!(record.offers(), [Offer { waited_ms: 8_000, exit: OfferExit::Other }]);
    }
}

#[test]
fn a_call_that_never_asked_for_an_agent_has_no_offer() {
    let record = record([(0, started()), (9, ended(EndedBy::Caller))]);
    assert_eq!((record.result(), record.offers()), (CallResult::NoAgentAsked, vec![]));
}

#[test]
fn hold_and_bridge_told_twice_make_one_segment() {
    let record = record([
        (0, started()),
        (5, answered("1001")),
        (5, bridged("1001")),
        (8, bridged("1001")),
        (20, ended(EndedBy::Agent)),
        (25, ended(EndedBy::Caller)),
    ]);
    assert_eq!((record.segments.len(), record.talk_ms()), (1, 15_000));
    assert_eq!(record.ended.map(|ended| (ended.by, ended.duration_ms)), Some((EndedBy::Agent, 20_000)));
}

#[test]
fn an_overflow_is_part_of_the_same_visit() {
    let record = record([
        (0, started()),
        (1, queued("sales")),
        (31, What::Overflowed { group: "help".into() }),
        (41, answered("h")),
    ]);
    assert_eq!(record.queue.len(), 1);
    assert_eq!((record.queue[0].overflow.as_slice(), record.waited_ms()), (["help".to_owned()].as_slice(), 40_000));
}

#[test]
fn the_facts_for_the_ticket_follow_from_the_record() {
    let recording = |recording: &str, kind| What::RecordingStarted { recording: recording.into(), kind };
    let finished = |recording: &str, duration_ms| What::RecordingEnded {
        recording: recording.into(),
        duration_ms,
        bytes: 9,
        complete: true,
    };
    let record = record([
        (0, started()),
        (1, queued("sales")),
        (9, What::LeftQueue { reason: LeaveReason::NoAgents }),
        (10, recording("r1", RecordingKind::Voicemail)),
        (20, finished("r1", 9_500)),
        (21, What::TicketRequested { subject: "发票".into(), group: None }),
        (22, ended(EndedBy::Flow)),
    ]);
    let facts = record.ticket_facts(None);
    let voicemail = Voicemail { recording: "r1".into(), duration_ms: 9_500, group: Some("sales".into()) };
    assert_eq!(facts.voicemail, Some(voicemail));
    assert_eq!((facts.result, facts.waited_ms, facts.recordings), (CallResult::Unserved, 8_000, vec!["r1".to_owned()]));
    assert_eq!(facts.requested.len(), 1);
}

#[test]
fn a_message_that_was_too_short_is_none() {
    for (kept, expected) in [(true, Some(2_500)), (false, None)] {
        let record = record([
            (0, started()),
            (1, What::RecordingStarted { recording: "r1".into(), kind: RecordingKind::Voicemail }),
            (3, What::VoicemailEnded { duration_ms: 2_500, kept }),
            (3, What::RecordingEnded { recording: "r1".into(), duration_ms: 2_600, bytes: 9, complete: true }),
            (4, ended(EndedBy::Flow)),
        ]);
        assert_eq!(record.ticket_facts(None).voicemail.map(|voicemail| voicemail.duration_ms), expected);
    }
}

#[test]
fn what_a_phone_box_knows_is_told_as_it_is() {
    for (outcome, expected) in [
        (None, PhoneBoxOutcome::Unknown),
        (Some(true), PhoneBoxOutcome::Success),
        (Some(false), PhoneBoxOutcome::Failure),
    ] {
        let start = What::Started {
            direction: Direction::Outbound,
            caller: None,
            called: "13800138000".into(),
            source: Source::PhoneBox("box-1".into()),
            sip_call_id: None,
        };
        let said = outcome.map(|success| (30, What::Outcome { success, source: OutcomeSource::Agent }));
        let record = record([(0, start)].into_iter().chain(said).chain([(31, ended(EndedBy::Agent))]));
        assert_eq!(record.ticket_facts(None).phone_box, Some(expected));
    }
}
