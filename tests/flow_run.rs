//! The flows that ship, run by their own tests in virtual time, and the runner itself.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hotline::ivr::check::{Environment, SourceFile, check};
use hotline::ivr::sim::{Library, Options, Report, run_files};

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    paths.sort();
    paths
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a readable file")
}

/// Every flow that ships; each passes its checks.
fn library() -> Library {
    let mut library = BTreeMap::new();
    for path in files("ivr-flows", ".yaml") {
        let source = SourceFile::new(&path.to_string_lossy(), read(&path).as_bytes());
        let checked = check(&source, &Environment::from_requires());
        let flow = checked.flow.unwrap_or_else(|| panic!("{}: {:#?}", path.display(), checked.diagnostics));
        library.insert(flow.id.value.clone(), Arc::new(flow));
    }
    library
}

fn run(test: &str) -> Report {
    run_files([("t.test.yaml", test)], &library(), Options { reload: true })
}

/// The three cases that came with the format, word for word.
const GIVEN: &str = include_str!("flows/given.test.yaml");

#[test]
fn the_given_cases_pass() {
    let report = run(GIVEN);
    assert!(report.is_good(), "{}", report.text());
    assert_eq!(report.passed, 3);
}

#[test]
fn the_shipped_tests_pass_and_walk_every_edge() {
    let texts: Vec<(String, String)> = files("ivr-flows/tests", ".test.yaml")
        .iter()
        .map(|path| (path.to_string_lossy().into_owned(), read(path)))
        .collect();
    let tests = texts.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let report = run_files(tests, &library(), Options { reload: true });
    assert!(report.is_good(), "{}", report.text());
    assert_eq!(report.coverage.len(), library().len(), "every flow that ships has a test");
    for coverage in &report.coverage {
        assert_eq!(coverage.missing, Vec::<String>::new(), "{}", coverage.flow);
    }
}
