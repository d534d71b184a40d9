//! `subflow` 子流程 runs another flow file and goes on when that reaches `return` 返回.

use super::{Edge, Pace};
use crate::ivr::flow::{At, FlowId, NodeName, ParamName, Span, Template, VarName};

#[derive(Clone, Debug, PartialEq)]
pub struct Subflow {
    pub flow: At<FlowId>,
    /// `with:`, the values of its parameters.
    pub with: Vec<Argument>,
    /// Variable of this flow and the name of the returned value that it takes.
    pub result: Vec<(At<VarName>, At<ParamName>)>,
    pub next: At<NodeName>,
    /// Of the node's name: where a mismatch of parameters is shown.
    pub span: Span,
}

/// `question: rate_us`: a prompt's name for a parameter of type `prompt`, otherwise a text with variables.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    pub param: At<ParamName>,
    pub value: Template,
}

/// Goes back to the flow that called this one. In a flow that nobody called it ends the call.
#[derive(Clone, Debug, PartialEq)]
pub struct Return {
    /// Values for the calling flow.
    pub values: Vec<Argument>,
}

impl Subflow {
    pub(super) fn edges(&self) -> Vec<Edge> {
        let results = self.result.iter().map(|(var, _)| var.value.clone());
        vec![Edge::new("next", &self.next, Pace::Immediate).assigning(results)]
    }
}
