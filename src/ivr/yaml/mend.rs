//! The slips that people make with phone keys and a Chinese keyboard, told in their own words, and mended in memory so
//! that the rest of the file is read in the same pass.
//!
//! | written | YAML reads | mended as |
//! |---|---|---|
//! | `[*]` | an alias without a name | a stand-in character that is read back as `*` |
//! | `[1, #]` | a comment, and the list never ends | a stand-in for `#` |
//! | `next：menu` | one word | `next: menu` |
//!
//! A tab that indents is told for every line that has one, and not mended: what it meant cannot be known.

use granit_parser::{ErrorKind, Marker, ScanError};

use super::load::at;
use super::wide_colon;
use crate::ivr::check::{Code, Diagnostic, say};
use crate::ivr::flow::Span;

/// Private-use characters that stand for a bare `*` and `#`.
const STAR: char = '\u{f02a}';
const HASH: char = '\u{f023}';
/// Lines with a tab that are told.
const MAX_TAB_LINES: usize = 20;

/// The text of a file with its slips mended, and where characters were put in.
pub(super) struct Mended {
    lines: Vec<String>,
    text: String,
    /// Line and column (from 1) of each blank that was put in.
    inserted: Vec<(u32, u32)>,
}

/// What an error of the parser came to.
pub(super) struct Found {
    pub findings: Vec<Diagnostic>,
    /// The text was mended: read it again.
    pub go_on: bool,
}

impl Mended {
    pub fn new(text: &str) -> Self {
        let lines = text.split_inclusive('\n').map(str::to_owned).collect();
        Mended { lines, text: text.to_owned(), inserted: Vec::new() }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place in the file as it was written.
    pub fn place(&self, marker: &Marker) -> Span {
        let place = at(marker);
        let before = self.inserted.iter().filter(|(line, column)| *line == place.line && *column < place.column);
        let shift = u32::try_from(before.count()).unwrap_or(u32::MAX);
        Span { column: place.column.saturating_sub(shift).max(1), ..place }
    }

    /// A token's place; one of several lines counts to the end of its first.
    pub fn span(&self, span: &granit_parser::Span) -> Span {
        let start = self.place(&span.start);
        let end = if span.start.line() == span.end.line() {
            self.place(&span.end).column
        } else {
            let line = self.line(start.line).trim_end();
            u32::try_from(line.chars().count()).unwrap_or(u32::MAX).saturating_add(1)
        };
        Span { len: end.saturating_sub(start.column), ..start }
    }

    /// A scalar with stand-ins read back, and whether there were any.
    pub fn restore(text: &str) -> (String, bool) {
        if !text.contains([STAR, HASH]) {
            return (text.to_owned(), false);
        }
        (text.replace(STAR, "*").replace(HASH, "#"), true)
    }

    fn line(&self, number: u32) -> &str {
        let index = usize::try_from(number).unwrap_or(usize::MAX).wrapping_sub(1);
        self.lines.get(index).map_or("", String::as_str)
    }

    fn character(&self, place: Span) -> Option<char> {
        self.line(place.line).chars().nth(usize::try_from(place.column).ok()?.checked_sub(1)?)
    }

    fn replace(&mut self, place: Span, with: &str) {
        let line = usize::try_from(place.line).unwrap_or(usize::MAX).wrapping_sub(1);
        let column = usize::try_from(place.column).unwrap_or(usize::MAX).wrapping_sub(1);
        if let Some(text) = self.lines.get_mut(line)
            && let Some((start, old)) = text.char_indices().nth(column)
        {
            text.replace_range(start..start + old.len_utf8(), with);
            self.text = self.lines.concat();
        }
    }

    /// The place of the `n`th character (from 0) of a line as it stands now, seen in the file as written.
    fn written(&self, line: u32, n: usize) -> Span {
        self.place(&Marker::new(0, usize::try_from(line).unwrap_or(0), n))
    }
}

/// Tells what is behind a syntax error, and mends it when that is sure.
pub(super) fn diagnose(error: &ScanError, place: Span, mended: &mut Mended) -> Found {
    let raw = at(error.marker());
    if let Some(finding) = bare_star(error, raw, place, mended) {
        return Found { findings: vec![finding], go_on: true };
    }
    let tabs = tabs(mended, raw.line);
    if !tabs.is_empty() {
        return Found { findings: tabs, go_on: false };
    }
    let slip = mend_colon(raw, mended).or_else(|| bare_hash(raw, mended));
    match slip {
        Some(finding) => Found { findings: vec![finding], go_on: true },
        None => Found { findings: vec![plain(error, place)], go_on: false },
    }
}

fn bare_star(error: &ScanError, raw: Span, place: Span, mended: &mut Mended) -> Option<Diagnostic> {
    if *error.kind() != ErrorKind::MissingAnchorOrAliasName || mended.character(raw) != Some('*') {
        return None;
    }
    mended.replace(raw, &STAR.to_string());
    let message = say!("key * must be quoted", "按键 * 必须加引号");
    let help = say!("write \"*\"; without quotes YAML reads an alias", "请写成 \"*\"；不加引号 YAML 会当作别名");
    Some(Diagnostic::new(Code::E001, place, message).help(help))
}

/// A `#` where a value of `[ ]` or `{ }` belongs, on the line of the error or before it: what was opened there is not
/// closed, and the parser stumbles much later.
fn bare_hash(raw: Span, mended: &mut Mended) -> Option<Diagnostic> {
    let lines = mended.lines.iter().zip(1..).take(usize::try_from(raw.line).unwrap_or(usize::MAX));
    let found: Vec<(u32, usize)> = lines.filter_map(|(text, line)| Some((line, hash_for_value(text)?))).collect();
    let (line, n) = *found.last()?;
    let place = mended.written(line, n);
    mended.replace(at(&Marker::new(0, usize::try_from(line).ok()?, n)), &HASH.to_string());
    let message = say!(
        "key # must be quoted: it begins a comment, and the rest of the line is lost",
        "按键 # 必须加引号：否则它会开始注释，本行剩下的内容都会丢失"
    );
    Some(Diagnostic::new(Code::E001, place, message).help(say!("write \"#\"", "请写成 \"#\"")))
}

/// Where in the line a `#` outside quotes follows `[`, `{`, `,` or `:` and stands before `]`, `}` or `,`.
fn hash_for_value(line: &str) -> Option<usize> {
    let mut quote = None;
    let mut before = ' ';
    for (n, (start, c)) in line.char_indices().enumerate() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '#' => {
                let after = line[start + 1..].trim_start();
                let value = matches!(before, '[' | '{' | ',' | ':') && after.starts_with([']', '}', ',']);
                return value.then_some(n);
            }
            None => {}
        }
        if !c.is_whitespace() {
            before = c;
        }
    }
    None
}

/// `next：menu` on the line of the error or the one before.
fn mend_colon(raw: Span, mended: &mut Mended) -> Option<Diagnostic> {
    let lines = [raw.line, raw.line.saturating_sub(1)];
    let (line, n) = lines.into_iter().find_map(|line| Some((line, colon_after_key(mended.line(line))?)))?;
    let place = mended.written(line, n);
    let blank_follows = mended.line(line).chars().nth(n + 1).is_none_or(char::is_whitespace);
    mended.replace(at(&Marker::new(0, usize::try_from(line).ok()?, n)), if blank_follows { ":" } else { ": " });
    if !blank_follows {
        mended.inserted.push((line, place.column + 1));
    }
    Some(wide_colon::finding(place))
}

/// Where a full-width colon follows the first word of a line, as a key's colon would.
fn colon_after_key(line: &str) -> Option<usize> {
    let n = line.chars().position(|c| c == wide_colon::CHAR)?;
    let key: String = line.chars().take(n).collect();
    let key = key.trim_start().trim_start_matches("- ").trim();
    (!key.is_empty() && !key.contains([' ', ':', '"', '\'', '#'])).then_some(n)
}

/// Every line that a tab indents, when the line of the error or the next is one.
fn tabs(mended: &Mended, line: u32) -> Vec<Diagnostic> {
    let tab = |text: &str| text.chars().take_while(|c| c.is_whitespace()).position(|c| c == '\t');
    if tab(mended.line(line)).or(tab(mended.line(line.saturating_add(1)))).is_none() {
        return Vec::new();
    }
    let tabbed = mended.lines.iter().zip(1..).filter(|(text, _)| !text.trim().is_empty());
    let places = tabbed.filter_map(|(text, line)| Some(mended.written(line, tab(text)?)));
    let finding = |place| {
        let help = say!("indent with spaces, two for each level", "请用空格缩进，每级两个");
        Diagnostic::new(Code::E001, place, say!("a tab may not indent", "不能用制表符（Tab）缩进")).help(help)
    };
    places.take(MAX_TAB_LINES).map(finding).collect()
}

fn plain(error: &ScanError, place: Span) -> Diagnostic {
    use ErrorKind::*;
    let (message, help) = match error.kind() {
        UnclosedFlowCollection { open } => (say!("`{open}` is not closed", "`{open}` 没有关闭"), None),
        UnclosedQuotedScalar | InvalidQuotedScalarIndent | UnexpectedEof => (
            say!("a quote is not closed", "引号没有关闭"),
            Some(say!("look for a missing \" or ' above", "请检查前面是否缺少 \" 或 '")),
        ),
        MappingValueNotAllowed | InvalidColonPlacement => (
            say!("a colon is not expected here", "这里不应该有冒号"),
            Some(say!(
                "put a text with a colon in quotes, and line up the keys of one level",
                "含冒号的文本要加引号；同一级的键要对齐"
            )),
        ),
        SimpleKeyExpected | ExpectedBlockMappingKey | InvalidIndentation | ExpectedBlockSequenceEntry => (
            say!("`key: value` is expected here", "这里应该是“键: 值”"),
            Some(say!(
                "line up the keys of one level; a colon is followed by a blank",
                "同一级的键要对齐；冒号后面要有空格"
            )),
        ),
        RecursionLimitExceeded => (say!("too many levels inside each other", "嵌套层数太多"), None),
        DirectiveDisallowed => (say!("%-directives are not part of the flow format", "流程文件不支持 % 指令"), None),
        UnexpectedCharacter { character } => {
            let code = u32::from(*character);
            let shown = if character.is_control() { format!("U+{code:04X}") } else { character.to_string() };
            (
                say!("`{shown}` cannot stand here", "这里不能有 `{shown}`"),
                Some(say!("put the text in quotes", "请给文本加引号")),
            )
        }
        _ => {
            let info = error.info();
            (say!("YAML syntax: {info}", "YAML 语法错误：{info}"), None)
        }
    };
    Diagnostic::new(Code::E001, place, message).maybe_help(help)
}
