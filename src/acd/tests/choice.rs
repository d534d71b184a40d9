//! Who is chosen, and in which order calls are served.

use super::*;

#[test]
fn rings_the_agent_who_is_idle_longest() {
    let mut bench = Bench::with_ready(&["b", "a", "c"]);
    assert_eq!(bench.enqueue(1, SALES).rung_for(1).as_deref(), Some("b"));
    assert_eq!(bench.enqueue(2, SALES).rung_for(2).as_deref(), Some("a"));
}

#[test]
fn rings_only_members_of_the_group() {
    let mut bench = Bench::with_ready(&["a", "b", "h"]);
    assert_eq!(bench.enqueue(1, HELP).rung_for(1).as_deref(), Some("h"));
    assert_eq!(bench.enqueue(2, HELP).rung_for(2), None);
}

#[test]
fn fewest_calls_counts_answers_since_sign_in_and_then_idle_time() {
    let mut bench = Bench::new(config(|group| group.strategy = Strategy::FewestCalls));
    bench.ready(&["a", "b"]);
    bench.enqueue(1, SALES).answer(1, "a").pass(5).end(1, "a").pass(60);
    assert_eq!(bench.view("a").answered, 1);
    assert_eq!(bench.enqueue(2, SALES).rung_for(2).as_deref(), Some("b"));
    bench.answer(2, "b").pass(1).end(2, "b");
    // Equal counts: a has been idle longer.
    assert_eq!(bench.enqueue(3, SALES).rung_for(3).as_deref(), Some("a"));
    bench.answer(3, "a").end(3, "a");
    bench.input(Input::SignOut { agent: no("a") }).ready(&["a"]);
    assert_eq!(bench.view("a").answered, 0);
    assert_eq!(bench.enqueue(4, SALES).rung_for(4).as_deref(), Some("a"));
}

fn back_to(agent: &str, days_ago: i64, now: Now) -> LastAgent {
    LastAgent { agent: no(agent), answered_at: UtcMillis(now.utc.0 - days_ago * 86_400_000) }
}

#[test]
fn offers_a_returning_caller_first_to_who_answered_last_if_that_was_within_seven_days() {
    for (days_ago, expected) in [(0, "b"), (7, "b"), (8, "a")] {
        let mut bench = Bench::new(config(|group| group.last_agent_first = true));
        bench.ready(&["a", "b"]);
        let last = back_to("b", days_ago, bench.now);
        bench.enqueue_with(1, SALES, |enqueue| enqueue.last_agent = Some(last));
        assert_eq!(bench.rung_for(1).as_deref(), Some(expected), "{days_ago} days ago");
    }
}

#[test]
fn does_not_prefer_the_last_agent_when_off_or_withheld_or_not_idle() {
    let mut off = Bench::with_ready(&["a", "b"]);
    let last = back_to("b", 1, off.now);
    off.enqueue_with(1, SALES, |enqueue| enqueue.last_agent = Some(last.clone()));
    assert_eq!(off.rung_for(1).as_deref(), Some("a"));

    let mut bench = Bench::new(config(|group| group.last_agent_first = true));
    bench.ready(&["a", "b"]);
    bench.enqueue_with(1, SALES, |enqueue| {
        enqueue.last_agent = Some(last.clone());
        enqueue.caller = None;
    });
    assert_eq!(bench.rung_for(1).as_deref(), Some("a"));
    bench.enqueue(2, SALES).enqueue_with(3, SALES, |enqueue| enqueue.last_agent = Some(last));
    bench.answer(1, "a").answer(2, "b").end(1, "a");
    // b is on a call: nobody waits for b.
    assert_eq!(bench.rung_for(3).as_deref(), Some("a"));
}

#[test]
fn serves_equal_priorities_first_in_first_out_even_of_one_moment() {
    let mut bench = Bench::with_ready(&[]);
    bench.enqueue(3, SALES).enqueue(1, SALES).pass(1).enqueue(2, SALES);
    assert_eq!(bench.waiting(), [3, 1, 2]);
}

#[test]
fn one_step_of_priority_is_worth_a_minute_of_waiting() {
    let mut bench = Bench::with_ready(&[]);
    bench.enqueue(1, SALES).pass(59).enqueue_with(2, SALES, |enqueue| enqueue.priority = 1);
    assert_eq!(bench.waiting(), [2, 1]);
    bench.pass(2).enqueue_with(3, SALES, |enqueue| enqueue.priority = 1);
    assert_eq!(bench.waiting(), [2, 1, 3]);
    bench.pass(400).enqueue_with(4, SALES, |enqueue| enqueue.priority = 200);
    assert_eq!(bench.waiting(), [4, 2, 1, 3], "more than 9 counts as 9: nine minutes");
}

#[test]
fn tells_how_many_are_ahead_whenever_it_changes() {
    let mut bench = Bench::with_ready(&["h"]);
    bench.enqueue(1, SALES).enqueue(2, SALES).enqueue(3, HELP).enqueue(4, SALES);
    bench.said();
    bench.leave(1);
    let place = |n, ahead| Output::Position { call: call(n), ahead, estimated_wait_s: None };
    let positions: Vec<Output> =
        bench.said().into_iter().filter(|said| matches!(said, Output::Position { .. })).collect();
    assert_eq!(positions, [place(2, 0), place(4, 1)]);
    assert_eq!(bench.acd.ahead(call(4)), Some(1));
}

#[test]
fn a_call_that_is_rung_still_counts_as_ahead_until_it_is_answered() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.enqueue(1, SALES).enqueue(2, SALES);
    assert_eq!(bench.acd.ahead(call(2)), Some(1));
    bench.answer(1, "a");
    assert_eq!(bench.acd.ahead(call(2)), Some(0));
}

#[test]
fn estimates_the_wait_from_what_calls_took_lately() {
    let mut bench = Bench::new(config(|group| group.wrap_up_s = Some(20)));
    bench.ready(&["a", "b"]);
    bench.enqueue(1, SALES).answer(1, "a").pass(100).end(1, "a").pass(20);
    bench.enqueue(2, SALES).enqueue(3, SALES).answer(2, "b").answer(3, "a");
    bench.said();
    bench.enqueue(4, SALES).enqueue(5, SALES);
    let waits: Vec<Option<u32>> = bench.acd.queue(bench.now).iter().map(|row| row.estimated_wait_s).collect();
    // 120 s a call, two agents.
    assert_eq!(waits, [Some(60), Some(120)]);
}

#[test]
fn overflow_widens_without_losing_the_place() {
    let mut bench = Bench::with_ready(&["h"]);
    bench.enqueue(1, SALES).pass(1).enqueue(2, SALES);
    bench.input(Input::Widen { call: call(2), group: HELP.into() });
    assert_eq!(bench.rung_for(2).as_deref(), Some("h"));
    assert_eq!(bench.waiting(), [1, 2]);
    bench.refuse(2, "h", Refusal::Declined).ready(&["a"]);
    assert_eq!(bench.rung_for(1).as_deref(), Some("a"), "the first in line, though the second is in both groups");
}

#[test]
fn a_call_that_left_takes_up_its_place_again() {
    let mut bench = Bench::with_ready(&[]);
    bench.enqueue(1, SALES).pass(1).enqueue(2, SALES).pass(1).leave(1);
    let place = bench.said().into_iter().find_map(|said| match said {
        Output::Left { place, .. } => Some(place),
        _ => None,
    });
    bench.pass(1).enqueue_with(1, HELP, |enqueue| enqueue.place = place);
    assert_eq!(bench.waiting(), [1, 2]);
    assert_eq!(place.map(|place| place.waited_ms(bench.now)), Some(3000));
}

#[test]
fn the_queue_has_a_limit() {
    let mut bench = Bench::with_ready(&[]);
    let before = bench.acd.snapshot(bench.now);
    bench.enqueue(0, SALES);
    let full = bench.acd.snapshot(bench.now);
    let row = full.queue[0].clone();
    let queue = (0..).take(Acd::MAX_QUEUE).map(|n| QueueRecord { call: call(n), ..row.clone() }).collect();
    let calls = (0..).take(Acd::MAX_QUEUE).map(call).collect();
    let live = Live { calls, ..Live::default() };
    bench.acd = Acd::restore(config(|_| {}), Snapshot { queue, ..before }, &live, bench.now);
    bench.hear();
    assert_eq!(bench.waiting().len(), Acd::MAX_QUEUE);
    bench.enqueue(-1, SALES);
    assert!(bench.said().contains(&Output::QueueFull { call: call(-1) }));
}
