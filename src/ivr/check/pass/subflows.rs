//! E160: every subflow exists, returns, is given what it asks for, and never calls itself.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::ivr::check::run::Context;
use crate::ivr::check::{Code, Diagnostic, FlowInfo, Known, Text, say, uses};
use crate::ivr::flow::node::{Argument, Subflow};
use crate::ivr::flow::{FlowId, NodeKind, ParamName, ParamType, PromptName, Span};

pub fn check(cx: &mut Context<'_>) {
    let flow = cx.flow;
    for call in flow.nodes.values().filter_map(uses::subflow).filter(|call| !call.flow.as_str().is_empty()) {
        if call.flow.value == flow.id.value {
            let id = &flow.id.value;
            tell(cx, call.flow.span, say!("this flow calls itself: {id} → {id}", "流程调用了自己：{id} → {id}"), None);
            continue;
        }
        let Known::Only(flows) = &cx.env.flows else { continue };
        match flows.get(&call.flow.value) {
            None => {
                let name = &call.flow.value;
                let help = cx.findings.suggest(name.as_str(), flows.keys().map(FlowId::as_str));
                tell(cx, call.flow.span, say!("flow `{name}` does not exist", "流程 `{name}` 不存在"), help);
            }
            Some(info) => check_call(cx, call, info, flows),
        }
    }
    check_returns(cx);
}

fn tell(cx: &mut Context<'_>, span: Span, message: Text, help: Option<Text>) {
    cx.findings.add(Diagnostic::new(Code::E160, span, message).maybe_help(help));
}

fn check_call(cx: &mut Context<'_>, call: &Subflow, info: &FlowInfo, flows: &BTreeMap<FlowId, FlowInfo>) {
    let name = &call.flow.value;
    if let Some(chain) = chain_back(&cx.flow.id.value, name, flows) {
        let message = say!("these flows call each other: {chain}", "这些流程互相调用：{chain}");
        tell(cx, call.flow.span, message, None);
    }
    if info.returns.is_none() {
        let message = say!(
            "flow `{name}` never returns: no `type: return` can be reached in it",
            "流程 `{name}` 永不返回：其中没有可到达的 `type: return`"
        );
        tell(cx, call.flow.span, message, None);
    }
    for param in info.params.keys().filter(|param| !call.with.iter().any(|given| given.param.value == **param)) {
        let message = say!("flow `{name}` needs the parameter `{param}`", "流程 `{name}` 需要参数 `{param}`");
        let help = say!("write with: {{ {param}: … }}", "请写 with: {{ {param}: … }}");
        tell(cx, call.flow.span, message, Some(help));
    }
    call.with.iter().for_each(|argument| check_argument(cx, name, argument, info));
    for (_, value) in &call.result {
        let given = info.returns.as_ref().is_none_or(|returns| returns.contains(&value.value));
        if !given {
            let value_name = &value.value;
            let message = say!(
                "flow `{name}` does not always return `{value_name}`",
                "流程 `{name}` 并不总是返回 `{value_name}`"
            );
            let names = info.returns.iter().flatten().map(ParamName::as_str);
            let help = cx.findings.suggest(value_name.as_str(), names);
            tell(cx, value.span, message, help);
        }
    }
}

fn check_argument(cx: &mut Context<'_>, flow: &FlowId, argument: &Argument, info: &FlowInfo) {
    let param = &argument.param.value;
    match info.params.get(param) {
        None => {
            let help = cx.findings.suggest(param.as_str(), info.params.keys().map(ParamName::as_str));
            let message = say!("flow `{flow}` has no parameter `{param}`", "流程 `{flow}` 没有参数 `{param}`");
            tell(cx, argument.param.span, message, help);
        }
        Some(ParamType::Prompt) => check_prompt_argument(cx, argument),
        Some(ParamType::Value(var_type)) => {
            let fits = argument.value.literal().is_none_or(|text| var_type.parse(text).is_some());
            if !fits {
                let expected = var_type.as_str();
                let message =
                    say!("the parameter `{param}` is of type {expected}", "参数 `{param}` 是 {expected} 类型");
                tell(cx, argument.value.span, message, None);
            }
        }
    }
}

/// A prompt of this flow, or a prompt that this flow was given itself.
fn check_prompt_argument(cx: &mut Context<'_>, argument: &Argument) {
    let flow = cx.flow;
    let given = argument.value.literal().unwrap_or_default();
    let own = flow.params.get(given).is_some_and(|kind| kind.value == ParamType::Prompt);
    if !own && !flow.prompts.contains_key(given) {
        let param = &argument.param.value;
        let message = say!(
            "the parameter `{param}` takes the name of a prompt, and there is no such prompt",
            "参数 `{param}` 要填提示音名称，但没有这个提示音"
        );
        let help = cx.findings.suggest(given, flow.prompts.keys().map(PromptName::as_str));
        tell(cx, argument.value.span, message, help);
    }
}

/// The shortest chain of calls from `callee` back to `own`, as `own → callee → … → own`.
fn chain_back(own: &FlowId, callee: &FlowId, flows: &BTreeMap<FlowId, FlowInfo>) -> Option<String> {
    let mut came_from: BTreeMap<&FlowId, &FlowId> = BTreeMap::new();
    let mut seen = BTreeSet::from([callee]);
    let mut queue = VecDeque::from([callee]);
    while let Some(at) = queue.pop_front() {
        if at == own {
            let back = std::iter::successors(Some(at), |at| came_from.get(*at).copied());
            let mut names: Vec<&str> = back.map(FlowId::as_str).collect();
            names.push(own.as_str());
            names.reverse();
            return Some(names.join(" → "));
        }
        for next in flows.get(at).into_iter().flat_map(|info| &info.calls) {
            if seen.insert(next) {
                came_from.insert(next, at);
                queue.push_back(next);
            }
        }
    }
    None
}

/// A flow with parameters is made to be called, so it must return.
fn check_returns(cx: &mut Context<'_>) {
    let flow = cx.flow;
    let Some(param) = flow.params.values().next() else { return };
    let names = flow.nodes.values().enumerate();
    let returns = names.filter(|(_, node)| matches!(node.kind, NodeKind::Return(_)));
    if !returns.into_iter().any(|(number, _)| cx.live[number]) && cx.graph.unclear.is_empty() {
        let message = say!("this flow has parameters and never returns", "流程有参数但永不返回");
        let help = say!("lead a path to `type: return`", "请让路径通向 `type: return`");
        tell(cx, param.span, message, Some(help));
    }
}
