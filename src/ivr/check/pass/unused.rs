//! W202, W203 and W204: what is declared is used.

use std::collections::BTreeSet;

use super::audio;
use crate::ivr::check::run::Context;
use crate::ivr::check::{Code, Diagnostic, Text, say, uses};
use crate::ivr::flow::{NodeKind, Span, VarName};

pub fn check(cx: &mut Context<'_>) {
    check_prompts(cx);
    check_audio(cx);
    check_vars(cx);
}

fn tell(cx: &mut Context<'_>, code: Code, span: Span, message: Text) {
    cx.findings.add(Diagnostic::new(code, span, message));
}

fn check_prompts(cx: &mut Context<'_>) {
    let flow = cx.flow;
    let played = flow.nodes.values().flat_map(uses::prompts).map(|used| used.prompt.as_str());
    let arguments = flow.nodes.values().filter_map(uses::subflow).flat_map(|node| &node.with);
    let handed = arguments.filter_map(|argument| argument.value.literal());
    let used: BTreeSet<&str> = played.chain(handed).collect();
    for (name, prompt) in flow.prompts.iter().filter(|(name, _)| !used.contains(name.as_str())) {
        tell(cx, Code::W202, prompt.span, say!("prompt `{name}` is never played", "提示音 `{name}` 从未播放"));
    }
}

fn check_audio(cx: &mut Context<'_>) {
    let flow = cx.flow;
    let used: BTreeSet<&str> = audio::used(flow).into_iter().map(|audio| audio.as_str()).collect();
    for listed in flow.requires.audio.iter().filter(|listed| !used.contains(listed.as_str())) {
        let name = &listed.value;
        tell(
            cx,
            Code::W203,
            listed.span,
            say!("audio `{name}` is listed but never used", "音频 `{name}` 已列出但从未使用"),
        );
    }
}

fn check_vars(cx: &mut Context<'_>) {
    let flow = cx.flow;
    let read = read_variables(cx);
    for (name, decl) in flow.vars.iter().filter(|(name, _)| !read.contains(*name)) {
        tell(cx, Code::W204, decl.span, say!("variable `{name}` is never read", "变量 `{name}` 从未读取"));
    }
}

fn read_variables<'c>(cx: &Context<'c>) -> BTreeSet<&'c VarName> {
    let flow = cx.flow;
    let wording = flow.prompts.values().flat_map(|prompt| prompt.wording.values());
    let spoken = wording.flat_map(|wording| &wording.parts).filter_map(|part| part.template());
    let own = flow.nodes.values().flat_map(uses::texts);
    let set = flow.nodes.values().flat_map(uses::assignments).map(|assignment| &assignment.value);
    let handed = flow.nodes.values().filter_map(uses::subflow).flat_map(|node| &node.with).map(|given| &given.value);
    let texts = spoken.chain(own).chain(set).chain(handed).flat_map(|text| text.variables());
    let cases = flow.nodes.values().flat_map(|node| match &node.kind {
        NodeKind::Switch(node) => node.cases.as_slice(),
        _ => &[],
    });
    texts.chain(cases.flat_map(|case| case.when.variables())).collect()
}
