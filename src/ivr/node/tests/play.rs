use super::*;

const NODES: &str = r##"
  first: { type: play, prompt: hello, next: second }
  second: { type: play, prompt: menu, barge_in: false, next: third }
  third: { type: branch, prompt: wait, options: [ { name: a, keywords: ["1"], next: bye } ] }
  bye: { type: end }
"##;

#[test]
fn plays_and_goes_on() {
    let (mut call, out) = Call::start(NODES);
    assert_eq!(prompts(&out), ["hello"]);
    assert_eq!(sounds(&out), ["hello_zh"]);
    let out = call.played();
    assert_eq!(edges(&out), ["first: next"]);
    assert_eq!(prompts(&out), ["menu"]);
}

#[test]
fn a_key_stops_it_and_is_kept_for_the_menu() {
    let (mut call, _) = Call::start(NODES);
    let out = call.key('1');
    assert_eq!(commands(&out), ["stop_play", "play"]);
    assert_eq!(prompts(&out), ["menu"], "one that may not be stopped is heard all the same");
    let out = call.played();
    assert_eq!(edges(&out), ["second: next", "third: options.a"]);
    assert_eq!(prompts(&out), [""; 0], "who keys ahead does not hear the menu");
    assert_eq!(end(&out), Some((&EndReason::FlowEnd, Some("bye"))));
}

#[test]
fn a_prompt_that_may_not_be_stopped_drops_keys() {
    let (mut call, _) = Call::start(NODES);
    call.played();
    assert_eq!(commands(&call.key('1')), [""; 0]);
    assert_eq!(prompts(&call.played()), ["wait"]);
}

#[test]
fn the_end_of_a_stopped_prompt_is_dropped() {
    let (mut call, out) = Call::start(NODES);
    let Some(Output::Play { play, .. }) = out.iter().find(|output| matches!(output, Output::Play { .. })) else {
        panic!("a prompt")
    };
    call.key('1');
    assert_eq!(call.input(Input::PlayEnded { play: *play }), []);
    assert_eq!(call.input(Input::PlayEnded { play: PlayId(999) }), []);
}

#[test]
fn hang_up_ends_the_run_at_once() {
    let (mut call, _) = Call::start(NODES);
    let out = call.input(Input::CallerHungUp);
    assert_eq!(commands(&out), ["stop_play", "end"]);
    assert_eq!(end(&out), Some((&EndReason::CallerHungUp, Some("first"))));
    assert_eq!(call.key('1'), []);
    assert_eq!(call.input(Input::CallerHungUp), []);
    assert_eq!(call.session.poll_timeout(), None);
}

#[test]
fn nothing_happens_before_the_start() {
    let flows = Flows::new(flow(NODES), []);
    let now = Now::new(Instant::ZERO, MONDAY_10);
    let mut session = Session::new(flows, CallFacts::default(), now);
    session.handle(Input::Key { key: '1' }, now);
    session.handle(Input::AgentAnswered { staff_no: "1".to_owned() }, now);
    assert_eq!(session.poll_output(), None);
    assert_eq!(session.poll_timeout(), None);
    session.handle(Input::CallerHungUp, now);
    assert_eq!(session.poll_output(), Some(Output::End { reason: EndReason::CallerHungUp, node: None }));
}

#[test]
fn starting_twice_is_starting_once() {
    let (mut call, _) = Call::start(NODES);
    assert_eq!(call.input(Input::Start), []);
}
