//! The record of a scenario's calls beside what it must say. Pure: rows in, findings out.

use serde_json::{Map, Value};

use super::scenario::Expect;

/// What the store keeps of one call.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    pub events: Vec<Value>,
    pub tickets: u32,
    pub complete_recordings: u32,
}

/// Where the record leaves the expectation; empty when it holds.
pub fn findings(expect: &Expect, calls: &[Kept]) -> Vec<String> {
    let mut found = Vec::new();
    if calls.len() != expect.calls as usize {
        found.push(format!("from {}: {} calls, expected {}", expect.from, calls.len(), expect.calls));
    }
    for call in calls {
        if !call.events.iter().any(|event| event["type"] == "ended") {
            found.push(format!("from {}: the call has no end", expect.from));
        }
        found.extend(out_of_order(expect, call));
        for never in &expect.never {
            if let Some(event) = call.events.iter().find(|event| holds(event, never)) {
                found.push(format!("from {}: there is {event}, which must not be", expect.from));
            }
        }
        found.extend(count(&expect.from, "tickets", call.tickets, expect.tickets));
        found.extend(count(&expect.from, "complete recordings", call.complete_recordings, expect.recordings));
    }
    found
}

/// When each of these callers came to talk, in their order; a finding when it is not the order in time.
pub fn order(callers: &[(String, Vec<Kept>)]) -> Option<String> {
    let bridged = |calls: &[Kept]| {
        let events = calls.iter().flat_map(|call| &call.events);
        events.filter(|event| event["type"] == "bridged").find_map(|event| event["at"].as_i64())
    };
    let times: Vec<_> = callers.iter().map(|(from, calls)| (from.as_str(), bridged(calls))).collect();
    let right = times.iter().all(|(_, at)| at.is_some()) && times.windows(2).all(|pair| pair[0].1 < pair[1].1);
    (!right).then(|| format!("not bridged in this order: {times:?}"))
}

fn count(from: &str, what: &str, is: u32, should: u32) -> Option<String> {
    (is != should).then(|| format!("from {from}: {is} {what}, expected {should}"))
}

/// The first expected event that does not follow the one before it.
fn out_of_order(expect: &Expect, call: &Kept) -> Option<String> {
    let mut events = call.events.iter();
    let missing = expect.events.iter().position(|wanted| !events.any(|event| holds(event, wanted)))?;
    let wanted = Value::Object(expect.events.get(missing)?.clone());
    let after = match missing.checked_sub(1).and_then(|before| expect.events.get(before)) {
        Some(before) => format!(" after {}", Value::Object(before.clone())),
        None => String::new(),
    };
    Some(format!("from {}: no {wanted}{after}", expect.from))
}

/// Whether everything that `wanted` writes is in `event`.
fn holds(event: &Value, wanted: &Map<String, Value>) -> bool {
    wanted.iter().all(|(key, value)| match (event.get(key), value) {
        (Some(is), Value::Object(inner)) => holds(is, inner),
        (Some(is), value) => is == value,
        (None, _) => false,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn expect(text: &str) -> Expect {
        serde_saphyr::from_str(text).expect("an expectation")
    }

    fn kept() -> Kept {
        let events = vec![
            json!({"type": "started", "caller": "138"}),
            json!({"type": "key", "digit": "1"}),
            json!({"type": "answered", "agent": "1001", "waited_ms": 5}),
            json!({"type": "ended", "cause": "hung_up", "by": "caller"}),
        ];
        Kept { events, tickets: 1, complete_recordings: 1 }
    }

    #[test]
    fn a_record_that_says_so_holds() {
        let wanted = expect(
            "{ from: '138', tickets: 1, recordings: 1, never: [{ type: queued }], \
             events: [{ type: key, digit: '1' }, { type: ended, by: caller }] }",
        );
        assert_eq!(findings(&wanted, &[kept()]), Vec::<String>::new());
    }

    #[test]
    fn the_order_of_events_counts() {
        let wanted = expect("{ from: '138', tickets: 1, recordings: 1, events: [{ type: answered }, { type: key }] }");
        let found = findings(&wanted, &[kept()]);
        assert_eq!(found, [r#"from 138: no {"type":"key"} after {"type":"answered"}"#]);
    }

    #[test]
    fn who_talked_first_is_told_from_the_times() {
        let call = |from: &str, at: i64| {
            let events = vec![json!({"type": "bridged", "at": at})];
            (from.to_owned(), vec![Kept { events, ..Kept::default() }])
        };
        assert_eq!(order(&[call("a", 1), call("b", 2), call("c", 3)]), None);
        let found = order(&[call("a", 1), call("b", 3), call("c", 2)]).expect("c was first");
        assert!(found.contains("\"b\", Some(3)"), "{found}");
        assert!(order(&[call("a", 1), ("b".to_owned(), vec![kept()])]).is_some(), "b never talked");
    }

    #[test]
    fn each_thing_that_is_too_much_or_too_little_is_told() {
        let wanted = expect("{ from: '138', never: [{ type: key, digit: '1' }] }");
        let mut call = kept();
        call.events.pop();
        let found = findings(&wanted, &[call.clone(), call]);
        assert!(found[0].contains("2 calls, expected 1"), "{found:?}");
        assert!(found[1].contains("has no end"), "{found:?}");
        assert!(found[2].contains("must not be"), "{found:?}");
        assert!(found[3].contains("1 tickets, expected 0"), "{found:?}");
        assert!(found[4].contains("1 complete recordings, expected 0"), "{found:?}");
    }
}
