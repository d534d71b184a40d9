//! What the host says to the device: set-up, keep-alive, dialling.

use std::time::Duration;

use super::core::Engine;
use super::types::Output;
use crate::base::Instant;
use crate::phonebox::event::{DeviceFault, DialFailure, Event, EventKind, LostReason};
use crate::phonebox::profile::{Dial, Framing, HidOptions, Step, Values};
use crate::phonebox::talk::{Alive, DialStep, Dialer, Outcome, Script};

/// After a call ends the device gets this long before it is set up again.
const REINIT_DELAY: Duration = Duration::from_millis(1500);

impl Engine {
    pub(super) fn fire_talk(&mut self, now: Instant) {
        if let Some(mut script) = self.script.take() {
            let outcome = script.handle_timeout(now);
            self.script = Some(script);
            self.advance_script(outcome);
        }
        if let Some(mut dialer) = self.dialer.take() {
            let step = dialer.handle_timeout(&mut self.pacer, now);
            self.dialer = Some(dialer);
            self.write_due();
            step.into_iter().for_each(|step| self.dial_step(step));
        }
        let may_ask = self.dialer.is_none() && !self.session.is_busy() && self.framer.is_between_records(now);
        if self.script.is_none()
            && let Some(keepalive) = &mut self.keepalive
            && keepalive.poll_timeout() <= now
        {
            let alive = keepalive.handle_timeout(may_ask, &mut self.pacer, now);
            self.write_due();
            if alive == Alive::Gone {
                self.lose(Some(LostReason::Keepalive));
                self.out.push_back(Output::Reopen);
            }
        }
    }

    pub(super) fn call_ended(&mut self) {
        if self.profile.reinit_after_call && self.options.may_talk && self.failed.is_none() {
            self.reinit_at = Some(self.now.instant + REINIT_DELAY);
        }
    }

    pub(super) fn reinit(&mut self, now: Instant) {
        if self.session.is_busy() || self.dialer.is_some() || !self.framer.is_between_records(now) {
            self.reinit_at = Some(now + REINIT_DELAY);
        } else if self.script.is_none() {
            self.run_script(self.profile.init.clone());
        }
    }

    pub(super) fn run_script(&mut self, steps: Vec<Step>) {
        let steps = if self.options.may_talk { steps } else { Vec::new() };
        let values = Values {
            country: self.options.country.clone().unwrap_or_default(),
            clock: self.local_now().format("%m%d%H%M").to_string(),
            ..Values::default()
        };
        self.script = Some(Script::new(steps, values, self.hid()));
        self.advance_script(None);
    }

    /// Lets the script go on, or ends it.
    pub(super) fn advance_script(&mut self, outcome: Option<Outcome>) {
        let Some(mut script) = self.script.take() else { return };
        let outcome = outcome.or_else(|| script.advance(&mut self.pacer, self.now.instant));
        self.write_due();
        match outcome {
            None => self.script = Some(script),
            Some(Outcome::Ready { caller_id }) => self.ready(caller_id),
            Some(Outcome::Failed(reason)) => self.fail(reason),
        }
    }

    fn ready(&mut self, caller_id: bool) {
        self.failed = None;
        if std::mem::take(&mut self.opening) {
            self.tell(Event::told(None, EventKind::DeviceReady { caller_id }));
        }
    }

    /// The device is not as its profile says. It is told once, and tried again by opening the port anew.
    fn fail(&mut self, reason: DeviceFault) {
        self.opening = false;
        if self.failed.replace(reason) != Some(reason) {
            self.tell(Event::told(None, EventKind::DeviceError { reason }));
        }
        self.out.push_back(Output::Reopen);
    }

    pub(super) fn may_dial(&self, line: Option<u32>, number: &str) -> Result<Dial, DialFailure> {
        let dial = self.profile.dial.clone().filter(|_| self.options.may_talk).ok_or(DialFailure::NotSupported)?;
        Dialer::check(&dial, number)?;
        if self.script.is_some() || self.failed.is_some() {
            return Err(DialFailure::NotReady);
        }
        if self.dialer.is_some() {
            return Err(DialFailure::Dialling);
        }
        let state = self.session.line(line);
        if state.is_some_and(|line| line.is_ringing()) {
            return Err(DialFailure::Ringing);
        }
        if !dial.needs_off_hook && state.is_some_and(|line| line.hook().is_off()) {
            return Err(DialFailure::OffHook);
        }
        Ok(dial)
    }

    pub(super) fn dial_step(&mut self, step: DialStep) {
        let line = self.dialer.as_ref().and_then(Dialer::line);
        let kind = match step {
            DialStep::Prompt(what) => EventKind::Prompt { what },
            DialStep::Done { number } => EventKind::DialDone { number },
            DialStep::Failed(reason) => EventKind::DialFailed { reason },
        };
        if self.dialer.as_ref().is_some_and(Dialer::is_over) {
            self.dialer = None;
            self.call_ended();
        }
        self.tell(Event::told(line, kind));
    }

    pub(super) fn write_due(&mut self) {
        while let Some(bytes) = self.pacer.take_due(self.now.instant) {
            self.out.push_back(Output::Write(bytes));
        }
    }

    pub(super) fn hid(&self) -> HidOptions {
        match &self.profile.framing {
            Framing::HidTp(options) => *options,
            _ => HidOptions { report_id: 0, flag: 0 },
        }
    }
}
