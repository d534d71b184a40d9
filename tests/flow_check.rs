//! The checker as its users meet it: files in, findings out, whatever the files are.

#[path = "flow_check/hostile.rs"]
mod hostile;
#[path = "flow_check/shipped.rs"]
mod shipped;
#[path = "flow_check/shown.rs"]
mod shown;

use hotline::ivr::check::{Checked, Environment, Severity, SourceFile, check};

/// Reads a file of the project; the checker is told only its name.
fn source(path: &str) -> SourceFile {
    let bytes = std::fs::read(path).expect("the file is part of the project");
    SourceFile::new(path.rsplit('/').next().unwrap_or(path), &bytes)
}

/// Checks bytes against nothing, and that the findings are as findings must be, whatever the bytes.
fn check_anything(bytes: &[u8]) -> Checked {
    let source = SourceFile::new("any.yaml", bytes);
    let checked = check(&source, &Environment::from_requires());
    assert_eq!(checked.flow.is_some(), checked.errors() == 0);
    let places: Vec<_> = checked.diagnostics.iter().map(|finding| (finding.span.line, finding.span.column)).collect();
    assert!(places.is_sorted());
    let lines = source.text().lines().count() + 1;
    for finding in &checked.diagnostics {
        assert!(finding.span.line >= 1 && finding.span.column >= 1 && finding.span.len >= 1, "{finding:?}");
        assert!(finding.span.line as usize <= lines, "{finding:?} is below the last line {lines}");
        assert!(!finding.message.en.is_empty() && !finding.message.zh.is_empty());
        assert!(matches!(finding.severity, Severity::Error | Severity::Warning));
    }
    checked
}
