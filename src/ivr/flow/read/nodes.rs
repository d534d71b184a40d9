//! Reads `nodes:`, the flat map of named nodes.

use std::collections::BTreeMap;

use super::{Field, Fields, Reader, Shape, opt, req};
use crate::ivr::check::{Code, Diagnostic, say};
use crate::ivr::flow::node::KINDS;
use crate::ivr::flow::{Node, NodeName, Span};
use crate::ivr::yaml::{Entry, Key, Kind, Tree};

/// What every node may say.
pub const COMMON: &[Field] = &[
    req("type", Shape::Own("type"), "What the node does."),
    opt("label", Shape::Text, "Its name for people."),
    opt("note", Shape::Text, "A comment for people."),
];

/// The nodes, and those whose kind is not known.
pub struct Nodes {
    pub nodes: BTreeMap<NodeName, Node>,
    pub untyped: BTreeMap<NodeName, Span>,
}

pub fn read_nodes(tree: &Tree, reader: &mut Reader<'_>) -> Nodes {
    let mut all = Nodes { nodes: BTreeMap::new(), untyped: BTreeMap::new() };
    for Entry { key, value } in reader.entries(tree, &say!("`nodes`", "`nodes` ")) {
        refuse_bad_name(key, reader);
        let name = NodeName::new(&key.text);
        match read_node(&name, key.span, value, reader) {
            Some(node) => drop(all.nodes.insert(name, node)),
            None => drop(all.untyped.insert(name, key.span)),
        }
    }
    all
}

fn read_node(name: &NodeName, span: Span, tree: &Tree, reader: &mut Reader<'_>) -> Option<Node> {
    let type_tree = tree.get("type");
    let Some(kind_tree) = type_tree.filter(|tree| tree.kind != Kind::Empty) else {
        let message = say!("node `{name}` has no `type`", "节点 `{name}` 没有 `type`");
        let help = say!("write type: play, or another kind of node", "请写 type: play 或其他节点类型");
        reader.error_help(Code::E101, span, message, help);
        return None;
    };
    let kind_name = reader.text(kind_tree, &say!("`type`", "`type` "))?;
    let Some(kind) = KINDS.iter().find(|kind| kind.name == kind_name.value) else {
        let unknown = &kind_name.value;
        let finding = Diagnostic::new(
            Code::E102,
            kind_name.span,
            say!("there is no node type `{unknown}`", "没有节点类型 `{unknown}`"),
        );
        let all = KINDS.iter().map(|kind| kind.name);
        let list = all.clone().collect::<Vec<_>>().join(", ");
        let help =
            reader.findings.suggest(unknown, all).unwrap_or_else(|| say!("the types are {list}", "类型有 {list}"));
        reader.findings.add(finding.help(help));
        return None;
    };
    let mut fields = Fields::open(tree, kind.table, span, reader);
    let label = fields.text("label").map_or_else(|| name.to_string(), |label| label.value);
    let note = fields.text("note").map(|note| note.value);
    let kind = (kind.read)(&mut fields);
    Some(Node { name: name.clone(), label, note, kind, span })
}

/// A node's name is said in edges, tests and records, so it is one word.
fn refuse_bad_name(key: &Key, reader: &mut Reader<'_>) {
    let name = &key.text;
    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-') {
        let message = say!("`{name}` cannot be a node's name", "`{name}` 不能作节点名");
        let help = say!("use letters, digits, _ and -", "请用字母、数字、_ 和 -");
        reader.error_help(Code::E117, key.span, message, help);
    }
}
