use super::*;

const NODES: &str = r##"
  first:
    type: collect
    prompt: menu
    into: code
    digits: { min: 3, max: 5, end_key: "#" }
    timeout_s: 5
    inter_digit_s: 2
    max_errors: 1
    error_prompt: wrong
    timeout_prompt: silent
    on_max_errors: wrong
    next: said
  said: { type: play, prompt: said, next: menu }
  menu: { type: branch, prompt: menu, options: [ { name: a, keywords: ["#"], next: wrong }, { name: b, keywords: ["1"], next: wrong } ] }
  wrong: { type: end }
"##;

fn typed(keys: &str) -> (Call, Vec<Output>) {
    let (mut call, _) = Call::start(NODES);
    let out = call.keys(keys);
    (call, out)
}

#[test]
fn the_end_key_ends_the_digits_and_is_not_one() {
    let (call, out) = typed("123#");
    assert_eq!(edges(&out), ["first: next"]);
    assert_eq!(call.session.value("code").as_deref(), Some("123"));
}

#[test]
fn the_last_digit_ends_the_input_at_once() {
    let (call, out) = typed("01234");
    assert_eq!(edges(&out), ["first: next"]);
    assert_eq!(call.session.value("code").as_deref(), Some("01234"), "leading zeros stay");
}

#[test]
fn an_end_key_by_habit_after_the_last_digit_is_swallowed_once() {
    let (mut call, _) = typed("01234");
    assert_eq!(commands(&call.key('#')), [""; 0]);
    assert_eq!(edges(&call.key('#')), ["said: next", "menu: options.a"]);
}

#[test]
fn a_late_end_key_is_a_key() {
    let (mut call, _) = typed("01234");
    call.wait_ms(2_001);
    assert_eq!(edges(&call.key('#')), ["said: next", "menu: options.a"]);
}

#[test]
fn too_few_digits_are_a_wrong_entry() {
    let (mut call, out) = typed("12#");
    assert_eq!(prompts(&out), ["wrong"]);
    assert_eq!(edges(&call.keys("1#")), ["first: on_max_errors"]);
    let (mut call, _) = typed("12");
    assert_eq!(prompts(&call.wait_s(2)), ["wrong"], "and so are they when no more come");
}

#[test]
fn enough_digits_are_taken_when_no_more_come() {
    let (mut call, _) = typed("1234");
    assert_eq!(call.wait_ms(1_999), []);
    assert_eq!(edges(&call.wait_ms(1)), ["first: next"]);
}

#[test]
fn a_star_is_no_digit() {
    let (_, out) = typed("12*");
    assert_eq!(prompts(&out), ["wrong"]);
}

#[test]
fn silence_is_told_and_asked_again() {
    let (mut call, _) = Call::start(NODES);
    call.listen();
    assert_eq!(prompts(&call.wait_s(5)), ["silent"]);
    assert_eq!(prompts(&call.played()), ["menu"]);
}

#[test]
fn digits_pressed_ahead_are_taken() {
    let nodes = r##"
  first: { type: play, prompt: hello, next: code }
  code: { type: collect, prompt: menu, into: count, digits: { min: 1, max: 3, end_key: "#" }, next: bye }
  bye: { type: play, prompt: said, next: end }
  end: { type: end }
"##;
    let (mut call, _) = Call::start(nodes);
    let out = call.keys("42");
    assert_eq!(prompts(&out), [""; 0], "the question is not asked");
    assert_eq!(edges(&call.key('#')), ["code: next"]);
    assert_eq!(call.session.value("count").as_deref(), Some("42"));
}

#[test]
fn a_secret_is_masked_in_the_record() {
    let nodes = r##"
  first: { type: play, prompt: hello, barge_in: false, next: code }
  code: { type: collect, prompt: menu, into: pin, digits: { min: 2, max: 2 }, next: menu }
  menu: { type: branch, prompt: menu, options: [ { name: a, keywords: ["1"], next: bye } ] }
  bye: { type: end }
"##;
    let (mut call, _) = Call::start(nodes);
    let key = |digit, masked| FlowEvent::Key { digit, masked };
    assert!(has_event(&call.key('5'), &key('5', true)), "a key ahead may belong to it");
    call.played();
    let mut out = call.keys("12");
    assert!(has_event(&out, &key('1', true)) && has_event(&out, &key('2', true)));
    assert!(has_event(&out, &FlowEvent::VariableSet { name: "pin".to_owned(), value: "***".to_owned() }));
    out = call.key('1');
    assert!(has_event(&out, &key('1', false)), "a menu's key is no secret");
}
