//! Reads `prompts:`.

use std::collections::BTreeMap;

use super::{Fields, NameOf, Reader, Shape, Table, opt};
use crate::ivr::check::{Code, Diagnostic, say};
use crate::ivr::flow::{Language, Part, Prompt, PromptName, Span, Wording};
use crate::ivr::yaml::{Entry, Kind, Tree};

pub static PART: Table = Table {
    en: "a part of a prompt",
    zh: "提示音片段",
    fields: &[
        opt("audio", Shape::Name(NameOf::Audio), "A recording of the audio library."),
        opt("tts", Shape::Template, "A text to be spoken."),
        opt("number", Shape::Template, "A number, spoken as a number from recordings."),
        opt("digits", Shape::Template, "Digits, spoken one by one from recordings."),
        opt("silence", Shape::Int { min: 1, max: 10_000 }, "Milliseconds of silence."),
    ],
    shared: &[],
};

pub fn read_prompts(tree: &Tree, reader: &mut Reader<'_>) -> BTreeMap<PromptName, Prompt> {
    let mut prompts = BTreeMap::new();
    for Entry { key, value } in reader.entries(tree, &say!("`prompts`", "`prompts` ")) {
        let name = &key.text;
        let what = say!("the prompt `{name}`", "提示音 `{name}` ");
        let mut wording = BTreeMap::new();
        for entry in reader.entries(value, &what) {
            let parts = read_parts(&entry.value, entry.key.span, reader);
            wording.insert(Language::new(&entry.key.text), Wording { parts, span: entry.key.span });
        }
        prompts.insert(PromptName::new(name), Prompt { wording, span: key.span });
    }
    prompts
}

/// One part, or a list of them.
fn read_parts(tree: &Tree, language: Span, reader: &mut Reader<'_>) -> Vec<Part> {
    let parts = match &tree.kind {
        Kind::List(items) => items.as_slice(),
        Kind::Scalar { .. } => {
            let message = say!("a wording is written in parts", "提示音要写成片段");
            let help =
                say!("write {{ tts: \"…\" }} or {{ audio: name }}", "请写成 {{ tts: \"…\" }} 或 {{ audio: 名称 }}");
            reader.findings.add(Diagnostic::new(Code::E117, tree.span, message).help(help));
            return Vec::new();
        }
        Kind::Empty | Kind::Hash | Kind::Map(_) | Kind::Broken => std::slice::from_ref(tree),
    };
    if parts.is_empty() {
        reader.error(Code::E108, language, say!("this wording says nothing", "这里没有任何内容"));
    }
    parts.iter().filter_map(|part| read_part(&mut Fields::open(part, &PART, part.span, reader))).collect()
}

fn read_part(fields: &mut Fields<'_, '_, '_>) -> Option<Part> {
    let names: Vec<&str> =
        PART.fields.iter().map(|field| field.name).filter(|name| fields.tree(name).is_some()).collect();
    let all = "audio, tts, number, digits, silence";
    match names.as_slice() {
        [] => {
            fields.reader.error(Code::E110, fields.span, say!("a part needs one of {all}", "片段要有 {all} 之一"));
            return None;
        }
        [_] => {}
        [_, second, ..] => {
            let span = fields.tree(second).map_or(fields.span, |tree| tree.span);
            let help = say!("write a list: [ {{ … }}, {{ … }} ]", "请写成列表：[ {{ … }}, {{ … }} ]");
            fields.reader.error_help(Code::E117, span, say!("a part is one thing only", "一个片段只能有一项"), help);
        }
    }
    match *names.first()? {
        "audio" => fields.opt_name("audio").map(Part::Audio),
        "tts" => fields.template("tts").map(Part::Tts),
        "number" => fields.template("number").map(Part::Number),
        "digits" => fields.template("digits").map(Part::Digits),
        _ => fields.int("silence").map(|ms| Part::Silence { ms }),
    }
}
