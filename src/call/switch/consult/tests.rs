//! A phone's second call, to a colleague, and what becomes of it, in virtual time.

use crate::call::event::{RingEnd, TransferKind, What};
use crate::call::switch::bench::phones::{Phones, Rung};
use crate::call::switch::transfer::tests::{handled, joined, record, row, talk};
use crate::ticket::CallResult;

/// Agent a, who talks to a caller, talks to agent b as well.
fn consulting() -> Phones {
    let mut phones = talk();
    phones.agent_calls("a", "b");
    assert_eq!(phones.heard_by("a"), ["100", "200"]);
    phones.in_second("a", "ACK");
    assert_eq!((phones.bench.state("a"), phones.bench.state("b")), ("on call", "on call"));
    phones
}

#[test]
fn a_caller_is_given_to_a_colleague_who_was_asked_first() {
    let mut phones = consulting();
    assert_eq!(joined(&mut phones), ["2+3"], "the agents hear each other, the caller is where they were");
    phones.wait(7_000);
    phones.joins("a");
    assert_eq!(phones.heard_by("a"), ["202", "NOTIFY SIP/2.0 100 Trying", "BYE", "NOTIFY SIP/2.0 200 OK", "BYE"]);
    let now = joined(&mut phones);
    assert_eq!(now, ["2-3", "0-1", "stop", "0+3", "rec 0 Some(3)", "close 2", "close 1"]);
    assert_eq!((phones.bench.state("a"), phones.bench.state("b")), ("wrap-up", "on call"));
    phones.wait(20_000);
    phones.caller_hangs_up();
    assert_eq!(phones.bench.state("b"), "wrap-up");
    phones.wait(11_000);
    assert_eq!(handled(&phones), [row("a", 17_000, 0, 10_000), row("b", 20_000, 0, 10_000)]);
    let record = record(&phones);
    let [transfer] = record.transfers.as_slice() else { panic!("one transfer: {record:?}") };
    assert_eq!((transfer.from.as_str(), transfer.to.as_str(), transfer.kind), ("a", "b", TransferKind::Attended));
    assert_eq!(record.result(), CallResult::Answered { agent: "b".to_owned() });
    assert!(phones.bench.switch.calls.is_empty(), "nothing is left of it");
}

#[test]
fn a_consultation_that_ends_leaves_the_caller_with_the_first_agent() {
    for ends in ["a", "b"] {
        let mut phones = consulting();
        match ends {
            "a" => phones.in_second("a", "BYE"),
            _ => phones.agent_says("b", "BYE", ""),
        }
        assert_eq!((phones.bench.state("a"), phones.bench.state("b")), ("on call", "ready"), "no wrap-up of b");
        phones.joins("a");
        let heard = phones.heard_by("a");
        assert_eq!(heard.last().map(String::as_str), Some("NOTIFY SIP/2.0 481 Call/Transaction Does Not Exist"));
        phones.caller_hangs_up();
        phones.wait(11_000);
        assert_eq!(record(&phones).result(), CallResult::Answered { agent: "a".to_owned() });
        let over = |event: &crate::call::event::CallEvent| matches!(event.what, What::ConsultEnded { .. });
        assert_eq!(phones.bench.written.iter().filter(|event| over(event)).count(), 1);
        assert!(phones.bench.switch.calls.is_empty(), "nothing is left of it");
    }
}

#[test]
fn a_colleague_who_does_not_answer_is_told_to_the_asking_phone() {
    for (rung, status, why) in [
        (Rung::Refuses(486), "486", RingEnd::Busy),
        (Rung::Refuses(603), "603", RingEnd::Declined),
        (Rung::Rings, "408", RingEnd::NoAnswer),
    ] {
        let mut phones = talk();
        phones.rung.insert("b", rung);
        phones.agent_calls("a", "b");
        phones.wait(46_000);
        assert_eq!(phones.heard_by("a").last().map(String::as_str), Some(status));
        assert_eq!((phones.bench.state("a"), phones.bench.state("b")), ("on call", "ready"));
        assert_eq!(record(&phones).rings.last().and_then(|ring| ring.end), Some(why));
    }
}

#[test]
fn a_colleague_who_still_rings_is_rung_on_for_the_caller() {
    let mut phones = talk();
    phones.rung.insert("b", Rung::Rings);
    phones.agent_calls("a", "b");
    phones.wait(2_000);
    phones.joins("a");
    phones.wait(1_000);
    phones.answers("b");
    assert_eq!((phones.bench.state("a"), phones.bench.state("b")), ("wrap-up", "on call"));
    phones.wait(4_000);
    phones.caller_hangs_up();
    phones.wait(11_000);
    assert_eq!(handled(&phones), [row("a", 12_000, 1_000, 10_000), row("b", 4_000, 0, 10_000)]);
}

#[test]
fn everybody_is_let_go_when_the_caller_or_the_first_agent_leaves() {
    for caller in [true, false] {
        let mut phones = consulting();
        match caller {
            true => phones.caller_hangs_up(),
            false => phones.agent_says("a", "BYE", ""),
        }
        assert_eq!((phones.bench.state("a"), phones.bench.state("b")), ("wrap-up", "ready"));
        phones.wait(11_000);
        assert!(phones.bench.switch.calls.is_empty(), "nothing is left of it");
    }
}
