//! What a node may do: say things to the driver, read and set variables.

use std::collections::VecDeque;

use super::event::{EndReason, FlowEvent};
use super::flows::Flows;
use super::limits::MAX_VALUE_CHARS;
use super::output::Output;
use super::speech::Say;
use super::state::{Frame, State};
use crate::base::Now;
use crate::ivr::flow::{
    Assignment, Flow, GroupId, Language, NodeName, ParamType, SystemVar, Template, Value, VarName, VarType, node,
};
use crate::ivr::node::{Go, Step};

/// The session as a node sees it while it handles one input.
pub(crate) struct Cx<'a> {
    pub state: &'a mut State,
    pub flows: &'a Flows,
    pub out: &'a mut VecDeque<Output>,
    pub now: Now,
}

impl<'a> Cx<'a> {
    pub fn emit(&mut self, output: Output) {
        self.out.push_back(output);
    }

    pub fn event(&mut self, event: FlowEvent) {
        self.emit(Output::Event { event });
    }

    pub fn fresh_id(&mut self) -> u64 {
        self.state.last_id += 1;
        self.state.last_id
    }

    /// The flow of the current frame.
    pub fn flow(&self) -> Option<&'a Flow> {
        self.flow_of(self.state.frame())
    }

    pub fn flow_of(&self, frame: &Frame) -> Option<&'a Flow> {
        self.flows.get(&frame.flow)
    }

    /// The current node.
    pub fn node(&self) -> Option<&'a node::Node> {
        self.flow()?.nodes.get(&self.state.frame().node)
    }

    pub fn node_name(&self) -> String {
        self.state.frame().node.to_string()
    }

    /// The group for the caller's language; the flow's first language stands in for one that is not named.
    pub fn group(&self, choice: &'a node::GroupChoice) -> Option<&'a GroupId> {
        let default = self.flow().map(Flow::default_language);
        choice.for_language(&self.state.language).or_else(|| choice.for_language(default?))
    }

    /// The value of a variable in the current frame.
    pub fn var(&self, name: &VarName) -> Option<Value> {
        self.state.var_in(self.state.frame(), name)
    }

    /// How the value of a variable of `frame` is read out.
    pub fn say_in(&self, frame: &Frame, name: &VarName) -> Option<Say> {
        let value = self.state.var_in(frame, name)?;
        Some(match (value, SystemVar::named(name.as_str())) {
            (Value::Int(number), _) => Say::Number(number),
            (Value::Bool(value), _) => Say::Text(value.to_string()),
            (Value::Text(text), Some(SystemVar::Language)) => Say::Text(text),
            (Value::Text(text), Some(_)) => Say::Digits(text),
            (Value::Text(text), None) => match self.var_type_in(frame, name) {
                Some(VarType::Digits) => Say::Digits(text),
                Some(VarType::String | VarType::Int | VarType::Bool) | None => Say::Text(text),
            },
        })
    }

    /// The type of a variable of the current frame.
    pub fn var_type(&self, name: &VarName) -> Option<VarType> {
        self.var_type_in(self.state.frame(), name)
    }

    fn var_type_in(&self, frame: &Frame, name: &VarName) -> Option<VarType> {
        let flow = self.flow_of(frame)?;
        let param = || match flow.params.get(name.as_str())?.value {
            ParamType::Value(var_type) => Some(var_type),
            ParamType::Prompt => None,
        };
        flow.vars.get(name).map(|decl| decl.var_type).or_else(param)
    }

    pub fn render(&self, template: &Template) -> String {
        template.render(|name| self.var(name).map(|value| value.to_string()).unwrap_or_default())
    }

    /// Gives a variable the value that `text` is in its type. With a text that is none, it has no value any more:
    /// no condition on it holds.
    pub fn set_var(&mut self, name: &VarName, text: &str) {
        let text: String = text.chars().take(MAX_VALUE_CHARS).collect();
        let value = self.var_type(name).unwrap_or(VarType::String).parse(&text);
        self.set_value(name, value);
    }

    pub fn set_value(&mut self, name: &VarName, value: Option<Value>) {
        let secret = self.flow().and_then(|flow| flow.vars.get(name)).is_some_and(|decl| decl.secret);
        let shown = if secret { "***".to_owned() } else { value.as_ref().map(ToString::to_string).unwrap_or_default() };
        match value {
            Some(value) => self.state.frame_mut().vars.insert(name.clone(), value),
            None => self.state.frame_mut().vars.remove(name),
        };
        self.event(FlowEvent::VariableSet { name: name.to_string(), value: shown });
    }

    pub fn assign(&mut self, assignments: &[Assignment]) {
        for assignment in assignments {
            let text = self.render(&assignment.value);
            if assignment.var.as_str() == SystemVar::Language.as_str() {
                self.set_language(&text);
            } else {
                self.set_var(&assignment.var, &text);
            }
        }
    }

    /// A language that the main flow does not speak is not taken.
    fn set_language(&mut self, text: &str) {
        if self.flows.main().languages.iter().any(|language| language.as_str() == text) {
            self.state.language = Language::new(text);
            self.event(FlowEvent::LanguageSet { language: text.to_owned() });
        }
    }

    /// Goes on along an edge of the current node.
    pub fn take(&mut self, edge: impl Into<String>, to: &NodeName) -> Go {
        Go::Take { edge: edge.into(), to: to.clone() }
    }

    /// Goes on along an optional edge, or ends the call for want of one.
    pub fn take_or_end(&mut self, edge: &str, to: Option<&NodeName>) -> Go {
        match to {
            Some(to) => self.take(edge, to),
            None => Go::End(EndReason::NoEdge { outcome: edge.to_owned() }),
        }
    }

    pub fn is_over(&self) -> bool {
        matches!(self.state.step, Step::Over)
    }
}
