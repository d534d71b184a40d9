//! W212: edges that no test walks.

use std::collections::BTreeSet;

use super::{Code, Diagnostic, Findings, say};
use crate::ivr::flow::{Flow, NodeName};

/// The edges that tests have walked: node, and the name of the [`Edge`](crate::ivr::flow::Edge).
pub type Coverage = BTreeSet<(NodeName, String)>;

/// A finding for each edge of `flow`, in the file `path`, that is not in `walked`.
pub fn uncovered(flow: &Flow, path: &str, walked: &Coverage) -> Vec<Diagnostic> {
    let mut findings = Findings::new(path);
    for node in flow.nodes.values() {
        for edge in node.edges() {
            let (name, edge_name) = (&node.name, &edge.name);
            if !walked.contains(&(name.clone(), edge_name.clone())) {
                let message = say!("no test walks `{name}.{edge_name}`", "没有测试经过 `{name}.{edge_name}`");
                findings.add(Diagnostic::new(Code::W212, edge.span, message));
            }
        }
    }
    findings.into_sorted()
}
