//! Fields that several kinds of node have.

use std::collections::BTreeMap;

use super::{Field, Fields, NameOf, Shape, Table, opt, req};
use crate::ivr::check::{Code, Text, say};
use crate::ivr::flow::node::{GroupChoice, Retries};
use crate::ivr::flow::value::Assignment;
use crate::ivr::flow::{At, GroupId, Language, VarName};
use crate::ivr::yaml::{Entry, Kind};

/// The fields of [`Retries`], to be listed in a node's table.
pub const RETRIES: [Field; 9] = [
    opt("timeout_prompt", Shape::Prompts, "Played when nothing is keyed; a list plays the 1st, 2nd, … on each retry."),
    opt("error_prompt", Shape::Prompts, "Played after a wrong key; a list plays the 1st, 2nd, … on each retry."),
    opt("timeout_s", Shape::Int { min: 1, max: 60 }, "Seconds to wait for the first key."),
    opt("inter_digit_s", Shape::Int { min: 1, max: 10 }, "Seconds to wait for a further key."),
    opt("max_errors", Shape::Int { min: 0, max: 9 }, "Wrong keys above this take on_max_errors."),
    opt("max_timeouts", Shape::Int { min: 0, max: 9 }, "Silences above this take on_max_timeouts."),
    opt("barge_in", Shape::Bool, "A key press stops the prompt."),
    opt("on_max_errors", Shape::Name(NameOf::Node), "Where too many wrong keys lead; without it the call ends."),
    opt("on_max_timeouts", Shape::Name(NameOf::Node), "Where too many silences lead; without it the call ends."),
];

/// One option of a branch, or one key of a waiting transfer.
pub static OPTION: Table = Table {
    en: "an option",
    zh: "选项",
    fields: &[
        req("name", Shape::Text, "For people and for the record."),
        req("keywords", Shape::Keywords, "Keys of the phone in quotes, and spoken words."),
        opt("set", Shape::Values, "Variables to set, or the call's language."),
        req("next", Shape::Name(NameOf::Node), "Where it leads."),
    ],
    shared: &[],
};

pub fn read_retries(fields: &mut Fields<'_, '_, '_>) -> Retries {
    let defaults = fields.reader.defaults.clone();
    Retries {
        timeout_prompt: fields.prompts("timeout_prompt"),
        error_prompt: fields.prompts("error_prompt"),
        timeout_s: fields.int("timeout_s").unwrap_or(defaults.timeout_s),
        inter_digit_s: fields.int("inter_digit_s").unwrap_or(defaults.inter_digit_s),
        max_errors: fields.int("max_errors").unwrap_or(defaults.max_errors),
        max_timeouts: fields.int("max_timeouts").unwrap_or(defaults.max_timeouts),
        barge_in: fields.bool("barge_in").unwrap_or(defaults.barge_in),
        on_max_errors: fields.opt_name("on_max_errors"),
        on_max_timeouts: fields.opt_name("on_max_timeouts"),
    }
}

/// `set: { language: zh-CN, tier: gold }`.
pub fn read_assignments(fields: &mut Fields<'_, '_, '_>, name: &'static str) -> Vec<Assignment> {
    let pairs = fields.pairs(name);
    let assignment = |(var, value): (At<String>, At<String>)| Assignment {
        var: At::new(VarName::new(&var.value), var.span),
        value: fields.reader.template(&value.value, value.span),
    };
    pairs.into_iter().map(assignment).collect()
}

/// `presales`, or `{ zh-CN: presales, en-US: english }`.
pub fn read_group_choice(fields: &mut Fields<'_, '_, '_>, name: &'static str) -> GroupChoice {
    if !matches!(fields.tree(name).map(|tree| &tree.kind), Some(Kind::Map(_))) {
        return GroupChoice::One(fields.name(name));
    }
    let what = say!("`{name}`", "`{name}`");
    let entries = fields.tree(name).map_or(&[][..], |tree| fields.reader.entries(tree, &what));
    GroupChoice::ByLanguage(read_groups(fields, entries, &what))
}

fn read_groups(fields: &mut Fields<'_, '_, '_>, entries: &[Entry], what: &Text) -> BTreeMap<Language, At<GroupId>> {
    let mut groups = BTreeMap::new();
    for Entry { key, value } in entries {
        if let Some(group) = fields.reader.text(value, what) {
            groups.insert(Language::new(&key.text), At::new(GroupId::new(&group.value), group.span));
        }
    }
    if entries.is_empty() {
        fields.reader.error(Code::E110, fields.span, say!("`skill_group` is empty", "`skill_group` 是空的"));
    }
    groups
}
