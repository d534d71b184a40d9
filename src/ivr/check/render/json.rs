//! For editors and the HTTP interface: an array of findings. Lines and columns count from 1, columns in characters.

use serde::Serialize;

use super::Report;
use crate::ivr::check::{Code, Diagnostic, Locale, Severity};

#[derive(Serialize)]
struct Finding<'f> {
    code: Code,
    severity: Severity,
    file: &'f str,
    line: u32,
    column: u32,
    message: &'f str,
    help: Option<&'f str>,
    /// In characters, for the squiggle.
    length: u32,
    notes: Vec<Place<'f>>,
}

#[derive(Serialize)]
struct Place<'f> {
    file: &'f str,
    line: u32,
    column: u32,
    message: &'f str,
}

/// The findings as a JSON array.
pub fn json(reports: &[Report<'_>], locale: Locale) -> serde_json::Value {
    let all = reports.iter().flat_map(|report| report.diagnostics);
    let values = all.map(|finding| serde_json::to_value(wire(finding, locale)).unwrap_or_default());
    values.collect()
}

fn wire(finding: &Diagnostic, locale: Locale) -> Finding<'_> {
    let file = finding.file.as_str();
    let notes = finding.notes.iter().map(|note| Place {
        file,
        line: note.span.line,
        column: note.span.column,
        message: note.text.get(locale),
    });
    Finding {
        code: finding.code,
        severity: finding.severity,
        file,
        line: finding.span.line,
        column: finding.span.column,
        message: finding.message.get(locale),
        help: finding.help.as_ref().map(|help| help.get(locale)),
        length: finding.span.len,
        notes: notes.collect(),
    }
}
