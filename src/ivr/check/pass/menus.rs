//! W201, W210, W211 and E116: menus that callers can use.

use std::collections::BTreeMap;

use super::spoken::{Spoken, SpokenKey, spoken_keys};
use crate::ivr::check::run::Context;
use crate::ivr::check::{Code, Diagnostic, Known, Text, say};
use crate::ivr::flow::node::{Branch, KeyOption, Transfer, is_keys};
use crate::ivr::flow::{At, Language, NodeKind, Part, PromptName, Span, Wording};

/// More options than this are forgotten before the last is said.
const MOST_OPTIONS: usize = 5;
/// Callers hang up on a longer introduction.
const LONGEST_BEFORE_KEYS_S: f64 = 20.0;

pub fn check(cx: &mut Context<'_>) {
    for (number, node) in cx.flow.nodes.values().enumerate() {
        let (options, inter_digit_s) = match &node.kind {
            NodeKind::Branch(branch) => (branch.options.as_slice(), branch.retries.inter_digit_s),
            NodeKind::Transfer(transfer) => (transfer.keys.as_slice(), cx.flow.defaults.inter_digit_s),
            _ => continue,
        };
        check_prefixes(cx, options, inter_digit_s);
        check_words(cx, options);
        if !cx.live[number] {
            continue;
        }
        match &node.kind {
            NodeKind::Branch(branch) if !options.is_empty() => check_menu(cx, branch, node.span),
            NodeKind::Transfer(transfer) => check_queue_offers(cx, transfer),
            _ => {}
        }
    }
}

fn check_prefixes(cx: &mut Context<'_>, options: &[KeyOption], inter_digit_s: u32) {
    let keywords = options.iter().flat_map(|option| &option.keywords).filter(|keyword| is_keys(&keyword.value));
    let by_text: BTreeMap<&str, &At<String>> = keywords.map(|keyword| (keyword.value.as_str(), keyword)).collect();
    for (long, keyword) in &by_text {
        let Some(short) = (1..long.len()).map(|end| &long[..end]).find(|short| by_text.contains_key(short)) else {
            continue;
        };
        let message = say!(
            "\"{long}\" starts with \"{short}\": callers must wait {inter_digit_s}s (inter_digit_s) after pressing {short}",
            "“{long}”以“{short}”开头：按 {short} 后必须再等 {inter_digit_s} 秒（inter_digit_s）"
        );
        let help = say!("use keys of one length", "请使用长度相同的按键");
        cx.findings.add(Diagnostic::new(Code::W201, keyword.span, message).help(help));
    }
}

fn check_words(cx: &mut Context<'_>, options: &[KeyOption]) {
    if cx.env.speech_input != Some(false) {
        return;
    }
    for word in options.iter().flat_map(|option| &option.keywords).filter(|keyword| !is_keys(&keyword.value)) {
        let said = &word.value;
        let message =
            say!("\"{said}\" never matches: speech recognition is off", "“{said}”永远不会匹配：语音识别未开启");
        cx.findings.add(Diagnostic::new(Code::E116, word.span, message));
    }
}

fn check_menu(cx: &mut Context<'_>, branch: &Branch, span: Span) {
    let count = branch.options.len();
    if count > MOST_OPTIONS {
        let message = say!("a menu with {count} options is hard to remember", "菜单有 {count} 个选项，难以记住");
        tell_hard(
            cx,
            span,
            message,
            say!("use {MOST_OPTIONS} at most, and a menu below", "最多 {MOST_OPTIONS} 个，其余放到下一级菜单"),
        );
    }
    let Some(prompt) = cx.flow.prompts.get(&branch.prompt.value) else { return };
    for (language, wording) in &prompt.wording {
        match spoken_keys(&wording.parts) {
            Spoken::Unknown => check_recording_first(cx, wording),
            Spoken::Keys(spoken) => {
                check_offers(cx, &branch.prompt.value, language, &spoken, &branch.options);
                check_order(cx, &branch.options, &spoken, wording.span);
                let late = spoken.first().filter(|first| first.after_s > LONGEST_BEFORE_KEYS_S);
                late.into_iter().for_each(|first| tell_late(cx, first.span, first.after_s));
            }
        }
    }
}

fn tell_hard(cx: &mut Context<'_>, span: Span, message: Text, help: Text) {
    cx.findings.add(Diagnostic::new(Code::W210, span, message).help(help));
}

fn tell_late(cx: &mut Context<'_>, span: Span, after_s: f64) {
    let message = say!("callers hear {after_s:.0} s before the first key", "来电要听 {after_s:.0} 秒才到第一个按键");
    tell_hard(cx, span, message, say!("say the keys first", "请先说按键"));
}

/// Recordings before the first text that offers a key.
fn check_recording_first(cx: &mut Context<'_>, wording: &Wording) {
    let Known::Only(library) = &cx.env.audio else { return };
    let recordings = wording.parts.iter().map_while(|part| match part {
        Part::Audio(audio) => Some(audio),
        Part::Tts(_) | Part::Number(_) | Part::Digits(_) | Part::Silence { .. } => None,
    });
    let ms: u64 = recordings.filter_map(|audio| library.get(&audio.value)?.duration_ms).sum();
    let texts_follow = wording.parts.iter().any(|part| matches!(part, Part::Tts(_)));
    if texts_follow && ms > (LONGEST_BEFORE_KEYS_S * 1000.0) as u64 {
        tell_late(cx, wording.span, ms as f64 / 1000.0);
    }
}

/// W211: what is offered is taken.
fn check_offers(
    cx: &mut Context<'_>,
    prompt: &PromptName,
    language: &Language,
    spoken: &[SpokenKey],
    options: &[KeyOption],
) {
    for SpokenKey { key, span, .. } in spoken {
        if !options.iter().any(|option| option.keys().any(|taken| taken == key)) {
            let message = say!(
                "prompt `{prompt}` ({language}) offers key {key}, and no option takes it",
                "提示音 `{prompt}`（{language}）提到按 {key}，但没有选项接受它"
            );
            let help = say!("add the option, or change the wording", "请添加选项，或修改提示音");
            cx.findings.add(Diagnostic::new(Code::W211, *span, message).help(help));
        }
    }
}

/// The options stand in the order in which they are said.
fn check_order(cx: &mut Context<'_>, options: &[KeyOption], spoken: &[SpokenKey], span: Span) {
    let place = |option: &KeyOption| spoken.iter().position(|said| option.keys().any(|key| key == said.key));
    let places: Vec<(usize, &KeyOption)> = options.iter().filter_map(|option| Some((place(option)?, option))).collect();
    let Some(pair) = places.windows(2).find(|pair| pair[0].0 > pair[1].0) else { return };
    let (first, second) = (&pair[1].1.name.value, &pair[0].1.name.value);
    let message = say!(
        "「{first}」 is said before 「{second}」 but stands after it",
        "提示音先说「{first}」，选项却排在「{second}」之后"
    );
    tell_hard(cx, span, message, say!("list the options as they are said", "请按提示音的顺序排列选项"));
}

fn check_queue_offers(cx: &mut Context<'_>, transfer: &Transfer) {
    let prompts =
        transfer.waiting_prompt.iter().chain(transfer.announce.iter().map(|announcement| &announcement.prompt));
    for name in prompts {
        let Some(prompt) = cx.flow.prompts.get(&name.value) else { continue };
        for (language, wording) in &prompt.wording {
            if let Spoken::Keys(spoken) = spoken_keys(&wording.parts) {
                check_offers(cx, &name.value, language, &spoken, &transfer.keys);
            }
        }
    }
}
