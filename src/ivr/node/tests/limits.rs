//! What ends a runaway call, and that each has its reason.

use super::*;
use crate::ivr::session::{Limit, MAX_NODE_ENTRIES};

fn limit(limit: Limit) -> EndReason {
    EndReason::Limit { limit }
}

#[test]
fn two_hundred_entries_are_the_most() {
    let nodes = r##"
  first: { type: branch, prompt: menu, options: [ { name: again, keywords: ["*"], next: first }, { name: out, keywords: ["1"], next: end } ] }
  end: { type: end }
"##;
    let (mut call, _) = Call::start(nodes);
    for entry in 2..=MAX_NODE_ENTRIES {
        assert_eq!(end(&call.key('*')), None, "entry {entry}");
    }
    assert_eq!(end(&call.key('*')), Some((&limit(Limit::Entries), Some("first"))));
}

#[test]
fn a_hundred_steps_without_a_wait_are_the_most() {
    let mut nodes = String::new();
    for number in 0..120 {
        let name = if number == 0 { "first".to_owned() } else { format!("n{number}") };
        nodes += &format!("  {name}: {{ type: set, set: {{ count: \"{number}\" }}, next: n{} }}\n", number + 1);
    }
    nodes += "  n120: { type: end }\n";
    let (_, out) = Call::start(&nodes);
    assert_eq!(end(&out), Some((&limit(Limit::Steps), Some("n100"))));
}

#[test]
fn thirty_minutes_in_the_flow_are_the_most() {
    let nodes = r##"
  first: { type: play, prompt: hello, next: end }
  end: { type: end }
"##;
    let (mut call, _) = Call::start(nodes);
    assert_eq!(call.wait_ms(30 * 60_000 - 1), []);
    let out = call.wait_ms(1);
    assert_eq!(commands(&out), ["stop_play", "end"]);
    assert_eq!(end(&out), Some((&limit(Limit::Minutes), Some("first"))));
}

#[test]
fn keys_ahead_do_not_pile_up() {
    let nodes = r##"
  first: { type: http, request: { method: GET, url: "https://a.example.com/", timeout_s: 30 }, next: end, on_failure: end }
  end: { type: end }
"##;
    let (mut call, _) = Call::start(nodes);
    for _ in 0..10_000 {
        call.session.handle(Input::Key { key: '1' }, Now::default());
        while call.session.poll_output().is_some() {}
    }
    let saved = serde_json::to_string(&call.session.save()).expect("written");
    assert!(saved.len() < 4000, "{}", saved.len());
}
