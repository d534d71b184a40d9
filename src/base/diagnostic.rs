//! A fault in a text that a person wrote (a flow, a device profile), shown as compilers do: where, the line, a caret.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

/// How bad a fault is: errors stop a text from being used, warnings do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

/// A place in a text. Line and column count from 1; columns and width are in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub line: usize,
    pub column: usize,
    /// Characters that the carets underline; 0 underlines one.
    pub width: usize,
}

/// One fault, with one concrete thing to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    /// Stable and short, for documents and tests: `unknown-key`.
    pub code: &'static str,
    pub place: Option<Place>,
    pub message: String,
    pub help: Option<String>,
}

impl Diagnostic {
    pub fn error(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Error, code, place: Some(place), message: message.into(), help: None }
    }

    pub fn warning(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, place, message) }
    }

    /// A fault of the whole text.
    pub fn of_file(code: &'static str, message: impl Into<String>) -> Self {
        Diagnostic { place: None, ..Diagnostic::error(code, Place::default(), message) }
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// `file:line:column: error[code]: message`, the line of `text`, carets under the place, and the help.
    pub fn render(&self, file: &str, text: &str) -> String {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let mut out = String::from(file);
        if let Some(place) = self.place {
            let _ = write!(out, ":{}:{}", place.line, place.column);
        }
        let _ = writeln!(out, ": {severity}[{}]: {}", self.code, self.message);
        if let Some(place) = self.place {
            out.push_str(&excerpt(place, text));
        }
        if let Some(help) = &self.help {
            let _ = writeln!(out, "   = help: {help}");
        }
        out
    }
}

fn excerpt(place: Place, text: &str) -> String {
    let Some(line) = text.lines().nth(place.line.wrapping_sub(1)) else { return String::new() };
    let before: String = line.chars().take(place.column.saturating_sub(1)).collect();
    let under: String = line.chars().skip(place.column.saturating_sub(1)).take(place.width.max(1)).collect();
    // Carets are as wide as a terminal draws the characters: a Chinese character takes two columns.
    let indent: String = before.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let wide = UnicodeWidthStr::width(before.as_str()).saturating_sub(before.chars().count());
    let carets = "^".repeat(UnicodeWidthStr::width(under.as_str()).max(1));
    format!("{:>4} | {line}\n     | {indent}{}{carets}\n", place.line, " ".repeat(wide))
}

/// The candidate that `word` was probably meant to be: at most a third of its letters differ.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_line_with_carets_under_the_place() {
        let place = Place { line: 2, column: 3, width: 4 };
        let shown = Diagnostic::error("unknown-key", place, "no such key: lins").help("did you mean lines?");
        assert_eq!(
            shown.render("box.yaml", "id: x\n  lins: 2\n"),
            "box.yaml:2:3: error[unknown-key]: no such key: lins\n   2 |   lins: 2\n     |   ^^^^\n   = help: did you mean lines?\n"
        );
    }

    #[test]
    fn carets_stand_under_wide_characters() {
        let place = Place { line: 1, column: 4, width: 2 };
        let shown = Diagnostic::warning("w", place, "m").render("f", "名: 电话");
        assert!(shown.contains("\n     |     ^^^^\n"), "{shown}");
    }

    #[test]
    fn a_place_outside_the_text_shows_no_line() {
        let place = Place { line: 9, column: 9, width: 1 };
        assert_eq!(Diagnostic::error("e", place, "m").render("f", "a"), "f:9:9: error[e]: m\n");
    }

    #[test]
    fn guesses_the_word_that_was_meant() {
        let keys = ["ring_timeout_ms", "hook", "lines"];
        assert_eq!(did_you_mean("lins", keys), Some("lines"));
        assert_eq!(did_you_mean("hoko", keys), Some("hook"));
        assert_eq!(did_you_mean("ringtimeout_ms", keys), Some("ring_timeout_ms"));
        assert_eq!(did_you_mean("xyz", keys), None);
    }
}
