//! Rings, answers, refusals and hang-ups at every point.

use super::*;

#[test]
fn an_answer_connects_and_takes_the_call_from_the_queue() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.enqueue(1, SALES);
    bench.said();
    bench.pass(4).answer(1, "a");
    let connect = Output::Connect { call: call(1), agent: no("a"), group: SALES.into(), waited_ms: 4000 };
    assert_eq!(bench.said(), [connect]);
    assert!(bench.waiting().is_empty());
    assert!(matches!(bench.state("a"), AgentState::OnCall { .. }));
    assert_eq!(bench.answer(1, "a").said(), [], "a second report of the same answer");
}

#[test]
fn an_agent_is_never_rung_for_a_second_call() {
    let mut bench = Bench::with_ready(&["c"]);
    bench.enqueue(1, SALES).enqueue(2, HELP);
    assert_eq!(bench.rung_for(2), None);
    bench.answer(1, "c");
    assert_eq!(bench.rung_for(2), None, "one at a time over all groups");
    bench.end(1, "c");
    assert_eq!(bench.rung_for(2).as_deref(), Some("c"));
}

#[test]
fn an_unanswered_call_passes_to_the_next_agent_in_its_place() {
    let mut bench = Bench::with_ready(&["a", "b"]);
    bench.enqueue(1, SALES).enqueue(2, HELP).pass(19);
    assert_eq!(bench.rung_for(1).as_deref(), Some("a"));
    bench.said();
    bench.pass(1);
    assert_eq!(bench.rung_for(1).as_deref(), Some("b"));
    assert!(bench.said().contains(&stopped(1, "a", StopReason::NoAnswer)));
    assert_eq!(bench.waiting(), [1, 2]);
    assert_eq!(bench.not_ready("a"), Some(NotReadyReason::NoAnswer));
    bench.input(Input::SetReady { agent: no("a") });
    assert!(matches!(bench.state("a"), AgentState::Ready { .. }), "one click back");
}

#[test]
fn the_only_agent_is_not_rung_again_after_a_missed_call() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.enqueue(1, SALES).pass(500);
    assert_eq!(bench.rung_for(1), None);
    assert_eq!(bench.waiting(), [1]);
    bench.input(Input::SetReady { agent: no("a") });
    assert_eq!(bench.rung_for(1).as_deref(), Some("a"));
}

#[test]
fn without_answer_timeout_it_rings_on_but_not_for_ever() {
    let mut bench = Bench::new(config(|group| group.answer_timeout_s = None));
    bench.ready(&["a", "b"]);
    bench.enqueue(1, SALES);
    let until = bench.said().into_iter().find_map(|said| match said {
        Output::Ring { until, .. } => Some(until),
        _ => None,
    });
    assert_eq!(until, Some(None), "nothing to count down");
    bench.pass(599);
    assert_eq!(bench.rung_for(1).as_deref(), Some("a"));
    bench.pass(1);
    assert_eq!(bench.rung_for(1).as_deref(), Some("b"));
}

#[test]
fn a_busy_phone_is_tried_last_and_rests_longer_each_time() {
    let mut bench = Bench::with_ready(&["a", "b"]);
    bench.enqueue(1, SALES).refuse(1, "a", Refusal::Busy);
    assert_eq!(bench.rung_for(1).as_deref(), Some("b"));
    bench.pass(6).refuse(1, "b", Refusal::Busy);
    assert_eq!(bench.rung_for(1).as_deref(), Some("a"), "everyone was tried once");
    bench.refuse(1, "a", Refusal::Busy);
    assert_eq!(bench.rung_for(1), None, "both rest");
    bench.pass(5);
    assert_eq!(bench.rung_for(1).as_deref(), Some("b"));
    bench.answer(1, "b").enqueue(2, SALES);
    bench.pass(4);
    assert_eq!(bench.rung_for(2), None, "a was refused twice: ten seconds");
    bench.pass(1);
    assert_eq!(bench.rung_for(2).as_deref(), Some("a"));
}

#[test]
fn a_refusal_keeps_idle_time_and_says_why_no_calls_come() {
    let mut bench = Bench::with_ready(&["a"]);
    let before = bench.state("a");
    bench.enqueue(1, SALES).pass(2).refuse(1, "a", Refusal::Busy);
    assert_eq!(bench.state("a"), before);
    let until = UtcMillis(bench.now.utc.0 + 5000);
    assert_eq!(bench.view("a").why_no_calls, [WhyNoCalls::BackOff { until }]);
}

#[test]
fn a_phone_that_gave_up_by_itself_is_a_missed_call() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.enqueue(1, SALES).refuse(1, "a", Refusal::NoAnswer);
    assert_eq!(bench.not_ready("a"), Some(NotReadyReason::NoAnswer));
}

#[test]
fn abandons_when_caller_hangs_up_in_queue() {
    let mut bench = Bench::with_ready(&[]);
    bench.enqueue(1, SALES).pass(3);
    bench.said();
    bench.leave(1);
    let said = bench.said();
    assert!(matches!(said[..], [Output::Left { why: LeaveReason::CallerGone, waited_ms: 3000, .. }]), "{said:?}");
    assert_eq!(bench.leave(1).said(), [], "hung up twice");
}

#[test]
fn a_caller_who_hangs_up_while_ringing_leaves_the_agent_idle_as_before_and_not_missed() {
    let mut bench = Bench::with_ready(&["a", "b"]);
    let idle = bench.state("a");
    bench.enqueue(1, SALES).pass(5);
    bench.said();
    bench.leave(1);
    assert!(bench.said().contains(&stopped(1, "a", StopReason::CallerGone)));
    assert_eq!(bench.state("a"), idle);
    assert_eq!(bench.enqueue(2, SALES).rung_for(2).as_deref(), Some("a"), "still the longest idle");
}

#[test]
fn an_answer_after_the_caller_has_gone_is_too_late() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.enqueue(1, SALES).leave(1);
    bench.said();
    bench.answer(1, "a");
    assert_eq!(bench.said(), [Output::LateAnswer { call: call(1), agent: no("a") }]);
    assert!(matches!(bench.state("a"), AgentState::Ready { .. }));
}

#[test]
fn an_answer_after_the_call_was_passed_on_is_too_late() {
    let mut bench = Bench::with_ready(&["a", "b"]);
    bench.enqueue(1, SALES).pass(20);
    bench.said();
    bench.answer(1, "a");
    assert_eq!(bench.said(), [Output::LateAnswer { call: call(1), agent: no("a") }]);
    assert_eq!(bench.rung_for(1).as_deref(), Some("b"));
}

#[test]
fn an_answer_that_comes_before_the_timer_is_run_counts() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.enqueue(1, SALES);
    bench.now = bench.now.plus(Duration::from_secs(25));
    bench.answer(1, "a");
    assert!(matches!(bench.state("a"), AgentState::OnCall { .. }));
}

#[test]
fn late_refusals_and_endings_change_nothing() {
    let mut bench = Bench::with_ready(&["a", "b"]);
    bench.enqueue(1, SALES).enqueue(2, SALES).answer(1, "a");
    bench.said();
    bench.refuse(1, "a", Refusal::Busy).refuse(9, "b", Refusal::Busy).end(9, "a").end(2, "b").end(1, "x");
    assert_eq!(bench.said(), []);
    assert!(matches!(bench.state("a"), AgentState::OnCall { .. }));
    assert_eq!(bench.rung_for(2).as_deref(), Some("b"));
}

#[test]
fn enqueuing_twice_changes_nothing() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.enqueue(1, SALES);
    bench.said();
    assert_eq!(bench.enqueue(1, HELP).said(), []);
    assert_eq!(bench.waiting(), [1]);
}

#[test]
fn a_call_that_leaves_by_key_stops_the_ring_as_withdrawn() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.enqueue(1, SALES);
    bench.said();
    bench.input(Input::Leave { call: call(1), why: LeaveReason::Key });
    assert!(bench.said().contains(&stopped(1, "a", StopReason::Withdrawn)));
}

#[test]
fn tells_once_when_nobody_is_there_for_a_call() {
    let mut bench = Bench::with_ready(&["h"]);
    let nobody = |group: &str| Output::NoAgents { call: call(1), group: group.into() };
    bench.enqueue(1, SALES);
    assert!(bench.said().contains(&nobody(SALES)));
    bench.enqueue(2, HELP);
    assert!(!bench.said().iter().any(|said| matches!(said, Output::NoAgents { .. })));
    // On a break is signed in: callers wait.
    bench.ready(&["a"]);
    bench.refuse(1, "a", Refusal::Busy);
    bench.input(Input::SetNotReady { agent: no("a"), reason: "lunch".into() });
    assert!(!bench.said().contains(&nobody(SALES)));
    bench.input(Input::SignOut { agent: no("a") });
    assert!(bench.said().contains(&nobody(SALES)), "the last one left");
    bench.input(Input::SignOut { agent: no("a") });
    assert_eq!(bench.said(), []);
}

#[test]
fn a_group_whose_phones_are_all_lost_has_nobody() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.input(Input::SetNotReady { agent: no("a"), reason: "lunch".into() });
    bench.enqueue(1, SALES);
    bench.said();
    bench.input(Input::Reachable { agent: no("a"), reachable: false });
    assert_eq!(bench.said(), [Output::NoAgents { call: call(1), group: SALES.into() }]);
}

#[test]
fn a_supervisor_gives_a_waiting_call_to_a_free_agent_of_another_group() {
    let mut bench = Bench::with_ready(&["a", "h"]);
    bench.enqueue(1, SALES);
    bench.said();
    bench.input(Input::Assign { call: call(1), agent: no("h") });
    assert_eq!(bench.rung_for(1).as_deref(), Some("h"));
    assert!(bench.said().contains(&stopped(1, "a", StopReason::Withdrawn)));
    assert!(matches!(bench.state("a"), AgentState::Ready { .. }));
}

#[test]
fn an_assignment_that_cannot_be_is_refused_with_its_reason() {
    let mut bench = Bench::with_ready(&["a", "b"]);
    bench.enqueue(1, SALES).answer(1, "a").enqueue(2, HELP);
    bench.input(Input::Reachable { agent: no("b"), reachable: false });
    bench.said();
    for (n, agent, why) in [
        (7, "b", AssignRefusal::NotWaiting),
        (1, "b", AssignRefusal::NotWaiting),
        (2, "x", AssignRefusal::UnknownAgent),
        (2, "a", AssignRefusal::NotFree),
        (2, "c", AssignRefusal::NotFree),
        (2, "b", AssignRefusal::Unreachable),
    ] {
        bench.input(Input::Assign { call: call(n), agent: no(agent) });
        assert_eq!(bench.said(), [Output::AssignRefused { call: call(n), agent: no(agent), why }]);
    }
}
