//! One pass over a file: read, then every check, and all that was found in the order of the file.

use std::collections::BTreeMap;

use super::graph::Graph;
use super::{Diagnostic, Environment, Findings, Severity, SourceFile, pass};
use crate::ivr::flow::read::read;
use crate::ivr::flow::{Flow, NodeName, Span};
use crate::ivr::yaml;

/// What a check came to.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The flow, when nothing is wrong with it. Warnings do not matter.
    pub flow: Option<Flow>,
    /// Sorted by place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Checked {
    pub fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|finding| finding.severity == Severity::Error).count()
    }

    pub fn warnings(&self) -> usize {
        self.diagnostics.len() - self.errors()
    }
}

/// What every pass sees, and where it puts what it finds.
pub struct Context<'c> {
    pub source: &'c SourceFile,
    pub flow: &'c Flow,
    pub untyped: &'c BTreeMap<NodeName, Span>,
    /// Where things that are missing from the whole file are told.
    pub top: Span,
    pub env: &'c Environment,
    pub graph: &'c Graph,
    /// By number in the graph: whether a call can come there, as far as the file can be understood.
    pub live: &'c [bool],
    pub findings: &'c mut Findings,
}

/// Reads `source` and checks it against `env`. Whatever the bytes are, this ends soon: a file is at most 1 MiB, and
/// every check is close to linear in it.
pub fn check(source: &SourceFile, env: &Environment) -> Checked {
    let mut findings = Findings::new(source.path());
    let flow = yaml::load(source, &mut findings).map(|tree| {
        let draft = read(&tree, &mut findings);
        let graph = Graph::new(&draft.flow, &draft.untyped, env);
        let reach = pass::Reach::of(&graph);
        pass::run_all(&mut Context {
            source,
            flow: &draft.flow,
            untyped: &draft.untyped,
            top: draft.top,
            env,
            graph: &graph,
            live: &reach.live,
            findings: &mut findings,
        });
        reach.tell(&draft.flow, &graph, &mut findings);
        draft.flow
    });
    let flow = flow.filter(|_| !findings.has_errors());
    Checked { flow, diagnostics: findings.into_sorted() }
}
