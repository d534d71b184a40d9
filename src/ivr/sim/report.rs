//! What the tests found, as text and as JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::coverage::Coverage;
use super::transcript::{Happening, Line, seconds};

/// The tests of any number of files.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub passed: usize,
    pub failed: usize,
    pub files: Vec<FileReport>,
    pub coverage: Vec<Coverage>,
}

/// The tests of one file.
#[derive(Clone, Debug, Serialize)]
pub struct FileReport {
    pub file: String,
    /// Of the flow under test.
    pub flow: String,
    /// Why no case was run.
    pub fault: Option<FileFault>,
    pub cases: Vec<CaseReport>,
}

/// A test file that cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileFault {
    pub line: usize,
    pub column: usize,
    pub message: String,
}

/// One case.
#[derive(Clone, Debug, Serialize)]
pub struct CaseReport {
    pub name: String,
    pub line: usize,
    /// `None`: it passed.
    pub failure: Option<Failure>,
    pub transcript: Vec<Line>,
}

/// Where the call left the expectation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// From 1; `None` is `ends`.
    pub step: Option<usize>,
    /// Of the step in the file.
    pub line: usize,
    pub expected: String,
    pub found: String,
    /// Virtual time.
    pub at_ms: u64,
}

impl Report {
    pub fn new(files: Vec<FileReport>, coverage: Vec<Coverage>) -> Self {
        let count = |passed: bool| {
            let cases = files.iter().flat_map(|file| &file.cases);
            cases.filter(|case| case.failure.is_none() == passed).count()
        };
        let faults = files.iter().filter(|file| file.fault.is_some()).count();
        Report { passed: count(true), failed: count(false) + faults, files, coverage }
    }

    pub fn is_good(&self) -> bool {
        self.failed == 0
    }

    /// One JSON object.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// For a terminal: each failure with what was heard, then coverage, then the count.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for file in &self.files {
            file.write(&mut text);
        }
        for coverage in &self.coverage {
            coverage.write(&mut text);
        }
        let _ = writeln!(text, "{} passed, {} failed", self.passed, self.failed);
        text
    }
}

impl FileReport {
    fn write(&self, text: &mut String) {
        if let Some(fault) = &self.fault {
            let _ = writeln!(text, "{}:{}:{}: {}", self.file, fault.line, fault.column, fault.message);
        }
        for case in &self.cases {
            match &case.failure {
                None => {
                    let _ = writeln!(text, "ok    {}: {}", self.flow, case.name);
                }
                Some(failure) => self.write_failure(case, failure, text),
            }
        }
    }

    fn write_failure(&self, case: &CaseReport, failure: &Failure, text: &mut String) {
        let what = failure.step.map_or("ends".to_owned(), |step| format!("step {step}"));
        let _ = writeln!(text, "FAIL  {}: {}", self.flow, case.name);
        let _ = writeln!(text, "  {}:{}: {what}, after {}", self.file, failure.line, seconds(failure.at_ms));
        let _ = writeln!(text, "  expected {}", failure.expected);
        let _ = writeln!(text, "  but      {}", failure.found);
        let _ = writeln!(text, "  the call:");
        for line in case.transcript.iter().filter(|line| is_told(&line.what)) {
            let _ = writeln!(text, "  {line}");
        }
    }
}

/// Edges are told by the nodes they lead to.
fn is_told(what: &Happening) -> bool {
    !matches!(what, Happening::Edge { .. })
}
