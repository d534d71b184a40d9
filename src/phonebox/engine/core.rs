//! The inputs, the clock and the outputs.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use chrono::{NaiveDateTime, TimeZone};

use super::types::{Counters, EngineOptions, LineStatus, Output};
use crate::base::{Instant, Now};
use crate::phonebox::assembler::Assembler;
use crate::phonebox::event::{DeviceFault, Event, EventKind, HookLevel, LostReason};
use crate::phonebox::flood::Flood;
use crate::phonebox::frame::{Framer, Frames};
use crate::phonebox::profile::{Framing, Profile};
use crate::phonebox::session::{Hook, Session};
use crate::phonebox::talk::{Dialer, KeepaliveTimer, Pacer, Script};

/// One box. After each input drain [`Engine::poll_output`] until it is None.
#[derive(Debug)]
pub struct Engine {
    pub(super) profile: Arc<Profile>,
    pub(super) options: EngineOptions,
    pub(super) framer: Framer,
    pub(super) assembler: Assembler,
    pub(super) session: Session,
    pub(super) pacer: Pacer,
    pub(super) script: Option<Script>,
    /// The script runs because the port was opened: its end is told.
    pub(super) opening: bool,
    /// Not set up: the device refused, or did not answer.
    pub(super) failed: Option<DeviceFault>,
    pub(super) reinit_at: Option<Instant>,
    pub(super) keepalive: Option<KeepaliveTimer>,
    pub(super) dialer: Option<Dialer>,
    /// When a device with a heartbeat is silent.
    pub(super) silent_at: Option<Instant>,
    pub(super) flood: Flood,
    pub(super) out: VecDeque<Output>,
    pub(super) counters: Counters,
    pub(super) now: Now,
}

impl Engine {
    /// An engine that listens. `now` starts its keep-alive.
    pub fn new(profile: Arc<Profile>, options: EngineOptions, now: Now) -> Self {
        let keepalive = profile.keepalive.clone().filter(|_| options.may_talk);
        Engine {
            framer: Framer::new(&profile),
            assembler: Assembler::new(profile.assemble.clone()),
            session: Session::new(profile.session.clone()),
            pacer: Pacer::default(),
            script: None,
            opening: false,
            failed: None,
            reinit_at: None,
            keepalive: keepalive.map(|options| KeepaliveTimer::new(options, now.instant)),
            dialer: None,
            silent_at: None,
            flood: Flood::default(),
            out: VecDeque::new(),
            counters: Counters::default(),
            now,
            profile,
            options,
        }
    }

    pub fn profile(&self) -> &Arc<Profile> {
        &self.profile
    }

    pub fn counters(&self) -> Counters {
        self.counters
    }

    pub fn lines(&self) -> impl Iterator<Item = LineStatus> {
        self.session.lines().map(|line| LineStatus {
            line: line.id(),
            ringing: line.is_ringing(),
            hook: match line.hook() {
                Hook::Unknown => None,
                Hook::On => Some(HookLevel::On),
                Hook::Off(_) => Some(HookLevel::Off),
            },
        })
    }

    /// The port was opened: the device is set up.
    pub fn handle_open(&mut self, now: Now) {
        self.catch_up(now);
        self.counters.opened += 1;
        self.opening = true;
        self.keepalive = self
            .profile
            .keepalive
            .clone()
            .filter(|_| self.options.may_talk)
            .map(|options| KeepaliveTimer::new(options, now.instant));
        self.feed_watchdog();
        self.run_script(self.profile.probe.clone().into_iter().chain(self.profile.init.clone()).collect());
    }

    /// What one read, or one datagram, brought.
    pub fn handle_bytes(&mut self, bytes: &[u8], now: Now) {
        self.catch_up(now);
        if bytes.is_empty() {
            return;
        }
        self.counters.bytes += bytes.len() as u64;
        self.feed_watchdog();
        if let Some(keepalive) = &mut self.keepalive {
            keepalive.on_heard(now.instant);
        }
        let whole = matches!(self.profile.framing, Framing::Datagram(_));
        let pieces = bytes.chunks(if whole { bytes.len() } else { 1 });
        for piece in pieces {
            if !self.takes_answer(piece) {
                let mut frames = Frames::new();
                self.framer.push(piece, now.instant, &mut frames);
                self.take_frames(frames);
            }
        }
    }

    /// The port is gone. What was under way is told as far as it came.
    pub fn handle_lost(&mut self, now: Now) {
        self.catch_up(now);
        self.lose(None);
    }

    /// Dials `number` on `line`; what becomes of it comes as events.
    pub fn handle_dial(&mut self, line: Option<u32>, number: &str, now: Now) {
        self.catch_up(now);
        let line = line.filter(|_| self.profile.lines > 1);
        match self.may_dial(line, number) {
            Ok(dial) => {
                let off_hook = self.session.line(line).is_some_and(|line| line.hook().is_off());
                let hid = self.hid();
                let (dialer, steps) = Dialer::start(dial, hid, line, number, off_hook, &mut self.pacer, now.instant);
                self.dialer = Some(dialer);
                self.write_due();
                steps.into_iter().for_each(|step| self.dial_step(step));
            }
            Err(reason) => self.tell(Event::told(line, EventKind::DialFailed { reason })),
        }
    }

    /// Gives up the dialling that is under way, if one is.
    pub fn handle_dial_cancel(&mut self, now: Now) {
        self.catch_up(now);
        if let Some(mut dialer) = self.dialer.take() {
            let step = dialer.cancel(&mut self.pacer, now.instant);
            self.dialer = Some(dialer);
            self.write_due();
            self.dial_step(step);
        }
    }

    pub fn handle_timeout(&mut self, now: Now) {
        self.catch_up(now);
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        [
            self.framer.poll_timeout(),
            self.assembler.poll_timeout(),
            self.session.poll_timeout(),
            self.pacer.poll_timeout(),
            self.script.as_ref().and_then(Script::poll_timeout),
            self.dialer.as_ref().and_then(Dialer::poll_timeout),
            self.keepalive.as_ref().filter(|_| self.script.is_none()).map(KeepaliveTimer::poll_timeout),
            self.silent_at,
            self.reinit_at,
            self.flood.poll_timeout(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// Fires what became due before `now`, each at its own time, so that a late driver changes nothing.
    fn catch_up(&mut self, now: Now) {
        while let Some(due) = self.poll_timeout().filter(|due| *due <= now.instant) {
            let due = due.max(self.now.instant);
            self.now = Now::new(due, now.utc_at(due));
            self.fire(due);
        }
        self.now = now;
    }

    fn fire(&mut self, now: Instant) {
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if due(self.framer.poll_timeout()) {
            let mut frames = Frames::new();
            self.framer.end(&mut frames);
            self.take_frames(frames);
        }
        if due(self.assembler.poll_timeout()) {
            let flushed = self.assembler.flush();
            self.take_flushed(flushed);
        }
        self.with_session(|session, events| session.handle_timeout(now, events));
        self.write_due();
        self.fire_talk(now);
        if due(self.silent_at) {
            self.silent_at = None;
            self.tell(Event::told(None, EventKind::DeviceSilent));
        }
        if due(self.reinit_at) {
            self.reinit_at = None;
            self.reinit(now);
        }
        self.flood.handle_timeout(now);
    }

    pub(super) fn lose(&mut self, reason: Option<LostReason>) {
        let mut frames = Frames::new();
        self.framer.end(&mut frames);
        self.take_frames(frames);
        let flushed = self.assembler.flush();
        self.take_flushed(flushed);
        if let Some(mut dialer) = self.dialer.take() {
            let step = dialer.on_lost();
            self.dialer = Some(dialer);
            self.dial_step(step);
        }
        self.with_session(|session, events| session.handle_lost(events));
        self.forget();
        self.counters.lost += 1;
        self.tell(Event::told(None, EventKind::DeviceLost { reason }));
    }

    /// Nothing is known, and nothing is due, while the device is away.
    fn forget(&mut self) {
        self.pacer.clear();
        self.script = None;
        self.keepalive = None;
        self.reinit_at = None;
        self.silent_at = None;
    }

    pub(super) fn feed_watchdog(&mut self) {
        self.silent_at = self.profile.watchdog_ms.map(|ms| self.now.instant + Duration::from_millis(u64::from(ms)));
    }

    pub(super) fn tell(&mut self, event: Event) {
        let is_error = matches!(event.kind, EventKind::DecodeError { .. });
        if is_error {
            self.counters.decode_errors += 1;
            let (tell, begins) = self.flood.on_error(self.now.instant);
            if begins {
                self.out.push_back(Output::Event(Event::told(None, EventKind::DeviceFlooding)));
            }
            if !tell {
                self.counters.suppressed += 1;
                return;
            }
        }
        self.counters.events += 1;
        self.out.push_back(Output::Event(event));
    }

    pub(super) fn local_now(&self) -> NaiveDateTime {
        let utc = chrono::DateTime::from_timestamp_millis(self.now.utc.0).unwrap_or_default();
        self.options.zone.from_utc_datetime(&utc.naive_utc()).naive_local()
    }
}
