//! The tree.

use crate::ivr::flow::Span;

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    pub kind: Kind,
    /// Of a scalar, the whole token; of a list or map, its first token.
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Nothing is written.
    Empty,
    Scalar {
        text: String,
        style: Style,
    },
    List(Vec<Tree>),
    Map(Vec<Entry>),
    /// A bare `#` where a value belongs; YAML reads nothing there.
    Hash,
    /// Something that has been reported already, such as an alias.
    Broken,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes: YAML may read a number, a truth value or nothing in it.
    Plain,
    /// In quotes, or as a block of text.
    Quoted,
}

/// `key: value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub key: Key,
    pub value: Tree,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    pub text: String,
    pub span: Span,
}

impl Tree {
    pub fn new(kind: Kind, span: Span) -> Self {
        Tree { kind, span }
    }

    /// The value of `key` when this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Tree> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().find(|entry| entry.key.text == key).map(|entry| &entry.value),
            Kind::Empty | Kind::Scalar { .. } | Kind::List(_) | Kind::Hash | Kind::Broken => None,
        }
    }

    /// Its text when it is a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            Kind::Empty | Kind::List(_) | Kind::Map(_) | Kind::Hash | Kind::Broken => None,
        }
    }
}
