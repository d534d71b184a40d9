//! Reads the top of the file.

use std::collections::BTreeMap;

use super::calendar::{CALENDAR, read_calendars};
use super::nodes::{Nodes, read_nodes};
use super::prompts::read_prompts;
use super::vars::{PARAM, VAR, read_params, read_vars};
use super::{Fields, NameOf, Reader, Shape, Table, opt, req};
use crate::ivr::check::{Code, Diagnostic, Findings, say};
use crate::ivr::flow::{At, Defaults, Flow, FlowId, Language, NodeName, Requires, Span};
use crate::ivr::yaml::{Kind, Tree};

/// The version of the format that this program reads.
const FORMAT: u32 = 1;

pub static TOP: Table = Table {
    en: "a flow",
    zh: "流程",
    fields: &[
        req("ivr", Shape::Int { min: FORMAT, max: FORMAT }, "The version of the format: 1."),
        req("id", Shape::Name(NameOf::Flow), "Its stable id: the stem of the file's name."),
        opt("name", Shape::Text, "For people."),
        opt("note", Shape::Text, "A comment for people."),
        req("languages", Shape::Names(NameOf::Language), "The first is the one a call starts in."),
        req("start", Shape::Name(NameOf::Node), "The node where a call enters."),
        opt("defaults", Shape::Map(&DEFAULTS), "What nodes take when they do not say otherwise."),
        opt("requires", Shape::Map(&REQUIRES), "What must exist before it may be published."),
        opt("vars", Shape::MapOf(&VAR), "Typed variables."),
        opt("params", Shape::MapOf(&PARAM), "Parameters, when other flows call this one."),
        opt("hours", Shape::MapOf(&CALENDAR), "Calendars of opening hours."),
        opt("prompts", Shape::Own("prompts"), "Wording by name and language."),
        req("nodes", Shape::Own("nodes"), "The nodes by name."),
    ],
    shared: &[],
};

static DEFAULTS: Table = Table {
    en: "`defaults`",
    zh: "`defaults` ",
    fields: &[
        opt("timeout_s", Shape::Int { min: 1, max: 60 }, "Seconds to wait for the first key; 5 without it."),
        opt("max_errors", Shape::Int { min: 0, max: 9 }, "Wrong keys above this leave the node; 3 without it."),
        opt("max_timeouts", Shape::Int { min: 0, max: 9 }, "Silences above this leave the node; 2 without it."),
        opt("inter_digit_s", Shape::Int { min: 1, max: 10 }, "Seconds to wait for a further key; 3 without it."),
        opt("barge_in", Shape::Bool, "A key press stops the prompt; true without it."),
        opt("hold_music", Shape::Name(NameOf::Audio), "For transfer and http."),
    ],
    shared: &[],
};

static REQUIRES: Table = Table {
    en: "`requires`",
    zh: "`requires` ",
    fields: &[
        opt("skill_groups", Shape::Names(NameOf::Group), "Skill groups."),
        opt("audio", Shape::Names(NameOf::Audio), "Recordings."),
    ],
    shared: &[],
};

/// What was read, good or not. Names that are missing are empty.
pub struct Draft {
    pub flow: Flow,
    /// Nodes that exist and whose kind is not known.
    pub untyped: BTreeMap<NodeName, Span>,
    /// Of the file's first token.
    pub top: Span,
}

/// Reads a flow; what is wrong goes to `findings`.
pub fn read(tree: &Tree, findings: &mut Findings) -> Draft {
    let mut reader = Reader { findings, defaults: Defaults::default() };
    let mut fields = Fields::open(tree, &TOP, Span { len: 1, ..tree.span }, &mut reader);
    let top = fields.span;
    let format = read_format(&mut fields);
    let languages = read_languages(&mut fields);
    fields.reader.defaults = fields.map("defaults", read_defaults).unwrap_or_default();
    let id: At<FlowId> = fields.name("id");
    let name = fields.text("name").map_or_else(|| id.value.to_string(), |name| name.value);
    fields.text("note");
    let start = fields.name("start");
    let requires = fields.map("requires", read_requires).unwrap_or_default();
    let vars = fields.tree("vars").map(|tree| read_vars(tree, fields.reader)).unwrap_or_default();
    let params = fields.tree("params").map(|tree| read_params(tree, fields.reader)).unwrap_or_default();
    let calendars = fields.tree("hours").map(|tree| read_calendars(tree, fields.reader)).unwrap_or_default();
    let prompts = fields.tree("prompts").map(|tree| read_prompts(tree, fields.reader)).unwrap_or_default();
    let nodes = fields.tree("nodes").map(|tree| read_nodes(tree, fields.reader));
    let Nodes { nodes, untyped } = nodes.unwrap_or_else(|| Nodes { nodes: BTreeMap::new(), untyped: BTreeMap::new() });
    let defaults = reader.defaults.clone();
    let flow = Flow { format, id, name, languages, start, defaults, requires, vars, params, calendars, prompts, nodes };
    Draft { flow, untyped, top }
}

/// An unknown version is one finding; the rest is read as the version known.
fn read_format(fields: &mut Fields<'_, '_, '_>) -> u32 {
    if let Some(tree) = fields.tree("ivr").filter(|tree| tree.kind != Kind::Broken) {
        let written = tree.text().unwrap_or_default();
        if written != FORMAT.to_string() {
            let message =
                say!("`ivr: {written}` is not a version of this format", "`ivr: {written}` 不是可用的格式版本");
            let help = say!("write ivr: {FORMAT}", "请写 ivr: {FORMAT}");
            fields.reader.findings.add(Diagnostic::new(Code::E002, tree.span, message).help(help));
        }
    }
    FORMAT
}

fn read_languages(fields: &mut Fields<'_, '_, '_>) -> Vec<At<Language>> {
    let mut languages: Vec<At<Language>> = Vec::new();
    for language in fields.names::<Language>("languages") {
        let name = &language.value;
        if !is_tag(name.as_str()) {
            let help = say!("write a tag such as zh-CN or en-US", "请写 zh-CN、en-US 这样的标签");
            fields.reader.error_help(
                Code::E117,
                language.span,
                say!("`{name}` is no language", "`{name}` 不是语言"),
                help,
            );
        } else if languages.iter().any(|known| known.value == language.value) {
            fields.reader.error(Code::E003, language.span, say!("`{name}` is written twice", "`{name}` 写了两次"));
        } else {
            languages.push(language);
        }
    }
    if languages.is_empty() {
        let span = fields.tree("languages").map_or(fields.span, |tree| tree.span);
        if fields.tree("languages").is_some() {
            fields.reader.error(Code::E110, span, say!("`languages` is empty", "`languages` 是空的"));
        }
        languages.push(At::new(Language::new("zh-CN"), span));
    }
    languages
}

/// The shape of a BCP 47 tag: `zh`, `zh-CN`, `zh-Hant-TW`.
fn is_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let first =
        parts.next().is_some_and(|part| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic()));
    first && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn read_defaults(fields: &mut Fields<'_, '_, '_>) -> Defaults {
    let usual = Defaults::default();
    Defaults {
        timeout_s: fields.int("timeout_s").unwrap_or(usual.timeout_s),
        max_errors: fields.int("max_errors").unwrap_or(usual.max_errors),
        max_timeouts: fields.int("max_timeouts").unwrap_or(usual.max_timeouts),
        inter_digit_s: fields.int("inter_digit_s").unwrap_or(usual.inter_digit_s),
        barge_in: fields.bool("barge_in").unwrap_or(usual.barge_in),
        hold_music: fields.opt_name("hold_music"),
    }
}

fn read_requires(fields: &mut Fields<'_, '_, '_>) -> Requires {
    Requires { skill_groups: fields.names("skill_groups"), audio: fields.names("audio") }
}
