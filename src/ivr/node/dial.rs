//! `dial` 外呼: calls an external number through a trunk and joins the caller to it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::step::{Go, Step};
use crate::base::Instant;
use crate::ivr::flow::node::Dial;
use crate::ivr::session::{Cx, DialId, DialResult, FlowEvent, Input, Output, PromptEnd};
use crate::ivr::speak;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DialStep {
    dial: DialId,
    number: String,
    phase: Phase,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Phase {
    Ringing {
        until: Instant,
    },
    /// Answered; the caller hears the connected prompt.
    Connecting,
    Talking {
        until: Option<Instant>,
    },
}

impl DialStep {
    pub fn enter<'a>(node: &'a Dial, cx: &mut Cx<'a>) -> Go {
        let dial = DialId(cx.fresh_id());
        let number = cx.render(&node.number);
        let ring_timeout_ms = u64::from(node.timeout_s) * 1000;
        cx.state.keys_ahead.clear();
        let output = Output::Dial {
            dial,
            number: number.clone(),
            trunk: node.trunk.as_ref().map(|trunk| trunk.to_string()),
            caller_id: node.caller_id.as_ref().map(|caller_id| cx.render(caller_id)),
            ring_timeout_ms,
        };
        cx.emit(output);
        cx.music(Some(node.hold_music.as_ref().map_or(speak::RINGING, |music| music.as_str())));
        let phase = Phase::Ringing { until: cx.now.instant + Duration::from_millis(ring_timeout_ms) };
        Go::Wait(Step::Dial(DialStep { dial, number, phase }))
    }

    pub fn handle<'a>(&mut self, node: &'a Dial, cx: &mut Cx<'a>, input: &Input) -> Option<Go> {
        match (&self.phase, input) {
            (Phase::Ringing { .. }, Input::Dialled { dial, result }) if *dial == self.dial => match result {
                DialResult::Answered => {
                    self.on_answered(node, cx);
                    None
                }
                DialResult::Busy => Some(self.failed(node, cx, "on_busy", node.on_busy.as_deref())),
                DialResult::NoAnswer => Some(self.failed(node, cx, "on_no_answer", node.on_no_answer.as_deref())),
                DialResult::Failed => Some(self.failed(node, cx, "on_failure", None)),
            },
            (Phase::Connecting, Input::PlayEnded { .. }) => {
                self.talk(node, cx);
                None
            }
            (Phase::Connecting | Phase::Talking { .. }, Input::DialEnded { dial }) if *dial == self.dial => {
                cx.stop_prompts(PromptEnd::Cut);
                Some(self.ended(node, cx, "hung_up"))
            }
            _ => None,
        }
    }

    pub fn time_out<'a>(&mut self, node: &'a Dial, cx: &mut Cx<'a>) -> Option<Go> {
        cx.emit(Output::HangUpDialled { dial: self.dial });
        match self.phase {
            Phase::Ringing { .. } => Some(self.failed(node, cx, "on_no_answer", node.on_no_answer.as_deref())),
            Phase::Connecting | Phase::Talking { .. } => Some(self.ended(node, cx, "longest_time")),
        }
    }

    pub fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Ringing { until } => Some(until),
            Phase::Connecting => None,
            Phase::Talking { until } => until,
        }
    }

    pub fn abandon(&mut self, cx: &mut Cx) {
        cx.emit(Output::HangUpDialled { dial: self.dial });
    }

    pub fn is_talking(&self) -> bool {
        match self.phase {
            Phase::Ringing { .. } => false,
            Phase::Connecting | Phase::Talking { .. } => true,
        }
    }

    fn on_answered(&mut self, node: &Dial, cx: &mut Cx) {
        cx.music(None);
        self.tell(cx, "answered");
        if cx.play(node.connected_prompt.as_ref().map(|prompt| prompt.value.clone()), false) {
            self.phase = Phase::Connecting;
        } else {
            self.talk(node, cx);
        }
    }

    fn talk(&mut self, node: &Dial, cx: &mut Cx) {
        cx.emit(Output::ConnectDialled { dial: self.dial });
        let until = node.max_s.map(|max_s| cx.now.instant + Duration::from_secs(u64::from(max_s)));
        self.phase = Phase::Talking { until };
    }

    fn ended(&self, node: &Dial, cx: &mut Cx, outcome: &str) -> Go {
        self.tell(cx, outcome);
        cx.take("next", &node.next)
    }

    /// A failure without an edge of its own takes `on_failure`.
    fn failed(&self, node: &Dial, cx: &mut Cx, edge: &str, own: Option<&crate::ivr::flow::NodeName>) -> Go {
        self.tell(cx, edge.trim_start_matches("on_"));
        match own {
            Some(to) => cx.take(edge, to),
            None => cx.take_or_end("on_failure", node.on_failure.as_deref()),
        }
    }

    fn tell(&self, cx: &mut Cx, outcome: &str) {
        cx.event(FlowEvent::DialEnded { number: self.number.clone(), outcome: outcome.to_owned() });
    }
}
