//! Reads the fields of one map by its table.

use super::{Shape, Table};
use crate::ivr::check::{Code, Diagnostic, Findings, Text, say};
use crate::ivr::flow::template::Template;
use crate::ivr::flow::{At, Defaults, PromptName, Span};
use crate::ivr::yaml::{Entry, Key, Kind, Style, Tree, wide_colon};

/// A map with more entries than this was not written by a person with a slip of the pen.
const MAX_ENTRIES_HELPED: usize = 100;

/// What reading needs everywhere.
pub struct Reader<'f> {
    pub findings: &'f mut Findings,
    /// What a node takes when it does not say otherwise.
    pub defaults: Defaults,
}

impl Reader<'_> {
    pub fn error(&mut self, code: Code, span: Span, message: Text) {
        self.findings.add(Diagnostic::new(code, span, message));
    }

    pub fn error_help(&mut self, code: Code, span: Span, message: Text, help: Text) {
        self.findings.add(Diagnostic::new(code, span, message).help(help));
    }

    /// The entries of a map; anything else is a finding.
    pub fn entries<'t>(&mut self, tree: &'t Tree, what: &Text) -> &'t [Entry] {
        match &tree.kind {
            Kind::Map(entries) => entries,
            Kind::Broken => &[],
            Kind::Empty | Kind::Hash | Kind::Scalar { .. } | Kind::List(_) => {
                let (en, zh) = (&what.en, &what.zh);
                self.wrong_kind(tree, say!("{en} is written as `name: value` lines", "{zh}要写成“名称: 值”"));
                &[]
            }
        }
    }

    /// The items of a list; anything else is a finding.
    pub fn items<'t>(&mut self, tree: &'t Tree, what: &Text) -> &'t [Tree] {
        match &tree.kind {
            Kind::List(items) => items,
            Kind::Broken => &[],
            Kind::Empty | Kind::Hash | Kind::Scalar { .. } | Kind::Map(_) => {
                let (en, zh) = (&what.en, &what.zh);
                self.wrong_kind(tree, say!("{en} must be a list: [ … ]", "{zh}必须是列表：[ … ]"));
                &[]
            }
        }
    }

    /// A text however it is written; anything else, or nothing, is a finding.
    pub fn text(&mut self, tree: &Tree, what: &Text) -> Option<At<String>> {
        let (en, zh) = (&what.en, &what.zh);
        match &tree.kind {
            Kind::Scalar { text, .. } => Some(At::new(text.clone(), tree.span)),
            Kind::Broken => None,
            Kind::Empty | Kind::Hash => {
                self.error(Code::E110, tree.span, say!("{en} has no value", "{zh}没有值"));
                None
            }
            Kind::List(_) | Kind::Map(_) => {
                self.wrong_kind(tree, say!("{en} must be a text", "{zh}必须是文本"));
                None
            }
        }
    }

    pub fn wrong_kind(&mut self, tree: &Tree, message: Text) {
        let colon = tree.text().and_then(|text| wide_colon::finding_in(text, tree.span));
        let finding = colon.unwrap_or_else(|| Diagnostic::new(Code::E117, tree.span, message));
        self.findings.add(finding);
    }

    pub fn template(&mut self, text: &str, span: Span) -> Template {
        let template = Template::parse(text, span);
        if template.malformed() {
            let message = say!("`${{` begins a variable, and no name follows", "`${{` 表示变量，但后面没有名称");
            let help = say!("write ${{name}}", "请写成 ${{name}}");
            self.error_help(Code::E107, span, message, help);
        }
        template
    }
}

/// The place of a name that is missing: the checks skip it, and no flow with one leaves the checker.
pub fn missing_name<N: for<'n> From<&'n str>>(span: Span) -> At<N> {
    At::new(N::from(""), span)
}

/// One map and its table.
pub struct Fields<'t, 'r, 'f> {
    pub reader: &'r mut Reader<'f>,
    /// Of what the map belongs to: where missing fields are told.
    pub span: Span,
    table: &'static Table,
    entries: &'t [Entry],
}

impl<'t, 'r, 'f> Fields<'t, 'r, 'f> {
    /// Opens a map: fields that the table does not know, and those that must be there and are not, are findings.
    pub fn open(tree: &'t Tree, table: &'static Table, span: Span, reader: &'r mut Reader<'f>) -> Self {
        let entries = reader.entries(tree, &Text::new(table.en, table.zh));
        let fields = Fields { reader, span, table, entries };
        if matches!(tree.kind, Kind::Map(_)) { fields.checked() } else { fields }
    }

    fn checked(mut self) -> Self {
        for Entry { key, .. } in self.entries {
            if self.table.field(&key.text).is_none() {
                let finding = self.unknown(key);
                self.reader.findings.add(finding);
            }
        }
        for field in self.table.all().filter(|field| field.required) {
            if self.tree(field.name).is_none() {
                let (name, en, zh) = (field.name, self.table.en, self.table.zh);
                self.reader.error(Code::E110, self.span, say!("{en} needs `{name}`", "{zh}缺少 `{name}`"));
            }
        }
        self
    }

    fn unknown(&mut self, key: &Key) -> Diagnostic {
        if let Some(colon) = wide_colon::finding_in(&key.text, key.span) {
            return colon;
        }
        let (name, en, zh) = (&key.text, self.table.en, self.table.zh);
        let message = say!("{en} has no field `{name}`", "{zh}没有字段 `{name}`");
        let finding = Diagnostic::new(Code::E111, key.span, message);
        if self.entries.len() > MAX_ENTRIES_HELPED {
            return finding;
        }
        let free = self.table.all().map(|field| field.name).filter(|name| self.tree(name).is_none());
        let free: Vec<&str> = free.collect();
        finding.maybe_help(self.reader.findings.suggest(name, free))
    }

    /// The value of a field.
    pub fn tree(&self, name: &str) -> Option<&'t Tree> {
        self.entries.iter().find(|entry| entry.key.text == name).map(|entry| &entry.value)
    }

    fn what(name: &str) -> Text {
        say!("`{name}`", "`{name}`")
    }

    pub fn text(&mut self, name: &'static str) -> Option<At<String>> {
        let text = self.reader.text(self.tree(name)?, &Self::what(name))?;
        if text.value.trim().is_empty() {
            self.reader.error(Code::E110, text.span, say!("`{name}` is empty", "`{name}` 是空的"));
            return None;
        }
        Some(text)
    }

    /// A text that may be empty and may read variables.
    pub fn template(&mut self, name: &'static str) -> Option<Template> {
        let text = self.reader.text(self.tree(name)?, &Self::what(name))?;
        Some(self.reader.template(&text.value, text.span))
    }

    /// A name, or a stand-in when it is missing.
    pub fn name<N: for<'n> From<&'n str>>(&mut self, name: &'static str) -> At<N> {
        self.opt_name(name).unwrap_or_else(|| missing_name(self.span))
    }

    pub fn opt_name<N: for<'n> From<&'n str>>(&mut self, name: &'static str) -> Option<At<N>> {
        let text = self.text(name)?;
        Some(At::new(N::from(text.value.as_str()), text.span))
    }

    /// A list of names.
    pub fn names<N: for<'n> From<&'n str>>(&mut self, name: &'static str) -> Vec<At<N>> {
        let Some(tree) = self.tree(name) else { return Vec::new() };
        let items = self.reader.items(tree, &Self::what(name));
        let texts = items.iter().filter_map(|item| self.reader.text(item, &Self::what(name)));
        texts.map(|text| At::new(N::from(text.value.as_str()), text.span)).collect()
    }

    /// One prompt's name or a list of them.
    pub fn prompts(&mut self, name: &'static str) -> Vec<At<PromptName>> {
        match self.tree(name).map(|tree| &tree.kind) {
            Some(Kind::List(_)) => self.names(name),
            _ => self.opt_name(name).into_iter().collect(),
        }
    }

    /// A whole number within the table's range; one that is written and is none is taken for the nearest that is, so
    /// that nothing else is told because of it.
    pub fn int(&mut self, name: &'static str) -> Option<u32> {
        let (min, max) = match self.table.field(name)?.shape {
            Shape::Int { min, max } => (min, max),
            _ => (0, u32::MAX),
        };
        let tree = self.tree(name)?;
        let written = match &tree.kind {
            Kind::Scalar { text, style: Style::Plain } => text.parse().ok(),
            _ => None,
        };
        let fits = written.is_some_and(|n| (min..=max).contains(&n));
        if !fits && tree.kind != Kind::Broken {
            let message =
                say!("`{name}` must be a whole number from {min} to {max}", "`{name}` 必须是 {min} 到 {max} 的整数");
            let quoted =
                matches!(&tree.kind, Kind::Scalar { text, style: Style::Quoted } if text.parse::<u32>().is_ok());
            let help = quoted.then(|| say!("write it without quotes", "请去掉引号"));
            self.reader.findings.add(Diagnostic::new(Code::E120, tree.span, message).maybe_help(help));
        }
        Some(written.unwrap_or(min).clamp(min, max))
    }

    pub fn bool(&mut self, name: &'static str) -> Option<bool> {
        let tree = self.tree(name)?;
        let value = match &tree.kind {
            Kind::Scalar { text, style: Style::Plain } => text.parse().ok(),
            _ => None,
        };
        if value.is_none() && tree.kind != Kind::Broken {
            self.reader.wrong_kind(tree, say!("`{name}` must be true or false", "`{name}` 必须是 true 或 false"));
        }
        value
    }

    /// A map inside, read by `read`.
    pub fn map<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Fields<'t, '_, 'f>) -> T) -> Option<T> {
        let Some(Shape::Map(table)) = self.table.field(name).map(|field| field.shape) else { return None };
        let entry = self.entries.iter().find(|entry| entry.key.text == name)?;
        Some(read(&mut Fields::open(&entry.value, table, entry.key.span, self.reader)))
    }

    /// A list of maps inside, each read by `read`.
    pub fn list<T>(&mut self, name: &'static str, mut read: impl FnMut(&mut Fields<'t, '_, 'f>) -> T) -> Vec<T> {
        let Some(Shape::List(table)) = self.table.field(name).map(|field| field.shape) else { return Vec::new() };
        let Some(tree) = self.tree(name) else { return Vec::new() };
        let items = self.reader.items(tree, &Self::what(name));
        let mut read_item = |item: &'t Tree| read(&mut Fields::open(item, table, item.span, self.reader));
        items.iter().map(&mut read_item).collect()
    }

    /// Names and a text for each: `with:`, `result:`, `fields:`.
    pub fn pairs(&mut self, name: &'static str) -> Vec<(At<String>, At<String>)> {
        let Some(tree) = self.tree(name) else { return Vec::new() };
        let entries = self.reader.entries(tree, &Self::what(name));
        let pairs = entries.iter().filter_map(|Entry { key, value }| {
            let text = self.reader.text(value, &Self::what(&key.text))?;
            Some((At::new(key.text.clone(), key.span), text))
        });
        pairs.collect()
    }

    /// A single phone key in quotes.
    pub fn key(&mut self, name: &'static str) -> Option<char> {
        let keyword = super::options::read_keyword(self.tree(name)?, self.reader)?;
        let mut chars = keyword.value.chars();
        match (chars.next(), chars.next()) {
            (Some(key), None) if key.is_ascii_digit() || key == '*' || key == '#' => Some(key),
            _ => {
                let message = say!("`{name}` must be one key of the phone", "`{name}` 必须是一个电话按键");
                self.reader.error_help(Code::E115, keyword.span, message, super::options::which_keys());
                None
            }
        }
    }
}
