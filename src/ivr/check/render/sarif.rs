//! For code hosts: SARIF 2.1.0 (OASIS), one run with the rules that were broken and where.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Report;
use crate::ivr::check::{Code, Diagnostic, Locale, explain};
use crate::ivr::flow::Span;

/// The findings as a SARIF log.
pub fn sarif(reports: &[Report<'_>], locale: Locale) -> Value {
    let all: Vec<&Diagnostic> = reports.iter().flat_map(|report| report.diagnostics).collect();
    let codes: BTreeSet<Code> = all.iter().map(|finding| finding.code).collect();
    let rules: Vec<Value> = codes.into_iter().map(|code| rule(code, locale)).collect();
    let results: Vec<Value> = all.into_iter().map(|finding| result(finding, locale)).collect();
    json!({
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [{
            "tool": { "driver": { "name": "hotline", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: Code, locale: Locale) -> Value {
    let page = explain::explain(code);
    json!({
        "id": code,
        "shortDescription": { "text": page.title.get(locale) },
        "fullDescription": { "text": page.why.get(locale) },
        "defaultConfiguration": { "level": code.severity() },
    })
}

fn result(finding: &Diagnostic, locale: Locale) -> Value {
    let message = match &finding.help {
        Some(help) => format!("{}\n{}", finding.message.get(locale), help.get(locale)),
        None => finding.message.get(locale).to_owned(),
    };
    let related: Vec<Value> = finding
        .notes
        .iter()
        .map(|note| {
            let mut place = location(&finding.file, note.span);
            place["message"] = json!({ "text": note.text.get(locale) });
            place
        })
        .collect();
    json!({
        "ruleId": finding.code,
        "level": finding.severity,
        "message": { "text": message },
        "locations": [location(&finding.file, finding.span)],
        "relatedLocations": related,
    })
}

fn location(file: &str, span: Span) -> Value {
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(file) },
        "region": {
            "startLine": span.line,
            "startColumn": span.column,
            "endColumn": span.column.saturating_add(span.len),
        },
    } })
}

/// A path as a relative reference (RFC 3986): what is no letter of it is percent-encoded.
fn uri(path: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
        b'\\' => "/".to_owned(),
        _ => format!("%{byte:02X}"),
    };
    path.bytes().map(encode).collect()
}
