//! Signing in and out, breaks, wrap-up, other calls, changes of the set-up.

use super::*;

fn wrap_up_20(group: &mut GroupConfig) {
    group.wrap_up_s = Some(20);
}

#[test]
fn signing_in_leads_to_not_ready_and_then_ready() {
    let mut bench = Bench::with_ready(&[]);
    bench.input(Input::SetReady { agent: no("a") });
    assert_eq!(bench.state("a"), AgentState::LoggedOut, "who is not signed in cannot be ready");
    bench.input(Input::SignIn { agent: no("a") });
    assert_eq!(bench.not_ready("a"), Some(NotReadyReason::SignedIn));
    bench.input(Input::SetReady { agent: no("a") });
    assert_eq!(bench.state("a"), AgentState::Ready { since: bench.now.utc });
    assert_eq!(bench.view("a").why_no_calls, [WhyNoCalls::Unreachable]);
    assert_eq!(bench.enqueue(1, SALES).rung_for(1), None);
    bench.input(Input::Reachable { agent: no("a"), reachable: true });
    assert_eq!(bench.rung_for(1).as_deref(), Some("a"));
}

#[test]
fn wrap_up_runs_from_the_end_of_the_call_and_holds_in_every_group() {
    let mut bench = Bench::new(config(wrap_up_20));
    bench.ready(&["c"]);
    bench.enqueue(1, SALES).answer(1, "c").pass(300).enqueue(2, HELP).end(1, "c");
    let until = UtcMillis(bench.now.utc.0 + 20_000);
    assert_eq!(bench.state("c"), AgentState::WrapUp { until, then: Then::Ready });
    bench.pass(19);
    assert_eq!(bench.rung_for(2), None);
    bench.pass(1);
    assert_eq!(bench.rung_for(2).as_deref(), Some("c"));
}

#[test]
fn without_wrap_up_the_agent_is_idle_at_once() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.enqueue(1, SALES).answer(1, "a").pass(7).end(1, "a");
    assert_eq!(bench.state("a"), AgentState::Ready { since: bench.now.utc });
}

#[test]
fn wrap_up_ends_early_by_ready_or_turns_into_a_break() {
    let mut bench = Bench::new(config(wrap_up_20));
    bench.ready(&["a", "b"]);
    bench.enqueue(1, SALES).enqueue(2, SALES).answer(1, "a").answer(2, "b").end(1, "a").end(2, "b");
    bench.input(Input::SetReady { agent: no("a") });
    assert!(matches!(bench.state("a"), AgentState::Ready { .. }));
    bench.input(Input::SetNotReady { agent: no("b"), reason: "小休".into() });
    assert_eq!(bench.not_ready("b"), Some(NotReadyReason::Chosen("小休".into())));
    bench.pass(100);
    assert!(bench.not_ready("b").is_some());
}

#[test]
fn a_break_asked_for_in_a_call_begins_after_wrap_up() {
    let mut bench = Bench::new(config(wrap_up_20));
    bench.ready(&["a"]);
    bench.enqueue(1, SALES).answer(1, "a");
    bench.input(Input::SetNotReady { agent: no("a"), reason: "lunch".into() }).end(1, "a");
    assert!(matches!(bench.state("a"), AgentState::WrapUp { .. }));
    bench.pass(20);
    assert_eq!(bench.not_ready("a"), Some(NotReadyReason::Chosen("lunch".into())));
}

#[test]
fn a_chosen_reason_is_cut() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.input(Input::SetNotReady { agent: no("a"), reason: "休".repeat(1000) });
    assert_eq!(bench.not_ready("a").map(|reason| reason.name().chars().count()), Some(64));
}

#[test]
fn signing_out_while_ringing_passes_the_call_on() {
    let mut bench = Bench::with_ready(&["a", "b"]);
    bench.enqueue(1, SALES);
    bench.said();
    bench.input(Input::SignOut { agent: no("a") });
    assert!(bench.said().contains(&stopped(1, "a", StopReason::Withdrawn)));
    assert_eq!(bench.state("a"), AgentState::LoggedOut);
    assert_eq!(bench.rung_for(1).as_deref(), Some("b"));
}

#[test]
fn signing_out_in_a_call_takes_effect_when_it_ends_without_wrap_up() {
    let mut bench = Bench::new(config(wrap_up_20));
    bench.ready(&["a"]);
    bench.enqueue(1, SALES).answer(1, "a");
    bench.input(Input::SignOut { agent: no("a") }).input(Input::SetReady { agent: no("a") });
    assert!(matches!(bench.state("a"), AgentState::OnCall { .. }));
    bench.end(1, "a");
    assert_eq!(bench.state("a"), AgentState::LoggedOut);
}

#[test]
fn a_break_while_ringing_declines_the_call() {
    let mut bench = Bench::with_ready(&["a", "b"]);
    bench.enqueue(1, SALES);
    bench.input(Input::SetNotReady { agent: no("a"), reason: "lunch".into() });
    assert!(bench.said().contains(&stopped(1, "a", StopReason::Declined)));
    bench.input(Input::SetReady { agent: no("a") }).refuse(1, "b", Refusal::Busy);
    assert_eq!(bench.rung_for(1).as_deref(), Some("a"), "both were tried once, and b rests");
}

#[test]
fn a_phone_that_is_lost_while_ringing_passes_the_call_on() {
    let mut bench = Bench::with_ready(&["a", "b"]);
    bench.enqueue(1, SALES).input(Input::Reachable { agent: no("a"), reachable: false });
    assert_eq!(bench.rung_for(1).as_deref(), Some("b"));
    assert!(bench.view("a").why_no_calls.contains(&WhyNoCalls::Unreachable));
}

#[test]
fn a_phone_that_is_lost_in_a_call_ends_nothing() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.enqueue(1, SALES).answer(1, "a").input(Input::Reachable { agent: no("a"), reachable: false });
    assert!(matches!(bench.state("a"), AgentState::OnCall { .. }));
}

#[test]
fn an_outgoing_call_makes_an_agent_busy_and_leads_back() {
    let mut bench = Bench::with_ready(&["a", "b"]);
    bench.input(Input::SignOut { agent: no("b") });
    for agent in ["a", "b"] {
        bench.input(Input::Seize { agent: no(agent), call: call(50), group: None });
        assert!(matches!(bench.state(agent), AgentState::OnCall { .. }));
    }
    assert_eq!(bench.enqueue(1, SALES).rung_for(1), None);
    bench.end(50, "a").end(50, "b");
    assert_eq!(bench.rung_for(1).as_deref(), Some("a"));
    assert_eq!(bench.state("b"), AgentState::LoggedOut);
    assert_eq!(bench.view("a").answered, 0, "outgoing calls are not answered ones");
}

#[test]
fn an_outgoing_call_while_ringing_gives_the_ring_to_another() {
    let mut bench = Bench::with_ready(&["a", "b"]);
    bench.enqueue(1, SALES).input(Input::Seize { agent: no("a"), call: call(50), group: Some(SALES.into()) });
    assert_eq!(bench.rung_for(1).as_deref(), Some("b"));
    assert!(bench.said().contains(&stopped(1, "a", StopReason::Withdrawn)));
}

#[test]
fn a_second_call_of_an_agent_is_refused() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.enqueue(1, SALES).answer(1, "a");
    bench.said();
    for agent in ["a", "x"] {
        bench.input(Input::Seize { agent: no(agent), call: call(50), group: None });
        assert_eq!(bench.said(), [Output::SeizeRefused { agent: no(agent), call: call(50) }]);
    }
    bench.input(Input::Seize { agent: no("a"), call: call(1), group: None });
    assert_eq!(bench.said(), [], "the same call again");
}

#[test]
fn a_removed_agent_finishes_the_call_and_goes() {
    let mut bench = Bench::with_ready(&["a", "b", "c"]);
    bench.enqueue(1, SALES).answer(1, "a").enqueue(2, SALES);
    assert_eq!(bench.rung_for(2).as_deref(), Some("b"));
    let mut fewer = config(|_| {});
    fewer.agents.retain(|agent| ["c", "h"].contains(&agent.no.0.as_str()));
    bench.said();
    bench.acd.configure(fewer, bench.now);
    bench.hear();
    assert_eq!(bench.rung_for(2).as_deref(), Some("c"), "taken from the agent who rang");
    assert_eq!(bench.view("a").why_no_calls.last(), Some(&WhyNoCalls::Removed));
    assert!(bench.said().contains(&Output::AgentRemoved { agent: no("b") }));
    bench.end(1, "a");
    assert!(bench.said().contains(&Output::AgentRemoved { agent: no("a") }));
    assert_eq!(bench.acd.agent(&no("a"), bench.now), None);
}

#[test]
fn a_removed_agent_who_is_set_up_again_in_the_call_stays() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.enqueue(1, SALES).answer(1, "a");
    bench.acd.configure(AcdConfig { agents: vec![], ..config(|_| {}) }, bench.now);
    bench.acd.configure(config(|_| {}), bench.now);
    bench.end(1, "a");
    assert!(matches!(bench.state("a"), AgentState::Ready { .. }));
}

#[test]
fn a_removed_group_strands_nobody() {
    let mut bench = Bench::with_ready(&["a", "c"]);
    bench.enqueue(1, SALES).enqueue(2, SALES).enqueue(3, SALES).answer(1, "a");
    bench.said();
    let mut without = config(|_| {});
    without.groups.retain(|group| group.id.0 != SALES);
    bench.acd.configure(without, bench.now);
    bench.hear();
    let said = bench.said();
    assert!(said.contains(&Output::NoAgents { call: call(3), group: SALES.into() }), "{said:?}");
    // The ring goes on, and its answer counts.
    bench.answer(2, "c").end(2, "c").end(1, "a");
    assert_eq!(bench.view("a").why_no_calls, [WhyNoCalls::NoGroups]);
    bench.input(Input::Widen { call: call(3), group: HELP.into() });
    assert_eq!(bench.rung_for(3).as_deref(), Some("c"));
}

#[test]
fn new_rules_apply_to_a_call_that_is_up() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.enqueue(1, SALES).answer(1, "a");
    bench.acd.configure(config(wrap_up_20), bench.now);
    bench.end(1, "a");
    assert!(matches!(bench.state("a"), AgentState::WrapUp { .. }));
}

#[test]
fn every_change_of_an_agent_is_told_with_the_reasons_why_no_calls_come() {
    let mut bench = Bench::with_ready(&["a"]);
    bench.enqueue(1, SALES);
    let told: Vec<AgentView> = (bench.said.drain(..))
        .filter_map(|said| match said {
            Output::AgentChanged(view) => Some(*view),
            _ => None,
        })
        .collect();
    assert_eq!(told, [bench.view("a")]);
    assert_eq!(told[0].why_no_calls, [WhyNoCalls::Ringing { call: call(1) }]);
}
