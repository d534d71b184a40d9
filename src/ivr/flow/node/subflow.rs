//! `subflow` 子流程 runs another flow file and goes on when that reaches `return` 返回.

use super::{Edge, Pace};
use crate::ivr::flow::read::{COMMON, Fields, NameOf, Shape, Table, opt, req};
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

pub static TABLE: Table = Table {
    en: "a subflow node",
    zh: "subflow 节点",
    fields: &[
        req("flow", Shape::Name(NameOf::Flow), "The id of the flow that is run."),
        opt("with", Shape::Values, "Its parameters."),
        opt("result", Shape::Values, "Variables of this flow and the returned values they take."),
        req("next", Shape::Name(NameOf::Node), "Where it leads after `return`."),
    ],
    shared: &[COMMON],
};

pub static RETURN: Table = Table {
    en: "a return node",
    zh: "return 节点",
    fields: &[opt("values", Shape::Values, "Values for the calling flow.")],
    shared: &[COMMON],
};

fn read_arguments(fields: &mut Fields<'_, '_, '_>, name: &'static str) -> Vec<Argument> {
    let pairs = fields.pairs(name);
    let argument = |(param, value): (At<String>, At<String>)| Argument {
        param: At::new(ParamName::new(&param.value), param.span),
        value: fields.reader.template(&value.value, value.span),
    };
    pairs.into_iter().map(argument).collect()
}

impl Return {
    pub(super) fn read(fields: &mut Fields<'_, '_, '_>) -> Self {
        Return { values: read_arguments(fields, "values") }
    }
}

impl Subflow {
    pub(super) fn read(fields: &mut Fields<'_, '_, '_>) -> Self {
        let results = fields.pairs("result").into_iter();
        let named = |(var, value): (At<String>, At<String>)| {
            (At::new(VarName::new(&var.value), var.span), At::new(ParamName::new(&value.value), value.span))
        };
        Subflow {
            flow: fields.name("flow"),
            with: read_arguments(fields, "with"),
            result: results.map(named).collect(),
            next: fields.name("next"),
            span: fields.span,
        }
    }

    pub(super) fn edges(&self) -> Vec<Edge> {
        let results = self.result.iter().map(|(var, _)| var.value.clone());
        vec![Edge::new("next", &self.next, Pace::Immediate).assigning(results)]
    }
}
