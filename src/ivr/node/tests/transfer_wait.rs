use super::transfer::{QUEUE, answered};
use super::*;
use crate::ivr::session::QueueExit;

fn place(ahead: u32) -> Input {
    Input::QueuePosition { ahead, estimate_s: None }
}

/// In the queue with so many ahead, the waiting prompt heard.
fn waiting(ahead: u32) -> Call {
    let (mut call, _) = Call::start(QUEUE);
    call.input(place(ahead));
    call.listen();
    call
}

#[test]
fn the_place_is_announced_first_then_every_time_it_has_changed() {
    let mut call = waiting(2);
    assert_eq!(prompts(&call.wait_ms(14_999)), [""; 0]);
    let out = call.wait_ms(1);
    assert_eq!(sounds(&out), ["zh-CN:前面", "num/zh-CN/liang", "zh-CN:位"]);
    assert_eq!(music(&out), [], "the music keeps its own place under the announcement");
    call.listen();
    let out = call.wait_s(30);
    assert_eq!(prompts(&out), [""; 0], "not changed: not said");
    call.input(place(1));
    assert_eq!(prompts(&call.wait_ms(29_999)), [""; 0], "said at its time, not at the change");
    let out = call.wait_ms(1);
    assert_eq!(sounds(&out), ["zh-CN:前面", "num/zh-CN/1", "zh-CN:位"]);
}

#[test]
fn nobody_ahead_is_you_are_next() {
    let mut call = waiting(0);
    assert_eq!(sounds(&call.wait_s(15)), ["num/zh-CN/next"]);
    assert_eq!(prompts(&call.listen()), [""; 0]);
    assert_eq!(prompts(&call.wait_s(60)), [""; 0], "said once");
}

#[test]
fn a_place_that_is_not_known_is_announced_once_it_is() {
    let (mut call, _) = Call::start(QUEUE);
    call.listen();
    assert_eq!(prompts(&call.wait_s(20)), [""; 0]);
    assert_eq!(prompts(&call.input(place(3))), ["place"]);
}

#[test]
fn an_announcement_waits_for_the_prompt_before_it() {
    let (mut call, _) = Call::start(QUEUE);
    call.input(place(3));
    assert_eq!(prompts(&call.wait_s(20)), [""; 0], "the waiting prompt is still playing");
    assert_eq!(prompts(&call.played()), ["place"]);
}

#[test]
fn an_answer_cuts_an_announcement() {
    let mut call = waiting(2);
    call.wait_s(15);
    assert_eq!(commands(&call.input(answered("1001"))), ["stop_play", "music", "play"]);
}

#[test]
fn a_key_leads_out_of_the_queue_and_any_other_is_ignored() {
    let mut call = waiting(2);
    assert_eq!(commands(&call.key('9')), [""; 0]);
    call.wait_s(15);
    assert_eq!(commands(&call.key('9')), [""; 0], "not even the announcement stops");
    let out = call.key('1');
    assert_eq!(commands(&out), ["stop_play", "leave_queue", "music", "play"]);
    assert!(out.contains(&Output::LeaveQueue { reason: QueueExit::Key }));
    assert_eq!(edges(&out), ["first: keys.回呼"]);
    assert_eq!(music(&out), [None], "the music of the queue ends with it");
}

#[test]
fn overflow_widens_once_and_keeps_the_place() {
    let mut call = waiting(2);
    let out = call.wait_s(30);
    assert!(out.contains(&Output::Widen { group: "support".to_owned() }));
    call.listen();
    let out = call.wait_s(100);
    assert!(!out.iter().any(|output| matches!(output, Output::Widen { .. } | Output::LeaveQueue { .. })));
}

#[test]
fn the_estimate_is_told_in_whole_minutes() {
    let nodes = r##"
  first:
    type: transfer
    skill_group: sales
    hold_music: moh
    announce: [ { prompt: eta, first_after_s: 5 }, { prompt: place, first_after_s: 5 } ]
    keys: [ { name: a, keywords: ["1"], next: end }, { name: b, keywords: ["12"], next: end } ]
    max_wait_s: 60
  end: { type: end }
"##;
    let (mut call, _) = Call::start(nodes);
    call.input(Input::QueuePosition { ahead: 4, estimate_s: Some(61) });
    assert_eq!(sounds(&call.wait_s(5)), ["zh-CN:约", "num/zh-CN/liang", "zh-CN:分钟"]);
    assert_eq!(prompts(&call.played()), ["place"], "one after the other");
    call.listen();
    assert_eq!(prompts(&call.wait_s(40)), [""; 0], "without every_s each is said once");
    call.key('1');
    assert_eq!(edges(&call.wait_ms(2_999)), [""; 0], "12 could still come");
    assert_eq!(edges(&call.wait_ms(1)), ["first: keys.a"]);
}

#[test]
fn a_key_in_the_queue_needs_no_time_when_it_is_whole() {
    let mut call = waiting(0);
    assert_eq!(edges(&call.key('1')), ["first: keys.回呼"]);
}

#[test]
fn place_and_estimate_are_known_only_in_the_queue() {
    let mut call = waiting(2);
    assert_eq!(call.session.value("WaitNo").as_deref(), Some("2"));
    call.key('1');
    assert_eq!(call.session.value("WaitNo"), None);
    call.input(place(5));
    assert_eq!(call.session.value("WaitNo"), None, "a late answer of the ACD is dropped");
}
