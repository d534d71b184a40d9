//! Restarts, and the repair of "on a call exactly while a dialog is up".

use super::*;

fn live(dialogs: &[(&str, i64)], calls: &[i64]) -> Live {
    Live {
        dialogs: dialogs.iter().map(|(agent, n)| (no(agent), call(*n))).collect(),
        calls: calls.iter().map(|n| call(*n)).collect(),
    }
}

fn wrap_up_20(group: &mut GroupConfig) {
    group.wrap_up_s = Some(20);
}

#[test]
fn after_a_restart_no_agent_is_on_a_call_that_no_longer_exists() {
    let mut bench = Bench::new(config(wrap_up_20));
    bench.ready(&["a", "b"]);
    bench.enqueue(1, SALES).enqueue(2, SALES).answer(1, "a");
    let idle = bench.state("b");
    assert!(matches!(idle, AgentState::Ringing { .. }));
    bench.restart(config(wrap_up_20), &Live::default(), 5);
    assert_eq!(bench.state("a"), AgentState::Ready { since: bench.now.utc });
    assert!(matches!(bench.state("b"), AgentState::Ready { .. }));
    assert!(bench.waiting().is_empty());
    let said = bench.said();
    assert!(said.contains(&Output::Corrected(Correction::AgentFreed { agent: no("a"), call: call(1) })));
    assert!(said.contains(&Output::Corrected(Correction::CallGone { call: call(2) })));
}

#[test]
fn wrap_up_goes_on_to_its_deadline_across_a_restart() {
    for (down_s, rest_s) in [(5, 15), (20, 0), (500, 0)] {
        let mut bench = Bench::new(config(wrap_up_20));
        bench.ready(&["a"]);
        bench.enqueue(1, SALES).answer(1, "a").end(1, "a");
        let until = UtcMillis(bench.now.utc.0 + 20_000);
        bench.restart(config(wrap_up_20), &Live::default(), down_s);
        bench.pass(rest_s);
        assert_eq!(bench.state("a"), AgentState::Ready { since: until }, "down for {down_s} s");
    }
}

#[test]
fn idle_time_answered_calls_and_places_survive_a_restart() {
    let mut bench = Bench::with_ready(&["b", "a"]);
    bench.enqueue(9, SALES).answer(9, "b").end(9, "b").pass(1);
    bench.enqueue(1, HELP).enqueue_with(2, HELP, |enqueue| enqueue.priority = 1);
    let before = (bench.acd.agents(bench.now), bench.acd.queue(bench.now));
    bench.restart(config(|_| {}), &live(&[], &[1, 2]), 0);
    assert_eq!((bench.acd.agents(bench.now), bench.acd.queue(bench.now)), before);
    assert_eq!(bench.enqueue(3, SALES).rung_for(3).as_deref(), Some("a"));
    bench.enqueue(4, HELP);
    assert_eq!(bench.waiting(), [2, 1, 3, 4]);
}

#[test]
fn a_live_call_goes_on_when_another_node_takes_over() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.enqueue(1, SALES).answer(1, "a").enqueue(2, SALES);
    bench.restart(config(|_| {}), &live(&[("a", 1)], &[1, 2]), 1);
    assert!(matches!(bench.state("a"), AgentState::OnCall { .. }));
    bench.end(1, "a");
    assert_eq!(bench.rung_for(2).as_deref(), Some("a"));
}

#[test]
fn an_agent_removed_while_down_finishes_a_live_call() {
    let mut bench = Bench::with_ready(&["a", "b"]);
    bench.enqueue(1, SALES).answer(1, "a");
    bench.restart(AcdConfig { agents: vec![], ..config(|_| {}) }, &live(&[("a", 1)], &[1]), 1);
    assert_eq!(bench.acd.agents(bench.now).len(), 1);
    bench.end(1, "a");
    assert!(bench.acd.agents(bench.now).is_empty());
}

#[test]
fn callbacks_survive_a_restart_and_an_interrupted_attempt_counts() {
    let mut bench = Bench::with_ready(&["a"]);
    let booking = BookCallback {
        call: call(1),
        group: SALES.into(),
        number: Some("+8613800000000".into()),
        place: None,
        hours: None,
        attempts: 2,
        retry_after_s: 60,
    };
    bench.input(Input::BookCallback(booking)).pass(30).answer(1, "a");
    bench.restart(config(|_| {}), &Live::default(), 1);
    assert!(bench.said().iter().any(|said| matches!(said, Output::CallbackRetry { attempts_left: 1, .. })));
    assert_eq!(bench.rung_for(1), None);
    bench.pass(60);
    assert_eq!(bench.rung_for(1).as_deref(), Some("a"));
}

#[test]
fn reconciling_with_the_truth_changes_nothing() {
    let mut bench = Bench::with_ready(&["a", "b"]);
    bench.enqueue(1, SALES).enqueue(2, SALES).enqueue(3, SALES).answer(1, "a");
    bench.said();
    bench.acd.reconcile(&live(&[("a", 1)], &[1, 2, 3]), bench.now);
    bench.hear();
    assert_eq!(bench.said(), []);
}

#[test]
fn reconciling_frees_seizes_and_drops_what_does_not_fit() {
    let mut bench = Bench::with_ready(&["a", "b", "c"]);
    bench.enqueue(1, SALES).answer(1, "a").enqueue(2, SALES).answer(2, "b").enqueue(3, SALES).enqueue(4, HELP);
    assert_eq!(bench.rung_for(3).as_deref(), Some("c"));
    bench.said();
    bench.acd.reconcile(&live(&[("b", 2), ("b", 7), ("c", 8)], &[2, 3]), bench.now);
    bench.hear();
    let said = bench.said();
    for expected in [
        Output::Corrected(Correction::AgentFreed { agent: no("a"), call: call(1) }),
        Output::Corrected(Correction::SecondDialog { agent: no("b"), call: call(7) }),
        Output::LateAnswer { call: call(7), agent: no("b") },
        Output::Corrected(Correction::AgentSeized { agent: no("c"), call: call(8) }),
        stopped(3, "c", StopReason::Withdrawn),
        Output::Corrected(Correction::CallGone { call: call(4) }),
    ] {
        assert!(said.contains(&expected), "{expected:?} in {said:?}");
    }
    assert_eq!(bench.rung_for(3).as_deref(), Some("a"), "the freed agent takes the call");
}

#[test]
fn a_dialog_that_was_ringing_counts_as_answered() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.enqueue(1, SALES);
    bench.acd.reconcile(&live(&[("a", 1)], &[1]), bench.now);
    bench.hear();
    assert!(bench.said().iter().any(|said| matches!(said, Output::Connect { .. })));
    assert!(matches!(bench.state("a"), AgentState::OnCall { group: Some(_), .. }));
}
