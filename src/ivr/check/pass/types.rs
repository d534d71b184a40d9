//! E107 and E143: every variable exists and takes what it is given.

use crate::ivr::check::run::Context;
use crate::ivr::check::{Code, Diagnostic, say, uses};
use crate::ivr::flow::node::Subflow;
use crate::ivr::flow::{
    Comparison, Condition, Flow, Node, NodeKind, Operand, ParamType, Part, Span, SystemVar, Template, Value, VarName,
    VarType,
};

pub fn check(cx: &mut Context<'_>) {
    let flow = cx.flow;
    for part in flow.prompts.values().flat_map(|prompt| prompt.wording.values()).flat_map(|wording| &wording.parts) {
        check_part(cx, part);
    }
    for node in flow.nodes.values() {
        uses::texts(node).into_iter().for_each(|text| check_text(cx, text));
        for assignment in uses::assignments(node) {
            check_text(cx, &assignment.value);
            check_target(cx, &assignment.var.value, assignment.var.span, &assignment.value);
        }
        check_node(cx, node);
    }
}

fn check_node(cx: &mut Context<'_>, node: &Node) {
    match &node.kind {
        NodeKind::Switch(node) => node.cases.iter().for_each(|case| check_condition(cx, &case.when)),
        NodeKind::Collect(node) => check_collect(cx, &node.into.value, node.into.span),
        NodeKind::Http(node) => node.result.iter().for_each(|(var, _)| check_written(cx, &var.value, var.span)),
        NodeKind::Subflow(node) => check_subflow(cx, node),
        _ => {}
    }
}

fn check_subflow(cx: &mut Context<'_>, node: &Subflow) {
    node.with.iter().for_each(|argument| check_text(cx, &argument.value));
    node.result.iter().for_each(|(var, _)| check_written(cx, &var.value, var.span));
}

/// The type of a variable that can be read: of the flow, of its parameters, or of the system.
pub fn type_of(flow: &Flow, name: &VarName) -> Option<VarType> {
    let own = flow.vars.get(name).map(|decl| decl.var_type);
    let param = || match flow.params.get(name.as_str()).map(|kind| kind.value) {
        Some(ParamType::Value(var_type)) => Some(var_type),
        Some(ParamType::Prompt) | None => None,
    };
    own.or_else(param).or_else(|| SystemVar::named(name.as_str()).map(SystemVar::var_type))
}

fn check_text(cx: &mut Context<'_>, text: &Template) {
    text.variables().for_each(|name| check_read(cx, name, text.span));
}

fn check_read(cx: &mut Context<'_>, name: &VarName, span: Span) {
    if type_of(cx.flow, name).is_some() {
        return;
    }
    let message = say!("variable `{name}` does not exist", "变量 `{name}` 不存在");
    let mut names: Vec<&str> = cx.flow.vars.keys().map(VarName::as_str).collect();
    names.extend(SystemVar::ALL.map(SystemVar::as_str));
    let help = cx.findings.suggest(name.as_str(), names);
    let help = help.or_else(|| Some(say!("declare it in `vars:`", "请在 `vars:` 中声明")));
    cx.findings.add(Diagnostic::new(Code::E107, span, message).maybe_help(help));
}

/// Only the flow's own variables can be written.
fn check_written(cx: &mut Context<'_>, name: &VarName, span: Span) {
    if cx.flow.vars.contains_key(name) || name.as_str().is_empty() {
        return;
    }
    if type_of(cx.flow, name).is_some() {
        let message =
            say!("`{name}` cannot be set: it is no variable of this flow", "不能给 `{name}` 赋值：它不是本流程的变量");
        cx.findings.add(Diagnostic::new(Code::E107, span, message));
    } else {
        check_read(cx, name, span);
    }
}

fn check_target(cx: &mut Context<'_>, name: &VarName, span: Span, value: &Template) {
    if name.as_str() == SystemVar::Language.as_str() {
        return;
    }
    check_written(cx, name, span);
    if let Some(var_type) = cx.flow.vars.get(name).map(|decl| decl.var_type) {
        check_literal(cx, value, var_type);
    }
}

/// A text without variables is of the type that is expected.
fn check_literal(cx: &mut Context<'_>, text: &Template, var_type: VarType) {
    let Some(literal) = text.literal() else { return };
    if var_type.parse(literal).is_none() {
        let expected = var_type.as_str();
        let message = say!("`{literal}` is not of type {expected}", "`{literal}` 不是 {expected} 类型");
        cx.findings.add(Diagnostic::new(Code::E143, text.span, message));
    }
}

fn check_collect(cx: &mut Context<'_>, into: &VarName, span: Span) {
    check_written(cx, into, span);
    if cx.flow.vars.get(into).is_some_and(|decl| decl.var_type == VarType::Bool) {
        let message = say!("digits do not fit `{into}`, which is of type bool", "`{into}` 是 bool 类型，不能存放按键");
        let help = say!("declare it as digits", "请声明为 digits 类型");
        cx.findings.add(Diagnostic::new(Code::E143, span, message).help(help));
    }
}

fn check_part(cx: &mut Context<'_>, part: &Part) {
    let Some(text) = part.template() else { return };
    check_text(cx, text);
    match part {
        Part::Number(text) => check_literal(cx, text, VarType::Int),
        Part::Digits(text) => check_literal(cx, text, VarType::Digits),
        Part::Audio(_) | Part::Tts(_) | Part::Silence { .. } => return,
    }
    if let Some(name) = text.variables().find(|name| type_of(cx.flow, name) == Some(VarType::Bool)) {
        let message =
            say!("`{name}` is of type bool and cannot be spoken as a number", "`{name}` 是 bool 类型，不能按数字播报");
        cx.findings.add(Diagnostic::new(Code::E143, text.span, message));
    }
}

fn check_condition(cx: &mut Context<'_>, condition: &Condition) {
    let operands = || std::iter::once(&condition.left).chain(&condition.right);
    condition.variables().for_each(|name| check_read(cx, name, condition.span));
    let types: Vec<Option<OperandType>> = operands().map(|operand| operand_type(cx.flow, operand)).collect();
    let Some((Some(left), right)) = types.split_first() else { return };
    for right in right.iter().flatten() {
        if let Some(message) = mismatch(condition.comparison, *left, *right) {
            cx.findings.add(Diagnostic::new(Code::E143, condition.span, message));
            return;
        }
    }
}

/// What can be compared with what: a literal number also stands for keys.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OperandType {
    Is(VarType),
    Number,
    Word,
}

fn operand_type(flow: &Flow, operand: &Operand) -> Option<OperandType> {
    match operand {
        Operand::Var(name) => type_of(flow, name).map(OperandType::Is),
        Operand::Literal(Value::Bool(_)) => Some(OperandType::Is(VarType::Bool)),
        Operand::Literal(Value::Int(_)) => Some(OperandType::Number),
        Operand::Literal(Value::Text(_)) => Some(OperandType::Word),
    }
}

fn mismatch(comparison: Comparison, left: OperandType, right: OperandType) -> Option<crate::ivr::check::Text> {
    use OperandType::{Is, Number, Word};
    let number = |side| matches!(side, Number | Is(VarType::Int));
    let ordered = match comparison {
        Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual => true,
        Comparison::Equal | Comparison::NotEqual | Comparison::In => false,
    };
    if ordered {
        let fits = number(left) && number(right);
        return (!fits).then(|| say!("only whole numbers can be ordered", "只有整数才能比较大小"));
    }
    let text = |side| matches!(side, Word | Number | Is(VarType::String | VarType::Digits));
    let truth = |side| matches!(side, Is(VarType::Bool));
    let fits = (number(left) && number(right)) || (text(left) && text(right)) || (truth(left) && truth(right));
    (!fits).then(|| say!("these two can never be equal: their types differ", "两边类型不同，永远不会相等"))
}
