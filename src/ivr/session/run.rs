//! The session: takes inputs, walks nodes, keeps the time.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::context::Cx;
use super::event::{EndReason, Limit};
use super::flows::Flows;
use super::input::{CallFacts, Input};
use super::output::Output;
use super::state::State;
use super::walk;
use crate::base::{Instant, Now};
use crate::ivr::flow::{FlowId, VarName};
use crate::ivr::node::Step;

/// One call in one flow.
#[derive(Clone, Debug)]
pub struct Session {
    flows: Flows,
    state: State,
    out: VecDeque<Output>,
}

/// A session between two inputs, without its flows: what is kept is small and independent of the machine, but its
/// deadlines count on the clock of the driver that saved it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedSession {
    state: State,
    /// Outputs not yet drained.
    out: VecDeque<Output>,
}

/// A saved session cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    #[error("the session runs flow `{flow}`, which is not among the flows given: load the version it was started with")]
    NoFlow { flow: FlowId },
    #[error(
        "the session is at node `{node}` of flow `{flow}`, which has no such node: load the version it was started with"
    )]
    NoNode { flow: FlowId, node: String },
    #[error("the saved session names no flow at all: it was not written by a session")]
    Empty,
}

impl Session {
    /// A session that waits for [`Input::Start`].
    pub fn new(flows: Flows, facts: CallFacts, now: Now) -> Self {
        let state = State::new(flows.main(), facts, now.instant);
        Session { flows, state, out: VecDeque::new() }
    }

    /// One thing happened. Drain the outputs afterwards.
    pub fn handle(&mut self, input: Input, now: Now) {
        let mut cx = self.cx(now);
        if cx.is_over() {
            return;
        }
        match input {
            Input::CallerHungUp => walk::finish(&mut cx, EndReason::CallerHungUp),
            Input::Start => walk::start(&mut cx),
            // Nothing counts before the start.
            _ if matches!(cx.state.step, Step::New) => {}
            Input::Key { key } => walk::key(&mut cx, key),
            Input::PlayEnded { play } => {
                if cx.on_play_ended(play) {
                    walk::deliver(&mut cx, &Input::PlayEnded { play });
                }
            }
            other => walk::deliver(&mut cx, &other),
        }
    }

    /// Does what is due. Drain the outputs afterwards.
    pub fn handle_timeout(&mut self, now: Now) {
        let mut cx = self.cx(now);
        if cx.is_over() {
            return;
        }
        if cx.state.clock.deadline().is_some_and(|at| at <= now.instant) {
            return walk::finish(&mut cx, EndReason::Limit { limit: Limit::Minutes });
        }
        cx.on_filler_due();
        if cx.state.step.deadline(cx.is_playing()).is_some_and(|at| at <= now.instant) {
            walk::time_out(&mut cx);
        }
    }

    /// When to call `handle_timeout`; `None` when only an input can go on.
    pub fn poll_timeout(&self) -> Option<Instant> {
        if matches!(self.state.step, Step::Over) {
            return None;
        }
        let filler = self.state.ear.filler.as_ref().map(|filler| filler.at);
        let step = self.state.step.deadline(self.state.ear.prompt.is_some());
        [self.state.clock.deadline(), filler, step].into_iter().flatten().min()
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// Whether `Output::End` has been given.
    pub fn is_over(&self) -> bool {
        matches!(self.state.step, Step::Over)
    }

    /// The node it is at, as in [`Output::End`].
    pub fn node(&self) -> String {
        self.state.path()
    }

    /// The language that the call speaks now.
    pub fn language(&self) -> &str {
        self.state.language.as_str()
    }

    /// Whether a prompt plays.
    pub fn is_playing(&self) -> bool {
        self.state.ear.prompt.is_some()
    }

    /// Whether a prompt plays that no key stops.
    pub fn is_deaf(&self) -> bool {
        self.state.ear.prompt.as_ref().is_some_and(|playing| !playing.barge_in)
            && matches!(self.state.step, Step::Play(_) | Step::Branch(_) | Step::Collect(_))
    }

    /// The value of a variable now, in the flow it is in or in one that called that.
    pub fn value(&self, name: &str) -> Option<String> {
        let name = VarName::new(name);
        let found = self.state.frames.iter().rev().find_map(|frame| self.state.var_in(frame, &name));
        found.map(|value| value.to_string())
    }

    /// The flows that it runs.
    pub fn flows(&self) -> &Flows {
        &self.flows
    }

    pub fn save(&self) -> SavedSession {
        SavedSession { state: self.state.clone(), out: self.out.clone() }
    }

    /// Goes on where [`Session::save`] was called, over the same versions of the flows.
    ///
    /// # Errors
    /// When a flow or node that it is in is not there.
    pub fn restore(saved: SavedSession, flows: Flows) -> Result<Self, RestoreError> {
        if saved.state.frames.is_empty() {
            return Err(RestoreError::Empty);
        }
        for frame in &saved.state.frames {
            let flow = flows.get(&frame.flow).ok_or_else(|| RestoreError::NoFlow { flow: frame.flow.clone() })?;
            if !flow.nodes.contains_key(&frame.node) {
                return Err(RestoreError::NoNode { flow: frame.flow.clone(), node: frame.node.to_string() });
            }
        }
        Ok(Session { flows, state: saved.state, out: saved.out })
    }

    fn cx(&mut self, now: Now) -> Cx<'_> {
        Cx { state: &mut self.state, flows: &self.flows, out: &mut self.out, now }
    }
}
