//! The flow as a graph of numbered nodes, and the walks over it. All of them are linear in nodes and edges.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::suggest::closest;
use super::{Environment, Known};
use crate::ivr::flow::{Flow, NodeKind, NodeName, Pace, Span, VarName};

/// So many broken links are compared with the names that exist.
const MAX_GUESSES: usize = 50;

/// A way from one node to another.
#[derive(Clone, Debug)]
pub struct Link {
    pub to: usize,
    pub pace: Pace,
    /// Of the target's name in the file.
    pub span: Span,
    pub assigns: Vec<VarName>,
}

impl Link {
    fn guessed(to: usize) -> Self {
        Link { to, pace: Pace::Caller, span: Span::default(), assigns: Vec::new() }
    }
}

/// The nodes by number, in the order of their names, and the links that leave each.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    pub names: Vec<NodeName>,
    pub links: Vec<Vec<Link>>,
    /// Whether the call, or the subflow, is over there.
    pub ends: Vec<bool>,
    /// Links to nodes that do not exist: from which node, and to which name.
    pub broken: Vec<(usize, NodeName)>,
    /// Nodes whose kind is not known, and questions without answers: they could lead anywhere.
    pub unclear: Vec<usize>,
    pub start: Option<usize>,
}

impl Graph {
    pub fn new(flow: &Flow, untyped: &BTreeMap<NodeName, Span>, env: &Environment) -> Self {
        let names: Vec<NodeName> = flow.nodes.keys().chain(untyped.keys()).cloned().collect();
        let numbers: BTreeMap<&str, usize> = names.iter().map(NodeName::as_str).zip(0..).collect();
        let mut graph = Graph { start: numbers.get(flow.start.as_str()).copied(), ..Graph::default() };
        for (from, node) in flow.nodes.values().enumerate() {
            let mut links = Vec::new();
            for edge in node.edges() {
                let pace = subflow_pace(&node.kind, env).unwrap_or(edge.pace);
                match numbers.get(edge.target.as_str()) {
                    Some(&to) => links.push(Link { to, pace, span: edge.span, assigns: edge.assigns }),
                    None => graph.broken.push((from, edge.target)),
                }
            }
            if matches!(&node.kind, NodeKind::Branch(branch) if branch.options.is_empty()) {
                graph.unclear.push(from);
            }
            graph.links.push(links);
            graph.ends.push(matches!(node.kind, NodeKind::End(_) | NodeKind::Return(_)));
        }
        graph.unclear.extend(flow.nodes.len()..names.len());
        graph.links.resize(names.len(), Vec::new());
        graph.ends.resize(names.len(), false);
        graph.names = names;
        graph
    }

    /// Which nodes a call can come to.
    pub fn reached(&self) -> Vec<bool> {
        let mut seen = vec![false; self.names.len()];
        let mut queue: VecDeque<usize> = self.start.into_iter().collect();
        self.start.into_iter().for_each(|start| seen[start] = true);
        while let Some(node) = queue.pop_front() {
            for link in &self.links[node] {
                if !std::mem::replace(&mut seen[link.to], true) {
                    queue.push_back(link.to);
                }
            }
        }
        seen
    }

    /// From which nodes an end can be reached.
    pub fn ending(&self) -> Vec<bool> {
        let mut before: Vec<Vec<usize>> = vec![Vec::new(); self.names.len()];
        for (from, links) in self.links.iter().enumerate() {
            links.iter().for_each(|link| before[link.to].push(from));
        }
        let mut seen = self.ends.clone();
        let mut queue: VecDeque<usize> = (0..seen.len()).filter(|&node| seen[node]).collect();
        while let Some(node) = queue.pop_front() {
            for &from in &before[node] {
                if !std::mem::replace(&mut seen[from], true) {
                    queue.push_back(from);
                }
            }
        }
        seen
    }

    /// The graph as it was probably meant: a broken link leads to the node whose name is close. Where none is, and
    /// where a node's kind is not known, it may lead to every node, or end: by way of a hub, which is one node more.
    pub fn repaired(&self) -> Graph {
        let mut graph = self.clone();
        let hub = self.names.len();
        graph.names.push(NodeName::new(""));
        graph.links.push((0..hub).map(Link::guessed).collect());
        graph.ends.push(true);
        let names: BTreeMap<&str, usize> = self.names.iter().map(NodeName::as_str).zip(0..).collect();
        for (n, (from, name)) in self.broken.iter().enumerate() {
            let candidates = names.keys().copied().take(if n < MAX_GUESSES { hub } else { 0 });
            let close = closest(name.as_str(), candidates).and_then(|name| names.get(name));
            graph.links[*from].push(Link::guessed(close.copied().unwrap_or(hub)));
        }
        for &from in &self.unclear {
            graph.links[from].push(Link::guessed(hub));
            graph.ends[from] = true;
        }
        graph
    }

    /// Strongly connected parts over the links that `takes` accepts; only those in which a walk can go round.
    pub fn cycles(&self, takes: impl Fn(&Link) -> bool) -> Vec<BTreeSet<usize>> {
        let parts = tarjan(&self.links, &takes);
        let round = |part: &Vec<usize>| {
            part.len() > 1 || self.links[part[0]].iter().any(|link| link.to == part[0] && takes(link))
        };
        parts.into_iter().filter(round).map(BTreeSet::from_iter).collect()
    }

    /// The shortest way from one node to another, both included; empty when there is none.
    pub fn way_between(&self, from: usize, to: usize, takes: impl Fn(&Link) -> bool) -> Vec<usize> {
        let mut came_from = BTreeMap::from([(from, from)]);
        let mut queue = VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            if at == to {
                let back = |at: &usize| came_from.get(at).copied().filter(|before| before != at);
                let mut way: Vec<usize> = std::iter::successors(Some(to), back).collect();
                way.reverse();
                return way;
            }
            for link in self.links[at].iter().filter(|link| takes(link)) {
                if let std::collections::btree_map::Entry::Vacant(entry) = came_from.entry(link.to) {
                    entry.insert(at);
                    queue.push_back(link.to);
                }
            }
        }
        Vec::new()
    }
}

/// A subflow's node goes on when the flow that it runs returns.
fn subflow_pace(kind: &NodeKind, env: &Environment) -> Option<Pace> {
    let NodeKind::Subflow(node) = kind else { return None };
    match &env.flows {
        Known::Only(flows) => flows.get(&node.flow.value).map(|info| info.pace),
        Known::Anything | Known::Required => Some(Pace::Caller),
    }
}

/// The nodes that a flow reaches, and the least that a caller must do on the way from its start to a `return`.
pub fn pace_through(flow: &Flow) -> (Vec<NodeName>, Pace) {
    let env = Environment { flows: Known::Only(BTreeMap::new()), ..Environment::from_requires() };
    let graph = Graph::new(flow, &BTreeMap::new(), &env);
    let reached = graph.reached();
    let names =
        graph.names.iter().zip(&reached).filter(|(_, reached)| **reached).map(|(name, _)| name.clone()).collect();
    let returns =
        |node: usize| flow.nodes.get(&graph.names[node]).is_some_and(|node| matches!(node.kind, NodeKind::Return(_)));
    let least = [Pace::Immediate, Pace::Elapsed].into_iter().find(|most| {
        let mut some = graph.clone();
        some.links.iter_mut().for_each(|links| links.retain(|link| link.pace <= *most));
        some.reached().into_iter().enumerate().any(|(node, reached)| reached && returns(node))
    });
    (names, least.unwrap_or(Pace::Caller))
}

/// Tarjan's algorithm without recursion: a flow file may hold a chain of a hundred thousand nodes.
fn tarjan(links: &[Vec<Link>], takes: &impl Fn(&Link) -> bool) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let mut order = vec![UNSEEN; links.len()];
    let mut low = vec![UNSEEN; links.len()];
    let mut on_stack = vec![false; links.len()];
    let (mut stack, mut parts, mut count) = (Vec::new(), Vec::new(), 0);
    for root in 0..links.len() {
        let mut work = if order[root] == UNSEEN { vec![(root, 0)] } else { Vec::new() };
        while let Some((node, next)) = work.pop() {
            if next == 0 {
                (order[node], low[node], on_stack[node]) = (count, count, true);
                count += 1;
                stack.push(node);
            }
            let child = links[node].iter().enumerate().skip(next).find(|(_, link)| takes(link));
            if let Some((n, link)) = child {
                work.push((node, n + 1));
                if order[link.to] == UNSEEN {
                    work.push((link.to, 0));
                } else if on_stack[link.to] {
                    low[node] = low[node].min(order[link.to]);
                }
                continue;
            }
            if let Some((parent, _)) = work.last() {
                low[*parent] = low[*parent].min(low[node]);
            }
            if low[node] == order[node] {
                let from =
                    stack.iter().rposition(|n| *n == node).expect("a node is on the stack until its part is cut");
                let part = stack.split_off(from);
                part.iter().for_each(|n| on_stack[*n] = false);
                parts.push(part);
            }
        }
    }
    parts
}
