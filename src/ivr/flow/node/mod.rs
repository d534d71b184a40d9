//! The nodes, one file per kind: its parameters as the file names them, and the edges that leave it.

mod branch;
mod callback;
mod collect;
mod dial;
mod end;
mod hours;
mod http;
mod keys;
mod kinds;
mod play;
mod set;
mod subflow;
mod switch;
mod ticket;
mod transfer;
mod voicemail;

pub use branch::Branch;
pub use callback::Callback;
pub use collect::{Collect, DigitCount};
pub use dial::Dial;
pub use end::End;
pub use hours::Hours;
pub use http::{Header, HeaderValue, Http, Method, Request};
pub use keys::{KeyOption, Retries, is_keys};
pub(crate) use kinds::KINDS;
pub use play::Play;
pub use set::Set;
pub use subflow::{Argument, Return, Subflow};
pub use switch::{Case, Switch};
pub use ticket::Ticket;
pub use transfer::{Announcement, GroupChoice, Overflow, Transfer};
pub use voicemail::Voicemail;

use super::{At, NodeName, Span, VarName};

/// A node of a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub name: NodeName,
    /// For people; the name when the file gives none.
    pub label: String,
    /// A comment for people.
    pub note: Option<String>,
    pub kind: NodeKind,
    /// Of its name.
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    Play(Play),
    Branch(Branch),
    Transfer(Transfer),
    End(End),
    Hours(Hours),
    Collect(Collect),
    Set(Set),
    Switch(Switch),
    Http(Http),
    Voicemail(Voicemail),
    Callback(Callback),
    Subflow(Subflow),
    Return(Return),
    Dial(Dial),
    Ticket(Ticket),
}

/// A way out of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// As in the file: `next`, `on_max_errors`, `options.售前`, `keys.回呼`, `cases.1` (from 1), `else`.
    /// Unique within its node.
    pub name: String,
    pub target: NodeName,
    /// Of the target's name in the file.
    pub span: Span,
    pub pace: Pace,
    /// The variables that have a value once this edge is taken.
    pub assigns: Vec<VarName>,
}

/// What must happen for an edge to be taken: the checks for endless loops rest on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// Nothing of the caller: taken as soon as the node's own work is done.
    Immediate,
    /// The caller did nothing useful for a while: silence, wrong keys, a full wait.
    Elapsed,
    /// The caller acted, or a person spoke with the caller.
    Caller,
}

impl Edge {
    fn new(name: impl Into<String>, target: &At<NodeName>, pace: Pace) -> Self {
        Edge { name: name.into(), target: target.value.clone(), span: target.span, pace, assigns: Vec::new() }
    }

    fn optional(name: &str, target: Option<&At<NodeName>>, pace: Pace) -> Option<Self> {
        target.map(|target| Edge::new(name, target, pace))
    }

    fn assigning(mut self, vars: impl IntoIterator<Item = VarName>) -> Self {
        self.assigns.extend(vars);
        self
    }
}

impl Node {
    /// Every way out, in the order of the file's fields. An end and a return have none.
    pub fn edges(&self) -> Vec<Edge> {
        match &self.kind {
            NodeKind::Play(node) => node.edges(),
            NodeKind::Branch(node) => node.edges(),
            NodeKind::Transfer(node) => node.edges(),
            NodeKind::End(_) | NodeKind::Return(_) => Vec::new(),
            NodeKind::Hours(node) => node.edges(),
            NodeKind::Collect(node) => node.edges(),
            NodeKind::Set(node) => node.edges(),
            NodeKind::Switch(node) => node.edges(),
            NodeKind::Http(node) => node.edges(),
            NodeKind::Voicemail(node) => node.edges(),
            NodeKind::Callback(node) => node.edges(),
            NodeKind::Subflow(node) => node.edges(),
            NodeKind::Dial(node) => node.edges(),
            NodeKind::Ticket(node) => node.edges(),
        }
    }
}

impl NodeKind {
    /// As written after `type:`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            NodeKind::Play(_) => "play",
            NodeKind::Branch(_) => "branch",
            NodeKind::Transfer(_) => "transfer",
            NodeKind::End(_) => "end",
            NodeKind::Hours(_) => "hours",
            NodeKind::Collect(_) => "collect",
            NodeKind::Set(_) => "set",
            NodeKind::Switch(_) => "switch",
            NodeKind::Http(_) => "http",
            NodeKind::Voicemail(_) => "voicemail",
            NodeKind::Callback(_) => "callback",
            NodeKind::Subflow(_) => "subflow",
            NodeKind::Return(_) => "return",
            NodeKind::Dial(_) => "dial",
            NodeKind::Ticket(_) => "ticket",
        }
    }
}
