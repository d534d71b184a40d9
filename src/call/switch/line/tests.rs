mod sound;

use std::collections::BTreeMap;

use super::{BoxRules, BoxTold, LineRules};
use crate::call::event::{EndCause, RingEnd, What};
use crate::call::live::{CustomerCard, Live};
use crate::call::record::CallRecord;
use crate::call::switch::bench::Bench;
use crate::call::switch::{DeskCommand, DeskError, Input, Reply, World};
use crate::phonebox::{CallerId, DialFailure, Direction, Event, EventKind, LostReason, NumberStatus, RingEndReason};
use crate::ticket::{CallResult, PhoneBoxOutcome, TicketRule, tickets_for};

/// A switch with one box: line 1 is agent a's, the others the group's.
fn bench() -> Bench {
    let own = LineRules { agent: Some("a".into()), number: Some("02161234567".into()), ..LineRules::default() };
    let rules = BoxRules {
        line: LineRules { group: Some("sales".into()), ..LineRules::default() },
        lines: BTreeMap::from([(1, own)]),
        counts_as_call: true,
        busy_after_ring_ms: 0,
    };
    bench_with(rules)
}

fn bench_with(rules: BoxRules) -> Bench {
    Bench::new(BTreeMap::from([("box".to_owned(), rules)]), World::default())
}

impl Bench {
    fn tell(&mut self, line: u32, kind: EventKind) {
        let event = Event::told(Some(line), kind);
        self.input(Input::PhoneBox(BoxTold { device: "box".into(), tells_hook: self.tells_hook, event }));
    }

    fn dial(&mut self, line: u32, number: &str, agent: &str) -> Result<(), DeskError> {
        let (sender, answer) = std::sync::mpsc::channel();
        let reply = Reply::new(move |result| sender.send(result).expect("heard"));
        let (device, line) = ("box".to_owned(), Some(line));
        let (number, agent) = (number.to_owned(), Some(agent.to_owned()));
        self.input(Input::Desk(DeskCommand::DialLine { device, line, number, agent, reply }));
        answer.try_recv().expect("answered")
    }

    fn outcome(&mut self, line: u32, success: bool, agent: &str) -> Result<(), DeskError> {
        let (sender, answer) = std::sync::mpsc::channel();
        let reply = Reply::new(move |result| sender.send(result).expect("heard"));
        let (device, line, agent) = ("box".to_owned(), Some(line), Some(agent.to_owned()));
        self.input(Input::Desk(DeskCommand::LineOutcome { device, line, success, agent, reply }));
        answer.try_recv().expect("answered")
    }

    fn record(&self) -> CallRecord {
        match self.records().as_slice() {
            [record] => record.clone(),
            other => panic!("{} records", other.len()),
        }
    }
}

fn pop(agent: &str, caller: Option<&str>) -> (String, Option<String>) {
    (agent.to_owned(), caller.map(str::to_owned))
}

fn ring(n: u32) -> EventKind {
    EventKind::Ring { n, tag: None }
}

fn caller(number: &str) -> EventKind {
    EventKind::CallerId(CallerId {
        number: Some(number.to_owned()),
        number_status: NumberStatus::Ok,
        ..CallerId::default()
    })
}

fn ring_end(reason: RingEndReason) -> EventKind {
    EventKind::RingEnd { rings: 2, reason }
}

fn off_hook(dir: Direction) -> EventKind {
    EventKind::OffHook { dir, source: None }
}

const ON_HOOK: EventKind = EventKind::OnHook { source: None };

/// The automatic ticket of a call: its kind and agent.
fn ticket(record: &CallRecord) -> Option<(String, Option<String>)> {
    match tickets_for(&record.ticket_facts(None)).as_slice() {
        [] => None,
        [TicketRule::Create(draft)] => Some((format!("{:?}", draft.kind), draft.agent.clone())),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_call_pops_the_lines_agent_with_the_caller_and_is_theirs_when_answered() {
    let mut bench = bench();
    bench.tell(1, ring(1));
    assert!(bench.pops().is_empty(), "the caller ID comes first");
    bench.wait(1500);
    bench.tell(1, caller("13800138000"));
    assert_eq!(bench.pops(), [pop("a", Some("13800138000"))]);
    assert_eq!(bench.state("a"), "ready", "a ringing telephone is no call");
    bench.wait(3000);
    bench.tell(1, ring_end(RingEndReason::Answered));
    bench.tell(1, off_hook(Direction::In));
    assert_eq!(bench.state("a"), "on call");
    bench.wait(60_000);
    bench.tell(1, ON_HOOK);
    let record = bench.record();
    assert_eq!((record.caller.as_deref(), record.called.as_str()), (Some("13800138000"), "02161234567"));
    assert_eq!(record.result(), CallResult::Answered { agent: "a".into() });
    assert_eq!((record.talk_ms(), record.answers[0].waited_ms), (60_000, 3000));
    assert_eq!(record.rings[0].end, Some(RingEnd::Answered));
    assert_eq!(ticket(&record), Some(("AnsweredCall".into(), Some("a".into()))));
    assert_eq!(bench.state("a"), "wrap-up", "as the box's group has it");
}

#[test]
fn a_call_that_nobody_answers_is_missed_only_where_the_hook_is_told() {
    for (tells_hook, result, kind) in
        [(true, CallResult::Abandoned, "AbandonedCall"), (false, CallResult::NotTold, "LineCall")]
    {
        let mut bench = bench();
        bench.tells_hook = tells_hook;
        bench.tell(1, ring(1));
        bench.tell(1, caller("13800138000"));
        bench.wait(9000);
        bench.tell(1, ring_end(RingEndReason::Timeout));
        let record = bench.record();
        assert_eq!(record.result(), result);
        let why = if tells_hook { RingEnd::CallerGone } else { RingEnd::Unknown };
        assert_eq!(record.rings[0].end, Some(why));
        assert_eq!(ticket(&record), Some((kind.into(), None)));
        assert_eq!(record.ticket_facts(None).waited_ms, 9000);
        assert_eq!(bench.state("a"), "ready");
    }
}

#[test]
fn without_a_caller_id_the_desk_pops_at_the_second_ring_or_after_three_seconds() {
    let mut bench = bench();
    bench.tell(1, ring(1));
    bench.wait(2000);
    bench.tell(1, ring(2));
    assert_eq!(bench.pops(), [pop("a", None)]);
    let mut bench = self::bench();
    bench.tell(1, ring(1));
    bench.wait(2999);
    assert!(bench.pops().is_empty());
    bench.wait(1);
    assert_eq!(bench.pops(), [pop("a", None)]);
    bench.tell(1, caller("13800138000"));
    assert_eq!(bench.pops(), [pop("a", None), pop("a", Some("13800138000"))], "and again when the number comes");
    bench.tell(1, ring_end(RingEndReason::Device));
    assert_eq!(bench.record().caller.as_deref(), Some("13800138000"));
}

#[test]
fn a_caller_id_that_no_ring_follows_is_of_a_caller_who_gave_up() {
    let mut bench = bench();
    bench.tell(1, caller("13800138000"));
    bench.wait(15_000);
    assert_eq!(bench.record().ended.map(|ended| ended.cause), Some(EndCause::NotTold));
    bench.tell(1, caller("13800138001"));
    bench.wait(5000);
    bench.tell(1, ring(1));
    bench.wait(60_000);
    assert_eq!(bench.records().iter().filter(|record| record.ended.is_some()).count(), 1);
    bench.wait(300_000);
    assert!(bench.records().iter().all(|record| record.ended.is_some()), "no line rings for ever");
}

#[test]
fn another_number_in_the_same_ringing_is_another_call() {
    let mut bench = bench();
    bench.tell(1, ring(1));
    bench.tell(1, caller("1001"));
    bench.tell(1, caller("1001"));
    bench.tell(1, caller("1002"));
    bench.tell(1, ring_end(RingEndReason::Timeout));
    let callers: Vec<_> = bench.records().into_iter().map(|record| record.caller).collect();
    assert_eq!(callers, [Some("1001".to_owned()), Some("1002".to_owned())]);
}

#[test]
fn a_groups_line_pops_its_ready_agents_and_is_whose_who_says_so() {
    let mut bench = bench();
    bench.tell(2, caller("13800138000"));
    assert_eq!(bench.pops(), [pop("a", Some("13800138000")), pop("b", Some("13800138000"))]);
    bench.tell(2, off_hook(Direction::In));
    assert_eq!((bench.state("a"), bench.state("b")), ("ready", "ready"), "whose hand it was is not known");
    bench.outcome(2, true, "b").expect("taken");
    assert_eq!((bench.state("a"), bench.state("b")), ("ready", "on call"));
    assert_eq!(bench.outcome(2, true, "a"), Err(DeskError::NothingToSay));
    bench.tell(2, ON_HOOK);
    assert_eq!(bench.record().result(), CallResult::Answered { agent: "b".into() });
    assert_eq!(bench.record().group().as_deref(), Some("sales"));
}

#[test]
fn a_groups_call_that_nobody_claims_is_not_told() {
    let mut bench = bench();
    bench.tell(2, caller("13800138000"));
    bench.tell(2, off_hook(Direction::In));
    bench.tell(2, ON_HOOK);
    assert_eq!(bench.record().result(), CallResult::NotTold);
}

#[test]
fn the_customers_card_pops_when_it_is_known() {
    let mut bench = bench();
    bench.tell(1, caller("13800138000"));
    let Some(Live::Ringing { call, .. }) = bench.live.last().cloned() else { panic!("{:?}", bench.live) };
    let card = CustomerCard { id: 7, name: Some("王".into()), new: false, calls: 3, open_tickets: 1 };
    bench.input(Input::Caller { call, card: Some(card.clone()), last_agent: None });
    let Some(Live::Ringing { pop, .. }) = bench.live.last() else { panic!("{:?}", bench.live) };
    assert_eq!(pop.customer, Some(card));
}

#[test]
fn success_makes_the_record_and_the_ticket_of_an_outgoing_call() {
    let mut bench = bench();
    bench.dial(1, "13800138000", "a").expect("dialled");
    assert_eq!((bench.dialled.as_slice(), bench.state("a")), (["13800138000".to_owned()].as_slice(), "on call"));
    bench.tell(1, off_hook(Direction::Out));
    bench.tell(1, EventKind::DialDone { number: "13800138000".into() });
    bench.wait(30_000);
    bench.tell(1, ON_HOOK);
    assert_eq!(bench.state("a"), "wrap-up");
    bench.wait(5000);
    assert!(bench.written.is_empty(), "nothing is written before the agent says so: {:?}", bench.written);
    bench.outcome(1, true, "a").expect("taken");
    let record = bench.record();
    assert_eq!((record.called.as_str(), record.talk_ms()), ("13800138000", 30_000));
    assert_eq!(record.ticket_facts(None).phone_box, Some(PhoneBoxOutcome::Success));
    assert_eq!(ticket(&record), Some(("OutgoingCall".into(), Some("a".into()))));
    assert_eq!(record.ended.map(|ended| ended.cause), Some(EndCause::HungUp));
}

#[test]
fn failure_leaves_nothing_behind() {
    let mut bench = bench();
    bench.dial(1, "13800138000", "a").expect("dialled");
    bench.tell(1, EventKind::DialDone { number: "13800138000".into() });
    bench.tell(1, ON_HOOK);
    bench.outcome(1, false, "a").expect("taken");
    bench.wait(3_600_000);
    assert!(bench.written.is_empty(), "{:?}", bench.written);
    assert!(bench.switch.is_idle());
    assert_eq!(bench.outcome(1, true, "a"), Err(DeskError::NothingToSay));
}

#[test]
fn a_success_that_is_said_during_the_call_is_written_at_once_and_ends_with_the_handset() {
    let mut bench = bench();
    bench.dial(1, "13800138000", "a").expect("dialled");
    bench.tell(1, EventKind::DialDone { number: "13800138000".into() });
    bench.wait(10_000);
    bench.outcome(1, true, "a").expect("taken");
    assert!(bench.record().ended.is_none());
    bench.wait(50_000);
    bench.tell(1, ON_HOOK);
    assert_eq!(bench.record().talk_ms(), 60_000);
}

#[test]
fn an_outgoing_call_of_which_nobody_says_anything_is_recorded_as_unknown_and_makes_no_ticket() {
    let mut bench = bench();
    bench.tell(1, off_hook(Direction::Out));
    assert_eq!(bench.state("a"), "on call");
    bench.tell(1, EventKind::Dialed { number: "10086".into() });
    bench.tell(1, ON_HOOK);
    bench.wait(600_000);
    let record = bench.record();
    assert_eq!(record.ticket_facts(None).phone_box, Some(PhoneBoxOutcome::Unknown));
    assert_eq!((ticket(&record), record.called.as_str()), (None, "10086"));
}

#[test]
fn a_handset_that_is_lifted_and_put_down_is_no_call() {
    let mut bench = bench();
    bench.tell(1, off_hook(Direction::Out));
    bench.tell(1, ON_HOOK);
    assert_eq!(bench.state("a"), "ready");
    bench.wait(10_000);
    assert_eq!(bench.state("a"), "ready");
    assert!(bench.written.is_empty());
    assert!(bench.switch.is_idle());
}

#[test]
fn dialling_that_fails_frees_the_agent_and_leaves_nothing() {
    let mut bench = bench();
    bench.dial(1, "13800138000", "a").expect("dialled");
    bench.tell(1, EventKind::DialFailed { reason: DialFailure::NoDialTone });
    assert!(bench.written.is_empty());
    assert_ne!(bench.state("a"), "on call");
    bench.dial(1, "13800138000", "a").expect("dialled again");
    bench.outcome(1, false, "a").expect("given up");
    assert_eq!(bench.cancelled, 1);
}

#[test]
fn one_call_at_a_time_for_a_line_and_for_an_agent() {
    let mut bench = bench();
    bench.tell(1, caller("13800138000"));
    assert_eq!(bench.dial(1, "10086", "a"), Err(DeskError::LineBusy));
    bench.tell(1, off_hook(Direction::In));
    assert_eq!(bench.dial(2, "10086", "a"), Err(DeskError::AgentBusy("a".into())));
    assert!(bench.dialled.is_empty());
}

#[test]
fn a_box_that_cannot_tell_the_hook_keeps_the_agent_for_the_time_that_is_set() {
    let rules = BoxRules {
        line: LineRules { agent: Some("a".into()), ..LineRules::default() },
        counts_as_call: true,
        busy_after_ring_ms: 120_000,
        ..BoxRules::default()
    };
    let mut bench = bench_with(rules);
    bench.tells_hook = false;
    bench.tell(1, caller("13800138000"));
    bench.tell(1, ring_end(RingEndReason::Timeout));
    assert_eq!(bench.state("a"), "on call");
    bench.wait(119_999);
    assert_eq!(bench.state("a"), "on call");
    bench.wait(1);
    assert_ne!(bench.state("a"), "on call");
}

#[test]
fn a_box_that_does_not_count_leaves_the_agent_free() {
    let rules = BoxRules { line: LineRules { agent: Some("a".into()), ..LineRules::default() }, ..BoxRules::default() };
    let mut bench = bench_with(rules);
    bench.tell(1, caller("13800138000"));
    bench.tell(1, off_hook(Direction::In));
    assert_eq!(bench.state("a"), "ready");
    bench.tell(1, ON_HOOK);
    assert_eq!(bench.record().result(), CallResult::Answered { agent: "a".into() });
}

#[test]
fn a_box_that_is_unplugged_during_a_call_leaves_nobody_on_it() {
    let mut bench = bench();
    bench.tell(1, caller("13800138000"));
    bench.tell(1, off_hook(Direction::In));
    let event = Event::told(None, EventKind::DeviceLost { reason: Some(LostReason::Keepalive) });
    bench.input(Input::PhoneBox(BoxTold { device: "box".into(), tells_hook: true, event }));
    assert_ne!(bench.state("a"), "on call");
    let record = bench.record();
    assert_eq!(record.ended.as_ref().map(|ended| ended.cause), Some(EndCause::NotTold));
    assert_eq!(record.result(), CallResult::Answered { agent: "a".into() });
}

#[test]
fn a_stop_closes_the_calls_of_lines_too() {
    let mut bench = bench();
    bench.tell(1, caller("13800138000"));
    bench.tell(1, off_hook(Direction::In));
    bench.input(Input::ShutDown);
    assert!(bench.switch.is_idle());
    let ends = bench.written.iter().filter(|event| matches!(event.what, What::Ended { .. })).count();
    assert_eq!(ends, 1);
    bench.tell(1, ON_HOOK);
    bench.tell(1, ring(1));
    assert_eq!(bench.records().len(), 1);
}
