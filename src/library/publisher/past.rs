//! A past call walked again, over the version that it ran or over another.

use anyhow::{Context as _, Result};

use super::assemble::flows_of;
use super::{Publisher, Side};
use crate::base::CallId;
use crate::call::event::{CallEvent, EndCause, EndedBy, LeaveReason, PromptEnd, What};
use crate::ivr::session::{CallFacts, DialResult};
use crate::ivr::sim::{Past, PastCall, Recorded, Replay, replay};
use crate::store::StoreError;

impl Publisher {
    /// Walks `call` again: without `over` what it did, over the version that it ran; else what it would do over another.
    pub async fn replay(&self, call: CallId, over: Option<Side>) -> Result<Replay> {
        let row = self.store.call(call).await?;
        let ran_none = || StoreError::refused(format!("call {call} ran no flow"));
        let flow = row.flow.ok_or_else(ran_none)?;
        let side = match (over, row.flow_version.unwrap_or(0)) {
            (None, 0) => {
                let why = "it ran a draft, which is not kept: name a version, or the draft of today";
                return Err(StoreError::refused(format!("call {call}: {why}")).into());
            }
            (None, ran) => Side::Version(ran),
            (Some(side), _) => side,
        };
        let published = match side {
            Side::Version(version) => self.assemble(&self.store.flow_version(&flow, version).await?).await?,
            Side::Draft => self.assemble_draft(&flow).await?,
        };
        let events = self.store.events(call).await?;
        let past = past_call(call, &events).context("its record has no beginning")?;
        Ok(replay(&past, &flows_of(&published)))
    }
}

/// What the record says of the flow's part of a call; `None` when no flow began.
fn past_call(call: CallId, events: &[CallEvent]) -> Option<PastCall> {
    let (caller, called) = events.iter().find_map(|event| match &event.what {
        What::Started { caller, called, .. } => Some((caller.clone(), called.clone())),
        _ => None,
    })?;
    let start = events.iter().find(|event| matches!(event.what, What::FlowStarted { .. }))?;
    let mut recorded = Vec::new();
    for event in events.iter().filter(|event| event.seq > start.seq) {
        let at_ms = event.offset_us.saturating_sub(start.offset_us) / 1000;
        recorded.extend(past(&event.what).into_iter().map(|what| Recorded { at_ms, what }));
    }
    let facts = CallFacts { caller, called, call_id: call.to_string() };
    Some(PastCall { facts, at: start.at, events: recorded })
}

/// What one event means to the flow.
fn past(what: &What) -> Vec<Past> {
    match what {
        What::NodeEntered { node, .. } => vec![Past::Node { node: node.clone() }],
        What::Branch { node, outcome } => vec![Past::Branch { node: node.clone(), outcome: outcome.clone() }],
        What::PromptEnded { by: PromptEnd::Played, .. } => vec![Past::PromptPlayed],
        What::Key { digit, masked, .. } => vec![Past::Key { key: (!masked).then_some(*digit) }],
        What::VariableSet { name, value } => vec![Past::Set { name: name.clone(), value: value.clone() }],
        What::Queued { ahead, .. } => vec![Past::Queued { ahead: *ahead }],
        What::LeftQueue { reason: LeaveReason::NoAgents } => vec![Past::NoAgents],
        What::Answered { agent, .. } => vec![Past::Answered { staff_no: agent.clone() }],
        What::Unbridged { .. } => vec![Past::AgentEnded],
        What::HttpEnded { outcome, .. } => vec![Past::HttpEnded { outcome: outcome.clone() }],
        What::VoicemailEnded { duration_ms, .. } => vec![Past::Message { duration_ms: *duration_ms }],
        What::CallbackBooked { .. } => vec![Past::CallbackBooked],
        What::CallbackRefused { .. } => vec![Past::CallbackRefused],
        What::DialEnded { outcome, .. } => dialled(outcome),
        What::Ended { cause, by, .. } => ended(*cause, *by).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn dialled(outcome: &str) -> Vec<Past> {
    match outcome {
        "answered" | "hung_up" => vec![Past::Dialled { result: DialResult::Answered }, Past::DialEnded],
        "busy" => vec![Past::Dialled { result: DialResult::Busy }],
        "no_answer" => vec![Past::Dialled { result: DialResult::NoAnswer }],
        _ => vec![Past::Dialled { result: DialResult::Failed }],
    }
}

/// The end as the flow names it; `None` for ends that no flow decides.
fn ended(cause: EndCause, by: EndedBy) -> Option<Past> {
    let reason = match (cause, by) {
        (_, EndedBy::Caller) => return Some(Past::CallerHungUp),
        (EndCause::FlowEnded, _) => "flow_end",
        (EndCause::MaxErrors, _) => "max_errors",
        (EndCause::MaxTimeouts, _) => "max_timeouts",
        (EndCause::NoEdge, _) => "no_edge",
        (EndCause::LimitSteps, _) => "limit_steps",
        (EndCause::LimitEntries, _) => "limit_entries",
        (EndCause::LimitMinutes, _) => "limit_minutes",
        (EndCause::HungUp, EndedBy::Agent) => "agent_hung_up",
        _ => return None,
    };
    Some(Past::Ended { reason: reason.to_owned() })
}
