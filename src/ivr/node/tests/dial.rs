use super::*;
use crate::ivr::session::{DialId, DialResult};

const NODES: &str = r##"
  first: { type: dial, number: "${code}10086", trunk: main, caller_id: "${CalledNumber}", timeout_s: 20, max_s: 60, connected_prompt: wait, on_busy: busy, on_no_answer: unanswered, on_failure: failed, next: bye }
  busy: { type: end }
  unanswered: { type: end }
  failed: { type: end }
  bye: { type: play, prompt: bye, next: end }
  end: { type: end }
"##;

fn dialling() -> (Call, DialId) {
    let (call, out) = Call::start(NODES);
    let id = out.iter().find_map(|output| match output {
        Output::Dial { dial, .. } => Some(*dial),
        _ => None,
    });
    (call, id.expect("a dialled number"))
}

#[test]
fn dials_and_lets_the_caller_hear_ringing() {
    let (_, out) = Call::start(NODES);
    assert_eq!(commands(&out), ["dial", "music"]);
    let Some(Output::Dial { number, trunk, caller_id, ring_timeout_ms, .. }) =
        out.iter().find(|output| matches!(output, Output::Dial { .. }))
    else {
        panic!("dials")
    };
    assert_eq!((number.as_str(), trunk.as_deref()), ("10086", Some("main")));
    assert_eq!((caller_id.as_deref(), *ring_timeout_ms), (Some("4008123602"), 20_000));
    assert_eq!(music(&out), [Some("tone/ringing")]);
}

#[test]
fn an_answer_is_told_to_the_caller_then_both_are_joined() {
    let (mut call, dial) = dialling();
    let out = call.input(Input::Dialled { dial, result: DialResult::Answered });
    assert_eq!(commands(&out), ["music", "play"]);
    assert_eq!(call.played().last(), Some(&Output::ConnectDialled { dial }));
    assert_eq!(edges(&call.input(Input::DialEnded { dial })), ["first: next"]);
}

#[test]
fn each_failure_has_its_edge() {
    for (result, edge) in [
        (DialResult::Busy, "first: on_busy"),
        (DialResult::NoAnswer, "first: on_no_answer"),
        (DialResult::Failed, "first: on_failure"),
    ] {
        let (mut call, dial) = dialling();
        assert_eq!(edges(&call.input(Input::Dialled { dial, result })), [edge]);
    }
    let nodes = NODES
        .replace("on_busy: busy, on_no_answer: unanswered, ", "")
        .replace("  busy: { type: end }\n  unanswered: { type: end }\n", "");
    let (mut call, _) = Call::start(&nodes);
    let out = call.input(Input::Dialled { dial: DialId(1), result: DialResult::Busy });
    assert_eq!(edges(&out), ["first: on_failure"], "without its own it takes the common one");
}

#[test]
fn ringing_and_speaking_have_their_limits() {
    let (mut call, dial) = dialling();
    let out = call.wait_s(20);
    assert!(out.contains(&Output::HangUpDialled { dial }));
    assert_eq!(edges(&out), ["first: on_no_answer"]);
    let (mut call, dial) = dialling();
    call.input(Input::Dialled { dial, result: DialResult::Answered });
    call.listen();
    let out = call.wait_s(60);
    assert!(out.contains(&Output::HangUpDialled { dial }));
    assert_eq!(edges(&out), ["first: next"]);
}

#[test]
fn hang_up_ends_the_outside_leg() {
    let (mut call, dial) = dialling();
    assert!(call.input(Input::CallerHungUp).contains(&Output::HangUpDialled { dial }));
}

#[test]
fn the_far_end_hanging_up_during_the_prompt_cuts_it() {
    let (mut call, dial) = dialling();
    call.input(Input::Dialled { dial, result: DialResult::Answered });
    assert_eq!(commands(&call.input(Input::DialEnded { dial })), ["stop_play", "play"]);
}
