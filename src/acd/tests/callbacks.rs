//! Callbacks: one place, one attempt at a time, a bounded number of attempts.

use super::*;

fn book(n: i64, attempts: u8) -> BookCallback {
    BookCallback {
        call: call(n),
        group: SALES.into(),
        number: Some("+8613800000000".into()),
        place: None,
        hours: None,
        attempts,
        retry_after_s: 600,
    }
}

impl Bench {
    fn book(&mut self, n: i64, attempts: u8) -> &mut Self {
        self.input(Input::BookCallback(book(n, attempts)))
    }
}

#[test]
fn a_callback_keeps_the_place_of_the_call() {
    let mut bench = Bench::with_ready(&[]);
    bench.enqueue(1, SALES).pass(1).enqueue(2, SALES).pass(60).book(1, 3);
    let said = bench.said();
    assert!(said.iter().any(|said| matches!(said, Output::Left { why: LeaveReason::Callback, .. })));
    assert!(said.contains(&Output::CallbackBooked {
        call: call(1),
        booking: call(1),
        number: "+8613800000000".into()
    }));
    bench.pass(30).ready(&["a"]);
    assert_eq!(bench.rung_for(1).as_deref(), Some("a"));
    assert_eq!(bench.waiting(), [1, 2]);
}

#[test]
fn a_callback_rests_until_the_caller_has_hung_up_and_delays_nobody_meanwhile() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.book(1, 3);
    assert_eq!(bench.rung_for(1), None);
    bench.enqueue(2, SALES);
    assert_eq!(bench.acd.ahead(call(2)), Some(0));
    bench.leave(2).pass(30);
    assert_eq!(bench.rung_for(1).as_deref(), Some("a"));
}

#[test]
fn the_ring_names_the_number_and_the_lease_is_exclusive() {
    let mut bench = Bench::with_ready(&["a", "b"]);
    bench.book(1, 3).pass(30);
    let ring =
        |said: &Output| matches!(said, Output::Ring { callback: Some(number), .. } if number == "+8613800000000");
    assert!(bench.said().iter().any(ring));
    bench.answer(1, "a").pass(3600);
    assert_eq!(bench.rung_for(1), None, "one attempt in flight");
    bench.input(Input::Assign { call: call(1), agent: no("b") });
    assert_eq!(bench.rung_for(1), None, "not for a supervisor either");
}

#[test]
fn a_callback_that_reached_the_customer_is_done() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.book(1, 3).pass(30).answer(1, "a");
    bench.said();
    bench.input(Input::CallbackReached { call: call(1) });
    assert_eq!(bench.said(), [Output::CallbackDone { call: call(1) }]);
    assert_eq!(bench.end(1, "a").pass(3600).said(), []);
    assert!(bench.waiting().is_empty());
}

#[test]
fn failed_attempts_are_repeated_after_a_rest_and_then_given_up() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.book(1, 2).pass(30).answer(1, "a").pass(10);
    bench.said();
    bench.end(1, "a");
    let at = bench.now.instant + Duration::from_secs(600);
    assert_eq!(bench.said(), [Output::CallbackRetry { call: call(1), attempts_left: 1, at }]);
    bench.pass(599);
    assert_eq!(bench.rung_for(1), None);
    bench.pass(1).answer(1, "a");
    bench.said();
    bench.end(1, "a");
    let number = "+8613800000000".to_owned();
    assert_eq!(bench.said(), [Output::CallbackGivenUp { call: call(1), number, group: SALES.into() }]);
    assert!(bench.waiting().is_empty());
}

#[test]
fn an_agent_who_does_not_take_a_callback_costs_no_attempt() {
    let mut bench = Bench::with_ready(&["a", "b"]);
    bench.book(1, 1).pass(30).refuse(1, "a", Refusal::Declined);
    assert_eq!(bench.rung_for(1).as_deref(), Some("b"));
}

#[test]
fn the_same_number_is_booked_once_in_a_group() {
    let mut bench = Bench::with_ready(&[]);
    bench.enqueue(1, SALES).book(1, 3).enqueue(2, SALES);
    bench.said();
    bench.book(2, 3);
    let booked = Output::CallbackBooked { call: call(2), booking: call(1), number: "+8613800000000".into() };
    assert!(bench.said().contains(&booked));
    assert_eq!(bench.waiting(), [1]);
    bench.book(1, 3);
    assert_eq!(bench.waiting(), [1], "booking twice by the same call");
}

#[test]
fn a_withheld_number_is_refused_and_the_caller_waits_on() {
    let mut bench = Bench::with_ready(&[]);
    bench.enqueue(1, SALES);
    bench.said();
    for number in [None, Some(String::new())] {
        bench.input(Input::BookCallback(BookCallback { number, ..book(1, 3) }));
        let refused = Output::CallbackRefused { call: call(1), why: CallbackRefusal::NoNumber };
        assert_eq!(bench.said(), [refused]);
    }
    assert_eq!(bench.waiting(), [1]);
}

#[test]
fn callbacks_rest_outside_business_hours() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.input(Input::BookCallback(BookCallback { hours: Some("office".to_owned()), ..book(1, 3) }));
    bench.input(Input::CallbackHours { hours: "office".to_owned(), open: false }).pass(3600);
    assert_eq!(bench.rung_for(1), None);
    bench.input(Input::CallbackHours { hours: "office".to_owned(), open: true });
    assert_eq!(bench.rung_for(1).as_deref(), Some("a"));
}

#[test]
fn a_callback_can_be_cancelled() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.book(1, 3).pass(30).input(Input::Leave { call: call(1), why: LeaveReason::Removed });
    assert!(bench.waiting().is_empty());
    assert!(matches!(bench.state("a"), AgentState::Ready { .. }));
}
