//! Which edges of a flow the tests have walked.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;

use super::transcript::{Happening, Line};
use crate::ivr::flow::{Flow, NodeName};

/// The edges of one flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    pub flow: String,
    pub edges: usize,
    pub walked: usize,
    /// `main_menu: options.售前`, in the order of the nodes' names.
    pub missing: Vec<String>,
}

/// Flow, node and edge.
type Walked = (String, String, String);

/// The edges walked, of all flows.
#[derive(Clone, Debug, Default)]
pub struct Walks {
    edges: BTreeSet<Walked>,
    flows: BTreeSet<String>,
}

impl Walks {
    /// The flow is under test, even if no call walks it.
    pub fn expect(&mut self, flow: &Flow) {
        self.flows.insert(flow.id.value.to_string());
    }

    pub fn add(&mut self, transcript: &[Line]) {
        for line in transcript {
            if let Happening::Edge { flow, node, outcome } = &line.what {
                self.flows.insert(flow.clone());
                self.edges.insert((flow.clone(), node.clone(), outcome.clone()));
            }
        }
    }

    /// The edges of one flow that were walked: node and edge, as the check for W212 wants them.
    pub fn of_flow(&self, flow: &Flow) -> BTreeSet<(NodeName, String)> {
        let own = self.edges.iter().filter(|(id, _, _)| id == flow.id.value.as_str());
        own.map(|(_, node, edge)| (NodeName::new(node), edge.clone())).collect()
    }

    /// The coverage of every flow that was expected or walked.
    pub fn coverage<'f>(&self, flows: impl IntoIterator<Item = &'f Flow>) -> Vec<Coverage> {
        let by_id: BTreeMap<String, &Flow> = flows.into_iter().map(|flow| (flow.id.value.to_string(), flow)).collect();
        let tested = by_id.into_iter().filter(|(id, _)| self.flows.contains(id));
        tested.map(|(id, flow)| self.of(id, flow)).collect()
    }

    fn of(&self, id: String, flow: &Flow) -> Coverage {
        let all = flow
            .nodes
            .iter()
            .flat_map(|(name, node)| node.edges().into_iter().map(move |edge| (name.to_string(), edge.name)));
        let (walked, missing): (Vec<_>, Vec<_>) =
            all.partition(|(node, edge)| self.edges.contains(&(id.clone(), node.clone(), edge.clone())));
        Coverage {
            flow: id,
            edges: walked.len() + missing.len(),
            walked: walked.len(),
            missing: missing.into_iter().map(|(node, edge)| format!("{node}: {edge}")).collect(),
        }
    }
}

impl Coverage {
    pub(super) fn write(&self, text: &mut String) {
        let _ = writeln!(text, "{}: {} of {} edges walked", self.flow, self.walked, self.edges);
        for missing in &self.missing {
            let _ = writeln!(text, "  not walked: {missing}");
        }
    }
}
