//! One line.

use std::time::Duration;

use super::caller::{News, compare};
use super::{Events, Hook};
use crate::base::Instant;
use crate::phonebox::event::{
    CallRecord, CallerId, DecodeFault, Direction, Event, EventKind, HookLevel, RingEndReason,
};
use crate::phonebox::item::{Item, LineRecord};
use crate::phonebox::profile::SessionOptions;

/// Without a ring time-out a phase whose end was lost would last for ever: after this, a ring is a new call's.
const STALE_PHASE: Duration = Duration::from_secs(180);
/// Digits that are kept of what is keyed.
const MAX_DIALED: usize = 40;

#[derive(Debug)]
pub(in crate::phonebox) struct LineState {
    id: Option<u32>,
    ringing: Option<Ringing>,
    /// A caller ID that came before its ring.
    early: Option<Seen>,
    hook: Hook,
    keyed: Option<Keyed>,
    /// The number of this off-hook was told.
    dialed: bool,
}

/// A ringing phase.
#[derive(Debug)]
struct Ringing {
    rings: u32,
    heard: Instant,
    caller: Option<Seen>,
}

#[derive(Clone, Debug)]
struct Seen {
    caller: CallerId,
    at: Instant,
    /// Rings of the phase when it was seen.
    rings: u32,
}

#[derive(Debug)]
struct Keyed {
    digits: String,
    at: Instant,
}

impl LineState {
    pub fn new(id: Option<u32>) -> Self {
        LineState { id, ringing: None, early: None, hook: Hook::Unknown, keyed: None, dialed: false }
    }

    pub fn id(&self) -> Option<u32> {
        self.id
    }

    pub fn hook(&self) -> Hook {
        self.hook
    }

    pub fn is_ringing(&self) -> bool {
        self.ringing.is_some()
    }

    pub fn is_busy(&self) -> bool {
        self.is_ringing() || self.hook.is_off()
    }

    pub(super) fn handle(&mut self, item: Item, options: &SessionOptions, now: Instant, out: &mut Events) {
        match item {
            Item::Ring { tag } => self.on_ring(tag, options, now, out),
            Item::RingStop => self.end_ringing(RingEndReason::Device, out),
            Item::OffHook { dir, source } => self.on_off_hook(dir, source, out),
            Item::OnHook { source } => self.on_on_hook(source, out),
            Item::StillOnHook if self.hook.is_off() => self.on_on_hook(None, out),
            Item::StillOnHook => {}
            Item::HookFlash => self.tell(EventKind::HookFlash, out),
            Item::Level(level) => self.on_level(level, out),
            Item::Digit(digit) => self.on_digit(digit, options, now, out),
            Item::Dialed { number } => self.on_dialed(number, out),
            Item::Tone(tone) => self.tell(EventKind::Tone { tone }, out),
            Item::Lamp { waiting, messages } => self.tell(EventKind::Mwi { waiting, messages }, out),
            Item::Cadence { on_ms, off_ms } => self.tell(EventKind::Cadence { on_ms, off_ms }, out),
            Item::Info(text) => self.tell(EventKind::DeviceInfo { text }, out),
            Item::Caller(caller) => self.on_caller(*caller, options, now, out),
            Item::Record(record) => self.on_record(*record, options, now, out),
            Item::Fault(reason) => self.tell(EventKind::DecodeError { reason }, out),
        }
    }

    fn tell(&self, kind: EventKind, out: &mut Events) {
        out.push_back(Event::told(self.id, kind));
    }

    fn infer(&self, kind: EventKind, out: &mut Events) {
        out.push_back(Event::inferred(self.id, kind));
    }

    fn on_ring(&mut self, tag: Option<String>, options: &SessionOptions, now: Instant, out: &mut Events) {
        if self.hook.is_off() {
            // The exchange rings no line that is off hook: the end of that call was lost.
            self.finish_dialing(out);
            self.hook = Hook::On;
            self.infer(EventKind::OnHook { source: None }, out);
        }
        let stale = |ringing: &Ringing| options.ring_timeout_ms == 0 && now.since(ringing.heard) > STALE_PHASE;
        if self.ringing.as_ref().is_some_and(stale) {
            self.end_ringing(RingEndReason::Timeout, out);
        }
        let hold = Duration::from_millis(u64::from(options.cid_before_ring_ms));
        let early = &mut self.early;
        let ringing = self.ringing.get_or_insert_with(|| Ringing {
            rings: 0,
            heard: now,
            caller: early.take().filter(|seen| now.since(seen.at) <= hold),
        });
        ringing.rings += 1;
        ringing.heard = now;
        let n = ringing.rings;
        self.tell(EventKind::Ring { n, tag }, out);
    }

    fn end_ringing(&mut self, reason: RingEndReason, out: &mut Events) {
        let Some(ringing) = self.ringing.take() else { return };
        let kind = EventKind::RingEnd { rings: ringing.rings, reason };
        match reason {
            RingEndReason::Device => self.tell(kind, out),
            RingEndReason::Timeout | RingEndReason::Answered | RingEndReason::DeviceLost => self.infer(kind, out),
        }
    }

    fn on_caller(&mut self, caller: CallerId, options: &SessionOptions, now: Instant, out: &mut Events) {
        if options.cid_is_ring && self.ringing.is_none() {
            self.ringing = Some(Ringing { rings: 0, heard: now, caller: None });
        }
        let (before, rings, keep_ms) = match &mut self.ringing {
            Some(ringing) => {
                if options.cid_is_ring {
                    ringing.heard = now;
                }
                (&mut ringing.caller, ringing.rings, options.dedupe_cid_ms)
            }
            None => (&mut self.early, 0, options.cid_before_ring_ms.min(options.dedupe_cid_ms)),
        };
        let fresh = before.take().filter(|seen| now.since(seen.at) <= Duration::from_millis(u64::from(keep_ms)));
        let news = fresh.as_ref().map_or(News::Other, |seen| {
            let may_be_next_call = options.cid_is_ring || rings > seen.rings;
            compare(&seen.caller, &caller, may_be_next_call)
        });
        let (held, told) = match (news, fresh) {
            (News::Repetition, Some(seen)) => (seen.caller, None),
            (News::Update(joined), _) => (CallerId::clone(&joined), Some(*joined)),
            (News::Other | News::Repetition, _) => (caller.clone(), Some(caller)),
        };
        *before = Some(Seen { caller: held, at: now, rings });
        if let Some(caller) = told {
            self.tell(EventKind::CallerId(caller), out);
        }
    }

    fn on_off_hook(&mut self, dir: Option<Direction>, source: Option<String>, out: &mut Events) {
        if self.hook.is_off() {
            return;
        }
        let dir = dir.unwrap_or(if self.is_ringing() { Direction::In } else { Direction::Out });
        self.end_ringing(RingEndReason::Answered, out);
        self.early = None;
        self.hook = Hook::Off(dir);
        self.dialed = false;
        self.tell(EventKind::OffHook { dir, source }, out);
    }

    fn on_on_hook(&mut self, source: Option<String>, out: &mut Events) {
        self.finish_dialing(out);
        if self.ringing.is_some() {
            // Idle again without an answer: that is the end of the ringing.
            self.end_ringing(RingEndReason::Device, out);
            self.hook = Hook::On;
        } else if self.hook != Hook::On {
            self.hook = Hook::On;
            self.tell(EventKind::OnHook { source }, out);
        }
    }

    fn on_level(&mut self, level: HookLevel, out: &mut Events) {
        match (self.hook, level) {
            (Hook::Unknown, HookLevel::On) => {
                self.hook = Hook::On;
                self.tell(EventKind::HookState { state: level }, out);
            }
            (Hook::Unknown, HookLevel::Off) => {
                self.hook = Hook::Off(Direction::Out);
                self.tell(EventKind::HookState { state: level }, out);
            }
            (Hook::On, HookLevel::Off) => self.on_off_hook(None, None, out),
            (Hook::Off(_), HookLevel::On) => self.on_on_hook(None, out),
            (Hook::On, HookLevel::On) | (Hook::Off(_), HookLevel::Off) => {}
        }
    }

    fn on_digit(&mut self, digit: char, options: &SessionOptions, now: Instant, out: &mut Events) {
        self.tell(EventKind::Dtmf { digit }, out);
        let dialing = matches!(self.hook, Hook::Off(Direction::Out) | Hook::Unknown) && !self.dialed;
        if !dialing || options.dialed_idle_ms == 0 {
            return;
        }
        let keyed = self.keyed.get_or_insert_with(|| Keyed { digits: String::new(), at: now });
        keyed.at = now;
        if keyed.digits.len() < MAX_DIALED {
            keyed.digits.push(digit);
        }
    }

    fn on_dialed(&mut self, number: String, out: &mut Events) {
        self.keyed = None;
        self.dialed = true;
        self.tell(EventKind::Dialed { number }, out);
    }

    /// The digits keyed so far are the number.
    fn finish_dialing(&mut self, out: &mut Events) {
        if let Some(keyed) = self.keyed.take() {
            self.dialed = true;
            self.infer(EventKind::Dialed { number: keyed.digits }, out);
        }
    }

    fn on_record(&mut self, record: LineRecord, options: &SessionOptions, now: Instant, out: &mut Events) {
        match (record.at_start, record.dir) {
            (true, _) if !record.good => {
                self.tell(EventKind::DecodeError { reason: DecodeFault::Checksum }, out);
            }
            (true, Direction::In) => self.on_caller(record.caller, options, now, out),
            (true, Direction::Out) => {
                if let Some(number) = record.caller.number {
                    self.on_dialed(number, out);
                }
            }
            (false, dir) => {
                if dir == Direction::In {
                    self.end_ringing(RingEndReason::Device, out);
                }
                let caller = Some(record.caller).filter(|_| record.good).unwrap_or_default();
                self.tell(
                    EventKind::CallRecord(CallRecord {
                        dir,
                        number: caller.number,
                        name: caller.name,
                        duration_s: record.duration_s,
                        rings: record.rings,
                        ring_type: record.ring_type,
                        ts: caller.ts,
                    }),
                    out,
                );
            }
        }
    }

    pub(super) fn poll_timeout(&self, options: &SessionOptions) -> Option<Instant> {
        self.ring_deadline(options).into_iter().chain(self.dial_deadline(options)).min()
    }

    fn ring_deadline(&self, options: &SessionOptions) -> Option<Instant> {
        let timeout = Duration::from_millis(u64::from(options.ring_timeout_ms));
        self.ringing.as_ref().filter(|_| options.ring_timeout_ms > 0).map(|ringing| ringing.heard + timeout)
    }

    fn dial_deadline(&self, options: &SessionOptions) -> Option<Instant> {
        self.keyed.as_ref().map(|keyed| keyed.at + Duration::from_millis(u64::from(options.dialed_idle_ms)))
    }

    pub(super) fn handle_timeout(&mut self, options: &SessionOptions, now: Instant, out: &mut Events) {
        if self.dial_deadline(options).is_some_and(|at| at <= now) {
            self.finish_dialing(out);
        }
        if self.ring_deadline(options).is_some_and(|at| at <= now) {
            self.end_ringing(RingEndReason::Timeout, out);
        }
    }

    pub(super) fn handle_lost(&mut self, out: &mut Events) {
        self.finish_dialing(out);
        self.end_ringing(RingEndReason::DeviceLost, out);
    }
}
