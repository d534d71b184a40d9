//! One page for each code.

use super::pages;
use crate::ivr::check::{Code, Locale, Text};

/// What there is to know about a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub code: Code,
    pub title: Text,
    /// Why it is told, and what to do.
    pub why: Text,
    /// YAML that the checker refuses or warns of.
    pub wrong: &'static str,
    /// The same, mended.
    pub right: &'static str,
}

/// The page of a code. Every code has one.
pub fn explain(code: Code) -> Page {
    let (title_en, title_zh, why_en, why_zh, wrong, right) = pages::of(code);
    Page { code, title: Text::new(title_en, title_zh), why: Text::new(why_en, why_zh), wrong, right }
}

impl Page {
    /// For a terminal.
    pub fn text(&self, locale: Locale) -> String {
        let (kind, wrong, right) = match (locale, self.code.severity()) {
            (Locale::EnUs, severity) => (severity.as_str(), "Wrong", "Right"),
            (Locale::ZhCn, crate::ivr::check::Severity::Error) => ("错误", "错误写法", "正确写法"),
            (Locale::ZhCn, crate::ivr::check::Severity::Warning) => ("警告", "不当写法", "正确写法"),
        };
        let indent = |yaml: &str| yaml.lines().map(|line| format!("    {line}\n")).collect::<String>();
        format!(
            "{} ({kind}): {}\n\n{}\n\n{wrong}:\n\n{}\n{right}:\n\n{}",
            self.code,
            self.title.get(locale),
            self.why.get(locale),
            indent(self.wrong),
            indent(self.right)
        )
    }
}
