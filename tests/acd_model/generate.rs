//! Random operations: mostly what may well happen now, some that are late, repeated, or make no sense.

use hotline::acd::{AgentNo, AgentState, BookCallback, Enqueue, GroupId, Input, LastAgent, LeaveReason, Refusal};
use hotline::base::{CallId, Rng, UtcMillis};

use crate::driver::{Driver, Op};
use crate::setups::{AGENTS, GROUPS};

/// So many different calls; they come again.
const CALLS: u64 = 14;

pub fn op(rng: &mut Rng, driver: &Driver) -> Op {
    match rng.below(1000) {
        0..=139 => Op::Input(Input::Enqueue(enqueue(rng, driver))),
        140..=154 => Op::Return(enqueue(rng, driver)),
        155..=304 => Op::Input(answer(rng, driver)),
        305..=384 => Op::Input(refusal(rng, driver)),
        385..=454 => Op::Input(Input::Leave { call: waiting(rng, driver), why: leave_reason(rng) }),
        455..=564 => Op::Input(ended(rng, driver)),
        565..=744 => Op::Input(presence(rng, driver)),
        745..=774 => Op::Input(seize(rng)),
        775..=794 => Op::Input(Input::Assign { call: waiting(rng, driver), agent: agent(rng) }),
        795..=819 => Op::Input(Input::Widen { call: waiting(rng, driver), group: group(rng) }),
        820..=844 => Op::Input(Input::BookCallback(booking(rng, driver))),
        845..=849 => Op::BookWithPlace(booking(rng, driver)),
        850..=868 => Op::Input(Input::CallbackReached { call: in_hand(rng, driver) }),
        869..=872 => Op::Input(Input::CallbackHours { hours: hours(rng), open: rng.below(3) > 0 }),
        873..=908 => repeated(rng, driver),
        909..=968 => Op::Pass(milliseconds(rng)),
        969..=976 => Op::Stall(milliseconds(rng)),
        977..=981 => Op::Configure(rng.next_u64()),
        982..=986 => Op::Restart { down_ms: milliseconds(rng), survive: rng.below(2) == 0 },
        987..=990 => Op::LoseDialog(rng.below(8) as usize),
        991..=994 => Op::LoseCaller(rng.below(8) as usize),
        _ => Op::GhostDialog(pick(rng, &AGENTS), call(rng).raw()),
    }
}

fn pick<T: Copy>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.below(from.len() as u64) as usize]
}

fn call(rng: &mut Rng) -> CallId {
    CallId::from_raw(1 + rng.below(CALLS) as i64)
}

fn agent(rng: &mut Rng) -> AgentNo {
    if rng.below(50) == 0 { AgentNo::from("stranger") } else { AgentNo::from(pick(rng, &AGENTS)) }
}

fn group(rng: &mut Rng) -> GroupId {
    GroupId::from(pick(rng, &GROUPS))
}

/// A call that waits, now and then any.
fn waiting(rng: &mut Rng, driver: &Driver) -> CallId {
    let waiting: Vec<i64> = driver.waiting.iter().copied().collect();
    if waiting.is_empty() || rng.below(10) == 0 { call(rng) } else { CallId::from_raw(pick(rng, &waiting)) }
}

/// A callback that an agent has in hand, now and then any call.
fn in_hand(rng: &mut Rng, driver: &Driver) -> CallId {
    let held = driver.dialogs.iter().map(|(_, call)| *call).find(|call| driver.callbacks.contains(call));
    held.filter(|_| rng.below(10) > 0).map_or_else(|| call(rng), CallId::from_raw)
}

fn enqueue(rng: &mut Rng, driver: &Driver) -> Enqueue {
    let days_ago = rng.below(10) as i64;
    let last = LastAgent { agent: agent(rng), answered_at: UtcMillis(driver.clock - days_ago * 86_400_000) };
    Enqueue {
        call: call(rng),
        group: group(rng),
        priority: if rng.below(10) < 7 { 0 } else { rng.below(12) as u8 },
        caller: (rng.below(5) > 0).then(|| "+8613800138000".to_owned()),
        last_agent: (rng.below(2) == 0).then_some(last),
        place: None,
    }
}

fn answer(rng: &mut Rng, driver: &Driver) -> Input {
    let rings: Vec<(&String, &i64)> = driver.rings.iter().collect();
    if rng.below(12) == 0 {
        return Input::Answered { call: call(rng), agent: agent(rng) };
    }
    if rings.is_empty() {
        return presence(rng, driver);
    }
    let (agent, call) = pick(rng, &rings);
    Input::Answered { call: CallId::from_raw(*call), agent: AgentNo(agent.clone()) }
}

fn refusal(rng: &mut Rng, driver: &Driver) -> Input {
    let why = pick(rng, &[Refusal::Busy, Refusal::Declined, Refusal::NoAnswer, Refusal::Unreachable]);
    match answer(rng, driver) {
        Input::Answered { call, agent } => Input::Refused { call, agent, why },
        other => other,
    }
}

fn ended(rng: &mut Rng, driver: &Driver) -> Input {
    let dialogs: Vec<&(String, i64)> = driver.dialogs.iter().collect();
    if rng.below(12) == 0 {
        return Input::Ended { call: call(rng), agent: agent(rng) };
    }
    if dialogs.is_empty() {
        return presence(rng, driver);
    }
    let (agent, call) = pick(rng, &dialogs);
    Input::Ended { call: CallId::from_raw(*call), agent: AgentNo(agent.clone()) }
}

fn leave_reason(rng: &mut Rng) -> LeaveReason {
    let others = [LeaveReason::MaxWait, LeaveReason::NoAgents, LeaveReason::Key, LeaveReason::Removed];
    if rng.below(10) < 7 { LeaveReason::CallerGone } else { pick(rng, &others) }
}

/// Mostly the next step towards being ready.
fn presence(rng: &mut Rng, driver: &Driver) -> Input {
    let agent = agent(rng);
    match rng.below(16) {
        0 => Input::SignIn { agent },
        1 => Input::SignOut { agent },
        2 => Input::SetReady { agent },
        3 => Input::SetNotReady { agent, reason: pick(rng, &["lunch", "小休"]).to_owned() },
        4 => Input::Reachable { agent, reachable: rng.below(2) == 0 },
        _ => match driver.views.get(&agent.0) {
            Some(view) if !view.reachable => Input::Reachable { agent, reachable: true },
            Some(view) if view.state == AgentState::LoggedOut => Input::SignIn { agent },
            Some(_) | None => Input::SetReady { agent },
        },
    }
}

fn seize(rng: &mut Rng) -> Input {
    let group = (rng.below(2) == 0).then(|| group(rng));
    Input::Seize { agent: agent(rng), call: call(rng), group }
}

fn hours(rng: &mut Rng) -> String {
    ["office", "night"][rng.below(2) as usize].to_owned()
}

fn booking(rng: &mut Rng, driver: &Driver) -> BookCallback {
    let number = format!("+861380000000{}", rng.below(6));
    BookCallback {
        call: waiting(rng, driver),
        group: group(rng),
        number: (rng.below(8) > 0).then_some(number),
        place: None,
        hours: (rng.below(2) == 0).then(|| hours(rng)),
        attempts: rng.below(4) as u8,
        retry_after_s: rng.below(40) as u32,
    }
}

/// Something that was said before is said again, or comes late.
fn repeated(rng: &mut Rng, driver: &Driver) -> Op {
    let lately = &driver.history[driver.history.len().saturating_sub(40)..];
    if lately.is_empty() {
        return Op::Pass(1);
    }
    let mut input = lately[rng.below(lately.len() as u64) as usize].clone();
    if let Input::Enqueue(enqueue) = &mut input {
        enqueue.place = None;
    }
    if let Input::BookCallback(booking) = &mut input {
        booking.place = None;
    }
    Op::Input(input)
}

fn milliseconds(rng: &mut Rng) -> u64 {
    match rng.below(10) {
        0..=3 => rng.below(2_000),
        4..=7 => rng.below(25_000),
        8 => rng.below(120_000),
        _ => rng.below(900_000),
    }
}
