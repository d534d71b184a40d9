//! Callbacks: queue entries without a caller. One agent at a time has one in hand, so the customer is called once (P9).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::machine::Acd;
use super::queue::{Callback, Entry, Stage};
use super::stamp::Stamp;
use super::{AgentNo, BookCallback, CallbackRefusal, GroupId, LeaveReason, Output};
use crate::base::CallId;

impl Acd {
    pub(super) fn book_callback(&mut self, booking: BookCallback, now: Stamp) {
        let call = booking.call;
        let refuse = |why| Output::CallbackRefused { call, why };
        let Some(number) = booking.number.clone().filter(|number| !number.is_empty()) else {
            return self.output(refuse(CallbackRefusal::NoNumber));
        };
        if let Some(earlier) = self.booked(&booking.group, &number) {
            if earlier != call {
                self.leave(call, LeaveReason::Callback, now);
            }
            return self.output(Output::CallbackBooked { call, booking: earlier, number });
        }
        if !self.queue.contains(call) && self.queue.len() >= Self::MAX_QUEUE {
            return self.output(refuse(CallbackRefusal::QueueFull));
        }
        let held = self.queue.get(call).map(|entry| entry.place);
        self.leave(call, LeaveReason::Callback, now);
        let place = held.or(booking.place).unwrap_or_else(|| self.queue.new_place(0, now));
        self.queue.insert(Entry {
            call,
            place,
            home: booking.group,
            widened: Vec::new(),
            caller: Some(number.clone()),
            preferred: None,
            tried: BTreeMap::new(),
            stage: Stage::Waiting,
            callback: Some(Callback {
                number: number.clone(),
                attempts_left: booking.attempts.clamp(1, Self::MAX_CALLBACK_ATTEMPTS),
                retry_after: Duration::from_secs(u64::from(booking.retry_after_s)),
                not_before: Some(now.plus(Duration::from_secs(u64::from(Self::FIRST_CALLBACK_AFTER_S)))),
                hours: booking.hours,
            }),
            told_ahead: None,
            told_no_agents: false,
        });
        self.mark_queue();
        self.output(Output::CallbackBooked { call, booking: call, number });
    }

    /// The callback that this number has in this group already.
    fn booked(&self, group: &GroupId, number: &str) -> Option<CallId> {
        let same = |entry: &&Entry| {
            entry.home == *group && entry.callback.as_ref().is_some_and(|callback| callback.number == number)
        };
        self.queue.iter().find(same).map(|entry| entry.call)
    }

    pub(super) fn callback_reached(&mut self, call: CallId) {
        if self.queue.get(call).is_some_and(|entry| matches!(entry.stage, Stage::Leased { .. })) {
            self.queue.remove(call);
            self.mark_queue();
            self.output(Output::CallbackDone { call });
        }
    }

    /// The agent who had the callback in hand is done with it and nobody was reached.
    pub(super) fn fail_attempt(&mut self, call: CallId, agent: &AgentNo, now: Stamp) {
        let Some(entry) = self.queue.get_mut(call) else { return };
        if entry.stage != (Stage::Leased { agent: agent.clone() }) {
            return;
        }
        entry.stage = Stage::Waiting;
        let group = entry.home.clone();
        let Some(callback) = entry.callback.as_mut() else { return };
        callback.attempts_left = callback.attempts_left.saturating_sub(1);
        let (attempts_left, at, number) =
            (callback.attempts_left, now.plus(callback.retry_after), callback.number.clone());
        if attempts_left == 0 {
            self.queue.remove(call);
            self.output(Output::CallbackGivenUp { call, number, group });
        } else {
            self.queue.rest(call, at);
            self.output(Output::CallbackRetry { call, attempts_left, at: at.to_instant() });
        }
        self.mark_queue();
    }

    /// Hours that are not named by any callback are forgotten, so that this stays as small as the queue.
    pub(super) fn set_callback_hours(&mut self, hours: String, open: bool) {
        let named = self.callback_hours();
        self.callbacks_closed.retain(|closed| named.contains(closed));
        if open {
            self.callbacks_closed.remove(&hours);
        } else if named.contains(&hours) {
            self.callbacks_closed.insert(hours);
        }
    }

    /// The hours that callbacks in the queue name.
    pub fn callback_hours(&self) -> BTreeSet<String> {
        self.queue.iter().filter_map(|entry| entry.callback.as_ref()?.hours.clone()).collect()
    }
}
