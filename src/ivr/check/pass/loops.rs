//! E131 and E132: no walk goes round for ever.
//!
//! Looked for in the whole graph, whether or not a call can come there: an edge that is mended tomorrow may lead there.

use std::collections::BTreeSet;

use crate::ivr::check::graph::Link;
use crate::ivr::check::run::Context;
use crate::ivr::check::{Code, Diagnostic, say};
use crate::ivr::flow::Pace;

pub fn check(cx: &mut Context<'_>) {
    for part in cx.graph.cycles(|link| link.pace == Pace::Immediate) {
        let Some(first) = part.iter().copied().min_by_key(|&number| span_of(cx, number)) else { continue };
        let links = cx.graph.links[first].iter();
        let Some(link) = links.clone().find(|link| link.pace == Pace::Immediate && part.contains(&link.to)) else {
            continue;
        };
        let cycle = cycle_text(cx, first, link, &part, Pace::Immediate);
        let span = span_of(cx, first);
        let message = say!("this loop never waits for the caller: {cycle}", "这个循环从不等待来电者：{cycle}");
        let help = say!("lead it through a branch, or out of the loop", "请让它经过分支节点，或离开循环");
        cx.findings.add(Diagnostic::new(Code::E131, span, message).help(help));
    }
    for part in cx.graph.cycles(|link| link.pace != Pace::Caller) {
        tell_idle(cx, &part);
    }
}

/// A loop that goes round on silence or wrong keys: told at the edge that does.
fn tell_idle(cx: &mut Context<'_>, part: &BTreeSet<usize>) {
    let links = part.iter().flat_map(|&from| cx.graph.links[from].iter().map(move |link| (from, link)));
    let waits = links.filter(|(_, link)| link.pace == Pace::Elapsed && part.contains(&link.to));
    let Some((from, link)) = waits.min_by_key(|(_, link)| link.span) else { return };
    let cycle = cycle_text(cx, from, link, part, Pace::Elapsed);
    let message = say!("a caller can loop here for ever: {cycle}", "来电者可能在这里无限循环：{cycle}");
    let help = say!("lead silence and wrong keys on to a person or to an end", "请让无应答和错误按键转到人工或结束");
    let finding = Diagnostic::new(Code::E132, link.span, message).help(help);
    cx.findings.add(finding);
}

fn span_of(cx: &Context<'_>, number: usize) -> crate::ivr::flow::Span {
    cx.flow.nodes.get(&cx.graph.names[number]).map_or(cx.top, |node| node.span)
}

/// Nodes of a cycle that are shown; the rest is counted.
const MAX_SHOWN: usize = 12;

/// The way round that begins with `link` from `first` and stays in `part`: `a → b → a`.
fn cycle_text(cx: &Context<'_>, first: usize, link: &Link, part: &BTreeSet<usize>, most: Pace) -> String {
    let way = cx.graph.way_between(link.to, first, |link| link.pace <= most && part.contains(&link.to));
    let name = |number: &usize| cx.graph.names[*number].as_str();
    let mut names = vec![name(&first)];
    let between = way.len().saturating_sub(1);
    names.extend(way.iter().take(between.min(MAX_SHOWN)).map(name));
    if between > MAX_SHOWN {
        names.push("…");
    }
    names.push(name(&first));
    names.join(" → ")
}
