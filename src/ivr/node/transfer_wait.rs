//! The wait in the queue: live keys, announcements, overflow, and the longest wait.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::keys::{Match, match_keys};
use crate::base::Instant;
use crate::ivr::flow::node::{Announcement, KeyOption, Transfer};
use crate::ivr::session::{Cx, FlowEvent, Output};

/// How long a caller may take for a further key where one keyword begins another.
const INTER_DIGIT_S: u64 = 3;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Waiting {
    give_up_at: Instant,
    /// One for each overflow of the node; `None` once it is done.
    widen_at: Vec<Option<Instant>>,
    /// One for each announcement of the node.
    announcements: Vec<Due>,
    typed: String,
    /// When the keys typed so far are taken as they are.
    decide_at: Option<Instant>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Due {
    when: When,
    /// The values said the last time.
    said: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum When {
    At(Instant),
    /// Its time has come, but what it says is not known yet.
    OnceKnown,
    Never,
}

impl Waiting {
    pub fn new(node: &Transfer, joined: Instant, give_up_at: Instant) -> Self {
        let after = |seconds: u32| joined + Duration::from_secs(u64::from(seconds));
        let first = |announcement: &Announcement| When::At(after(announcement.first_after_s));
        Waiting {
            give_up_at,
            widen_at: node.overflow.iter().map(|overflow| Some(after(overflow.after_s))).collect(),
            announcements: node.announce.iter().map(|own| Due { when: first(own), said: None }).collect(),
            typed: String::new(),
            decide_at: None,
        }
    }

    pub fn is_spent(&self, now: Instant) -> bool {
        self.give_up_at <= now
    }

    /// While a prompt plays, announcements wait for its end.
    pub fn deadline(&self, playing: bool) -> Option<Instant> {
        let widen = self.widen_at.iter().flatten().copied();
        let announcements = self.announcements.iter().filter_map(|due| match due.when {
            When::At(at) if !playing => Some(at),
            When::At(_) | When::OnceKnown | When::Never => None,
        });
        widen.chain(announcements).chain(self.decide_at).chain([self.give_up_at]).min()
    }

    /// A key while waiting. One that leads nowhere is not an error: the caller waits on.
    pub fn key<'a>(&mut self, node: &'a Transfer, cx: &Cx, key: char) -> Option<&'a KeyOption> {
        self.typed.push(key);
        match match_keys(&node.keys, &self.typed) {
            Match::One(option) => Some(option),
            Match::Perhaps(_) => {
                self.decide_at = Some(cx.now.instant + Duration::from_secs(INTER_DIGIT_S));
                None
            }
            Match::None => {
                self.typed.clear();
                self.decide_at = None;
                None
            }
        }
    }

    /// No further key came: the ones typed are taken as they are.
    pub fn decide<'a>(&mut self, node: &'a Transfer, cx: &Cx) -> Option<&'a KeyOption> {
        self.decide_at.take_if(|at| *at <= cx.now.instant)?;
        let typed = std::mem::take(&mut self.typed);
        match match_keys(&node.keys, &typed) {
            Match::One(option) | Match::Perhaps(Some(option)) => Some(option),
            Match::Perhaps(None) | Match::None => None,
        }
    }

    /// Lets further groups take the caller, who keeps the place.
    pub fn widen(&mut self, node: &Transfer, cx: &mut Cx) {
        for (at, overflow) in self.widen_at.iter_mut().zip(&node.overflow) {
            let due = at.take_if(|at| *at <= cx.now.instant).is_some();
            if let (true, Some(group)) = (due, overflow.skill_group.for_language(&cx.state.language)) {
                let group = group.to_string();
                cx.emit(Output::Widen { group: group.clone() });
                cx.event(FlowEvent::Widened { group });
            }
        }
    }

    /// Plays the first announcement that is due, unless something plays.
    pub fn announce(&mut self, node: &Transfer, cx: &mut Cx) {
        for (due, announcement) in self.announcements.iter_mut().zip(&node.announce) {
            if cx.is_playing() {
                return;
            }
            due.announce(announcement, cx);
        }
    }
}

impl Due {
    fn announce(&mut self, announcement: &Announcement, cx: &mut Cx) {
        let now = cx.now.instant;
        let values = cx.values_said(&announcement.prompt);
        let at = match (self.when, &values) {
            (When::At(at), _) if at <= now => at,
            (When::OnceKnown, Some(_)) => now,
            (When::At(_) | When::OnceKnown | When::Never, _) => return,
        };
        let Some(values) = values else {
            self.when = When::OnceKnown;
            return;
        };
        self.when = match announcement.every_s {
            Some(every_s) => When::At((at + Duration::from_secs(u64::from(every_s))).max(now)),
            None => When::Never,
        };
        let unchanged = announcement.only_when_changed && self.said.as_ref() == Some(&values);
        if !unchanged {
            cx.play([announcement.prompt.value.clone()], false);
            self.said = Some(values);
        }
    }
}
