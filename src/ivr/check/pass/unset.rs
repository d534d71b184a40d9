//! E141 and E142: nothing is read before a path has given it a value (definite assignment).
//!
//! For every node, the variables that have a value on every path from the start to it. `StaffNo` is given its value by
//! an agent who answers, and the queue that a callback goes back to by a transfer, so both are followed in the same way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::ivr::check::run::Context;
use crate::ivr::check::uses::{self, Scope};
use crate::ivr::check::{Code, Diagnostic, say};
use crate::ivr::flow::{Node, NodeKind, ParamName, PromptName, Span, SystemVar, Template, VarName};

/// Stands for the queue that the caller has waited in; no name in a file can be this one.
const QUEUE: &str = "$queue";

/// A set of variables by number.
#[derive(Clone, PartialEq)]
struct Bits(Vec<u64>);

impl Bits {
    fn none(count: usize) -> Self {
        Bits(vec![0; count.div_ceil(64)])
    }

    fn insert(&mut self, n: usize) {
        self.0[n / 64] |= 1 << (n % 64);
    }

    fn has(&self, n: usize) -> bool {
        self.0[n / 64] & (1 << (n % 64)) != 0
    }

    /// Keeps what `other` has too; tells whether anything went.
    fn keep(&mut self, other: &Bits) -> bool {
        let mut changed = false;
        for (mine, other) in self.0.iter_mut().zip(&other.0) {
            changed |= *mine & !other != 0;
            *mine &= other;
        }
        changed
    }
}

struct Flowing<'c> {
    numbers: BTreeMap<&'c str, usize>,
    /// By number of the node: what has a value on entering it. `None` where nothing leads.
    entering: Vec<Option<Bits>>,
}

pub fn check(cx: &mut Context<'_>) {
    let flowing = Flowing::of(cx);
    let mut staff_told = BTreeSet::new();
    for (number, node) in cx.flow.nodes.values().enumerate() {
        let known = Known { flowing: &flowing, entering: flowing.entering[number].as_ref() };
        for read in reads(cx, node) {
            let is_staff = read.name.as_str() == SystemVar::StaffNo.as_str();
            if is_staff && read.scope != Scope::Connected && !known.has_staff() {
                if staff_told.insert(read.span) {
                    tell_staff(cx, read.span);
                }
            } else if !is_staff && !read.given && !known.has(read.name.as_str()) {
                tell_unset(cx, node, &read);
            }
        }
        check_queue(cx, node, &known);
    }
}

/// What is known on entering a node.
struct Known<'k> {
    flowing: &'k Flowing<'k>,
    entering: Option<&'k Bits>,
}

impl Known<'_> {
    /// Where nothing leads, nothing is told: the node is told as such (W200).
    fn has(&self, name: &str) -> bool {
        let number = self.flowing.numbers.get(name);
        number.is_none_or(|&number| self.entering.is_none_or(|bits| bits.has(number)))
    }

    fn has_staff(&self) -> bool {
        let number = self.flowing.numbers.get(SystemVar::StaffNo.as_str());
        number.is_some_and(|&number| self.entering.is_some_and(|bits| bits.has(number)))
    }
}

impl<'c> Flowing<'c> {
    fn of(cx: &Context<'c>) -> Self {
        let flow = cx.flow;
        let watched = flow.vars.iter().filter(|(_, decl)| decl.default.is_none()).map(|(name, _)| name.as_str());
        let names = watched.chain([SystemVar::StaffNo.as_str(), QUEUE]);
        let numbers: BTreeMap<&str, usize> = names.zip(0..).collect();
        let mut flowing = Flowing { entering: vec![None; cx.graph.names.len()], numbers };
        flowing.run(cx);
        flowing
    }

    /// Until nothing changes: a set only ever grows smaller, so that is soon.
    fn run(&mut self, cx: &Context<'c>) {
        let Some(start) = cx.graph.start else { return };
        self.entering[start] = Some(Bits::none(self.numbers.len()));
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            let Some(entering) = self.entering[node].clone() else { continue };
            for link in &cx.graph.links[node] {
                let leaving = self.leaving(cx, node, &entering, link.assigns.iter());
                let changed = match &mut self.entering[link.to] {
                    Some(bits) => bits.keep(&leaving),
                    none => {
                        *none = Some(leaving);
                        true
                    }
                };
                if changed {
                    queue.push_back(link.to);
                }
            }
        }
    }

    fn leaving<'v>(
        &self,
        cx: &Context<'_>,
        node: usize,
        entering: &Bits,
        assigns: impl Iterator<Item = &'v VarName>,
    ) -> Bits {
        let mut bits = entering.clone();
        let mut give = |name: &str| self.numbers.get(name).into_iter().for_each(|&number| bits.insert(number));
        assigns.for_each(|name| give(name.as_str()));
        if cx.flow.nodes.get(&cx.graph.names[node]).is_some_and(|node| matches!(node.kind, NodeKind::Transfer(_))) {
            give(QUEUE);
        }
        bits
    }
}

/// A variable that a node reads.
struct Read<'f> {
    name: &'f VarName,
    span: Span,
    scope: Scope,
    /// An earlier line of the same `set` gives it its value.
    given: bool,
    prompt: Option<&'f PromptName>,
}

fn reads<'f>(cx: &Context<'f>, node: &'f Node) -> Vec<Read<'f>> {
    let flow = cx.flow;
    let mut reads = Vec::new();
    let mut text = |text: &'f Template, scope, prompt| {
        let read = |name| Read { name, span: text.span, scope, given: false, prompt };
        reads.extend(text.variables().map(read));
    };
    for used in uses::prompts(node) {
        let wording = flow.prompts.get(&used.prompt.value).into_iter().flat_map(|prompt| prompt.wording.values());
        let texts = wording.flat_map(|wording| &wording.parts).filter_map(|part| part.template());
        texts.for_each(|template| text(template, used.scope, Some(&used.prompt.value)));
    }
    uses::texts(node).into_iter().for_each(|template| text(template, Scope::Plain, None));
    let arguments = uses::subflow(node).into_iter().flat_map(|node| &node.with);
    for argument in arguments {
        text(&argument.value, Scope::Plain, None);
        let prompt = argument.value.literal().and_then(|name| flow.prompts.get_key_value(name));
        let texts = prompt.into_iter().flat_map(|(name, prompt)| {
            let parts = prompt.wording.values().flat_map(|wording| &wording.parts);
            parts.filter_map(move |part| Some((name, part.template()?)))
        });
        texts.for_each(|(name, template)| text(template, Scope::Plain, Some(name)));
    }
    reads.extend(set_reads(node));
    reads.extend(condition_reads(node));
    reads
}

/// Later lines of a `set` may read what earlier ones have set.
fn set_reads(node: &Node) -> Vec<Read<'_>> {
    let in_order = matches!(node.kind, NodeKind::Set(_));
    let (mut reads, mut earlier) = (Vec::new(), BTreeSet::new());
    for assignment in uses::assignments(node) {
        let span = assignment.value.span;
        let read = |name| Read { name, span, scope: Scope::Plain, given: earlier.contains(name), prompt: None };
        reads.extend(assignment.value.variables().map(read));
        if in_order {
            earlier.insert(&assignment.var.value);
        }
    }
    reads
}

fn condition_reads(node: &Node) -> Vec<Read<'_>> {
    let NodeKind::Switch(node) = &node.kind else { return Vec::new() };
    let reads = node.cases.iter().flat_map(|case| {
        let read = |name| Read { name, span: case.when.span, scope: Scope::Plain, given: false, prompt: None };
        case.when.variables().map(read)
    });
    reads.collect()
}

fn tell_staff(cx: &mut Context<'_>, span: Span) {
    let message = say!("${{StaffNo}} is known only after an agent has answered", "${{StaffNo}} 要在客服接听后才有值");
    let help = say!("use it in connected_prompt", "请用在 connected_prompt 中");
    cx.findings.add(Diagnostic::new(Code::E141, span, message).help(help));
}

fn tell_unset(cx: &mut Context<'_>, node: &Node, read: &Read<'_>) {
    if cx.flow.params.contains_key(&ParamName::new(read.name.as_str())) {
        return;
    }
    let (name, at) = (read.name, &node.name);
    let message = match read.prompt {
        Some(prompt) => say!(
            "`{name}` may have no value when node `{at}` plays `{prompt}`",
            "节点 `{at}` 播放 `{prompt}` 时 `{name}` 可能没有值"
        ),
        None => {
            say!("`{name}` may have no value when node `{at}` reads it", "节点 `{at}` 读取 `{name}` 时它可能没有值")
        }
    };
    let help = say!(
        "give it a default in `vars:`, or set it on every path to `{at}`",
        "请在 `vars:` 里写 default，或在通向 `{at}` 的每条路径上赋值"
    );
    cx.findings.add(Diagnostic::new(Code::E142, read.span, message).help(help));
}

/// A callback goes back to the queue that the caller has waited in, so there must be one.
fn check_queue(cx: &mut Context<'_>, node: &Node, known: &Known<'_>) {
    if let NodeKind::Callback(callback) = &node.kind
        && callback.skill_group.is_none()
        && !known.has(QUEUE)
    {
        let name = &node.name;
        let message = say!(
            "callback `{name}` needs `skill_group`: not every path to it leads through a transfer",
            "回呼节点 `{name}` 需要 `skill_group`：并非每条路径都经过转人工"
        );
        cx.findings.add(Diagnostic::new(Code::E110, node.span, message));
    }
}
