//! `collect` 收号: takes a number of digits into a variable.

use super::{Edge, Pace, Retries};
use crate::ivr::check::{Code, say};
use crate::ivr::flow::read::{COMMON, Fields, NameOf, RETRIES, Shape, Table, opt, read_retries, req};
use crate::ivr::flow::{At, NodeName, PromptName, VarName};

#[derive(Clone, Debug, PartialEq)]
pub struct Collect {
    pub prompt: At<PromptName>,
    /// Of type `digits`, `string` or `int`.
    pub into: At<VarName>,
    pub digits: DigitCount,
    pub retries: Retries,
    pub next: At<NodeName>,
}

/// How many digits, and the key that ends them early. The end key is not part of the digits.
#[derive(Clone, Debug, PartialEq)]
pub struct DigitCount {
    /// 1 to 32. Fewer digits are a wrong key.
    pub min: u32,
    /// `min` to 32. The last one ends the input at once.
    pub max: u32,
    /// One of `0`-`9`, `*`, `#`.
    pub end_key: Option<char>,
}

pub static TABLE: Table = Table {
    en: "a collect node",
    zh: "collect 节点",
    fields: &[
        req("prompt", Shape::Name(NameOf::Prompt), "What is asked."),
        req("into", Shape::Name(NameOf::Variable), "The variable that takes the digits."),
        req("digits", Shape::Map(&DIGITS), "How many digits."),
        req("next", Shape::Name(NameOf::Node), "Where it leads."),
    ],
    shared: &[COMMON, &RETRIES],
};

impl Collect {
    pub(super) fn read(fields: &mut Fields<'_, '_, '_>) -> Self {
        Collect {
            prompt: fields.name("prompt"),
            into: fields.name("into"),
            digits: fields.map("digits", DigitCount::read).unwrap_or(DigitCount { min: 1, max: 1, end_key: None }),
            retries: read_retries(fields),
            next: fields.name("next"),
        }
    }

    pub(super) fn edges(&self) -> Vec<Edge> {
        let next = Edge::new("next", &self.next, Pace::Caller).assigning([self.into.value.clone()]);
        std::iter::once(next).chain(self.retries.edges()).collect()
    }
}

static DIGITS: Table = Table {
    en: "`digits`",
    zh: "`digits` ",
    fields: &[
        opt("min", Shape::Int { min: 1, max: 32 }, "Fewer digits are a wrong key."),
        req("max", Shape::Int { min: 1, max: 32 }, "The last of so many digits ends the input."),
        opt("end_key", Shape::Key, "Ends the input early."),
    ],
    shared: &[],
};

impl DigitCount {
    fn read(fields: &mut Fields<'_, '_, '_>) -> Self {
        let max = fields.int("max").unwrap_or(32);
        let min = fields.int("min").unwrap_or(1);
        if min > max {
            let span = fields.tree("min").map_or(fields.span, |tree| tree.span);
            fields.reader.error(Code::E120, span, say!("`min` is above `max`", "`min` 大于 `max`"));
        }
        DigitCount { min: min.min(max), max, end_key: fields.key("end_key") }
    }
}
