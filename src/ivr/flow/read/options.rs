//! Options of a `branch` and keys of a waiting `transfer`: keywords, and no keyword in two options.

use std::collections::BTreeMap;

use unicode_normalization::UnicodeNormalization;

use super::{Fields, Reader, read_assignments};
use crate::ivr::check::{Code, Diagnostic, Text, say};
use crate::ivr::flow::node::{KeyOption, is_keys};
use crate::ivr::flow::{At, Span};
use crate::ivr::yaml::{Kind, Style, Tree};

/// Reads the list `name` of options.
pub fn read_options(fields: &mut Fields<'_, '_, '_>, name: &'static str) -> Vec<KeyOption> {
    let mut taken = Taken::default();
    fields.list(name, |option| read_option(option, &mut taken))
}

/// Names and keywords used so far in one node.
#[derive(Default)]
struct Taken {
    names: BTreeMap<String, Span>,
    keywords: BTreeMap<String, (String, Span)>,
}

fn read_option(fields: &mut Fields<'_, '_, '_>, taken: &mut Taken) -> KeyOption {
    let name = fields.text("name").unwrap_or_else(|| At::new(String::new(), fields.span));
    if let Some(first) = taken.names.insert(name.value.clone(), name.span).filter(|_| !name.value.is_empty()) {
        let same = &name.value;
        let message = say!("another option is already called 「{same}」", "已有选项叫「{same}」");
        let finding = Diagnostic::new(Code::E113, name.span, message);
        let finding = finding.note(say!("first used here", "第一次用在这里"), first);
        fields.reader.findings.add(finding.help(say!("give each option its own name", "每个选项用不同的名称")));
    }
    let keywords = read_keywords(fields, &name.value, taken);
    let set = read_assignments(fields, "set");
    KeyOption { name, keywords, set, next: fields.name("next") }
}

fn read_keywords(fields: &mut Fields<'_, '_, '_>, option: &str, taken: &mut Taken) -> Vec<At<String>> {
    let Some(tree) = fields.tree("keywords") else { return Vec::new() };
    let reader = &mut *fields.reader;
    let items = reader.items(tree, &say!("`keywords`", "`keywords` "));
    if items.is_empty() && matches!(tree.kind, Kind::List(_)) {
        reader.error(Code::E110, tree.span, say!("`keywords` is empty", "`keywords` 是空的"));
    }
    let mut keywords = Vec::new();
    let written: Vec<_> = items.iter().filter_map(|item| read_keyword(item, reader)).collect();
    for raw in written {
        let keyword = At::new(normalise_keyword(&raw.value), raw.span);
        if refuse_bad_key(&raw, &keyword.value, reader) {
            continue;
        }
        match taken.keywords.get(&keyword.value) {
            Some((other, first)) => reader.findings.add(twice(&raw, other, *first)),
            None => {
                taken.keywords.insert(keyword.value.clone(), (option.to_owned(), raw.span));
                keywords.push(keyword);
            }
        }
    }
    keywords
}

fn twice(raw: &At<String>, option: &str, first: Span) -> Diagnostic {
    let keyword = &raw.value;
    let message = say!(
        "keyword \"{keyword}\" is already used by branch 「{option}」",
        "关键词“{keyword}”已被分支「{option}」使用"
    );
    Diagnostic::new(Code::E113, raw.span, message)
        .note(say!("first used here", "第一次用在这里"), first)
        .help(say!("each keyword may lead to one branch only", "每个关键词只能通向一个分支"))
}

/// NFKC and case folding: `１` is `1`, `Sales` is `sales`.
pub fn normalise_keyword(text: &str) -> String {
    text.trim().nfkc().flat_map(char::to_lowercase).nfkc().collect()
}

/// A keyword or key as written. One without quotes that YAML would read as a number or nothing is a finding, and is
/// then taken for the key that was meant.
pub fn read_keyword(tree: &Tree, reader: &mut Reader<'_>) -> Option<At<String>> {
    let text = match &tree.kind {
        Kind::Hash => "#",
        Kind::Scalar { text, style: Style::Quoted } => return Some(At::new(text.clone(), tree.span)),
        Kind::Scalar { text, style: Style::Plain } => text,
        Kind::Empty | Kind::List(_) | Kind::Map(_) | Kind::Broken => return reader.text(tree, &say!("a key", "按键")),
    };
    if text == "#" {
        let help = say!("write \"#\"; without quotes # begins a comment", "请写成 \"#\"；不加引号 # 会开始注释");
        reader.error_help(Code::E112, tree.span, say!("key # must be quoted", "按键 # 必须加引号"), help);
    } else if is_keys(text) {
        let help = say!(
            "write \"{text}\"; without quotes YAML reads a number and 01 becomes 1",
            "请写成 \"{text}\"；不加引号 YAML 会当作数字，01 会变成 1"
        );
        reader.error_help(Code::E112, tree.span, say!("key {text} must be quoted", "按键 {text} 必须加引号"), help);
    }
    Some(At::new(text.to_owned(), tree.span))
}

/// A keyword without any letter is meant for the phone, so it must be of the phone's keys.
fn refuse_bad_key(raw: &At<String>, keyword: &str, reader: &mut Reader<'_>) -> bool {
    if keyword.chars().any(char::is_alphabetic) || is_keys(keyword) {
        return false;
    }
    let shown = &raw.value;
    let message = say!("\"{shown}\" is neither a word nor keys of the phone", "“{shown}”既不是词语也不是电话按键");
    reader.error_help(Code::E115, raw.span, message, which_keys());
    true
}

pub fn which_keys() -> Text {
    say!("the keys are 0-9, * and #, in straight quotes", "电话按键只有 0-9、* 和 #，并加半角引号")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_compared_after_nfkc_and_case_folding() {
        for (text, normal) in
            [("１", "1"), ("＃", "#"), ("＊", "*"), ("Sales", "sales"), (" 售前 ", "售前"), ("ＡＢ", "ab")]
        {
            assert_eq!(normalise_keyword(text), normal);
        }
    }
}
