//! `${var}` interpolation: the only computation in a text.

use super::{Span, VarName};

/// A text with `${variables}` in it, split into pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    pub pieces: Vec<Piece>,
    /// Of the whole text, quotes included.
    pub span: Span,
}

/// A stretch of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Var(VarName),
}

impl Template {
    /// Splits `text`. A `${` without `}` or with a name that is none stays text; [`Template::malformed`] tells.
    pub fn parse(text: &str, span: Span) -> Self {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let (before, from) = rest.split_at(start);
            plain.push_str(before);
            let name = from.find('}').map(|end| &from[2..end]).filter(|name| is_name(name));
            let Some(name) = name else {
                plain.push_str("${");
                rest = &from[2..];
                continue;
            };
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Var(name.into()));
            rest = &from[name.len() + 3..];
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Template { pieces, span }
    }

    /// The variables read, in order.
    pub fn variables(&self) -> impl Iterator<Item = &VarName> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Var(name) => Some(name),
            Piece::Text(_) => None,
        })
    }

    /// Its text when it reads no variable.
    pub fn literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether a `${` was meant as a variable but names none.
    pub fn malformed(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains("${")))
    }

    /// The text with each variable replaced by what `lookup` says, which is empty for one that has no value.
    pub fn render(&self, mut lookup: impl FnMut(&VarName) -> String) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(plain) => text.push_str(plain),
                Piece::Var(name) => text.push_str(&lookup(name)),
            }
        }
        text
    }
}

/// A name is a letter or `_`, then letters, digits and `_`.
pub fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_') && chars.all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Template {
        Template::parse(text, Span::default())
    }

    #[test]
    fn a_text_is_split_at_its_variables() {
        let template = parse("前面还有${WaitNo}位，${a}${b}");
        assert_eq!(template.variables().map(VarName::as_str).collect::<Vec<_>>(), ["WaitNo", "a", "b"]);
        assert_eq!(template.render(|name| format!("<{name}>")), "前面还有<WaitNo>位，<a><b>");
        assert_eq!(template.literal(), None);
        assert!(!template.malformed());
    }

    #[test]
    fn a_dollar_that_names_nothing_stays_text_and_is_told() {
        for text in ["${", "${}", "${a b}", "x ${1a} y", "${a"] {
            let template = parse(text);
            assert_eq!(template.literal(), Some(text));
            assert!(template.malformed(), "{text}");
        }
        assert!(!parse("5$ or {x}").malformed());
        assert_eq!(parse("").literal(), Some(""));
    }
}
