//! Callbacks in virtual time: opening hours, and rings that nobody takes.

use std::sync::Arc;

use super::*;
use crate::acd::{AgentNo, BookCallback, GroupId};
use crate::call::switch::bench::Bench;
use crate::call::switch::{Input, Published, World};
use crate::ivr::check::{Environment, SourceFile, check};

const NUMBER: &str = "13800138000";
const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

/// A flow whose calendar is open on weekdays from nine to twelve.
const FLOW: &str = "ivr: 1\nid: main\nname: Main\nlanguages: [en-US]\nstart: bye\nhours:\n  office: \
    { timezone: Asia/Shanghai, weekly: { mon-fri: [\"09:00-12:00\"] } }\nnodes:\n  bye: { type: end }\n";

/// Agents whose phones can be rung, and one callback that waits; the bench begins on a Saturday at 20:00 in Shanghai.
fn bench(hours: Option<&str>) -> Bench {
    let checked = check(&SourceFile::new("main.yaml", FLOW.as_bytes()), &Environment::from_requires());
    let flow = Arc::new(checked.flow.expect("the flow is right"));
    let published = Published { version: 1, flow, subflows: BTreeMap::new() };
    let world = World { flows: BTreeMap::from([("main".to_owned(), Arc::new(published))]), ..World::default() };
    let mut bench = Bench::new(BTreeMap::new(), world);
    for agent in ["a", "b"] {
        let agent = AgentNo::from(agent);
        bench.switch.acd.handle(acd::Input::Reachable { agent, reachable: true }, bench.now);
    }
    let booking = BookCallback {
        call: CallId::from_raw(1),
        group: GroupId::from("sales"),
        number: Some(NUMBER.to_owned()),
        place: None,
        hours: hours.map(str::to_owned),
        attempts: 3,
        retry_after_s: 60,
    };
    bench.switch.acd.handle(acd::Input::BookCallback(booking), bench.now);
    bench.switch.look_at_hours(bench.now);
    bench.input(Input::Overloaded(false));
    bench
}

#[test]
fn nobody_is_rung_until_the_calendar_opens() {
    let mut bench = bench(Some("main/office"));
    bench.wait(37 * HOUR_MS - MINUTE_MS);
    assert_eq!(bench.pops(), [], "closed until Monday, nine o'clock");
    bench.wait(2 * MINUTE_MS);
    assert_eq!(bench.pops(), [("a".to_owned(), Some(NUMBER.to_owned()))]);
}

#[test]
fn a_calendar_that_is_gone_is_always_open() {
    let mut bench = bench(Some("main/summer"));
    bench.wait(MINUTE_MS);
    assert_eq!(bench.pops().len(), 1);
}

#[test]
fn a_ring_that_no_agent_takes_leaves_no_record_and_the_next_agent_is_rung() {
    let mut bench = bench(None);
    bench.wait(MINUTE_MS);
    for _ in 0..2 {
        let leg = bench.opening.pop().expect("a phone is rung");
        bench.input(Input::MediaOpened { leg, address: Err("no port".to_owned()) });
    }
    bench.wait(7000);
    let rung: Vec<String> = bench.pops().into_iter().map(|(agent, _)| agent).collect();
    assert_eq!(rung, ["a", "b", "a"], "each in turn, and the first again");
    assert!(bench.records().is_empty(), "{:?}", bench.written);
    assert_eq!(bench.switch.calls.len(), 1, "only the ring that goes on is kept");
    assert_eq!(bench.switch.callbacks.attempts.len(), 1);
}
