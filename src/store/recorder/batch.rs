//! What is written in one transaction.

use std::collections::BTreeMap;

use super::handle::Work;
use crate::acd::Snapshot;
use crate::base::{CallId, UtcMillis};
use crate::call::event::CallEvent;
use crate::sip::registrar::BindingRow;

/// States of which only the newest counts.
#[derive(Debug, Default)]
pub(super) struct States {
    /// By account and contact; `None` is gone.
    pub bindings: BTreeMap<(String, String), Option<Box<BindingRow>>>,
    pub acd: Option<(Box<Snapshot>, UtcMillis)>,
}

impl States {
    pub fn is_empty(&self) -> bool {
        self.bindings.is_empty() && self.acd.is_none()
    }

    /// `older` where nothing newer is known.
    pub fn or_older(&mut self, older: States) {
        for (key, binding) in older.bindings {
            self.bindings.entry(key).or_insert(binding);
        }
        self.acd = self.acd.take().or(older.acd);
    }
}

#[derive(Debug, Default)]
pub(super) struct Batch {
    pub events: Vec<CallEvent>,
    pub states: States,
}

impl Batch {
    /// Takes one piece of work in, newer than all before.
    pub fn add(&mut self, work: Work) {
        match work {
            Work::Events(events) => self.events.extend(events),
            Work::Binding(binding) => {
                let key = (binding.user.clone(), binding.contact.clone());
                self.states.bindings.insert(key, Some(binding));
            }
            Work::Unbound { account, contact } => {
                self.states.bindings.insert((account, contact), None);
            }
            Work::Acd(snapshot, at) => self.states.acd = Some((snapshot, at)),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.states.is_empty()
    }

    pub fn calls(&self) -> Vec<CallId> {
        let mut calls: Vec<CallId> = self.events.iter().map(|event| event.call).collect();
        calls.sort_unstable();
        calls.dedup();
        calls
    }

    /// The events by call, each call's in their order.
    pub fn by_call(events: Vec<CallEvent>) -> BTreeMap<CallId, Vec<CallEvent>> {
        let mut calls: BTreeMap<CallId, Vec<CallEvent>> = BTreeMap::new();
        for event in events {
            calls.entry(event.call).or_default().push(event);
        }
        calls
    }
}
