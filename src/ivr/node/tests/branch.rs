use super::*;

const MENU: &str = r##"
  first:
    type: branch
    prompt: menu
    timeout_s: 5
    inter_digit_s: 2
    max_errors: 3
    max_timeouts: 1
    timeout_prompt: silent
    error_prompt: [wrong, wrong2]
    options:
      - { name: 售前, keywords: ["1", "售前", "Sales"], next: one }
      - { name: 重听, keywords: ["*"], next: first }
      - { name: 英文, keywords: ["2"], set: { language: en-US, count: "7" }, next: english }
      - { name: 分机, keywords: ["31", "312"], next: two }
  one: { type: end }
  two: { type: end }
  english: { type: play, prompt: hello, next: one }
"##;

fn ended(nodes: &str, keys: &str) -> (Call, Vec<Output>) {
    let (mut call, _) = Call::start(nodes);
    call.listen();
    let out = call.keys(keys);
    (call, out)
}

#[test]
fn a_key_takes_its_option_and_stops_the_prompt() {
    let (mut call, _) = Call::start(MENU);
    let out = call.key('1');
    assert_eq!(commands(&out), ["stop_play", "end"]);
    assert_eq!(edges(&out), ["first: options.售前"]);
}

#[test]
fn the_fourth_wrong_key_of_three_allowed_ends_the_call() {
    let (mut call, _) = Call::start(MENU);
    call.listen();
    assert_eq!(prompts(&call.key('9')), ["wrong"]);
    assert_eq!(prompts(&call.played()), ["menu"], "the menu is said again after the error");
    assert_eq!(prompts(&call.key('9')), ["wrong2"]);
    assert_eq!(prompts(&call.key('9')), ["wrong2"], "the last error prompt stands for all further ones");
    let out = call.key('9');
    assert_eq!(prompts(&out), [""; 0]);
    assert_eq!(end(&out), Some((&EndReason::MaxErrors, Some("first"))));
}

#[test]
fn silence_is_counted_apart_from_errors() {
    let (mut call, _) = Call::start(MENU);
    call.listen();
    call.key('9');
    call.key('9');
    call.listen();
    assert_eq!(call.wait_ms(4_999), []);
    let out = call.wait_ms(1);
    assert_eq!(prompts(&out), ["silent"]);
    assert!(has_event(&out, &FlowEvent::NoEntry { node: "first".to_owned(), count: 1 }));
    call.listen();
    let out = call.wait_s(5);
    assert_eq!(end(&out), Some((&EndReason::MaxTimeouts, Some("first"))));
}

#[test]
fn the_time_to_answer_counts_from_the_end_of_the_prompt() {
    let (mut call, _) = Call::start(MENU);
    assert_eq!(call.wait_s(60), [], "while it plays nothing runs out");
    call.played();
    assert_eq!(prompts(&call.wait_s(5)), ["silent"]);
}

#[test]
fn counters_start_again_when_the_node_is_entered_again() {
    let (mut call, _) = Call::start(MENU);
    for _ in 0..3 {
        call.key('9');
    }
    assert_eq!(edges(&call.key('*')), ["first: options.重听"]);
    for _ in 0..3 {
        assert_eq!(end(&call.key('9')), None);
    }
    assert!(end(&call.key('9')).is_some());
}

#[test]
fn edges_for_too_many_errors_and_silences_are_taken() {
    let nodes = r##"
  first:
    type: branch
    prompt: menu
    max_errors: 0
    max_timeouts: 0
    on_max_errors: wrong
    on_max_timeouts: quiet
    options: [ { name: a, keywords: ["1"], next: wrong } ]
  wrong: { type: end }
  quiet: { type: end }
"##;
    assert_eq!(edges(&ended(nodes, "5").1), ["first: on_max_errors"]);
    let (mut call, _) = Call::start(nodes);
    call.listen();
    assert_eq!(edges(&call.wait_s(5)), ["first: on_max_timeouts"], "none allowed: the first silence leaves");
}

#[test]
fn a_key_that_begins_a_longer_one_waits_for_the_next() {
    let (mut call, out) = ended(MENU, "31");
    assert_eq!(edges(&out), [""; 0]);
    assert_eq!(call.wait_ms(1_999), []);
    assert_eq!(edges(&call.wait_ms(1)), ["first: options.分机"]);
    assert_eq!(edges(&ended(MENU, "312").1), ["first: options.分机"]);
    let (_, out) = ended(MENU, "39");
    assert!(has_event(&out, &FlowEvent::WrongEntry { node: "first".to_owned(), count: 1 }));
    let (mut call, _) = ended(MENU, "3");
    assert_eq!(prompts(&call.wait_s(2)), ["wrong"], "half a key is a wrong one");
}

#[test]
fn an_option_sets_language_and_variables() {
    let (mut call, _) = Call::start(MENU);
    let out = call.key('2');
    assert!(has_event(&out, &FlowEvent::LanguageSet { language: "en-US".to_owned() }));
    assert!(has_event(&out, &FlowEvent::VariableSet { name: "count".to_owned(), value: "7".to_owned() }));
    assert_eq!(sounds(&out), ["hello_en"]);
    assert_eq!(call.session.language(), "en-US");
    assert_eq!(call.session.value("count").as_deref(), Some("7"));
}

#[test]
fn a_spoken_keyword_is_folded() {
    for word in ["售前", "sales", "ＳＡＬＥＳ", "１"] {
        let (mut call, _) = Call::start(MENU);
        assert_eq!(edges(&call.input(Input::Said { word: word.to_owned() })), ["first: options.售前"], "{word}");
    }
    let (mut call, _) = Call::start(MENU);
    assert_eq!(prompts(&call.input(Input::Said { word: "什么".to_owned() })), ["wrong"]);
}

#[test]
fn what_is_no_key_is_dropped() {
    let (mut call, _) = Call::start(MENU);
    for key in ['A', ' ', '１', '\0', '中'] {
        assert_eq!(call.key(key), [], "{key:?}");
    }
}

#[test]
fn a_wrong_key_forgets_the_ones_ahead() {
    let nodes = r##"
  first: { type: play, prompt: hello, barge_in: true, next: wait }
  wait: { type: play, prompt: wait, barge_in: false, next: menu }
  menu: { type: branch, prompt: menu, options: [ { name: a, keywords: ["1"], next: bye } ] }
  bye: { type: end }
"##;
    let (mut call, _) = Call::start(nodes);
    call.key('9');
    let out = call.played();
    assert_eq!(prompts(&out), ["menu"], "no error prompt here: the menu is said");
    assert!(has_event(&out, &FlowEvent::WrongEntry { node: "menu".to_owned(), count: 1 }));
}

#[test]
fn without_barge_in_keys_count_only_after_the_prompt() {
    let nodes = r##"
  first: { type: branch, prompt: menu, barge_in: false, options: [ { name: a, keywords: ["1"], next: bye } ] }
  bye: { type: end }
"##;
    let (mut call, _) = Call::start(nodes);
    assert_eq!(commands(&call.key('1')), [""; 0]);
    call.played();
    assert_eq!(edges(&call.key('1')), ["first: options.a"]);
}
