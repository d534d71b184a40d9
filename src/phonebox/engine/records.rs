//! From records to events: who takes a record, and what follows from it.

use std::collections::VecDeque;

use super::core::Engine;
use crate::phonebox::assembler::Flushed;
use crate::phonebox::decode::{CidFields, TextRules, decode_frame};
use crate::phonebox::event::{CallerId, DecodeFault, Event, EventKind};
use crate::phonebox::frame::{Frame, Frames};
use crate::phonebox::grammar::{message_act, read_code, read_command, read_record};
use crate::phonebox::item::{Act, Item, Reading};
use crate::phonebox::profile::Profile;
use crate::phonebox::session::Session;
use crate::phonebox::talk::Dialer;

impl Engine {
    /// Whether the bytes are the one-byte answer that somebody waits for: then they are no part of a record.
    pub(super) fn takes_answer(&mut self, piece: &[u8]) -> bool {
        let [byte] = piece else { return false };
        if !self.framer.is_between_records(self.now.instant) {
            return false;
        }
        if let Some(script) = self.script.as_mut().filter(|script| script.awaited_byte() == Some(*byte)) {
            script.on_byte();
            self.advance_script(None);
            return true;
        }
        let now = self.now.instant;
        match self.keepalive.as_mut().filter(|keepalive| keepalive.awaited_byte() == Some(*byte)) {
            Some(keepalive) => {
                keepalive.on_answer(now);
                true
            }
            None => false,
        }
    }

    pub(super) fn take_frames(&mut self, frames: Frames) {
        for frame in frames {
            self.take_frame(frame);
        }
    }

    fn take_frame(&mut self, frame: Frame) {
        match frame {
            Frame::Text(text) => self.take_text(&text),
            Frame::Digits(digits) => self.take_text(&digits),
            Frame::Byte(byte) => match self.profile.bytes.get(&byte).copied() {
                Some(level) => self.take_item(None, Item::Level(level)),
                None => self.counters.unknown_bytes += 1,
            },
            Frame::Message(message) => {
                let act = match decode_frame(&message) {
                    Ok(message) => message_act(message),
                    Err(fault) => Act::Line(Item::Fault(fault)),
                };
                self.take_reading(Reading::of(act), &[]);
            }
            Frame::Tp { command, data } => {
                let reading = read_command(&self.profile, command, &data);
                self.take_reading(reading, &[]);
            }
            Frame::TpTaken => {}
            Frame::Code(code) => self.take_reading(read_code(&code), &[]),
            Frame::Fault(fault) => self.take_item(None, Item::Fault(fault)),
        }
    }

    fn take_text(&mut self, text: &[u8]) {
        let reading = read_record(&self.profile, text, &texts(&self.profile, self.local_now()));
        self.take_reading(reading, text);
    }

    fn take_reading(&mut self, reading: Reading, text: &[u8]) {
        if reading.may_answer() && self.answers(text) {
            return;
        }
        for act in reading.acts {
            self.take_act(reading.line, act);
        }
    }

    fn take_act(&mut self, line: Option<u32>, act: Act) {
        match act {
            Act::Line(item) => self.take_item(line, item),
            Act::Caller(fields) => self.take_caller(line, *fields),
            Act::Part(part) => {
                for flushed in self.assembler.add(line, *part, self.now.instant) {
                    self.take_flushed(Some(flushed));
                }
            }
            Act::BlockBegin | Act::BlockEnd => {
                let flushed = self.assembler.on_block_end();
                self.take_flushed(flushed);
            }
            Act::DialFinished => {
                let step = self.dialer.as_mut().and_then(Dialer::on_finished);
                step.into_iter().for_each(|step| self.dial_step(step));
            }
            Act::Unmatched if self.script.is_some() => {}
            Act::Unmatched => self.take_item(line, Item::Fault(DecodeFault::Unmatched)),
            Act::Reply | Act::Ignore => {}
        }
    }

    /// Offers a record to whoever waits for an answer.
    fn answers(&mut self, text: &[u8]) -> bool {
        let now = self.now.instant;
        if let Some(mut script) = self.script.take() {
            let taken = script.on_record(text);
            self.script = Some(script);
            match taken {
                Ok(true) => self.advance_script(None),
                Ok(false) => return false,
                Err(outcome) => self.advance_script(Some(outcome)),
            }
            return true;
        }
        if let Some(mut dialer) = self.dialer.take() {
            let (taken, step) = dialer.on_record(text, &mut self.pacer, now);
            self.dialer = Some(dialer);
            self.write_due();
            step.into_iter().for_each(|step| self.dial_step(step));
            return taken;
        }
        self.keepalive.as_mut().is_some_and(|keepalive| keepalive.on_record(text, now))
    }

    pub(super) fn take_flushed(&mut self, flushed: Option<Flushed>) {
        if let Some((line, fields)) = flushed {
            self.take_caller(line, fields);
        }
    }

    fn take_caller(&mut self, line: Option<u32>, fields: CidFields) {
        let resolved: Result<CallerId, DecodeFault> = fields.resolve(&texts(&self.profile, self.local_now()));
        let item = resolved.map_or_else(Item::Fault, |caller| Item::Caller(Box::new(caller)));
        self.take_item(line, item);
    }

    fn take_item(&mut self, line: Option<u32>, item: Item) {
        let now = self.now.instant;
        if matches!(item, Item::Ring { .. }) {
            let flushed = self.assembler.on_ring();
            self.take_flushed(flushed);
        }
        self.with_session(|session, events| session.handle(line, item, now, events));
    }

    pub(super) fn with_session(&mut self, act: impl FnOnce(&mut Session, &mut VecDeque<Event>)) {
        let mut events = VecDeque::new();
        act(&mut self.session, &mut events);
        for event in events {
            self.on_line_event(event);
        }
    }

    /// Tells an event of a line, and what follows from it for the device.
    fn on_line_event(&mut self, event: Event) {
        let (line, now) = (event.line, self.now.instant);
        let dialer = self.dialer.as_mut().filter(|dialer| dialer.line() == line);
        let step = match (&event.kind, dialer) {
            (EventKind::OffHook { .. }, Some(dialer)) => dialer.on_off_hook(&mut self.pacer, now),
            (EventKind::OnHook { .. }, Some(dialer)) => dialer.on_on_hook(&mut self.pacer),
            _ => None,
        };
        match event.kind {
            EventKind::Ring { .. } | EventKind::OffHook { .. } => self.reinit_at = None,
            EventKind::RingEnd { .. } | EventKind::OnHook { .. } => self.call_ended(),
            _ => {}
        }
        self.tell(event);
        self.write_due();
        step.into_iter().for_each(|step| self.dial_step(step));
    }
}

fn texts(profile: &Profile, local_now: chrono::NaiveDateTime) -> TextRules<'_> {
    TextRules { charsets: &profile.charset, numbers: &profile.numbers, local_now, slack_h: profile.slack_h }
}
