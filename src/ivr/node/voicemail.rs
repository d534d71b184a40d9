//! `voicemail` 留言: plays a prompt and a beep, records the caller, and makes a ticket of the message.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::step::{Go, Step};
use crate::base::Instant;
use crate::ivr::flow::node::Voicemail;
use crate::ivr::session::{Cx, FlowEvent, Input, Output, PromptEnd, VOICEMAIL_GRACE_MS, VoicemailEnd, VoicemailId};
use crate::ivr::speak;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum VoicemailStep {
    Prompting,
    Beeping,
    /// Until the driver tells the end; it has a little more time than the longest message.
    Recording {
        voicemail: VoicemailId,
        until: Instant,
    },
}

impl VoicemailStep {
    pub fn enter<'a>(node: &'a Voicemail, cx: &mut Cx<'a>) -> Go {
        cx.music(None);
        // A key pressed earlier is no end key of a message that has not begun.
        cx.state.keys_ahead.clear();
        if cx.play([node.prompt.value.clone()], true) {
            return Go::Wait(Step::Voicemail(VoicemailStep::Prompting));
        }
        beep(node, cx);
        Go::Wait(Step::Voicemail(VoicemailStep::Beeping))
    }

    pub fn handle<'a>(&mut self, node: &'a Voicemail, cx: &mut Cx<'a>, input: &Input) -> Option<Go> {
        match (&*self, input) {
            (VoicemailStep::Prompting, Input::PlayEnded { .. }) => {
                beep(node, cx);
                *self = VoicemailStep::Beeping;
                None
            }
            // Who knows the prompt goes on to the beep with any key.
            (VoicemailStep::Prompting, Input::Key { .. }) => {
                cx.stop_prompts(PromptEnd::BargedIn);
                beep(node, cx);
                *self = VoicemailStep::Beeping;
                None
            }
            (VoicemailStep::Beeping, Input::PlayEnded { .. }) => {
                *self = record(node, cx);
                None
            }
            (VoicemailStep::Recording { voicemail, .. }, Input::Key { key }) if *key == node.end_key => {
                cx.emit(Output::StopVoicemail { voicemail: *voicemail });
                None
            }
            (
                VoicemailStep::Recording { voicemail, .. },
                Input::VoicemailEnded { voicemail: ended, duration_ms, by },
            ) if voicemail == ended => Some(on_ended(node, cx, *duration_ms, *by)),
            _ => None,
        }
    }

    /// The driver never told the end.
    pub fn time_out<'a>(&mut self, node: &'a Voicemail, cx: &mut Cx<'a>) -> Option<Go> {
        match self {
            VoicemailStep::Recording { voicemail, .. } => {
                cx.emit(Output::StopVoicemail { voicemail: *voicemail });
                Some(on_ended(node, cx, 0, VoicemailEnd::Failed))
            }
            VoicemailStep::Prompting | VoicemailStep::Beeping => None,
        }
    }

    pub fn deadline(&self) -> Option<Instant> {
        match self {
            VoicemailStep::Recording { until, .. } => Some(*until),
            VoicemailStep::Prompting | VoicemailStep::Beeping => None,
        }
    }

    /// What was said until now is kept by its length.
    pub fn abandon(&mut self, cx: &mut Cx) {
        if let VoicemailStep::Recording { voicemail, .. } = self {
            cx.emit(Output::StopVoicemail { voicemail: *voicemail });
        }
    }
}

fn beep(node: &Voicemail, cx: &mut Cx) {
    let audio = node.beep.as_ref().map_or(speak::BEEP, |beep| beep.as_str());
    cx.play_sound("beep", audio);
}

fn record(node: &Voicemail, cx: &mut Cx) -> VoicemailStep {
    let voicemail = VoicemailId(cx.fresh_id());
    let max_ms = u64::from(node.max_s) * 1000;
    cx.emit(Output::RecordVoicemail {
        voicemail,
        group: node.skill_group.to_string(),
        min_ms: u64::from(node.min_s) * 1000,
        max_ms,
        silence_ms: u64::from(node.silence_s) * 1000,
    });
    let until = cx.now.instant + Duration::from_millis(max_ms + VOICEMAIL_GRACE_MS);
    VoicemailStep::Recording { voicemail, until }
}

fn on_ended(node: &Voicemail, cx: &mut Cx, duration_ms: u64, by: VoicemailEnd) -> Go {
    let kept = by != VoicemailEnd::Failed && duration_ms >= u64::from(node.min_s) * 1000;
    cx.event(FlowEvent::VoicemailEnded { duration_ms, kept });
    match &node.on_too_short {
        Some(to) if !kept => cx.take("on_too_short", to),
        _ => cx.take("next", &node.next),
    }
}
