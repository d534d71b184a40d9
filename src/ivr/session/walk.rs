//! From node to node until one waits.

use std::mem;

use super::context::Cx;
use super::event::{EndReason, FlowEvent, Limit, PromptEnd};
use super::input::Input;
use super::limits::{MAX_KEYS_AHEAD, MAX_NODE_ENTRIES, MAX_STEPS_WITHOUT_WAIT, MAX_SUBFLOW_DEPTH};
use super::output::Output;
use super::state::{Frame, Place};
use crate::ivr::flow::{NodeKind, NodeName, ParamName};
use crate::ivr::node::{self, Go, Step, SubflowCall};

pub(super) fn start(cx: &mut Cx) {
    if matches!(cx.state.step, Step::New) {
        cx.state.clock.run(cx.now.instant);
        cx.state.ear.quiet_since = cx.now.instant;
        let start = cx.state.frame().node.clone();
        let go = enter(cx, &start);
        follow(cx, go);
    }
}

/// A key of the caller, unless it is the end key of a number that was already complete.
pub(super) fn key(cx: &mut Cx, key: char) {
    if !matches!(key, '0'..='9' | '*' | '#') {
        return;
    }
    let masked = node::takes_secret(cx);
    cx.event(FlowEvent::Key { digit: key, masked });
    let swallow = cx.state.swallow.take();
    if swallow.is_some_and(|swallow| swallow.key == key && cx.now.instant <= swallow.until) {
        return;
    }
    cx.state.ear.quiet_since = cx.now.instant;
    deliver(cx, &Input::Key { key });
}

/// Hands an input to the node that waits.
pub(super) fn deliver(cx: &mut Cx, input: &Input) {
    if let (Input::QueuePosition { ahead, estimate_s }, Step::Transfer(_)) = (input, &cx.state.step) {
        cx.state.place = Some(Place { ahead: *ahead, estimate_s: *estimate_s });
    }
    with_step(cx, |step, cx, kind| step.handle(kind, cx, input));
}

pub(super) fn time_out(cx: &mut Cx) {
    with_step(cx, |step, cx, kind| step.time_out(kind, cx));
}

fn with_step<'a>(cx: &mut Cx<'a>, act: impl FnOnce(&mut Step, &mut Cx<'a>, &'a NodeKind) -> Option<Go>) {
    let Some(node) = cx.node() else { return finish(cx, missing(cx)) };
    let mut step = mem::replace(&mut cx.state.step, Step::New);
    match act(&mut step, cx, &node.kind) {
        None => {
            cx.state.step = step;
            keep_time(cx);
        }
        // The step has done its own tidying: nothing of it is left to be abandoned.
        Some(go) => follow(cx, go),
    }
}

/// Goes where the node says, and on until a node waits or the flow ends.
fn follow(cx: &mut Cx, mut go: Go) {
    loop {
        go = match go {
            Go::Wait(step) => {
                cx.state.step = step;
                cx.state.steps = 0;
                return keep_time(cx);
            }
            Go::Take { edge, to } => {
                leave(cx, edge);
                enter(cx, &to)
            }
            Go::Call(call) => call_subflow(cx, call),
            Go::Return(values) => return_from_subflow(cx, &values),
            Go::End(reason) => return finish(cx, reason),
        }
    }
}

fn leave(cx: &mut Cx, outcome: String) {
    let frame = cx.state.frame();
    let (flow, node) = (frame.flow.to_string(), frame.node.to_string());
    cx.event(FlowEvent::Branch { flow, node, outcome });
}

fn enter<'a>(cx: &mut Cx<'a>, name: &NodeName) -> Go {
    cx.state.frame_mut().node = name.clone();
    cx.state.ear.filler = None;
    let Some(node) = cx.node() else { return Go::End(missing(cx)) };
    cx.state.entries += 1;
    cx.state.steps += 1;
    if cx.state.entries > MAX_NODE_ENTRIES {
        return Go::End(EndReason::Limit { limit: Limit::Entries });
    }
    if cx.state.steps > MAX_STEPS_WITHOUT_WAIT {
        return Go::End(EndReason::Limit { limit: Limit::Steps });
    }
    let flow = cx.state.frame().flow.to_string();
    let kind = node.kind.as_str().to_owned();
    cx.event(FlowEvent::NodeEntered { flow, node: name.to_string(), kind, label: Some(node.label.clone()) });
    node::enter(&node.kind, cx)
}

fn call_subflow(cx: &mut Cx, call: SubflowCall) -> Go {
    if cx.state.frames.len() > MAX_SUBFLOW_DEPTH {
        return Go::End(EndReason::Fault { what: format!("subflow `{}` is nested too deeply", call.flow) });
    }
    let Some(flow) = cx.flows.get(&call.flow) else {
        return Go::End(EndReason::Fault { what: format!("there is no subflow `{}`", call.flow) });
    };
    let mut frame = Frame::new(flow);
    frame.vars.extend(call.vars);
    frame.prompts = call.prompts;
    cx.state.frames.push(frame);
    enter(cx, &flow.start.value)
}

/// Back in the calling flow, along the edge of the node that called. A return in the main flow ends the call.
fn return_from_subflow(cx: &mut Cx, values: &[(ParamName, String)]) -> Go {
    if cx.state.frames.len() < 2 {
        return Go::End(EndReason::FlowEnd);
    }
    cx.state.frames.pop();
    match cx.node().map(|node| &node.kind) {
        Some(NodeKind::Subflow(subflow)) => node::on_return(subflow, cx, values),
        _ => Go::End(missing(cx)),
    }
}

/// Ends the flow: nothing of it is left playing, recording or waiting.
pub(super) fn finish(cx: &mut Cx, reason: EndReason) {
    let mut step = mem::replace(&mut cx.state.step, Step::Over);
    step.abandon(cx, &reason);
    cx.stop_prompts(PromptEnd::Cut);
    cx.state.ear.filler = None;
    let node = (cx.state.entries > 0).then(|| cx.state.path());
    cx.emit(Output::End { reason, node });
}

fn missing(cx: &Cx) -> EndReason {
    EndReason::Fault { what: format!("there is no node `{}`", cx.state.path()) }
}

/// The flow's minutes count only while it is the flow that keeps the caller.
fn keep_time(cx: &mut Cx) {
    if cx.state.step.is_outside_flow() {
        cx.state.clock.pause(cx.now.instant);
    } else {
        cx.state.clock.run(cx.now.instant);
    }
}

impl Cx<'_> {
    /// Keeps a key for the next node that wants one.
    pub fn keep_key(&mut self, key: char) {
        if self.state.keys_ahead.len() < MAX_KEYS_AHEAD {
            self.state.keys_ahead.push_back(key);
        }
    }
}
