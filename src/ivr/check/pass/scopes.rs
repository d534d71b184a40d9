//! E140: `${WaitNo}` and `${Wait}` have a value only in a queue. (E141 follows paths: see `unset`.)

use std::collections::{BTreeMap, BTreeSet};

use crate::ivr::check::run::Context;
use crate::ivr::check::uses::{self, Scope};
use crate::ivr::check::{Code, Diagnostic, say};
use crate::ivr::flow::{Node, NodeKind, PromptName, Span, SystemVar, Template, VarName};

pub fn check(cx: &mut Context<'_>) {
    let flow = cx.flow;
    let mut outside: BTreeMap<&PromptName, BTreeSet<String>> = BTreeMap::new();
    for node in flow.nodes.values() {
        let kind = node.kind.as_str();
        for used in uses::prompts(node).into_iter().filter(|used| used.scope != Scope::Waiting) {
            outside.entry(&used.prompt.value).or_default().insert(format!("{kind}.{}", used.field));
        }
        if let NodeKind::Subflow(node) = &node.kind {
            let named = node.with.iter().filter_map(|argument| argument.value.literal());
            let prompts = named.filter_map(|name| flow.prompts.get_key_value(name));
            for (name, _) in prompts {
                outside.entry(name).or_default().insert("subflow.with".to_owned());
            }
        }
        check_node(cx, node);
    }
    for (prompt, places) in outside {
        check_prompt(cx, prompt, &places.into_iter().collect::<Vec<_>>().join(", "));
    }
}

fn check_prompt(cx: &mut Context<'_>, prompt: &PromptName, places: &str) {
    let Some(wording) = cx.flow.prompts.get(prompt).map(|prompt| &prompt.wording) else { return };
    let texts = wording.values().flat_map(|wording| &wording.parts).filter_map(|part| part.template());
    for (name, span) in texts.filter_map(waiting_variable) {
        let help = say!("`{prompt}` is also played by {places}", "`{prompt}` 还被 {places} 播放");
        cx.findings.add(finding(name, span).help(help));
    }
}

fn check_node(cx: &mut Context<'_>, node: &Node) {
    let texts = uses::texts(node).into_iter().chain(uses::assignments(node).into_iter().map(|set| &set.value));
    let arguments = uses::subflow(node).into_iter().flat_map(|node| &node.with).map(|argument| &argument.value);
    let conditions = match &node.kind {
        NodeKind::Switch(node) => node.cases.as_slice(),
        _ => &[],
    };
    let conditions = conditions.iter().filter_map(|case| {
        let name = case.when.variables().find(|name| is_waiting(name))?;
        Some((name, case.when.span))
    });
    for (name, span) in texts.chain(arguments).filter_map(waiting_variable).chain(conditions) {
        let help = say!("say it in announce or waiting_prompt", "请用在 announce 或 waiting_prompt 中");
        cx.findings.add(finding(name, span).help(help));
    }
}

fn finding(name: &VarName, span: Span) -> Diagnostic {
    let message =
        say!("${{{name}}} has a value only while the caller waits in a queue", "${{{name}}} 只有在排队等待时才有值");
    Diagnostic::new(Code::E140, span, message)
}

fn waiting_variable(text: &Template) -> Option<(&VarName, Span)> {
    text.variables().find(|name| is_waiting(name)).map(|name| (name, text.span))
}

fn is_waiting(name: &VarName) -> bool {
    matches!(SystemVar::named(name.as_str()), Some(SystemVar::WaitNo | SystemVar::Wait))
}
