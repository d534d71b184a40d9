//! What a node waits for, and where it goes.

use serde::{Deserialize, Serialize};

use super::branch::BranchStep;
use super::callback::CallbackStep;
use super::collect::CollectStep;
use super::dial::DialStep;
use super::http::HttpStep;
use super::play::PlayStep;
use super::subflow::SubflowCall;
use super::transfer::TransferStep;
use super::voicemail::VoicemailStep;
use super::{hours, set, subflow, switch, ticket};
use crate::base::Instant;
use crate::ivr::flow::{NodeKind, NodeName, ParamName};
use crate::ivr::session::{Cx, EndReason, Input};

/// What a session waits for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Step {
    /// The start of the call; also while the session is between two nodes.
    New,
    Play(PlayStep),
    Branch(BranchStep),
    Collect(CollectStep),
    Transfer(TransferStep),
    Http(HttpStep),
    Voicemail(VoicemailStep),
    Callback(CallbackStep),
    Dial(DialStep),
    /// Nothing: the flow has ended.
    Over,
}

/// Where a node goes.
#[derive(Clone, Debug)]
pub(crate) enum Go {
    Wait(Step),
    Take { edge: String, to: NodeName },
    Call(SubflowCall),
    Return(Vec<(ParamName, String)>),
    End(EndReason),
}

/// Begins a node.
pub(crate) fn enter<'a>(kind: &'a NodeKind, cx: &mut Cx<'a>) -> Go {
    match kind {
        NodeKind::Play(node) => PlayStep::enter(node, cx),
        NodeKind::Branch(node) => BranchStep::enter(node, cx),
        NodeKind::Transfer(node) => TransferStep::enter(node, cx),
        NodeKind::End(_) => Go::End(EndReason::FlowEnd),
        NodeKind::Hours(node) => hours::enter(node, cx),
        NodeKind::Collect(node) => CollectStep::enter(node, cx),
        NodeKind::Set(node) => set::enter(node, cx),
        NodeKind::Switch(node) => switch::enter(node, cx),
        NodeKind::Http(node) => HttpStep::enter(node, cx),
        NodeKind::Voicemail(node) => VoicemailStep::enter(node, cx),
        NodeKind::Callback(node) => CallbackStep::enter(node, cx),
        NodeKind::Subflow(node) => subflow::enter(node, cx),
        NodeKind::Return(node) => subflow::leave(node, cx),
        NodeKind::Dial(node) => DialStep::enter(node, cx),
        NodeKind::Ticket(node) => ticket::enter(node, cx),
    }
}

/// Whether a key that comes now may belong to something secret: then it must not be stored.
pub(crate) fn takes_secret(cx: &Cx) -> bool {
    let Some(flow) = cx.flow() else { return false };
    let secret = |name: &str| flow.vars.get(name).is_some_and(|decl| decl.secret);
    match (&cx.state.step, cx.node().map(|node| &node.kind)) {
        (Step::Collect(_), Some(NodeKind::Collect(node))) => secret(node.into.as_str()),
        (Step::Branch(_) | Step::Transfer(_) | Step::Voicemail(_) | Step::Dial(_), _) => false,
        // A key ahead: it may be meant for a secret that is asked for next.
        _ => cx.flows.all().any(|flow| flow.vars.values().any(|decl| decl.secret)),
    }
}

impl Step {
    /// `None`: waits on, changed in place.
    pub fn handle<'a>(&mut self, kind: &'a NodeKind, cx: &mut Cx<'a>, input: &Input) -> Option<Go> {
        match (self, kind) {
            (Step::Play(step), NodeKind::Play(node)) => step.handle(node, cx, input),
            (Step::Branch(step), NodeKind::Branch(node)) => step.handle(node, cx, input),
            (Step::Collect(step), NodeKind::Collect(node)) => step.handle(node, cx, input),
            (Step::Transfer(step), NodeKind::Transfer(node)) => step.handle(node, cx, input),
            (Step::Http(step), NodeKind::Http(node)) => step.handle(node, cx, input),
            (Step::Voicemail(step), NodeKind::Voicemail(node)) => step.handle(node, cx, input),
            (Step::Callback(step), NodeKind::Callback(node)) => step.handle(node, cx, input),
            (Step::Dial(step), NodeKind::Dial(node)) => step.handle(node, cx, input),
            // Before the start and after the end nothing is expected; a step of another node cannot be.
            _ => None,
        }
    }

    /// The deadline has come.
    pub fn time_out<'a>(&mut self, kind: &'a NodeKind, cx: &mut Cx<'a>) -> Option<Go> {
        match (self, kind) {
            (Step::Branch(step), NodeKind::Branch(node)) => step.time_out(node, cx),
            (Step::Collect(step), NodeKind::Collect(node)) => step.time_out(node, cx),
            (Step::Transfer(step), NodeKind::Transfer(node)) => step.time_out(node, cx),
            (Step::Http(step), NodeKind::Http(node)) => step.time_out(node, cx),
            (Step::Voicemail(step), NodeKind::Voicemail(node)) => step.time_out(node, cx),
            (Step::Callback(_), NodeKind::Callback(node)) => Some(CallbackStep::time_out(node, cx)),
            (Step::Dial(step), NodeKind::Dial(node)) => step.time_out(node, cx),
            _ => None,
        }
    }

    /// When it waits no longer. `playing`: whether a prompt is playing.
    pub fn deadline(&self, playing: bool) -> Option<Instant> {
        match self {
            Step::New | Step::Play(_) | Step::Over => None,
            Step::Branch(step) => step.deadline(),
            Step::Collect(step) => step.deadline(),
            Step::Transfer(step) => step.deadline(playing),
            Step::Http(step) => Some(step.deadline()),
            Step::Voicemail(step) => step.deadline(),
            Step::Callback(step) => Some(step.deadline()),
            Step::Dial(step) => step.deadline(),
        }
    }

    /// The call ends here: withdraws what was asked for.
    pub fn abandon(&mut self, cx: &mut Cx, reason: &EndReason) {
        match self {
            Step::Transfer(step) => step.abandon(cx, reason),
            Step::Http(step) => step.abandon(cx),
            Step::Voicemail(step) => step.abandon(cx),
            Step::Dial(step) => step.abandon(cx),
            Step::New | Step::Play(_) | Step::Branch(_) | Step::Collect(_) | Step::Callback(_) | Step::Over => {}
        }
    }

    /// Whether the caller is in a queue or a conversation: its time is not the flow's.
    pub fn is_outside_flow(&self) -> bool {
        match self {
            Step::Transfer(_) => true,
            Step::Dial(step) => step.is_talking(),
            Step::New | Step::Play(_) | Step::Branch(_) | Step::Collect(_) => false,
            Step::Http(_) | Step::Voicemail(_) | Step::Callback(_) | Step::Over => false,
        }
    }
}
