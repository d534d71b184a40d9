//! `voicemail` 留言: plays a prompt, records the caller, and makes a ticket of it (C27, A25).

use super::{Edge, Pace};
use crate::ivr::flow::read::{COMMON, Fields, NameOf, Shape, Table, opt, req};
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

pub static TABLE: Table = Table {
    en: "a voicemail node",
    zh: "voicemail 节点",
    fields: &[
        req("prompt", Shape::Name(NameOf::Prompt), "Played before the tone."),
        opt("beep", Shape::Name(NameOf::Audio), "The tone; the system's own without it."),
        opt("max_s", Shape::Int { min: 1, max: 600 }, "The recording ends there."),
        opt("min_s", Shape::Int { min: 0, max: 60 }, "What is shorter is not a message."),
        opt("end_key", Shape::Key, "Ends the recording."),
        opt("silence_s", Shape::Int { min: 1, max: 60 }, "So much silence ends the recording."),
        req("skill_group", Shape::Name(NameOf::Group), "Whose ticket it becomes."),
        req("next", Shape::Name(NameOf::Node), "Where it leads."),
        opt("on_too_short", Shape::Name(NameOf::Node), "Where a message that is too short leads; without it, next."),
    ],
    shared: &[COMMON],
};

impl Voicemail {
    pub(super) fn read(fields: &mut Fields<'_, '_, '_>) -> Self {
        Voicemail {
            prompt: fields.name("prompt"),
            beep: fields.opt_name("beep"),
            max_s: fields.int("max_s").unwrap_or(120),
            min_s: fields.int("min_s").unwrap_or(2),
            end_key: fields.key("end_key").unwrap_or('#'),
            silence_s: fields.int("silence_s").unwrap_or(5),
            skill_group: fields.name("skill_group"),
            next: fields.name("next"),
            on_too_short: fields.opt_name("on_too_short"),
        }
    }

    pub(super) fn edges(&self) -> Vec<Edge> {
        let next = Edge::new("next", &self.next, Pace::Elapsed);
        let short = Edge::optional("on_too_short", self.on_too_short.as_ref(), Pace::Elapsed);
        std::iter::once(next).chain(short).collect()
    }
}
