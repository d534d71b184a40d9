//! `callback` 回呼: books a call back to the caller, who may keep the place in the queue.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::step::{Go, Step};
use crate::base::Instant;
use crate::ivr::flow::node::Callback;
use crate::ivr::session::{BOOKING_TIMEOUT_S, Cx, FlowEvent, Input, LeftQueue, Output};

/// Waits for the switch to book it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CallbackStep {
    number: String,
    group: String,
    until: Instant,
}

/// A number of fewer digits cannot be called back.
const MIN_NUMBER_DIGITS: usize = 3;

impl CallbackStep {
    pub fn enter<'a>(node: &'a Callback, cx: &mut Cx<'a>) -> Go {
        let Some(number) = dialable(&cx.render(&node.number)) else {
            return cx.take("on_no_number", &node.on_no_number);
        };
        let left = cx.state.left_queue.clone();
        let group = node.skill_group.as_ref().map(|group| group.to_string());
        let Some(group) = group.or_else(|| left.as_ref().map(|left| left.group.clone())) else {
            return refused(node, cx, "the flow names no skill group and the caller was in no queue");
        };
        cx.emit(booking(node, cx, &number, &group, left.as_ref()));
        cx.fill_silence(None);
        let until = cx.now.instant + Duration::from_secs(BOOKING_TIMEOUT_S);
        Go::Wait(Step::Callback(CallbackStep { number, group, until }))
    }

    pub fn handle<'a>(&mut self, node: &'a Callback, cx: &mut Cx<'a>, input: &Input) -> Option<Go> {
        match input {
            Input::CallbackBooked => {
                let (number, group) = (self.number.clone(), self.group.clone());
                cx.event(FlowEvent::CallbackBooked { number, group });
                Some(cx.take("next", &node.next))
            }
            Input::CallbackRefused { reason } => Some(refused(node, cx, reason)),
            Input::Key { key } => {
                cx.keep_key(*key);
                None
            }
            _ => None,
        }
    }

    pub fn time_out<'a>(node: &'a Callback, cx: &mut Cx<'a>) -> Go {
        refused(node, cx, "it was not booked in time")
    }

    pub fn deadline(&self) -> Instant {
        self.until
    }
}

/// The one failure edge of the node.
fn refused(node: &Callback, cx: &mut Cx, reason: &str) -> Go {
    cx.event(FlowEvent::CallbackRefused { reason: reason.to_owned() });
    cx.take("on_no_number", &node.on_no_number)
}

fn booking(node: &Callback, cx: &Cx, number: &str, group: &str, left: Option<&LeftQueue>) -> Output {
    // A place is kept in the queue it was in, not in another group's.
    let kept = left.filter(|left| node.keep_position && left.group == group);
    let place_ms = kept.map(|left| cx.now.instant.since(left.joined));
    Output::BookCallback {
        number: number.to_owned(),
        group: group.to_owned(),
        priority: left.map_or(0, |left| left.priority),
        attempts: node.attempts,
        retry_after_s: node.retry_after_s,
        calendar: node.calendar.as_ref().map(|calendar| calendar.to_string()),
        place_ms: place_ms.map(|place| u64::try_from(place.as_millis()).unwrap_or(u64::MAX)),
    }
}

/// The number without what people write between digits; `None` when it is withheld or no number.
fn dialable(text: &str) -> Option<String> {
    let number: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.')).collect();
    let digits = number.strip_prefix('+').unwrap_or(&number);
    let valid =
        digits.len() >= MIN_NUMBER_DIGITS && digits.bytes().all(|b| b.is_ascii_digit() || b == b'*' || b == b'#');
    valid.then_some(number)
}
