use super::*;
use crate::ivr::session::QueueExit;

pub const QUEUE: &str = r##"
  first:
    type: transfer
    skill_group: { zh-CN: sales, en-US: english }
    priority: 4
    waiting_prompt: wait
    hold_music: moh
    connected_prompt: staff
    announce: [ { prompt: place, first_after_s: 15, every_s: 30, only_when_changed: true } ]
    keys: [ { name: 回呼, keywords: ["1"], next: bye } ]
    overflow: [ { after_s: 30, skill_group: support } ]
    max_wait_s: 300
    on_max_wait: late
    on_no_agents: nobody
    after_agent_hangup: rate
  bye: { type: play, prompt: bye, next: end }
  late: { type: end }
  nobody: { type: end }
  rate: { type: branch, prompt: menu, options: [ { name: a, keywords: ["1"], next: end } ] }
  end: { type: end }
"##;

const BARE: &str = r##"
  first: { type: transfer, skill_group: sales, keys: [ { name: out, keywords: ["5"], next: end } ] }
  end: { type: end }
"##;

pub fn answered(no: &str) -> Input {
    Input::AgentAnswered { staff_no: no.to_owned() }
}

#[test]
fn queues_the_caller_then_plays_music_and_the_waiting_prompt() {
    let (_, out) = Call::start(QUEUE);
    assert_eq!(commands(&out), ["enqueue", "music", "play"]);
    assert_eq!(out.first().map(|output| matches!(output, Output::Event { .. })), Some(true));
    assert!(out.contains(&Output::Enqueue { group: "sales".to_owned(), priority: 4 }));
    assert_eq!(music(&out), [Some("moh")]);
    assert_eq!(prompts(&out), ["wait"]);
}

#[test]
fn an_answer_cuts_any_prompt_at_once_and_the_connected_prompt_comes_before_the_agent() {
    let (mut call, _) = Call::start(QUEUE);
    let out = call.input(answered("1001"));
    assert_eq!(commands(&out), ["stop_play", "music", "play"]);
    assert_eq!(music(&out), [None]);
    assert_eq!(sounds(&out), ["zh-CN:工号", "num/zh-CN/yao", "num/zh-CN/0", "num/zh-CN/0", "num/zh-CN/yao"]);
    let out = call.played();
    assert_eq!(out.last(), Some(&Output::ConnectAgent { staff_no: "1001".to_owned() }));
    assert_eq!(call.session.poll_timeout(), None, "a conversation has no limit of the flow");
}

#[test]
fn without_a_connected_prompt_they_are_joined_at_once() {
    let (mut call, out) = Call::start(BARE);
    assert_eq!(music(&out), [Some("tone/waiting")], "no music is no silence");
    let out = call.input(answered("1001"));
    assert_eq!(commands(&out), ["music", "connect_agent"]);
}

#[test]
fn after_the_agent_the_flow_goes_on_or_ends() {
    let (mut call, _) = Call::start(QUEUE);
    call.input(answered("1001"));
    call.listen();
    assert_eq!(edges(&call.input(Input::AgentEnded)), ["first: after_agent_hangup"]);
    let (mut call, _) = Call::start(BARE);
    call.input(answered("1001"));
    assert_eq!(end(&call.input(Input::AgentEnded)), Some((&EndReason::AgentHungUp, Some("first"))));
}

#[test]
fn an_agent_who_hangs_up_during_the_connected_prompt_cuts_it() {
    let (mut call, _) = Call::start(QUEUE);
    call.input(answered("1001"));
    let out = call.input(Input::AgentEnded);
    assert_eq!(commands(&out), ["stop_play", "play"]);
    assert_eq!(edges(&out), ["first: after_agent_hangup"]);
}

#[test]
fn a_second_answer_and_an_early_end_change_nothing() {
    let (mut call, _) = Call::start(QUEUE);
    assert_eq!(call.input(Input::AgentEnded), []);
    call.input(answered("1001"));
    assert_eq!(call.input(answered("1002")), []);
    assert_eq!(call.input(Input::NoAgents), []);
    assert_eq!(call.session.value("StaffNo").as_deref(), Some("1001"));
}

#[test]
fn who_talks_last_is_whom_the_flow_knows() {
    let (mut call, _) = Call::start(QUEUE);
    call.input(answered("1001"));
    call.listen();
    assert_eq!(call.input(answered("1002")), [], "the caller was handed on");
    assert_eq!(call.session.value("StaffNo").as_deref(), Some("1002"));
}

#[test]
fn the_longest_wait_leaves_the_queue() {
    let (mut call, _) = Call::start(QUEUE);
    call.listen();
    let out = call.wait_s(300);
    assert!(out.contains(&Output::LeaveQueue { reason: QueueExit::MaxWait }));
    assert_eq!(edges(&out), ["first: on_max_wait"]);
    let (mut call, _) = Call::start(BARE);
    let out = call.wait_s(7200);
    let reason = EndReason::NoEdge { outcome: "on_max_wait".to_owned() };
    assert_eq!(end(&out), Some((&reason, Some("first"))), "a flow without a limit of its own has one all the same");
}

#[test]
fn nobody_signed_in_takes_its_edge_or_waits() {
    let (mut call, _) = Call::start(QUEUE);
    let out = call.input(Input::NoAgents);
    assert_eq!(edges(&out), ["first: on_no_agents"]);
    assert!(out.contains(&Output::LeaveQueue { reason: QueueExit::NoAgents }));
    let (mut call, _) = Call::start(BARE);
    assert_eq!(call.input(Input::NoAgents), []);
}

#[test]
fn a_lost_place_is_cared_for_like_nobody_signed_in() {
    let failed = || Input::TransferFailed { reason: "the group is gone".to_owned() };
    let (mut call, _) = Call::start(QUEUE);
    assert_eq!(edges(&call.input(failed())), ["first: on_no_agents"]);
    let (mut call, _) = Call::start(BARE);
    let reason = EndReason::NoEdge { outcome: "transfer_failed".to_owned() };
    assert_eq!(end(&call.input(failed())), Some((&reason, Some("first"))));
}

#[test]
fn a_caller_who_hangs_up_in_the_queue_ends_the_flow() {
    let (mut call, _) = Call::start(QUEUE);
    let out = call.input(Input::CallerHungUp);
    assert_eq!(commands(&out), ["stop_play", "end"]);
    assert_eq!(call.input(answered("1001")), [], "a late answer is dropped");
}

#[test]
fn time_in_the_queue_and_with_the_agent_is_not_the_flows() {
    let (mut call, _) = Call::start(QUEUE);
    call.listen();
    call.wait_s(200);
    call.input(answered("1001"));
    call.listen();
    assert_eq!(call.wait_s(7200), []);
    call.input(Input::AgentEnded);
    let out = call.wait_s(29 * 60);
    assert_eq!(end(&out), None, "{out:?}");
    assert!(call.is_playing());
    let out = call.wait_s(61);
    assert_eq!(end(&out).map(|(reason, _)| reason.name()), Some("limit_minutes"));
}

#[test]
fn the_group_follows_the_language() {
    let nodes = QUEUE.replace("  first:", "  queue:")
        + r##"
  first: { type: set, set: { language: en-US }, next: queue }
"##;
    let (_, out) = Call::start(&nodes);
    assert!(out.contains(&Output::Enqueue { group: "english".to_owned(), priority: 4 }));
}
