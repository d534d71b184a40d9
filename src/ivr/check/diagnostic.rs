//! A finding: what is wrong, where, where else to look, and what to do.

use super::suggest::did_you_mean;
use super::{Code, Severity, Text};
use crate::ivr::flow::Span;

/// One finding in a flow file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Severity,
    /// As it was given to the checker.
    pub file: String,
    pub span: Span,
    pub message: Text,
    /// The other places, all in `file`.
    pub notes: Vec<Note>,
    /// What to do, in one line.
    pub help: Option<Text>,
}

/// Another place that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub text: Text,
    pub span: Span,
}

impl Diagnostic {
    /// A finding of the code's usual severity; [`Findings::add`] names the file.
    pub fn new(code: Code, span: Span, message: Text) -> Self {
        let severity = code.severity();
        Diagnostic { code, severity, file: String::new(), span, message, notes: Vec::new(), help: None }
    }

    pub fn help(self, help: Text) -> Self {
        Diagnostic { help: Some(help), ..self }
    }

    pub fn maybe_help(self, help: Option<Text>) -> Self {
        Diagnostic { help, ..self }
    }

    pub fn note(mut self, text: Text, span: Span) -> Self {
        self.notes.push(Note { text, span });
        self
    }

    pub fn warning(self) -> Self {
        Diagnostic { severity: Severity::Warning, ..self }
    }
}

/// So many errors, and so many warnings, are kept of one file; nobody reads further.
pub const MAX_FINDINGS: usize = 500;

/// So many wrong names of one file are compared with the right ones.
const MAX_SUGGESTIONS: usize = 100;

/// Collects the findings of one file.
#[derive(Clone, Debug)]
pub struct Findings {
    file: String,
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
    suggestions: usize,
}

impl Findings {
    pub fn new(file: &str) -> Self {
        Findings { file: file.to_owned(), errors: Vec::new(), warnings: Vec::new(), suggestions: 0 }
    }

    pub fn add(&mut self, finding: Diagnostic) {
        let list = match finding.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        if list.len() < MAX_FINDINGS {
            list.push(Diagnostic { file: self.file.clone(), ..finding });
        }
    }

    /// The help “did you mean”, when one of `names` is close to `name`. Past a limit `names` is not looked at.
    pub fn suggest<'n>(&mut self, name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<Text> {
        self.suggestions += 1;
        if self.suggestions > MAX_SUGGESTIONS { None } else { did_you_mean(name, names) }
    }

    pub fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// The findings in the order of the file, each once.
    pub fn into_sorted(self) -> Vec<Diagnostic> {
        let mut list = self.errors;
        list.extend(self.warnings);
        list.sort_by(|a, b| key(a).cmp(&key(b)));
        list.dedup_by(|a, b| key(a) == key(b));
        list
    }
}

fn key(finding: &Diagnostic) -> (u32, u32, Code, &Text) {
    (finding.span.line, finding.span.column, finding.code, &finding.message)
}
