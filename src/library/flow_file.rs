//! Flow files: found, read and checked together.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::ivr::check::{
    Diagnostic, Environment, FlowInfo, Hosts, Known, Severity, SourceFile, check, render, used_audio,
};
use crate::ivr::flow::{Flow, NodeKind};

/// One flow file, read and checked.
#[derive(Clone, Debug)]
pub struct FlowFile {
    pub path: PathBuf,
    pub id: String,
    pub source: SourceFile,
    /// `None` when it cannot be read as a flow, or has an error.
    pub flow: Option<Flow>,
    pub diagnostics: Vec<Diagnostic>,
}

impl FlowFile {
    /// A text as flow `id`, checked against `environment`.
    pub fn check(id: &str, content: &str, environment: &Environment) -> Self {
        let path = PathBuf::from(format!("{id}.yaml"));
        let source = SourceFile::new(&path.display().to_string(), content.as_bytes());
        let checked = check(&source, environment);
        FlowFile { path, id: id.to_owned(), source, flow: checked.flow, diagnostics: checked.diagnostics }
    }

    /// For [`render`].
    pub fn report(&self) -> render::Report<'_> {
        render::Report { source: &self.source, diagnostics: &self.diagnostics }
    }

    pub fn has_errors(&self) -> bool {
        self.flow.is_none() || self.diagnostics.iter().any(|found| found.severity == Severity::Error)
    }
}

/// The flow files of a folder (not of its `tests`), by name.
pub fn flow_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.is_file() && path.extension().is_some_and(|ending| ending == "yaml")).collect();
    files.sort();
    files
}

/// Reads and checks flow files together: each knows the others. Subflows come before those that call them.
pub fn check_files(paths: &[PathBuf], environment: &Environment) -> Vec<FlowFile> {
    let sources: Vec<(PathBuf, SourceFile)> = paths
        .iter()
        .map(|path| {
            let bytes = std::fs::read(path).unwrap_or_default();
            (path.clone(), SourceFile::new(&path.display().to_string(), &bytes))
        })
        .collect();
    let mut known = environment.clone();
    // First as if all that they call were there, to know what each offers; then with what is there.
    let first = Environment { flows: Known::Anything, ..environment.clone() };
    for (_, source) in &sources {
        if let (Some(flow), Known::Only(flows)) = (check(source, &first).flow, &mut known.flows) {
            flows.insert(flow.id.value.clone(), FlowInfo::of(&flow, source.path()));
        }
    }
    let files = sources.into_iter().map(|(path, source)| {
        let checked = check(&source, &known);
        let id = source.stem().to_owned();
        FlowFile { path, id, source, flow: checked.flow, diagnostics: checked.diagnostics }
    });
    callees_first(files.collect())
}

/// Orders files so that each comes after those that it calls. Flows that call each other in a circle are errors of
/// their own; they come last, by name.
fn callees_first(mut open: Vec<FlowFile>) -> Vec<FlowFile> {
    open.sort_by(|a, b| a.id.cmp(&b.id));
    let mut done: Vec<FlowFile> = Vec::with_capacity(open.len());
    while !open.is_empty() {
        let waits = |file: &FlowFile| {
            let called = file.flow.as_ref().map(calls).unwrap_or_default();
            open.iter().any(|other| other.id != file.id && called.contains(&other.id))
        };
        let next = open.iter().position(|file| !waits(file)).unwrap_or(0);
        done.push(open.remove(next));
    }
    done
}

/// The flows that a flow calls.
pub fn calls(flow: &Flow) -> BTreeSet<String> {
    let called = flow.nodes.values().filter_map(|node| match &node.kind {
        NodeKind::Subflow(node) => Some(node.flow.value.to_string()),
        _ => None,
    });
    called.collect()
}

/// The audio that a flow names.
pub fn audio_of(flow: &Flow) -> BTreeSet<String> {
    used_audio(flow).into_iter().map(|id| id.value.to_string()).collect()
}

/// A published text as a flow again.
pub fn parse(id: &str, content: &str) -> Result<Flow> {
    let anything = Environment {
        skill_groups: Known::Anything,
        audio: Known::Anything,
        http_allow: Hosts::Anything,
        ..Environment::from_requires()
    };
    FlowFile::check(id, content, &anything).flow.with_context(|| format!("flow {id} cannot be read any more"))
}
