//! Typed variables: what a flow may keep, and what the switch offers it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{At, Span};

/// The type of a flow variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VarType {
    /// Any text.
    String,
    /// A text of `0`-`9`, `*` and `#`, as keyed by the caller: leading zeros stay.
    Digits,
    /// A whole number of 64 bits with sign.
    Int,
    /// `true` or `false`.
    Bool,
}

impl VarType {
    pub const fn as_str(self) -> &'static str {
        match self {
            VarType::String => "string",
            VarType::Digits => "digits",
            VarType::Int => "int",
            VarType::Bool => "bool",
        }
    }

    /// The value that `text` is in this type; `None` when it is none.
    pub fn parse(self, text: &str) -> Option<Value> {
        match self {
            VarType::String => Some(Value::Text(text.to_owned())),
            VarType::Digits => {
                let keys = text.bytes().all(|b| b.is_ascii_digit() || b == b'*' || b == b'#');
                keys.then(|| Value::Text(text.to_owned()))
            }
            VarType::Int => text.parse().ok().map(Value::Int),
            VarType::Bool => text.parse().ok().map(Value::Bool),
        }
    }
}

/// The value of a variable while a flow runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Bool(bool),
    Int(i64),
    /// Of type `string` or `digits`.
    Text(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(value) => value.fmt(f),
            Value::Int(value) => value.fmt(f),
            Value::Text(value) => f.write_str(value),
        }
    }
}

/// A declared variable: `order_ok: { type: bool, default: false }`.
#[derive(Clone, Debug, PartialEq)]
pub struct VarDecl {
    pub var_type: VarType,
    /// Its value when the flow starts. Without one the variable must be set before it is read (E142).
    pub default: Option<Value>,
    /// `secret: true`: its value and the keys that make it are masked in the record.
    pub secret: bool,
    /// Of its name.
    pub span: Span,
}

/// What the switch itself knows, read as `${CallerNumber}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SystemVar {
    /// As presented by the network; empty when withheld.
    CallerNumber,
    /// The number that was dialled.
    CalledNumber,
    CallId,
    /// Callers ahead in the queue, 0 = next (G5). Only while the caller waits in a queue (E140).
    WaitNo,
    /// Estimated wait in minutes, rounded up. Only while the caller waits in a queue (E140).
    Wait,
    /// Staff number of the agent. Only once an agent has answered (E141).
    StaffNo,
    /// The language that the call speaks now; `set: { language: en-US }` changes it.
    Language,
}

impl SystemVar {
    pub const ALL: [SystemVar; 7] = [
        SystemVar::CallerNumber,
        SystemVar::CalledNumber,
        SystemVar::CallId,
        SystemVar::WaitNo,
        SystemVar::Wait,
        SystemVar::StaffNo,
        SystemVar::Language,
    ];

    /// As written between `${` and `}`.
    pub const fn as_str(self) -> &'static str {
        match self {
            SystemVar::CallerNumber => "CallerNumber",
            SystemVar::CalledNumber => "CalledNumber",
            SystemVar::CallId => "CallId",
            SystemVar::WaitNo => "WaitNo",
            SystemVar::Wait => "Wait",
            SystemVar::StaffNo => "StaffNo",
            SystemVar::Language => "language",
        }
    }

    pub fn named(name: &str) -> Option<SystemVar> {
        SystemVar::ALL.into_iter().find(|var| var.as_str() == name)
    }

    pub const fn var_type(self) -> VarType {
        match self {
            SystemVar::WaitNo | SystemVar::Wait => VarType::Int,
            SystemVar::CallerNumber
            | SystemVar::CalledNumber
            | SystemVar::CallId
            | SystemVar::StaffNo
            | SystemVar::Language => VarType::String,
        }
    }
}

/// One `variable: value` of a `set:`; the variable `language` is the call's language.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    pub var: At<super::VarName>,
    pub value: super::Template,
}
