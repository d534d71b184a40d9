//! `voicemail` 留言: plays a prompt, records the caller, and makes a ticket of it (C27, A25).

use super::{Edge, Pace};
use crate::ivr::flow::{At, AudioId, GroupId, NodeName, PromptName};

#[derive(Clone, Debug, PartialEq)]
pub struct Voicemail {
    pub prompt: At<PromptName>,
    /// Played before the recording begins.
    pub beep: Option<At<AudioId>>,
    /// 1 to 600; the recording ends there.
    pub max_s: u32,
    /// 0 to 60; what is shorter is not a message and makes no ticket.
    pub min_s: u32,
    /// One of `0`-`9`, `*`, `#`: ends the recording.
    pub end_key: char,
    /// 1 to 60: so much silence ends the recording.
    pub silence_s: u32,
    /// Whose ticket it becomes.
    pub skill_group: At<GroupId>,
    pub next: At<NodeName>,
    /// Shorter than `min_s`; without one `next` is taken.
    pub on_too_short: Option<At<NodeName>>,
}

impl Voicemail {
    pub(super) fn edges(&self) -> Vec<Edge> {
        let next = Edge::new("next", &self.next, Pace::Elapsed);
        let short = Edge::optional("on_too_short", self.on_too_short.as_ref(), Pace::Elapsed);
        std::iter::once(next).chain(short).collect()
    }
}
