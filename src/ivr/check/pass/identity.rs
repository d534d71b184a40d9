//! E004: a flow has one id, and every number a flow.

use std::collections::BTreeMap;

use crate::ivr::check::run::Context;
use crate::ivr::check::{Code, Diagnostic, Findings, FlowInfo, Known, SourceFile, say};
use crate::ivr::flow::{FlowId, Span};
use crate::ivr::yaml::{self, Kind, Tree};

pub fn check(cx: &mut Context<'_>) {
    let id = &cx.flow.id;
    if id.as_str().is_empty() {
        return;
    }
    let (stem, name) = (cx.source.stem(), id.as_str());
    if stem != name {
        let message = say!("id `{name}` is not the name of its file, `{stem}`", "id `{name}` 与文件名 `{stem}` 不一致");
        let help =
            say!("write id: {stem}, or name the file {name}.yaml", "请写 id: {stem}，或把文件改名为 {name}.yaml");
        cx.findings.add(Diagnostic::new(Code::E004, id.span, message).help(help));
    }
    if let Known::Only(flows) = &cx.env.flows
        && let Some(other) = flows.get(&id.value).map(|info| info.file.as_str())
        && !other.is_empty()
        && other != cx.source.path()
    {
        let message = say!("another flow has this id: {other}", "另一个流程已使用这个 id：{other}");
        let help = say!("give each flow its own id", "每个流程用不同的 id");
        cx.findings.add(Diagnostic::new(Code::E004, id.span, message).help(help));
    }
}

/// Checks the `numbers:` of a set-up file against the flows that exist: E004 for one that does not, E160 for one that is
/// made to be called by others. Only its `numbers:` are looked at.
pub fn bindings(setup: &SourceFile, flows: &BTreeMap<FlowId, FlowInfo>) -> Vec<Diagnostic> {
    let mut findings = Findings::new(setup.path());
    let tree = yaml::load(setup, &mut findings);
    let Some(Kind::Map(numbers)) = tree.as_ref().and_then(|tree| tree.get("numbers")).map(|tree| &tree.kind) else {
        return findings.into_sorted();
    };
    for entry in numbers {
        if let Some((flow, span)) = bound_flow(&entry.value) {
            check_binding(&entry.key.text, flow, span, flows, &mut findings);
        }
    }
    findings.into_sorted()
}

/// `"400": hotline-main`, or `"400": { flow: hotline-main }`. What is built in needs no flow.
fn bound_flow(value: &Tree) -> Option<(&str, Span)> {
    let named = value.get("flow").unwrap_or(value);
    named.text().filter(|flow| !flow.starts_with("builtin:")).map(|flow| (flow, named.span))
}

fn check_binding(number: &str, flow: &str, span: Span, flows: &BTreeMap<FlowId, FlowInfo>, findings: &mut Findings) {
    match flows.get(flow) {
        None => {
            let message = say!(
                "number {number} leads to flow `{flow}`, which does not exist",
                "号码 {number} 绑定的流程 `{flow}` 不存在"
            );
            let help = findings.suggest(flow, flows.keys().map(FlowId::as_str));
            findings.add(Diagnostic::new(Code::E004, span, message).maybe_help(help));
        }
        Some(info) if info.is_subflow() => {
            let message = say!(
                "flow `{flow}` is a subflow; number {number} needs one that ends",
                "流程 `{flow}` 是子流程，号码 {number} 不能绑定它"
            );
            findings.add(Diagnostic::new(Code::E160, span, message));
        }
        Some(_) => {}
    }
}
