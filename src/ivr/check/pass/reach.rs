//! E130 and W200: every node can be reached, and from every node an end.
//!
//! A wrong name in one edge makes half a flow unreachable. Such findings are only noise beside the E100, so they are
//! judged on the graph as it was probably meant; see [`Graph::repaired`]. When even that graph has no way from its start
//! to an end, the edge is not the only thing wrong, and what stands in the file is told as it stands.

use crate::ivr::check::graph::Graph;
use crate::ivr::check::{Code, Diagnostic, Findings, say};
use crate::ivr::flow::Flow;

/// What can be reached, and what of it is told.
pub struct Reach {
    /// By number of the node.
    pub live: Vec<bool>,
    ending: Vec<bool>,
    links: Graph,
}

impl Reach {
    pub fn of(graph: &Graph) -> Self {
        let broken = graph.start.is_none() || !graph.broken.is_empty() || !graph.unclear.is_empty();
        let meant = if broken { graph.repaired() } else { graph.clone() };
        let ending = meant.ending();
        let start_ends = meant.start.is_some_and(|start| ending[start]);
        if broken && !start_ends && graph.start.is_some() {
            return Reach { live: graph.reached(), ending: graph.ending(), links: graph.clone() };
        }
        // Without a start nothing can be said of what it reaches.
        let live = if meant.start.is_some() { meant.reached() } else { vec![true; meant.names.len()] };
        Reach { live, ending, links: meant }
    }

    pub fn tell(&self, flow: &Flow, graph: &Graph, findings: &mut Findings) {
        let Some(start) = graph.start else { return };
        for (number, node) in flow.nodes.values().enumerate() {
            if !self.live[number] {
                let name = &node.name;
                let message = say!("node `{name}` can never be reached", "节点 `{name}` 永远到达不了");
                let help = say!("connect it or delete it", "请连接它，或删除它");
                findings.add(Diagnostic::new(Code::W200, node.span, message).help(help));
            }
        }
        for (node, _) in flow.nodes.values().zip(self.first_lost(start)).filter(|(_, lost)| *lost) {
            let name = &node.name;
            let message = say!("no path from `{name}` leads to an end node", "从 `{name}` 出发没有路径通向结束节点");
            let help = say!("every flow must finish at `type: end`", "每个流程都必须以 `type: end` 结束");
            findings.add(Diagnostic::new(Code::E130, node.span, message).help(help));
        }
    }

    /// The nodes on which a call is lost: those that it could only come to when lost already are not told.
    fn first_lost(&self, start: usize) -> Vec<bool> {
        let lost = |n: usize| self.live[n] && !self.ending[n];
        let mut first = vec![false; self.live.len()];
        first[start] = lost(start);
        for (from, links) in self.links.links.iter().enumerate() {
            if self.live[from] && self.ending[from] {
                links.iter().for_each(|link| first[link.to] |= lost(link.to));
            }
        }
        first
    }
}
