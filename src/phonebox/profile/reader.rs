//! Reading a YAML tree that keeps its positions: every fault is collected, none stops the reading.

use std::cell::RefCell;
use std::ops::RangeInclusive;

use marked_yaml::types::{MarkedMappingNode, MarkedScalarNode, Node};
use marked_yaml::{LoadError, LoaderOptions, Span, parse_yaml_with_options};
use regex::bytes::{Regex, RegexBuilder};

use super::rule::Field;
use crate::base::{Diagnostic, Place, did_you_mean};

/// A profile's expressions are short; a bigger automaton is a mistake.
const MAX_REGEX_BYTES: usize = 1 << 20;

/// The faults found so far.
#[derive(Default)]
pub(super) struct Faults(RefCell<Vec<Diagnostic>>);

impl Faults {
    pub fn add(&self, fault: Diagnostic) {
        self.0.borrow_mut().push(fault);
    }

    pub fn into_sorted(self) -> Vec<Diagnostic> {
        let mut faults = self.0.into_inner();
        faults.sort_by_key(|fault| fault.place);
        faults
    }
}

/// A text with its place.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub text: String,
    pub place: Place,
}

/// Parses YAML whose top is a mapping.
pub(super) fn parse(text: &str) -> Result<Node, Diagnostic> {
    let options = LoaderOptions::default().error_on_duplicate_keys(true);
    parse_yaml_with_options(0, text, options).map_err(|error| yaml_fault(&error))
}

fn yaml_fault(error: &LoadError) -> Diagnostic {
    let at = |mark: &marked_yaml::Marker| Place { line: mark.line(), column: mark.column(), width: 1 };
    match error {
        LoadError::DuplicateKey(both) => {
            let first = place_of(both.prev_key.span(), both.prev_key.as_str());
            let place = place_of(both.key.span(), both.key.as_str());
            let message = format!("the key {} stands here a second time", both.key.as_str());
            Diagnostic::error("duplicate-key", place, message).help(format!("it is first in line {}", first.line))
        }
        LoadError::TopLevelMustBeMapping(mark) | LoadError::TopLevelMustBeSequence(mark) => {
            Diagnostic::error("yaml", at(mark), "a profile is a mapping: key: value")
        }
        LoadError::UnexpectedAnchor(mark) => Diagnostic::error("yaml", at(mark), "anchors are not used in profiles"),
        LoadError::MappingKeyMustBeScalar(mark) => Diagnostic::error("yaml", at(mark), "a key is a plain text"),
        LoadError::UnexpectedTag(mark) => Diagnostic::error("yaml", at(mark), "tags are not used in profiles"),
        LoadError::ScanError(mark, scan) => Diagnostic::error("yaml", at(mark), scan.info().to_owned()),
    }
}

pub(super) fn place_of(span: &Span, text: &str) -> Place {
    let Some(mark) = span.start() else { return Place::default() };
    Place { line: mark.line(), column: mark.column(), width: text.lines().next().unwrap_or_default().chars().count() }
}

pub(super) fn place_of_node(node: &Node) -> Place {
    match node {
        Node::Scalar(scalar) => place_of(scalar.span(), scalar.as_str()),
        Node::Mapping(map) => place_of(map.span(), ""),
        Node::Sequence(list) => place_of(list.span(), ""),
    }
}

/// A mapping whose keys are known.
#[derive(Clone, Copy)]
pub(super) struct Section<'a> {
    map: &'a MarkedMappingNode,
    pub faults: &'a Faults,
    pub place: Place,
}

impl<'a> Section<'a> {
    /// `node` as a mapping with no other keys than `allowed`; None, with a fault told, when it is no mapping.
    pub fn new(node: &'a Node, allowed: &[&str], faults: &'a Faults) -> Option<Self> {
        let section = Section::open(node, faults)?;
        for (key, _) in section.entries() {
            if !allowed.contains(&key.text.as_str()) {
                faults.add(unknown("unknown-key", &key, "key", allowed));
            }
        }
        Some(section)
    }

    /// `node` as a mapping with any keys: a table.
    pub fn open(node: &'a Node, faults: &'a Faults) -> Option<Self> {
        let place = place_of_node(node);
        match node {
            Node::Mapping(map) => Some(Section { map, faults, place }),
            Node::Scalar(_) | Node::Sequence(_) => {
                faults.add(Diagnostic::error("not-a-mapping", place, "a mapping is expected here: {key: value}"));
                None
            }
        }
    }

    pub fn entries(&self) -> impl Iterator<Item = (Text, &'a Node)> + use<'a> {
        self.map.iter().map(|(key, node)| (text_of(key), node))
    }

    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.map.get_node(key)
    }

    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub fn section(&self, key: &str, allowed: &[&str]) -> Option<Section<'a>> {
        Section::new(self.get(key)?, allowed, self.faults)
    }

    pub fn text(&self, key: &str) -> Option<Text> {
        self.scalar(self.get(key)?, "a text")
    }

    /// A text as bytes: `\x00` to `\xff` are single bytes.
    pub fn bytes(&self, key: &str) -> Option<Vec<u8>> {
        self.text(key).map(|text| to_bytes(&text.text))
    }

    /// A list of texts; a single text is a list of one.
    pub fn texts(&self, key: &str) -> Option<Vec<Text>> {
        match self.get(key)? {
            Node::Sequence(list) => Some(list.iter().filter_map(|node| self.scalar(node, "a text")).collect()),
            node => self.scalar(node, "a text or a list of texts").map(|text| vec![text]),
        }
    }

    pub fn list(&self, key: &str) -> Option<Vec<&'a Node>> {
        match self.get(key)? {
            Node::Sequence(list) => Some(list.iter().collect()),
            node => {
                self.faults.add(Diagnostic::error(
                    "not-a-list",
                    place_of_node(node),
                    format!("{key} is a list: [ … ]"),
                ));
                None
            }
        }
    }

    pub fn flag(&self, key: &str) -> Option<bool> {
        self.word(key, &[("true", true), ("false", false)])
    }

    /// One of the words of `table`.
    pub fn word<T: Clone>(&self, key: &str, table: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let words: Vec<&str> = table.iter().map(|(word, _)| *word).collect();
        let found = table.iter().find(|(word, _)| *word == text.text).map(|(_, value)| value.clone());
        if found.is_none() {
            self.faults.add(unknown("unknown-word", &text, key, &words));
        }
        found
    }

    /// A number in `range`, decimal or `0x…`.
    pub fn number(&self, key: &str, range: RangeInclusive<u32>) -> Option<u32> {
        let text = self.text(key)?;
        self.in_range(key, &text, range)
    }

    pub fn in_range(&self, key: &str, text: &Text, range: RangeInclusive<u32>) -> Option<u32> {
        let number = parse_number(&text.text).filter(|number| range.contains(number));
        if number.is_none() {
            let message = format!("{key} is {}, not a number from {} to {}", text.text, range.start(), range.end());
            self.faults.add(Diagnostic::error("out-of-range", text.place, message));
        }
        number
    }

    /// A byte by its number or by its character.
    pub fn byte(&self, key: &str) -> Option<u8> {
        let text = self.text(key)?;
        let byte = parse_byte(&text.text);
        if byte.is_none() {
            let message = format!("{key} is one byte: a character, or a number from 0 to 0xff");
            self.faults.add(Diagnostic::error("not-a-byte", text.place, message));
        }
        byte
    }

    pub fn regex(&self, key: &str) -> Option<Regex> {
        let text = self.text(key)?;
        compile(&text, self.faults)
    }

    pub fn missing(&self, key: &str, why: &str) {
        self.faults.add(Diagnostic::error("missing-key", self.place, format!("{key} is missing: {why}")));
    }

    fn scalar(&self, node: &'a Node, expected: &str) -> Option<Text> {
        match node {
            Node::Scalar(scalar) => Some(text_of(scalar)),
            Node::Mapping(_) | Node::Sequence(_) => {
                let place = place_of_node(node);
                self.faults.add(Diagnostic::error("not-a-text", place, format!("{expected} is expected here")));
                None
            }
        }
    }
}

fn text_of(scalar: &MarkedScalarNode) -> Text {
    Text { text: scalar.as_str().to_owned(), place: place_of(scalar.span(), scalar.as_str()) }
}

pub(super) fn unknown(code: &'static str, found: &Text, what: &str, allowed: &[&str]) -> Diagnostic {
    let fault = Diagnostic::error(code, found.place, format!("no such {what}: {}", found.text));
    match did_you_mean(&found.text, allowed.iter().copied()) {
        Some(meant) => fault.help(format!("did you mean {meant}?")),
        None => fault.help(format!("use one of: {}", allowed.join(", "))),
    }
}

/// An expression over bytes that must match a whole record.
pub(super) fn compile(text: &Text, faults: &Faults) -> Option<Regex> {
    compile_whole(text, faults, &format!(r"\A(?:{})\z", text.text))
}

/// An expression over bytes that any byte, a line end too, can match.
pub(super) fn compile_prefix(text: &Text, faults: &Faults) -> Option<Regex> {
    compile_whole(text, faults, &format!("(?s){}", text.text))
}

fn compile_whole(text: &Text, faults: &Faults, pattern: &str) -> Option<Regex> {
    match RegexBuilder::new(pattern).unicode(false).size_limit(MAX_REGEX_BYTES).build() {
        Ok(regex) => {
            check_groups(&regex, text, faults);
            Some(regex)
        }
        Err(error) => {
            let told = error.to_string();
            let reason = told.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            let fault = Diagnostic::error("bad-regex", text.place, format!("the expression is wrong: {reason}"));
            faults.add(fault.help("look-around and back-references do not exist here"));
            None
        }
    }
}

fn check_groups(regex: &Regex, text: &Text, faults: &Faults) {
    let names: Vec<&str> = Field::NAMES.iter().map(|(name, _)| *name).collect();
    for group in regex.capture_names().flatten().filter(|group| !names.contains(group)) {
        let found = Text { text: group.to_owned(), place: text.place };
        faults.add(unknown("unknown-group", &found, "named group", &names));
    }
}

pub(super) fn parse_number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// A byte: `0x80`, `128`, or a single character that is no digit of a number (`"R"`).
pub(super) fn parse_byte(text: &str) -> Option<u8> {
    match to_bytes(text).as_slice() {
        [byte] => Some(*byte),
        _ => parse_number(text).and_then(|number| u8::try_from(number).ok()),
    }
}

pub(super) fn to_bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u8::try_from(u32::from(c)) {
            Ok(byte) => bytes.push(byte),
            Err(_) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}
