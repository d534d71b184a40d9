//! E100, E103, E104, E106 and E118: what a node names exists.

use std::collections::BTreeSet;

use crate::ivr::check::run::Context;
use crate::ivr::check::{Code, Diagnostic, GroupInfo, Known, Text, say, uses};
use crate::ivr::flow::node::GroupChoice;
use crate::ivr::flow::{At, CalendarName, GroupId, Node, NodeKind, NodeName, ParamType, PromptName, Span, TrunkName};

pub fn check(cx: &mut Context<'_>) {
    check_edge(cx, &cx.flow.start.value, cx.flow.start.span);
    let flow = cx.flow;
    for node in flow.nodes.values() {
        node.edges().iter().for_each(|edge| check_edge(cx, &edge.target, edge.span));
        uses::prompts(node).iter().for_each(|used| check_prompt(cx, used.prompt));
        uses::group_choices(node).iter().for_each(|choice| check_languages(cx, choice, node.span));
        check_calendar(cx, node);
        check_trunk(cx, node);
    }
    check_groups(cx);
}

fn unknown<'n>(
    cx: &mut Context<'_>,
    code: Code,
    span: Span,
    message: Text,
    name: &str,
    names: impl IntoIterator<Item = &'n str>,
) {
    let help = cx.findings.suggest(name, names);
    cx.findings.add(Diagnostic::new(code, span, message).maybe_help(help));
}

fn check_edge(cx: &mut Context<'_>, target: &NodeName, span: Span) {
    let exists = cx.flow.nodes.contains_key(target) || cx.untyped.contains_key(target);
    if exists || target.as_str().is_empty() {
        return;
    }
    let message = say!("node `{target}` does not exist", "节点 `{target}` 不存在");
    let (flow, untyped) = (cx.flow, cx.untyped);
    let names = flow.nodes.keys().chain(untyped.keys()).map(NodeName::as_str);
    unknown(cx, Code::E100, span, message, target.as_str(), names);
}

fn check_prompt(cx: &mut Context<'_>, prompt: &At<PromptName>) {
    let flow = cx.flow;
    let is_param = flow.params.get(prompt.as_str()).is_some_and(|kind| kind.value == ParamType::Prompt);
    if prompt.as_str().is_empty() || is_param || flow.prompts.contains_key(&prompt.value) {
        return;
    }
    let name = &prompt.value;
    let message = say!("prompt `{name}` does not exist", "提示音 `{name}` 不存在");
    unknown(cx, Code::E104, prompt.span, message, name.as_str(), flow.prompts.keys().map(PromptName::as_str));
}

/// A choice by language has a group for each language of the flow, and for no other.
fn check_languages(cx: &mut Context<'_>, choice: &GroupChoice, node: Span) {
    let GroupChoice::ByLanguage(groups) = choice else { return };
    let first = groups.values().map(|group| group.span).min().unwrap_or(node);
    for language in cx.flow.languages.iter().filter(|language| !groups.contains_key(&language.value)) {
        let language = &language.value;
        let message = say!("`skill_group` has no group for {language}", "`skill_group` 没有 {language} 的技能组");
        cx.findings.add(Diagnostic::new(Code::E110, first, message));
    }
    let strangers = groups.iter().filter(|(language, _)| !cx.flow.languages.iter().any(|l| l.value == **language));
    for (language, group) in strangers {
        let message = say!("`languages` does not list {language}", "`languages` 中没有 {language}");
        cx.findings.add(Diagnostic::new(Code::E111, group.span, message));
    }
}

fn check_calendar(cx: &mut Context<'_>, node: &Node) {
    let named = match &node.kind {
        NodeKind::Hours(node) => Some(&node.calendar),
        NodeKind::Callback(node) => node.calendar.as_ref(),
        _ => None,
    };
    let Some(calendar) = named.filter(|calendar| !calendar.as_str().is_empty()) else { return };
    let (flow, env) = (cx.flow, cx.env);
    if flow.calendars.contains_key(&calendar.value) || env.calendars.contains_key(&calendar.value) {
        return;
    }
    let name = &calendar.value;
    let message = say!("calendar `{name}` does not exist", "日历 `{name}` 不存在");
    let names = flow.calendars.keys().chain(env.calendars.keys()).map(CalendarName::as_str);
    unknown(cx, Code::E106, calendar.span, message, name.as_str(), names);
}

fn check_trunk(cx: &mut Context<'_>, node: &Node) {
    if let NodeKind::Dial(dial) = &node.kind
        && let Some(trunk) = &dial.trunk
        && let Known::Only(trunks) = &cx.env.trunks
        && !trunks.contains_key(&trunk.value)
    {
        let name = &trunk.value;
        let message = say!("trunk `{name}` does not exist", "中继 `{name}` 不存在");
        unknown(cx, Code::E118, trunk.span, message, name.as_str(), trunks.keys().map(TrunkName::as_str));
    }
}

/// Groups are told where they are named: in `requires:` when it lists them, and in nodes. One without members is told
/// once, at its first place.
fn check_groups(cx: &mut Context<'_>) {
    let flow = cx.flow;
    let mut named: Vec<&At<GroupId>> = flow.nodes.values().flat_map(uses::groups).collect();
    if matches!(cx.env.skill_groups, Known::Only(_)) {
        named.extend(&flow.requires.skill_groups);
    }
    named.sort_by_key(|group| group.span);
    let mut told = BTreeSet::new();
    for group in named.into_iter().filter(|group| !group.as_str().is_empty()) {
        match known_group(cx, group) {
            None => tell_unknown_group(cx, group),
            Some(info) if info.members == Some(0) && told.insert(&group.value) => {
                let name = &group.value;
                let message = say!("skill group `{name}` has no members", "技能组 `{name}` 没有成员");
                let help = say!("add agents to it, or callers wait for nobody", "请添加客服，否则来电无人接听");
                cx.findings.add(Diagnostic::new(Code::E103b, group.span, message).help(help));
            }
            Some(_) => {}
        }
    }
}

fn known_group(cx: &Context<'_>, group: &At<GroupId>) -> Option<GroupInfo> {
    match &cx.env.skill_groups {
        Known::Anything => Some(GroupInfo::default()),
        Known::Required => {
            let listed = cx.flow.requires.skill_groups.iter().any(|listed| listed.value == group.value);
            listed.then(GroupInfo::default)
        }
        Known::Only(groups) => groups.get(&group.value).cloned(),
    }
}

fn tell_unknown_group(cx: &mut Context<'_>, group: &At<GroupId>) {
    let name = &group.value;
    let message = say!("skill group `{name}` does not exist", "技能组 `{name}` 不存在");
    let names: Vec<&str> = match &cx.env.skill_groups {
        Known::Only(groups) => groups.keys().map(GroupId::as_str).collect(),
        Known::Anything | Known::Required => cx.flow.requires.skill_groups.iter().map(|group| group.as_str()).collect(),
    };
    let listed = matches!(cx.env.skill_groups, Known::Required);
    let help = cx.findings.suggest(name.as_str(), names);
    let help =
        help.or_else(|| listed.then(|| say!("list it in requires.skill_groups", "请列入 requires.skill_groups")));
    cx.findings.add(Diagnostic::new(Code::E103, group.span, message).maybe_help(help));
}
