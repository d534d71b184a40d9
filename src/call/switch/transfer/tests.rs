//! Transfers by REFER in virtual time, with phones written by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::acd::stats::Handled;
use crate::call::event::EndedBy;
use crate::call::record::CallRecord;
use crate::call::switch::bench::phones::{Phones, Rung};
use crate::call::switch::{NumberRule, Published, World};
use crate::ivr::check::{Environment, SourceFile, check};
use crate::ticket::CallResult;

/// A flow that goes straight to an agent; what follows the agent is told by its end.
const FLOW: &str = "ivr: 1\nid: ID\nname: Main\nlanguages: [en-US]\nstart: agent\n\
    requires: { skill_groups: [sales] }\nprompts: {}\nnodes:\n  \
    agent: { type: transfer, skill_group: sales, on_max_wait: bye, on_no_agents: bye, after_agent_hangup: bye }\n  \
    bye: { type: end }\n";
/// One that waits for a group of nobody.
const OTHER: &str = "ivr: 1\nid: ID\nname: Other\nlanguages: [en-US]\nstart: ask\n\
    requires: { skill_groups: [nobody] }\nprompts: {}\nnodes:\n  \
    ask: { type: transfer, skill_group: nobody, max_wait_s: 60, on_max_wait: bye }\n  bye: { type: end }\n";

fn flow(id: &str, text: &str) -> (String, Arc<Published>) {
    let source = SourceFile::new(&format!("{id}.yaml"), text.replace("ID", id).as_bytes());
    let checked = check(&source, &Environment::from_requires());
    let flow = Arc::new(checked.flow.unwrap_or_else(|| panic!("{:?}", checked.diagnostics)));
    (id.to_owned(), Arc::new(Published { version: 1, flow, subflows: BTreeMap::new() }))
}

/// A caller who talks to agent a for ten seconds; agent b is free.
pub fn talk() -> Phones {
    let number = |target: Target| NumberRule { target, answer_after_ms: 0, internal: false, takes_calls: true };
    let to_flow = |flow: &str| number(Target::Flow(flow.to_owned()));
    let world = World {
        flows: BTreeMap::from([flow("main", FLOW), flow("other", OTHER)]),
        numbers: BTreeMap::from([
            ("400".to_owned(), to_flow("main")),
            ("500".to_owned(), to_flow("other")),
            ("501".to_owned(), NumberRule { internal: true, ..to_flow("other") }),
            ("502".to_owned(), NumberRule { takes_calls: false, ..to_flow("other") }),
            ("503".to_owned(), number(Target::Echo)),
            ("504".to_owned(), to_flow("gone")),
        ]),
        ..World::default()
    };
    let mut phones = Phones::new(world);
    phones.call("400");
    assert_eq!((phones.bench.state("a"), phones.bench.state("b")), ("on call", "ready"));
    phones.wait(10_000);
    phones.heard_by("a");
    phones.bench.media.clear();
    phones
}

pub fn record(phones: &Phones) -> CallRecord {
    let [record] = phones.bench.records().try_into().expect("one call");
    record
}

pub fn handled(phones: &Phones) -> Vec<(String, u64, u64, u64)> {
    let row = |(agent, spent): (String, Handled)| (agent, spent.talk_ms, spent.hold_ms, spent.wrap_up_ms);
    record(phones).handled().into_iter().map(row).collect()
}

pub fn row(agent: &str, talk_ms: u64, hold_ms: u64, wrap_up_ms: u64) -> (String, u64, u64, u64) {
    (agent.to_owned(), talk_ms, hold_ms, wrap_up_ms)
}

/// Who is joined to whom, as legs, and what plays to the caller, as the media worker was told.
pub fn joined(phones: &mut Phones) -> Vec<String> {
    let told = |command: media::Command| match command {
        media::Command::Bridge { a, b } => Some(format!("{}+{}", a.n, b.n)),
        media::Command::Unbridge { a, b } => Some(format!("{}-{}", a.n, b.n)),
        media::Command::Record { left, right, .. } => Some(format!("rec {} {:?}", left.n, right.map(|leg| leg.n))),
        media::Command::StopRecord { .. } => Some("stop".to_owned()),
        media::Command::Close { leg } => Some(format!("close {}", leg.n)),
        _ => None,
    };
    std::mem::take(&mut phones.bench.media).into_iter().filter_map(told).collect()
}

#[test]
fn a_caller_is_handed_to_another_agent_and_each_is_credited_with_their_own_time() {
    let mut phones = talk();
    phones.rung.insert("b", Rung::Rings);
    phones.bench.live.clear();
    phones.refers("a", "b");
    let trying = ["202", "NOTIFY SIP/2.0 100 Trying", "NOTIFY SIP/2.0 180 Ringing"];
    assert_eq!(phones.heard_by("a"), trying);
    assert_eq!(phones.bench.pops(), [("b".to_owned(), Some("13800138000".to_owned()))], "b sees who calls");
    assert_eq!((phones.bench.state("a"), phones.bench.state("b")), ("on call", "on call"));
    assert_eq!(joined(&mut phones), ["0-1"]);
    phones.wait(5_000);
    phones.answers("b");
    assert_eq!(phones.heard_by("a"), ["NOTIFY SIP/2.0 200 OK", "BYE"]);
    assert_eq!(joined(&mut phones), ["stop", "0+2", "rec 0 Some(2)", "close 1"]);
    assert_eq!((phones.bench.state("a"), phones.bench.state("b")), ("wrap-up", "on call"));
    phones.wait(20_000);
    phones.agent_says("b", "BYE", "");
    assert_eq!((phones.bench.state("a"), phones.bench.state("b")), ("ready", "wrap-up"));
    phones.wait(11_000);
    assert_eq!(handled(&phones), [row("a", 10_000, 5_000, 10_000), row("b", 20_000, 0, 10_000)]);
    let record = record(&phones);
    let [transfer] = record.transfers.as_slice() else { panic!("one transfer: {record:?}") };
    assert_eq!((transfer.from.as_str(), transfer.to.as_str(), transfer.kind), ("a", "b", TransferKind::Blind));
    assert_eq!(record.offers().len(), 1, "the caller waited in a queue once");
    assert_eq!(record.result(), CallResult::Answered { agent: "b".to_owned() });
    let ends: Vec<_> = record.rings.iter().map(|ring| (ring.agent.as_str(), ring.end, ring.span.ms())).collect();
    assert_eq!(ends, [("a", Some(RingEnd::Answered), 0), ("b", Some(RingEnd::Answered), 5_000)]);
    assert_eq!(record.recordings.len(), 2, "each conversation is a recording");
    assert_eq!(record.ended.expect("over").by, EndedBy::Flow, "the flow goes on after the last agent");
}

#[test]
fn an_agent_who_is_not_reached_leaves_the_caller_with_the_first() {
    for (rung, told) in [
        (Rung::Refuses(486), "NOTIFY SIP/2.0 486 Busy Here"),
        (Rung::Refuses(603), "NOTIFY SIP/2.0 603 Decline"),
        (Rung::Rings, "NOTIFY SIP/2.0 408 Request Timeout"),
    ] {
        let mut phones = talk();
        phones.rung.insert("b", rung);
        phones.refers("a", "b");
        phones.wait(46_000);
        assert_eq!(phones.heard_by("a").last().map(String::as_str), Some(told));
        assert_eq!((phones.bench.state("a"), phones.bench.state("b")), ("on call", "ready"));
        assert_eq!(joined(&mut phones), ["0-1", "close 2", "0+1"].map(str::to_owned), "{told}");
        // And once more, with better luck.
        phones.rung.clear();
        phones.refers("a", "b");
        assert_eq!((phones.bench.state("a"), phones.bench.state("b")), ("wrap-up", "on call"));
        phones.caller_hangs_up();
        assert_eq!(record(&phones).transfers.len(), 1);
    }
}

#[test]
fn what_cannot_be_reached_is_told_at_once() {
    let rows = [
        ("a", "NOTIFY SIP/2.0 486 Busy Here"),
        ("9", "NOTIFY SIP/2.0 404 Not Found"),
        ("02155555555", "NOTIFY SIP/2.0 404 Not Found"),
        ("501", "NOTIFY SIP/2.0 403 Forbidden"),
        ("502", "NOTIFY SIP/2.0 403 Forbidden"),
        ("503", "NOTIFY SIP/2.0 403 Forbidden"),
        ("504", "NOTIFY SIP/2.0 480 Temporarily Unavailable"),
    ];
    for (to, told) in rows {
        let mut phones = talk();
        phones.refers("a", to);
        assert_eq!(phones.heard_by("a"), ["202", "NOTIFY SIP/2.0 100 Trying", told], "{to}");
        assert_eq!(joined(&mut phones), Vec::<String>::new(), "nothing changed");
        assert_eq!((phones.bench.state("a"), phones.bench.state("b")), ("on call", "ready"));
        phones.caller_hangs_up();
        phones.wait(11_000);
        assert_eq!(handled(&phones), [row("a", 10_000, 0, 10_000)]);
    }
}

#[test]
fn a_caller_who_gives_up_while_the_other_phone_rings_frees_both_agents() {
    let mut phones = talk();
    phones.rung.insert("b", Rung::Rings);
    phones.refers("a", "b");
    phones.wait(3_000);
    phones.caller_hangs_up();
    assert_eq!((phones.bench.state("a"), phones.bench.state("b")), ("wrap-up", "ready"));
    assert!(phones.heard_by("b").contains(&"CANCEL".to_owned()));
    let gone = |live: &Live| matches!(live, Live::RingEnded { agent, why: RingEnd::CallerGone, .. } if agent == "b");
    assert!(phones.bench.live.iter().any(gone), "the desk of b is told");
    phones.wait(11_000);
    assert_eq!(handled(&phones), [row("a", 10_000, 3_000, 10_000)]);
    let record = record(&phones);
    assert_eq!(record.rings.last().and_then(|ring| ring.end), Some(RingEnd::CallerGone));
    assert_eq!(record.transfers, [], "nobody took it");
}

#[test]
fn an_agent_who_hangs_up_after_the_wish_does_not_end_it() {
    let mut phones = talk();
    phones.rung.insert("b", Rung::Rings);
    phones.refers("a", "b");
    phones.agent_says("a", "BYE", "");
    assert_eq!((phones.bench.state("a"), phones.bench.state("b")), ("wrap-up", "on call"));
    phones.wait(2_000);
    phones.answers("b");
    assert_eq!(joined(&mut phones), ["0-1", "close 1", "stop", "stop", "0+2", "rec 0 Some(2)"]);
    phones.wait(4_000);
    phones.caller_hangs_up();
    phones.wait(11_000);
    assert_eq!(handled(&phones), [row("a", 10_000, 0, 10_000), row("b", 4_000, 0, 10_000)]);
    // Nobody answers, and nobody is left: the flow goes on as after any agent.
    let mut phones = talk();
    phones.rung.insert("b", Rung::Rings);
    phones.refers("a", "b");
    phones.agent_says("a", "BYE", "");
    phones.wait(46_000);
    assert_eq!(phones.bench.state("b"), "ready");
    assert_eq!(record(&phones).ended.expect("over").by, EndedBy::Flow);
}

#[test]
fn a_caller_is_handed_to_a_number_and_goes_through_its_flow() {
    let mut phones = talk();
    phones.refers("a", "500");
    assert_eq!(phones.heard_by("a"), ["202", "NOTIFY SIP/2.0 100 Trying", "NOTIFY SIP/2.0 200 OK", "BYE"]);
    assert_eq!(joined(&mut phones), ["stop", "0-1", "close 1"]);
    assert_eq!(phones.bench.state("a"), "wrap-up");
    phones.wait(11_000);
    let seen = record(&phones);
    assert_eq!(seen.flow.as_ref().map(|flow| flow.flow.as_str()), Some("other"));
    assert_eq!(seen.path.last().map(|step| step.node.as_str()), Some("ask"));
    assert_eq!(seen.ended, None, "the caller is in the flow");
    // Back to where the caller came from: the queue once more, and the same agent.
    let mut phones = talk();
    phones.rung.insert("b", Rung::Rings);
    phones.refers("a", "400");
    assert_eq!((phones.bench.state("a"), phones.bench.state("b")), ("wrap-up", "ringing"));
    phones.answers("b");
    phones.wait(6_000);
    phones.caller_hangs_up();
    phones.wait(11_000);
    assert_eq!(handled(&phones), [row("a", 10_000, 0, 10_000), row("b", 6_000, 0, 10_000)]);
    assert_eq!(record(&phones).offers().len(), 2);
}

#[test]
fn a_phone_that_holds_its_caller_first_has_them_on_hold_again_when_nobody_answers() {
    let mut phones = talk();
    let sdp = "v=0\r\no=- 1 2 IN IP4 198.51.100.97\r\ns=-\r\nc=IN IP4 198.51.100.97\r\nt=0 0\r\n\
               m=audio 4000 RTP/AVP 8\r\na=sendonly\r\n";
    let hold = format!("Content-Type: application/sdp\nContent-Length: {}\n\n{}", sdp.len(), sdp.replace("\r\n", "\n"));
    phones.agent_says("a", "INVITE", &hold);
    phones.wait(1_000);
    phones.rung.insert("b", Rung::Rings);
    phones.refers("a", "b");
    phones.wait(46_000);
    let joined = joined(&mut phones);
    assert!(!joined.iter().any(|told| told == "0+1"), "{joined:?}");
    phones.caller_hangs_up();
    let [(_, talk_ms, hold_ms, _)] = handled(&phones).try_into().expect("one agent");
    assert_eq!((talk_ms, hold_ms), (10_000, 47_000));
}

#[test]
fn only_the_agent_who_talks_may_hand_on_and_nobody_twice_at_once() {
    let mut phones = talk();
    phones.rung.insert("b", Rung::Rings);
    phones.refers("a", "b");
    phones.heard_by("a");
    phones.refers("a", "500");
    assert_eq!(phones.heard_by("a"), ["491"]);
    phones.answers("b");
    phones.heard_by("b");
    // The caller is b's now.
    phones.refers("b", "a");
    let told = phones.heard_by("b");
    assert_eq!(told.last().map(String::as_str), Some("NOTIFY SIP/2.0 486 Busy Here"), "a is in wrap-up: {told:?}");
    assert_eq!(phones.bench.state("b"), "on call");
}
