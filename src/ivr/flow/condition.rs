//! Conditions of `switch`: one comparison of a typed variable, so that every check of a flow is decidable.

use super::{Span, Template, Value, VarName};

/// `left comparison right`, as `${order_ok} == true` or `${tier} in [gold, silver]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub left: Operand,
    pub comparison: Comparison,
    /// One operand; for `in` any number of them.
    pub right: Vec<Operand>,
    /// Of the whole condition.
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
}

/// A side of a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    Var(VarName),
    Literal(Value),
}

impl Condition {
    /// Stands for one that could not be read: it reads the first variable of `text`. No flow with it leaves the checker.
    pub(crate) fn unread(text: &str, span: Span) -> Self {
        let variable = Template::parse(text, span).variables().next().cloned();
        let side = variable.map_or(Operand::Literal(Value::Bool(true)), Operand::Var);
        Condition { left: side.clone(), comparison: Comparison::Equal, right: vec![side], span }
    }

    /// The variables that it reads.
    pub fn variables(&self) -> impl Iterator<Item = &VarName> {
        std::iter::once(&self.left).chain(&self.right).filter_map(|operand| match operand {
            Operand::Var(name) => Some(name),
            Operand::Literal(_) => None,
        })
    }

    /// Whether it holds. `lookup` is asked for each variable; a comparison with one that has no value never holds.
    pub fn holds(&self, mut lookup: impl FnMut(&VarName) -> Option<Value>) -> bool {
        let mut value = |operand: &Operand| match operand {
            Operand::Var(name) => lookup(name),
            Operand::Literal(value) => Some(value.clone()),
        };
        let Some(left) = value(&self.left) else { return false };
        self.right.iter().filter_map(value).any(|right| self.comparison.holds(&left, &right))
    }
}

impl Comparison {
    fn holds(self, left: &Value, right: &Value) -> bool {
        match self {
            Comparison::Equal | Comparison::In => same(left, right),
            Comparison::NotEqual => !same(left, right),
            Comparison::Less => order(left, right, |l, r| l < r),
            Comparison::LessOrEqual => order(left, right, |l, r| l <= r),
            Comparison::Greater => order(left, right, |l, r| l > r),
            Comparison::GreaterOrEqual => order(left, right, |l, r| l >= r),
        }
    }
}

/// Text and number are the same when they read the same: digits keyed by a caller compare with a literal number.
fn same(left: &Value, right: &Value) -> bool {
    left == right || left.to_string() == right.to_string()
}

fn order(left: &Value, right: &Value, test: impl Fn(i64, i64) -> bool) -> bool {
    let number = |value: &Value| match value {
        Value::Int(number) => Some(*number),
        Value::Text(text) => text.parse().ok(),
        Value::Bool(_) => None,
    };
    number(left).zip(number(right)).is_some_and(|(left, right)| test(left, right))
}
