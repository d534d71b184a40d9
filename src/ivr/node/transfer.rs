//! `transfer` 转人工: waits with the caller in a group's queue, then joins caller and agent.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::step::{Go, Step};
use super::transfer_wait::Waiting;
use crate::base::Instant;
use crate::ivr::flow::NodeName;
use crate::ivr::flow::node::{KeyOption, Transfer};
use crate::ivr::session::{Cx, EndReason, FlowEvent, Input, LeftQueue, MAX_QUEUE_WAIT_S, Output, PromptEnd, QueueExit};
use crate::ivr::speak;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TransferStep {
    group: String,
    joined: Instant,
    phase: Phase,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Phase {
    Waiting(Waiting),
    /// An agent has answered and the caller hears the connected prompt.
    Connecting,
    Talking,
}

impl TransferStep {
    pub fn enter<'a>(node: &'a Transfer, cx: &mut Cx<'a>) -> Go {
        let Some(group) = cx.group(&node.skill_group).map(ToString::to_string) else {
            return Go::End(EndReason::Fault { what: format!("no skill group for {}", cx.state.language) });
        };
        let joined = cx.now.instant;
        cx.state.keys_ahead.clear();
        cx.state.place = None;
        cx.emit(Output::Enqueue { group: group.clone(), priority: node.priority });
        cx.event(FlowEvent::Queued { group: group.clone(), priority: node.priority });
        cx.music(Some(node.hold_music.as_ref().map_or(speak::WAITING, |music| music.as_str())));
        cx.play(node.waiting_prompt.as_ref().map(|prompt| prompt.value.clone()), false);
        let longest_s = node.max_wait_s.unwrap_or(MAX_QUEUE_WAIT_S);
        let give_up_at = joined + Duration::from_secs(u64::from(longest_s));
        let phase = Phase::Waiting(Waiting::new(node, joined, give_up_at));
        Go::Wait(Step::Transfer(TransferStep { group, joined, phase }))
    }

    pub fn handle<'a>(&mut self, node: &'a Transfer, cx: &mut Cx<'a>, input: &Input) -> Option<Go> {
        match (&mut self.phase, input) {
            (Phase::Waiting(_), Input::AgentAnswered { staff_no }) => {
                self.phase = connect(node, cx, staff_no);
                None
            }
            (Phase::Waiting(waiting), Input::Key { key }) => {
                let chosen = waiting.key(node, cx, *key);
                self.choose(node, cx, chosen)
            }
            (Phase::Waiting(waiting), Input::PlayEnded { .. } | Input::QueuePosition { .. }) => {
                waiting.announce(node, cx);
                None
            }
            (Phase::Waiting(_), Input::NoAgents) => {
                let to = node.on_no_agents.as_ref()?;
                Some(self.leave(node, cx, QueueExit::NoAgents, "on_no_agents", Some(to)))
            }
            (Phase::Waiting(_), Input::TransferFailed { .. }) => Some(self.on_failed(node, cx)),
            (Phase::Connecting, Input::PlayEnded { .. }) => {
                bridge(cx);
                self.phase = Phase::Talking;
                None
            }
            // The agent handed the caller on to another.
            (Phase::Talking, Input::AgentAnswered { staff_no }) => {
                cx.state.staff_no = Some(staff_no.clone());
                None
            }
            (Phase::Connecting | Phase::Talking, Input::AgentEnded) => {
                cx.stop_prompts(PromptEnd::Cut);
                Some(match &node.after_agent_hangup {
                    Some(to) => cx.take("after_agent_hangup", to),
                    None => Go::End(EndReason::AgentHungUp),
                })
            }
            _ => None,
        }
    }

    pub fn time_out<'a>(&mut self, node: &'a Transfer, cx: &mut Cx<'a>) -> Option<Go> {
        let Phase::Waiting(waiting) = &mut self.phase else { return None };
        if waiting.is_spent(cx.now.instant) {
            return Some(self.leave(node, cx, QueueExit::MaxWait, "on_max_wait", node.on_max_wait.as_deref()));
        }
        let chosen = waiting.decide(node, cx);
        waiting.widen(node, cx);
        waiting.announce(node, cx);
        self.choose(node, cx, chosen)
    }

    pub fn deadline(&self, playing: bool) -> Option<Instant> {
        match &self.phase {
            Phase::Waiting(waiting) => waiting.deadline(playing),
            Phase::Connecting | Phase::Talking => None,
        }
    }

    /// A caller who hangs up leaves the queue without being told to.
    pub fn abandon(&mut self, cx: &mut Cx, reason: &EndReason) {
        if matches!(self.phase, Phase::Waiting(_)) && *reason != EndReason::CallerHungUp {
            cx.emit(Output::LeaveQueue { reason: QueueExit::FlowEnded });
        }
    }

    fn choose(&self, node: &Transfer, cx: &mut Cx, option: Option<&KeyOption>) -> Option<Go> {
        let option = option?;
        cx.assign(&option.set);
        let edge = format!("keys.{}", option.name.value);
        Some(self.leave(node, cx, QueueExit::Key, &edge, Some(&option.next)))
    }

    /// The queue refused or lost the caller: whoever cares for the caller when nobody can answer does it here too.
    fn on_failed(&self, node: &Transfer, cx: &mut Cx) -> Go {
        let edges = [("on_no_agents", &node.on_no_agents), ("on_max_wait", &node.on_max_wait)];
        match edges.into_iter().find_map(|(edge, to)| Some((edge, to.as_deref()?))) {
            Some((edge, to)) => self.leave(node, cx, QueueExit::Failed, edge, Some(to)),
            None => self.leave(node, cx, QueueExit::Failed, "transfer_failed", None),
        }
    }

    fn leave(&self, node: &Transfer, cx: &mut Cx, reason: QueueExit, edge: &str, to: Option<&NodeName>) -> Go {
        cx.stop_prompts(PromptEnd::Cut);
        cx.emit(Output::LeaveQueue { reason });
        cx.event(FlowEvent::LeftQueue { reason });
        cx.state.place = None;
        cx.state.left_queue =
            Some(LeftQueue { group: self.group.clone(), priority: node.priority, joined: self.joined });
        cx.take_or_end(edge, to)
    }
}

/// P3: an answer cuts any announcement at once. Then the caller, and only the caller, hears the connected prompt.
fn connect(node: &Transfer, cx: &mut Cx, staff_no: &str) -> Phase {
    cx.stop_prompts(PromptEnd::Cut);
    cx.music(None);
    cx.state.place = None;
    cx.state.left_queue = None;
    cx.state.staff_no = Some(staff_no.to_owned());
    if cx.play(node.connected_prompt.as_ref().map(|prompt| prompt.value.clone()), false) {
        Phase::Connecting
    } else {
        bridge(cx);
        Phase::Talking
    }
}

fn bridge(cx: &mut Cx) {
    let staff_no = cx.state.staff_no.clone().unwrap_or_default();
    cx.emit(Output::ConnectAgent { staff_no });
}
