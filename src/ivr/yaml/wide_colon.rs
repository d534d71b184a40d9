//! The colon of a Chinese keyboard, which YAML reads as a letter.

use crate::ivr::check::{Code, Diagnostic, say};
use crate::ivr::flow::Span;

pub const CHAR: char = '：';

/// The finding for the colon at `span`.
pub fn finding(span: Span) -> Diagnostic {
    let message = say!("this is a full-width colon `：`", "这里是全角冒号“：”");
    let help = say!("write `: `, a half-width colon and a blank", "请用半角冒号加空格“: ”");
    Diagnostic::new(Code::E001, span, message).help(help)
}

/// The finding for the first such colon in `text`, a token without quotes at `span`.
pub fn finding_in(text: &str, span: Span) -> Option<Diagnostic> {
    let before = text.chars().position(|c| c == CHAR)?;
    let column = span.column.saturating_add(u32::try_from(before).unwrap_or(u32::MAX));
    Some(finding(Span { column, len: 1, ..span }))
}
