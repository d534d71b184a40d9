//! The switch at this moment, for the API.

use std::collections::BTreeSet;

use super::calls::Call;
use super::core::Switch;
use crate::acd::{AgentState, GroupId};
use crate::base::{CallId, Now};
use crate::call::view::{CallView, GroupView, View};

impl Switch {
    /// A picture of everything; its cost grows with the number of calls, so it is made when somebody looks.
    pub fn view(&self, now: Now) -> View {
        let agents = self.acd.agents(now);
        let queue = self.acd.queue(now);
        let groups = self.world.acd.groups.iter().map(|group| {
            let waiting = queue.iter().filter(|entry| entry.callback.is_none() && entry.groups.contains(&group.id));
            let longest = waiting.clone().map(|entry| now.utc.0 - entry.queued_at.0).max().unwrap_or(0);
            let ready = agents.iter().filter(|agent| agent.groups.contains(&group.id) && is_ready(&agent.state));
            GroupView {
                id: group.id.0.clone(),
                name: group.name.clone(),
                waiting: u32::try_from(waiting.count()).unwrap_or(u32::MAX),
                longest_wait_ms: u64::try_from(longest).unwrap_or(0),
                ready: u32::try_from(ready.count()).unwrap_or(u32::MAX),
            }
        });
        let groups = groups.collect();
        let calls = self.calls.values().filter(|call| call.ended.is_none()).map(|call| self.call_view(call)).collect();
        View { calls, agents, queue, groups, trunks: self.endpoint.trunks(now) }
    }

    /// Every call that is not over.
    pub fn calls_up(&self) -> BTreeSet<CallId> {
        self.calls.values().filter(|call| call.ended.is_none()).map(|call| call.id).collect()
    }

    fn call_view(&self, call: &Call) -> CallView {
        let ringing = call.legs.values().find(|leg| !leg.is_gone() && leg.agent().is_some());
        let queued = self.acd.ahead(call.id).is_some();
        let stage = match (&call.talk, ringing, queued) {
            (Some(_), _, _) => "talking",
            (None, Some(_), _) => "ringing",
            (None, None, true) => "queued",
            (None, None, false) => "flow",
        };
        let agent = call.talk.as_ref().map(|talk| talk.agent.clone());
        let told = call.on_line.as_ref().and_then(|on_line| on_line.ringing.first().cloned());
        let stage = if told.is_some() { "ringing" } else { stage };
        CallView {
            id: call.id,
            direction: call.direction,
            caller: call.caller.clone(),
            called: call.called.clone(),
            since: call.began.utc,
            stage,
            node: call.path.last().map(|step| step.node.clone()),
            group: call.group.clone(),
            recording: recording_state(call),
            agent: agent.or(told).or_else(|| ringing.and_then(|leg| leg.agent().map(str::to_owned))),
        }
    }

    /// Whether this group exists.
    pub fn has_group(&self, group: &str) -> bool {
        self.world.groups.contains_key(group) || self.world.acd.groups.iter().any(|g| g.id == GroupId::from(group))
    }
}

fn recording_state(call: &Call) -> Option<&'static str> {
    let recording = call.recordings.iter().find(|recording| recording.voicemail.is_none())?;
    Some(if recording.paused_until.is_some() { "paused" } else { "running" })
}

fn is_ready<T>(state: &AgentState<T>) -> bool {
    matches!(state, AgentState::Ready { .. })
}
