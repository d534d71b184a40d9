//! E180: nobody waits in silence, waits without an end, or is cut off without a word. Advice for nodes that a call can
//! come to.

use crate::ivr::check::run::Context;
use crate::ivr::check::{Code, Diagnostic, Text, say};
use crate::ivr::flow::node::{Dial, Http, Transfer};
use crate::ivr::flow::{NodeKind, NodeName, Span};

use super::spoken::{Spoken, spoken_keys};

/// A caller waits so long in silence without wondering (seconds).
const LONGEST_SILENCE_S: u32 = 2;

pub fn check(cx: &mut Context<'_>) {
    for (number, node) in cx.flow.nodes.values().enumerate() {
        if !cx.live[number] {
            continue;
        }
        match &node.kind {
            NodeKind::Transfer(transfer) => check_transfer(cx, &node.name, node.span, transfer),
            NodeKind::Http(http) => check_http(cx, &node.name, node.span, http),
            NodeKind::Dial(dial) => check_dial(cx, &node.name, node.span, dial),
            _ => {}
        }
    }
}

fn tell(cx: &mut Context<'_>, span: Span, message: Text, help: Text) {
    cx.findings.add(Diagnostic::new(Code::E180, span, message).help(help));
}

fn check_transfer(cx: &mut Context<'_>, name: &NodeName, span: Span, node: &Transfer) {
    if node.hold_music.is_none() {
        let message = say!(
            "transfer `{name}` has no `hold_music`: callers wait in silence",
            "转人工 `{name}` 没有 `hold_music`：等待时无声"
        );
        tell(cx, span, message, say!("name a recording to be looped", "请指定循环播放的音乐"));
    }
    if node.on_no_agents.is_none() {
        let message = say!(
            "transfer `{name}` has no `on_no_agents`: callers wait for nobody",
            "转人工 `{name}` 没有 `on_no_agents`：无人值守时来电空等"
        );
        tell(cx, span, message, say!("lead them to a voicemail or a callback", "请转到留言或回呼"));
    }
    match node.max_wait_s {
        None => {
            let message = say!(
                "transfer `{name}` has no `max_wait_s`: callers may wait for ever",
                "转人工 `{name}` 没有 `max_wait_s`：来电可能一直等待"
            );
            tell(cx, span, message, say!("write max_wait_s and on_max_wait", "请写 max_wait_s 和 on_max_wait"));
        }
        Some(seconds) if node.on_max_wait.is_none() => {
            let message = say!(
                "transfer `{name}` has no `on_max_wait`: after {seconds} s the call is cut off",
                "转人工 `{name}` 没有 `on_max_wait`：{seconds} 秒后来电被挂断"
            );
            tell(cx, span, message, say!("lead them to a voicemail or a callback", "请转到留言或回呼"));
        }
        Some(_) => {}
    }
    check_keys_are_told(cx, node);
}

/// A key of the queue that no prompt speaks of helps nobody.
fn check_keys_are_told(cx: &mut Context<'_>, node: &Transfer) {
    let prompts = node.waiting_prompt.iter().chain(node.announce.iter().map(|announcement| &announcement.prompt));
    let wording: Vec<_> = prompts.filter_map(|prompt| cx.flow.prompts.get(&prompt.value)).collect();
    let mut told = Vec::new();
    for spoken in wording.iter().flat_map(|prompt| prompt.wording.values()).map(|wording| spoken_keys(&wording.parts)) {
        match spoken {
            Spoken::Keys(keys) => told.extend(keys),
            // What a recording says is not known.
            Spoken::Unknown => return,
        }
    }
    for option in &node.keys {
        let is_told = option.keys().any(|key| told.iter().any(|spoken| spoken.key == key));
        if let Some(key) = option.keys().next().filter(|_| !is_told) {
            let name = &option.name.value;
            let message = say!(
                "no prompt of the queue tells callers of key {key} (「{name}」)",
                "排队时没有提示音提到按键 {key}（「{name}」）"
            );
            tell(
                cx,
                option.name.span,
                message,
                say!("say it in waiting_prompt or announce", "请在 waiting_prompt 或 announce 中说明"),
            );
        }
    }
}

fn check_http(cx: &mut Context<'_>, name: &NodeName, span: Span, node: &Http) {
    let seconds = node.request.timeout_s.saturating_mul(node.request.retries.saturating_add(1));
    if node.hold_music.is_none() && seconds > LONGEST_SILENCE_S {
        let message = say!(
            "http `{name}` has no `hold_music`: callers may wait {seconds} s in silence",
            "接口调用 `{name}` 没有 `hold_music`：来电可能静默等待 {seconds} 秒"
        );
        tell(cx, span, message, say!("name a recording to be looped", "请指定循环播放的音乐"));
    }
}

fn check_dial(cx: &mut Context<'_>, name: &NodeName, span: Span, node: &Dial) {
    if node.on_failure.is_none() {
        let message = say!(
            "dial `{name}` has no `on_failure`: when nobody answers the call is cut off",
            "外呼 `{name}` 没有 `on_failure`：无人接听时来电被挂断"
        );
        tell(cx, span, message, say!("say where the caller goes then", "请写明此时来电去哪里"));
    }
}
