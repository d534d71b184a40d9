//! `subflow` 子流程 runs another flow and goes on when that reaches `return` 返回.

use std::collections::BTreeMap;

use super::step::Go;
use crate::ivr::flow::node::{Return, Subflow};
use crate::ivr::flow::{FlowId, ParamName, ParamType, PromptName, Value, VarName};
use crate::ivr::session::{BoundPrompt, Cx, EndReason};

/// A subflow and what it is given.
#[derive(Clone, Debug)]
pub(crate) struct SubflowCall {
    pub flow: FlowId,
    pub vars: BTreeMap<VarName, Value>,
    pub prompts: BTreeMap<PromptName, BoundPrompt>,
}

pub(super) fn enter<'a>(node: &'a Subflow, cx: &mut Cx<'a>) -> Go {
    let Some(flow) = cx.flows.get(&node.flow.value) else {
        return Go::End(EndReason::Fault { what: format!("there is no subflow `{}`", node.flow.value) });
    };
    let mut call = SubflowCall { flow: node.flow.value.clone(), vars: BTreeMap::new(), prompts: BTreeMap::new() };
    for argument in &node.with {
        let name = argument.param.as_str();
        let text = cx.render(&argument.value);
        match flow.params.get(name).map(|param| param.value) {
            Some(ParamType::Prompt) => {
                call.prompts.insert(PromptName::new(name), cx.bind_prompt(&PromptName::new(&text)));
            }
            Some(ParamType::Value(var_type)) => {
                call.vars.extend(var_type.parse(&text).map(|value| (VarName::new(name), value)));
            }
            None => {}
        }
    }
    Go::Call(call)
}

/// `return`: the values, as the subflow knows them.
pub(super) fn leave<'a>(node: &'a Return, cx: &mut Cx<'a>) -> Go {
    Go::Return(node.values.iter().map(|value| (value.param.value.clone(), cx.render(&value.value))).collect())
}

/// Back in the calling flow.
pub(crate) fn on_return(node: &Subflow, cx: &mut Cx, values: &[(ParamName, String)]) -> Go {
    for (var, param) in &node.result {
        match values.iter().find(|(name, _)| *name == param.value) {
            Some((_, text)) => cx.set_var(var, text),
            None => cx.set_value(var, None),
        }
    }
    cx.take("next", &node.next)
}
