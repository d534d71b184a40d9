//! Runs test files.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::case::TestFile;
use super::coverage::Walks;
use super::report::{FileFault, FileReport, Report};
use super::runner::run_case;
use crate::ivr::flow::{Flow, FlowId};
use crate::ivr::session::Flows;

/// The flows that tests may name, by id.
pub type Library = BTreeMap<FlowId, Arc<Flow>>;

/// How tests are run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Write every session out and read it back after every input: slower, and what the project's own tests do.
    pub reload: bool,
}

/// Runs the cases of every file: `(path, text)`.
pub fn run_files<'f>(
    files: impl IntoIterator<Item = (&'f str, &'f str)>,
    library: &Library,
    options: Options,
) -> Report {
    let mut walks = Walks::default();
    let reports = files.into_iter().map(|(path, text)| run_file(path, text, library, options, &mut walks)).collect();
    Report::new(reports, walks.coverage(library.values().map(Arc::as_ref)))
}

/// Runs the cases of one file and adds the edges that they walk to `walks`.
pub fn run_file(path: &str, text: &str, library: &Library, options: Options, walks: &mut Walks) -> FileReport {
    let report = |flow: &str, fault, cases| FileReport { file: path.to_owned(), flow: flow.to_owned(), fault, cases };
    let file = match TestFile::read(text) {
        Ok(file) => file,
        Err(error) => {
            let fault = FileFault { line: error.line, column: error.column, message: error.message };
            return report("", Some(fault), Vec::new());
        }
    };
    let Some(flow) = library.get(file.flow.as_str()) else {
        let message =
            format!("there is no flow `{}`; `test:` names the id of a flow that passes its checks", file.flow);
        return report(&file.flow, Some(FileFault { line: 1, column: 1, message }), Vec::new());
    };
    walks.expect(flow);
    let flows = Flows::linked(Arc::clone(flow), library);
    let cases: Vec<_> = file.cases.iter().map(|case| run_case(case, &flows, options.reload)).collect();
    for case in &cases {
        walks.add(&case.transcript);
    }
    report(&file.flow, None, cases)
}
