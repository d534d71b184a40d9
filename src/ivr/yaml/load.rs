//! From parser events to the tree.

use std::collections::BTreeMap;

use granit_parser::{Event, Marker, Parser, ScalarStyle, ScanError};

use super::mend::{Mended, diagnose};
use super::{Entry, Key, Kind, Style, Tree};
use crate::ivr::check::{Code, Diagnostic, Findings, SourceFault, SourceFile, say};
use crate::ivr::flow::Span;

/// Collections inside collections; a flow needs seven.
const MAX_NESTING: usize = 32;
/// How many slips are mended before the rest of the file is given up.
const MAX_MENDS: usize = 20;

/// Reads `source`. Every fault of syntax goes to `findings`; there is no tree when one of them cannot be mended.
pub fn load(source: &SourceFile, findings: &mut Findings) -> Option<Tree> {
    if let Some(fault) = source.fault() {
        findings.add(explain_fault(fault));
        return None;
    }
    let mut mended = Mended::new(source.text());
    for _ in 0..=MAX_MENDS {
        let mut loader = Loader::new(&mended);
        match loader.run() {
            Ok(()) => return loader.finish(findings),
            Err(error) => {
                let place = mended.place(error.marker());
                let found = diagnose(&error, place, &mut mended);
                found.findings.into_iter().for_each(|finding| findings.add(finding));
                if !found.go_on {
                    return None;
                }
            }
        }
    }
    None
}

fn explain_fault(fault: SourceFault) -> Diagnostic {
    match fault {
        SourceFault::TooLarge { bytes } => {
            let start = Span { line: 1, column: 1, len: 1 };
            let most = crate::ivr::check::MAX_FILE_BYTES / 1024;
            let message = say!(
                "the file has {bytes} bytes; a flow may have {most} KiB",
                "文件有 {bytes} 字节，流程文件最大 {most} KiB"
            );
            Diagnostic::new(Code::E001, start, message).help(say!("split it into subflows", "请拆成子流程"))
        }
        SourceFault::NotUtf8 { at } => {
            let message = say!("the file is not UTF-8 text from here on", "从这里开始不是 UTF-8 文本");
            Diagnostic::new(Code::E001, at, message).help(say!("save it as UTF-8", "请以 UTF-8 编码保存"))
        }
    }
}

/// A collection that is still open.
enum Open {
    List { items: Vec<Tree>, span: Span },
    Map { entries: Vec<Entry>, seen: BTreeMap<String, Span>, key: Option<Option<Key>>, span: Span },
}

struct Loader<'m> {
    mended: &'m Mended,
    open: Vec<Open>,
    documents: usize,
    root: Option<Tree>,
    found: Vec<Diagnostic>,
    /// Lines with a comment that starts as a key would: `#` with no blank after it.
    hashes: BTreeMap<u32, Span>,
}

impl<'m> Loader<'m> {
    fn new(mended: &'m Mended) -> Self {
        Loader { mended, open: Vec::new(), documents: 0, root: None, found: Vec::new(), hashes: BTreeMap::new() }
    }

    fn run(&mut self) -> Result<(), ScanError> {
        let options = granit_parser::options! {
            emit_unresolved_aliases: true,
            disallow_directives: true,
            flow_nesting_limit: MAX_NESTING,
            block_nesting_limit: MAX_NESTING,
        };
        let mended = self.mended;
        for event in Parser::new_from_str_with_options(mended.text(), options) {
            let (event, span) = event?;
            let tag = span.tag_start.map(|start| mended.place(&start));
            let span = mended.span(&span);
            if let Some(at) = tag {
                self.refuse_tag(at);
            }
            self.on_event(event, span);
        }
        Ok(())
    }

    fn on_event(&mut self, event: Event<'_>, span: Span) {
        match event {
            Event::DocumentStart(..) => self.on_document(span),
            Event::Comment(text, _) if !text.starts_with(' ') || text.trim().is_empty() => {
                self.hashes.insert(span.line, Span { len: 1, ..span });
            }
            Event::Scalar(text, style, anchor, _) => {
                self.refuse_anchor(anchor, span);
                let scalar = scalar(&text, style, span);
                self.on_value(scalar);
            }
            Event::SequenceStart(_, anchor, _) => {
                self.refuse_anchor(anchor, span);
                self.open.push(Open::List { items: Vec::new(), span });
            }
            Event::MappingStart(_, anchor, _) => {
                self.refuse_anchor(anchor, span);
                self.open.push(Open::Map { entries: Vec::new(), seen: BTreeMap::new(), key: None, span });
            }
            Event::SequenceEnd | Event::MappingEnd => self.on_close(),
            Event::Alias(_) => self.on_alias("", span),
            Event::UnresolvedAlias(name) => self.on_alias(&name, span),
            _ => {}
        }
    }

    fn on_document(&mut self, span: Span) {
        self.documents += 1;
        if self.documents == 2 {
            let message = say!("a second YAML document begins here", "这里开始了第二个 YAML 文档");
            self.found.push(
                Diagnostic::new(Code::E001, span, message).help(say!("one flow per file", "一个文件只写一个流程")),
            );
        }
    }

    fn refuse_anchor(&mut self, anchor: usize, span: Span) {
        if anchor != 0 {
            let message = say!("anchors (&name) are not part of the flow format", "流程文件不支持锚点（&name）");
            self.found
                .push(Diagnostic::new(Code::E001, span, message).help(say!("write the value out", "请直接写出内容")));
        }
    }

    fn refuse_tag(&mut self, span: Span) {
        let message = say!("tags (!name) are not part of the flow format", "流程文件不支持标签（!name）");
        self.found.push(Diagnostic::new(Code::E001, span, message).help(say!("remove it", "请删除")));
    }

    /// `*1` is a phone key to people and an alias to YAML.
    fn on_alias(&mut self, name: &str, span: Span) {
        if !name.is_empty() && name.chars().all(|c| c.is_ascii_digit() || c == '*' || c == '#') {
            let message =
                say!("*{name} must be quoted: YAML reads an alias", "*{name} 必须加引号：YAML 会把它当作别名");
            self.found
                .push(Diagnostic::new(Code::E001, span, message).help(say!("write \"*{name}\"", "请写成 \"*{name}\"")));
            return self.on_value(Tree::new(Kind::Scalar { text: format!("*{name}"), style: Style::Quoted }, span));
        }
        let message = say!("aliases (*name) are not part of the flow format", "流程文件不支持别名（*name）");
        let help =
            say!("write the value out; a key of the phone is written \"*\"", "请直接写出内容；电话按键要写成 \"*\"");
        self.found.push(Diagnostic::new(Code::E001, span, message).help(help));
        self.on_value(Tree::new(Kind::Broken, span));
    }

    fn on_close(&mut self) {
        let tree = match self.open.pop() {
            Some(Open::List { items, span }) => Tree::new(Kind::List(items), widen(span, 1)),
            Some(Open::Map { entries, span, .. }) => {
                let first = entries.first().map_or(1, |entry| entry.key.span.len);
                Tree::new(Kind::Map(entries), widen(span, first))
            }
            None => return,
        };
        self.on_value(tree);
    }

    fn on_value(&mut self, value: Tree) {
        match self.open.last_mut() {
            None => {
                self.root.get_or_insert(value);
            }
            Some(Open::List { items, .. }) => items.push(value),
            Some(Open::Map { entries, seen, key, .. }) => match key.take() {
                None => *key = Some(accept_key(value, seen, &mut self.found)),
                Some(Some(key)) => entries.push(Entry { key, value }),
                Some(None) => {}
            },
        }
    }

    fn finish(self, findings: &mut Findings) -> Option<Tree> {
        self.found.into_iter().for_each(|finding| findings.add(finding));
        let Some(mut root) = self.root else {
            let start = Span { line: 1, column: 1, len: 1 };
            findings.add(Diagnostic::new(Code::E001, start, say!("the file is empty", "文件是空的")));
            return None;
        };
        mark_hashes(&mut root, &self.hashes);
        Some(root)
    }
}

/// The key, unless it is none or has been written before.
fn accept_key(value: Tree, seen: &mut BTreeMap<String, Span>, found: &mut Vec<Diagnostic>) -> Option<Key> {
    let span = value.span;
    let text = match value.kind {
        Kind::Scalar { text, .. } => text,
        Kind::Empty | Kind::Hash => String::new(),
        Kind::Broken => return None,
        Kind::List(_) | Kind::Map(_) => {
            found.push(Diagnostic::new(Code::E001, span, say!("a key must be a text", "键必须是文本")));
            return None;
        }
    };
    if let Some(first) = seen.get(&text) {
        let message = say!("`{text}` is written twice", "`{text}` 写了两次");
        let note = say!("first written here", "第一次写在这里");
        let help =
            say!("keep one of them; YAML would silently drop the first", "只保留一个；否则 YAML 会悄悄丢掉前一个");
        found.push(Diagnostic::new(Code::E003, span, message).note(note, *first).help(help));
        return None;
    }
    seen.insert(text.clone(), span);
    Some(Key { text, span })
}

fn scalar(text: &str, style: ScalarStyle, span: Span) -> Tree {
    let empty = span.len == 0 && style == ScalarStyle::Plain;
    if empty || (style == ScalarStyle::Plain && matches!(text, "~" | "null")) {
        return Tree::new(Kind::Empty, widen(span, 1));
    }
    let style = match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted | ScalarStyle::Literal | ScalarStyle::Folded => {
            Style::Quoted
        }
    };
    let (text, was_mended) = Mended::restore(text);
    let style = if was_mended { Style::Quoted } else { style };
    Tree::new(Kind::Scalar { text, style }, widen(span, 1))
}

fn widen(span: Span, least: u32) -> Span {
    Span { len: span.len.max(least), ..span }
}

/// A value that is empty because a `#` came where a value belongs.
fn mark_hashes(tree: &mut Tree, hashes: &BTreeMap<u32, Span>) {
    match &mut tree.kind {
        Kind::Empty => {
            if let Some(hash) = hashes.get(&tree.span.line) {
                *tree = Tree::new(Kind::Hash, *hash);
            }
        }
        Kind::List(items) => items.iter_mut().for_each(|item| mark_hashes(item, hashes)),
        Kind::Map(entries) => entries.iter_mut().for_each(|entry| mark_hashes(&mut entry.value, hashes)),
        Kind::Scalar { .. } | Kind::Hash | Kind::Broken => {}
    }
}

/// A marker's line and column as ours: both from 1.
pub(super) fn at(marker: &Marker) -> Span {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Span { line: number(marker.line()), column: number(marker.col()).saturating_add(1), len: 1 }
}
