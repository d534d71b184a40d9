//! For a terminal: the finding, the line, a caret right under the token whatever its letters' width, notes and help.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Report;
use crate::ivr::check::{Diagnostic, Locale, Severity, SourceFile};
use crate::ivr::flow::Span;

/// A longer line is shown from so many characters before the token, and up to so many after its start.
const SHOWN_BEFORE: usize = 80;
const SHOWN_AFTER: usize = 120;

/// All findings, then one line that counts them.
pub fn text(reports: &[Report<'_>], locale: Locale) -> String {
    let mut out = String::new();
    for Report { source, diagnostics } in reports {
        let lines: Vec<&str> = source.text().lines().collect();
        diagnostics.iter().for_each(|finding| finding_text(&mut out, source, &lines, finding, locale));
    }
    let all = || reports.iter().flat_map(|report| report.diagnostics);
    let errors = all().filter(|finding| finding.severity == Severity::Error).count();
    let warnings = all().count() - errors;
    out += &match locale {
        Locale::EnUs => format!("{errors} error(s), {warnings} warning(s)\n"),
        Locale::ZhCn => format!("{errors} 个错误，{warnings} 个警告\n"),
    };
    out
}

fn finding_text(out: &mut String, source: &SourceFile, lines: &[&str], finding: &Diagnostic, locale: Locale) {
    let Diagnostic { code, severity, file, span, message, notes, help } = finding;
    let (severity, note_word, help_word) = words(*severity, locale);
    let Span { line, column, .. } = span;
    *out += &format!("{file}:{line}:{column}: {severity}[{code}] {}\n", message.get(locale));
    if let Some(text) = usize::try_from(*line).ok().and_then(|line| lines.get(line.checked_sub(1)?)) {
        let (shown, before, under) = excerpt(text, *span);
        let carets = "^".repeat(under.width().max(1));
        *out += &format!("{line:>5} | {shown}\n      | {}{carets}\n", blank(&before));
    }
    for note in notes {
        let Span { line, column, .. } = note.span;
        *out += &format!("      = {note_word}: {} ({}:{line}:{column})\n", note.text.get(locale), source.path());
    }
    if let Some(help) = help {
        *out += &format!("      = {help_word}: {}\n", help.get(locale));
    }
}

fn words(severity: Severity, locale: Locale) -> (&'static str, &'static str, &'static str) {
    match (locale, severity) {
        (Locale::EnUs, _) => (severity.as_str(), "note", "help"),
        (Locale::ZhCn, Severity::Error) => ("错误", "说明", "帮助"),
        (Locale::ZhCn, Severity::Warning) => ("警告", "说明", "帮助"),
    }
}

/// The part of a line that is shown, what of it stands before the token, and the token.
fn excerpt(line: &str, span: Span) -> (String, String, String) {
    let start = usize::try_from(span.column).unwrap_or(usize::MAX).saturating_sub(1);
    let len = usize::try_from(span.len).unwrap_or(usize::MAX);
    let from = start.saturating_sub(SHOWN_BEFORE);
    let clean: Vec<char> = line.chars().skip(from).take(SHOWN_BEFORE + SHOWN_AFTER).map(printable).collect();
    let before = (start - from).min(clean.len());
    let end = before.saturating_add(len).min(clean.len());
    let text = |chars: &[char]| chars.iter().collect::<String>();
    let cut = if from > 0 { "…" } else { "" };
    let more = if clean.len() == SHOWN_BEFORE + SHOWN_AFTER { "…" } else { "" };
    (format!("{cut}{}{more}", text(&clean)), format!("{cut}{}", text(&clean[..before])), text(&clean[before..end]))
}

/// A file's control characters must not control the reader's terminal.
fn printable(c: char) -> char {
    if c.is_control() && c != '\t' { '\u{fffd}' } else { c }
}

/// Blanks as wide as `text`; tabs stay, so that they are as wide as above.
fn blank(text: &str) -> String {
    let blanks = |c: char| if c == '\t' { "\t".to_owned() } else { " ".repeat(c.width().unwrap_or(0)) };
    text.chars().map(blanks).collect()
}
