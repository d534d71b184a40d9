//! What must hold after every transition: first as seen from the telephones alone, then in agreement with the model.

use std::collections::{BTreeMap, BTreeSet};

use hotline::acd::{AgentState, AgentView, QueueView, Then, WhyNoCalls};

use crate::driver::Driver;
use crate::reference::{After, Agent, Call, Doing, With};

pub fn check(driver: &Driver) -> Result<(), String> {
    let seen = &Seen { agents: driver.acd.agents(driver.now()), queue: driver.acd.queue(driver.now()) };
    one_call_for_each_agent(driver)?;
    on_a_call_exactly_while_a_dialog_is_up(driver, seen)?;
    no_caller_is_lost(driver, seen)?;
    nobody_rings_for_who_has_gone(driver)?;
    first_in_first_out(driver, seen)?;
    nobody_is_rung_again_while_another_is_free(driver, seen)?;
    nobody_waits_for_a_free_agent(driver, seen)?;
    every_passing_state_has_its_deadline(driver, seen)?;
    what_was_told_is_so(driver, seen)?;
    agrees_with_the_model(driver, seen)
}

/// The machine as it shows itself.
struct Seen {
    agents: Vec<AgentView>,
    queue: Vec<QueueView>,
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

fn one_call_for_each_agent(driver: &Driver) -> Result<(), String> {
    let mut calls: BTreeMap<&str, u32> = BTreeMap::new();
    driver.rings.keys().for_each(|no| *calls.entry(no).or_default() += 1);
    driver.dialogs.iter().for_each(|(no, _)| *calls.entry(no).or_default() += 1);
    ensure(calls.values().all(|n| *n == 1), || format!("an agent has two calls: {calls:?}"))
}

fn on_a_call_exactly_while_a_dialog_is_up(driver: &Driver, seen: &Seen) -> Result<(), String> {
    let on_calls: BTreeSet<(String, i64)> = (seen.agents.iter())
        .filter_map(|view| match view.state {
            AgentState::OnCall { call, .. } => Some((view.no.0.clone(), call.raw())),
            _ => None,
        })
        .collect();
    ensure(on_calls == driver.dialogs, || format!("on calls {on_calls:?}, dialogs {:?}", driver.dialogs))?;
    let ringing: BTreeMap<String, i64> = (seen.agents.iter())
        .filter_map(|view| match view.state {
            AgentState::Ringing { call, .. } => Some((view.no.0.clone(), call.raw())),
            _ => None,
        })
        .collect();
    ensure(ringing == driver.rings, || format!("ringing {ringing:?}, phones {:?}", driver.rings))
}

fn no_caller_is_lost(driver: &Driver, seen: &Seen) -> Result<(), String> {
    let queue: Vec<i64> = seen.queue.iter().map(|row| row.call.raw()).collect();
    let known: BTreeSet<i64> = queue.iter().copied().collect();
    ensure(known == driver.waiting && known.len() == queue.len(), || {
        format!("in the queue {queue:?}, waiting {:?}", driver.waiting)
    })
}

fn nobody_rings_for_who_has_gone(driver: &Driver) -> Result<(), String> {
    let ghost = driver.rings.iter().find(|(_, call)| !driver.waiting.contains(call));
    ensure(ghost.is_none(), || format!("rings for nobody: {ghost:?}"))
}

/// May be rung now, as far as one sees from outside: a callback that rests or is closed is passed over.
fn stands_in_line(driver: &Driver, row: &QueueView) -> bool {
    row.agent.is_none()
        && row.not_before.is_none()
        && !driver.model.calls.iter().any(|call| call.id == row.call.raw() && driver.model.is_closed(call))
}

fn first_in_first_out(driver: &Driver, seen: &Seen) -> Result<(), String> {
    if driver.assigned {
        return Ok(());
    }
    let queue = &seen.queue;
    for (no, call) in &driver.started {
        let Some(at) = queue.iter().position(|row| row.call.raw() == *call) else { continue };
        let served = &queue[at];
        let groups = &driver.model.agents[no].groups;
        let passed_over = queue.iter().find(|row| {
            let earlier = row.priority == served.priority && row.queued_at < served.queued_at;
            earlier && stands_in_line(driver, row) && row.groups.iter().any(|group| groups.contains(&group.0))
        });
        ensure(passed_over.is_none(), || format!("{no} was rung for {call} before {passed_over:?}"))?;
    }
    Ok(())
}

/// Agents who would be rung, by their own account.
fn free(seen: &Seen) -> impl Iterator<Item = &AgentView> {
    seen.agents.iter().filter(|view| view.why_no_calls.is_empty())
}

fn serves(view: &AgentView, row: &QueueView) -> bool {
    view.groups.iter().any(|group| row.groups.contains(group))
}

fn nobody_is_rung_again_while_another_is_free(driver: &Driver, seen: &Seen) -> Result<(), String> {
    if driver.assigned {
        return Ok(());
    }
    let tries = |call: i64, no: &str| driver.tries.get(&(call, no.to_owned())).copied().unwrap_or(0);
    for (no, call) in &driver.started {
        let Some(row) = seen.queue.iter().find(|row| row.call.raw() == *call) else { continue };
        let fresher = free(seen).find(|other| serves(other, row) && tries(*call, &other.no.0) < tries(*call, no));
        ensure(fresher.is_none(), || format!("{no} was rung again for {call} though {fresher:?} is free"))?;
    }
    Ok(())
}

fn nobody_waits_for_a_free_agent(driver: &Driver, seen: &Seen) -> Result<(), String> {
    for view in free(seen) {
        let waits = seen.queue.iter().find(|row| serves(view, row) && stands_in_line(driver, row));
        ensure(waits.is_none(), || format!("{waits:?} waits though {} is free", view.no))?;
    }
    Ok(())
}

fn every_passing_state_has_its_deadline(driver: &Driver, seen: &Seen) -> Result<(), String> {
    let timer = driver.acd.poll_timeout().map(|at| driver.now().utc_at(at));
    for view in &seen.agents {
        let backs_off = view.why_no_calls.iter().find_map(|why| match why {
            WhyNoCalls::BackOff { until } => Some(*until),
            _ => None,
        });
        for until in [view.state.until(), backs_off].into_iter().flatten() {
            let armed = timer.is_some_and(|at| at <= until.max(driver.now().utc));
            ensure(armed, || format!("{:?} until {until:?}, but the timer is {timer:?}", view.no))?;
        }
    }
    Ok(())
}

/// Calls of which nobody is there for any group, by the model.
pub fn without_agents(driver: &Driver) -> BTreeSet<i64> {
    let staffed = driver.model.staffed();
    let calls = driver.model.calls.iter().filter(|call| call.callback.is_none());
    calls.filter(|call| !call.groups.iter().any(|group| staffed.contains(group))).map(|call| call.id).collect()
}

fn what_was_told_is_so(driver: &Driver, seen: &Seen) -> Result<(), String> {
    for view in &seen.agents {
        let told = driver.views.get(&view.no.0);
        ensure(told == Some(view), || format!("told {told:?}\nis {view:?}"))?;
    }
    ensure(seen.agents.len() == driver.views.len(), || "told of an agent who is not there".to_owned())?;
    for row in seen.queue.iter().filter(|row| row.callback.is_none()) {
        let told = driver.ahead.get(&row.call.raw()).copied();
        ensure(told == Some(row.ahead), || format!("told {:?} that {told:?} are ahead, not {}", row.call, row.ahead))?;
    }
    Ok(())
}

fn agrees_with_the_model(driver: &Driver, seen: &Seen) -> Result<(), String> {
    let known: Vec<&String> = driver.model.agents.keys().collect();
    let found: Vec<&String> = seen.agents.iter().map(|view| &view.no.0).collect();
    ensure(found == known, || format!("agents {found:?}, should be {known:?}"))?;
    for view in &seen.agents {
        let agent = &driver.model.agents[&view.no.0];
        let same = same_state(view, agent) && (view.reachable, view.answered) == (agent.reachable, agent.answered);
        ensure(same, || format!("{view:?}\nshould be {agent:?}"))?;
        let free = matches!(agent.doing, Doing::Idle { .. }) && agent.reachable && agent.rests_until.is_none();
        let expected = free && !agent.groups.is_empty();
        ensure(view.why_no_calls.is_empty() == expected, || format!("why no calls: {view:?}"))?;
    }
    the_line_agrees(driver, seen)
}

fn the_line_agrees(driver: &Driver, seen: &Seen) -> Result<(), String> {
    let line = driver.model.line();
    ensure(line.len() == seen.queue.len(), || format!("queue {:?}\nshould be {line:?}", seen.queue))?;
    for (at, (row, call)) in seen.queue.iter().zip(&line).enumerate() {
        let agent = match &call.with {
            With::Nobody => None,
            With::Ringing(no) | With::Held(no) => Some(no),
        };
        let counts = |earlier: &&&Call| {
            let rests = earlier.callback.as_ref().is_some_and(|callback| callback.rests_until.is_some());
            let held = matches!(earlier.with, With::Held(_));
            !rests && !held && earlier.groups.iter().any(|group| call.groups.contains(group))
        };
        let same = row.call.raw() == call.id
            && row.groups.iter().map(|group| &group.0).eq(&call.groups)
            && row.agent.as_ref().map(|agent| &agent.0) == agent
            && row.attempts == call.tries.values().sum::<u32>()
            && row.queued_at.0 == call.queued
            && row.ahead as usize == line[..at].iter().filter(counts).count();
        ensure(same, || format!("place {at} of the queue {row:?}\nshould be {call:?}"))?;
    }
    Ok(())
}

fn same_state(view: &AgentView, agent: &Agent) -> bool {
    match (&view.state, &agent.doing) {
        (AgentState::LoggedOut, Doing::Out) => true,
        (AgentState::NotReady { reason }, Doing::Break(words)) => reason.name() == words,
        (AgentState::Ready { since }, Doing::Idle { since: idle_since }) => since.0 == *idle_since,
        (
            AgentState::Ringing { call, group, until, idle_since, .. },
            Doing::Ring { call: ringing, group: for_group, until: rings_until, idle_since: idle },
        ) => (call.raw(), &group.0, until.0, idle_since.0) == (*ringing, for_group, *rings_until, *idle),
        (AgentState::OnCall { call, group, then }, Doing::Call { call: on, group: for_group, after }) => {
            call.raw() == *on && group.as_ref().map(|group| &group.0) == for_group.as_ref() && same_then(then, after)
        }
        (AgentState::WrapUp { until, then }, Doing::Wrap { until: wraps_until, after }) => {
            until.0 == *wraps_until && same_then(then, after)
        }
        _ => false,
    }
}

fn same_then(then: &Then, after: &After) -> bool {
    match (then, after) {
        (Then::Ready, After::Idle) | (Then::LoggedOut, After::Out) => true,
        (Then::NotReady(reason), After::Break(words)) => reason.name() == words,
        _ => false,
    }
}
