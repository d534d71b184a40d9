//! Callbacks (P9): an agent is rung first, and when the agent has answered the customer is called.
//!
//! The skill groups know a callback by the call that booked it. Each attempt is a call of its own, whose record begins
//! when an agent took it; a ring that no agent takes leaves no trace.

use std::collections::BTreeMap;
use std::time::Duration;

use super::calls::{Call, Talk};
use super::core::Switch;
use super::leg::{Leg, Party};
use super::output::Output;
use super::ring::Ring;
use crate::acd;
use crate::base::{CallId, Instant, LegId, Now};
use crate::call::event::{Direction, EndCause, EndedBy, RingEnd, Source, What};
use crate::call::live::{CustomerCard, Live};
use crate::ivr::flow::Calendar;
use crate::ivr::speak;
use crate::media;

/// How late an opening or closing hour is noticed.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// What the switch keeps of callbacks beside the skill groups.
#[derive(Default)]
pub(super) struct Callbacks {
    /// By the call that booked.
    booked: BTreeMap<CallId, Booked>,
    /// The call that tries to reach the customer, by the one that booked.
    attempts: BTreeMap<CallId, CallId>,
    /// When the hours of callbacks are looked at next; `None` while no callback has any.
    next_look: Option<Instant>,
}

/// What the customer shall see, and the agent.
struct Booked {
    /// The number that was called: the customer knows it.
    shown: String,
    card: Option<CustomerCard>,
}

/// A call that tries to reach a customer.
#[derive(Debug)]
pub(super) struct Attempt {
    /// The call that booked, by which the skill groups know it.
    pub booking: CallId,
    waited_ms: u64,
    /// The customer answered.
    pub reached: bool,
    /// Why the customer was not reached.
    failed: Option<EndCause>,
}

impl Callbacks {
    /// When [`Switch::look_at_hours`] is due.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.next_look
    }

    pub fn forget_attempt(&mut self, call: &Call) {
        if let Some(attempt) = &call.attempt
            && self.attempts.get(&attempt.booking) == Some(&call.id)
        {
            self.attempts.remove(&attempt.booking);
        }
    }
}

impl Switch {
    /// The call as the skill groups know it.
    pub(super) fn acd_call(&self, id: CallId) -> CallId {
        self.calls.get(&id).and_then(|call| call.attempt.as_ref()).map_or(id, |attempt| attempt.booking)
    }

    /// The call that the skill groups mean.
    pub(super) fn call_of(&self, known: CallId) -> CallId {
        self.callbacks.attempts.get(&known).copied().unwrap_or(known)
    }

    /// The skill groups keep the caller's place: the end of this call does not end the wait.
    pub(super) fn on_callback_booked(&mut self, id: CallId, now: Now) {
        let Some(call) = self.call_mut(id) else { return };
        call.booked_callback = true;
        let booked = Booked { shown: call.called.clone(), card: call.customer.clone() };
        self.callbacks.booked.insert(id, booked);
        self.look_at_hours(now);
    }

    /// The name by which the skill groups know a calendar of the flow that `id` runs.
    pub(super) fn hours_of(&self, id: CallId, calendar: &str) -> Option<String> {
        let (flow, _) = self.calls.get(&id)?.flow.as_ref()?;
        Some(format!("{flow}/{calendar}"))
    }

    /// Tells the skill groups which hours are open. A calendar that is gone is always open.
    pub(super) fn look_at_hours(&mut self, now: Now) {
        let hours = self.acd.callback_hours();
        self.callbacks.next_look = (!hours.is_empty()).then(|| now.instant + LOOK_EVERY);
        for name in hours {
            let open = self.calendar(&name).is_none_or(|calendar| calendar.is_open(now.utc));
            self.acd.handle(acd::Input::CallbackHours { hours: name, open }, now);
        }
    }

    fn calendar(&self, hours: &str) -> Option<&Calendar> {
        let (flow, calendar) = hours.split_once('/')?;
        let published = self.world.flows.get(flow)?;
        let mut flows = std::iter::once(&published.flow).chain(published.subflows.values());
        flows.find_map(|flow| flow.calendars.get(calendar))
    }

    /// The callback is done, or nobody tries any more.
    pub(super) fn forget_booking(&mut self, booking: CallId) {
        self.callbacks.booked.remove(&booking);
    }

    /// Rings an agent for a callback.
    pub(super) fn ring_for_callback(&mut self, booking: CallId, ring: Ring, number: String, now: Now) {
        if self.closing {
            return;
        }
        let id = self.ids.next_call(now.utc);
        let (shown, card) = match self.callbacks.booked.get(&booking) {
            Some(booked) => (Some(booked.shown.clone()), booked.card.clone()),
            None => (None, None),
        };
        let mut call = Call::new(id, Direction::Outbound, shown.clone(), number.clone(), now);
        call.reserve_caller_leg();
        call.customer = card;
        call.attempt = Some(Attempt { booking, waited_ms: ring.waited_ms, reached: false, failed: None });
        call.held = true;
        let (direction, source) = (Direction::Outbound, Source::Switch);
        call.record(None, What::Started { direction, caller: shown, called: number, source, sip_call_id: None }, now);
        self.calls.insert(id, call);
        self.callbacks.attempts.insert(booking, id);
        self.ring(id, ring, now);
    }

    /// No agent took it: there was no attempt.
    pub(super) fn drop_untaken(&mut self, id: CallId, now: Now) {
        let Some(call) = self.call_mut(id) else { return };
        if call.attempt.is_some() && call.held {
            call.ended = Some(now.instant);
        }
    }

    /// The agent has answered and hears ringing; the customer is called.
    pub(super) fn call_customer(&mut self, id: CallId, agent: String, n: u16, now: Now) {
        let session = self.endpoint.new_session();
        let Some(call) = self.call_mut(id) else { return };
        call.held = false;
        call.record(Some(n), What::RingEnded { agent: agent.clone(), why: RingEnd::Answered }, now);
        call.talk = Some(Talk { agent: agent.clone(), leg: n, bridged: false });
        let (caller, called) = (call.caller.clone(), call.called.clone());
        let customer = call.add_caller_leg(Leg::new(Party::Customer, session));
        self.sessions.insert(session, customer);
        let ringing = self.world.sounds.audio.get(speak::RINGING).cloned();
        self.media(media::Command::Music { leg: id.leg(n), music: ringing });
        self.live(Live::Started { call: id, at: now.utc, caller, called });
        self.live(Live::Answered { call: id, at: now.utc, agent, waited_ms: 0 });
        self.outputs.push_back(Output::OpenMedia { leg: customer });
    }

    /// The customer answered: the callback is done.
    pub(super) fn customer_reached(&mut self, leg: LegId, now: Now) {
        let Some(call) = self.call_mut(leg.call) else { return };
        let (Some(attempt), Some(talk)) = (&mut call.attempt, &call.talk) else { return };
        attempt.reached = true;
        let (booking, waited_ms) = (attempt.booking, attempt.waited_ms);
        let (agent, n) = (talk.agent.clone(), talk.leg);
        call.record(Some(n), What::Answered { agent, waited_ms }, now);
        self.acd.handle(acd::Input::CallbackReached { call: booking }, now);
        self.media(media::Command::Music { leg: leg.call.leg(n), music: None });
        self.connect_agent(leg.call, now);
    }

    /// The customer did not answer: the agent is let go, and the skill groups say what follows.
    pub(super) fn customer_not_reached(&mut self, leg: LegId, cause: EndCause, now: Now) {
        let Some(call) = self.call_mut(leg.call) else { return };
        call.record(Some(leg.n), What::LegEnded { cause, by: EndedBy::Caller }, now);
        if let Some(attempt) = &mut call.attempt {
            attempt.failed = Some(cause);
        }
        if let Some(agent) = call.talk.take().map(|talk| talk.agent) {
            self.hang_up_agent(leg.call, &agent, now);
        }
    }

    /// The agent hung up. Before the customer answered the skill groups say what follows.
    pub(super) fn callback_agent_gone(&mut self, id: CallId, now: Now) {
        let reached = self.calls.get(&id).and_then(|call| call.attempt.as_ref()).is_some_and(|attempt| attempt.reached);
        if reached {
            self.end_call(id, EndCause::HungUp, EndedBy::Agent, now);
        }
    }

    /// An attempt failed. After the last one somebody gets a ticket.
    pub(super) fn on_attempt_failed(&mut self, booking: CallId, given_up: Option<String>, now: Now) {
        let id = self.call_of(booking);
        let Some(call) = self.call_mut(id).filter(|call| call.id != booking && call.ended.is_none()) else { return };
        if let Some(group) = given_up {
            call.record(None, What::CallbackGivenUp { group }, now);
        }
        let failed = call.attempt.as_ref().and_then(|attempt| attempt.failed);
        let (cause, by) = failed.map_or((EndCause::HungUp, EndedBy::Agent), |cause| (cause, EndedBy::Switch));
        self.end_call(id, cause, by, now);
    }
}

#[cfg(test)]
mod tests;
