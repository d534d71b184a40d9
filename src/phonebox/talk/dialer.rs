//! Dialling a number on a line. On an analog line a person lifts the handset; the box only dials.

use std::time::Duration;

use super::Pacer;
use crate::base::Instant;
use crate::phonebox::event::{DialFailure, Prompt};
use crate::phonebox::profile::{Dial, DialMethod, HidOptions, Values};

/// How long a modem may take to answer the command that lets go of the line.
const RELEASE_ANSWER: Duration = Duration::from_secs(2);
/// Between the reports of a HID telephone.
const REPORT_GAP_MS: u32 = 50;
/// More digits are no number.
const MAX_NUMBER: usize = 40;

/// What dialling brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::phonebox) enum DialStep {
    Prompt(Prompt),
    Done { number: String },
    Failed(DialFailure),
}

#[derive(Debug)]
pub(in crate::phonebox) struct Dialer {
    dial: Dial,
    hid: HidOptions,
    line: Option<u32>,
    number: String,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The handset must be lifted first.
    Lifting {
        until: Instant,
    },
    /// The command is sent; the device says whether it could dial.
    Commanded {
        until: Instant,
    },
    /// Dialled; the modem holds the line until the handset is up.
    Holding {
        until: Instant,
    },
    Releasing {
        until: Instant,
    },
    /// Digits are on their way, the last one is written then.
    Writing {
        until: Instant,
    },
    Over,
}

impl Dialer {
    /// Refuses what may not be dialled before a byte is sent.
    pub fn check(dial: &Dial, number: &str) -> Result<(), DialFailure> {
        let fits = !number.is_empty()
            && number.len() <= MAX_NUMBER
            && number.bytes().all(|digit| dial.charset.contains(&digit));
        if fits { Ok(()) } else { Err(DialFailure::BadNumber) }
    }

    pub fn start(
        dial: Dial,
        hid: HidOptions,
        line: Option<u32>,
        number: &str,
        is_off_hook: bool,
        pacer: &mut Pacer,
        now: Instant,
    ) -> (Self, Vec<DialStep>) {
        let mut dialer = Dialer { dial, hid, line, number: number.to_owned(), state: State::Over };
        let mut steps = Vec::new();
        if dialer.dial.needs_off_hook && !is_off_hook {
            dialer.state = State::Lifting { until: now + ms(dialer.dial.prompt_timeout_ms) };
            steps.push(DialStep::Prompt(Prompt::LiftHandset));
        } else {
            dialer.send(pacer, now);
            steps.extend(dialer.prompt());
        }
        (dialer, steps)
    }

    pub fn line(&self) -> Option<u32> {
        self.line
    }

    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    fn send(&mut self, pacer: &mut Pacer, now: Instant) {
        let values = Values { number: self.number.clone(), ..Values::default() };
        self.state = match &self.dial.method {
            DialMethod::Command { send, timeout_ms, .. } => {
                State::Commanded { until: pacer.send(send.fill(&values), now) + ms(*timeout_ms) }
            }
            DialMethod::Digits { table, gap_ms } => {
                let bytes: Vec<u8> = self.number.bytes().filter_map(|digit| table.get(&digit).copied()).collect();
                State::Writing { until: pacer.send_apart(&bytes, *gap_ms, now) }
            }
            DialMethod::HookOnly { send } => {
                for part in send {
                    pacer.send(part.fill(&values), now);
                }
                State::Lifting { until: now + ms(self.dial.prompt_timeout_ms) }
            }
            DialMethod::Tp { command, speed, timeout_ms } => {
                let mut data = vec![*speed];
                data.extend(self.number.bytes().filter_map(tp_digit));
                let written = pacer.send_command(self.hid, *command, &data, REPORT_GAP_MS, now);
                State::Commanded { until: written + ms(*timeout_ms) }
            }
        };
    }

    /// What a person has to do once the device has its command.
    fn prompt(&self) -> Option<DialStep> {
        match self.dial.method {
            DialMethod::Command { .. } => Some(DialStep::Prompt(Prompt::LiftHandset)),
            DialMethod::HookOnly { .. } => Some(DialStep::Prompt(Prompt::DialOnPhone)),
            DialMethod::Digits { .. } | DialMethod::Tp { .. } => None,
        }
    }

    /// The handset was lifted.
    pub fn on_off_hook(&mut self, pacer: &mut Pacer, now: Instant) -> Option<DialStep> {
        match self.state {
            State::Lifting { .. } if matches!(self.dial.method, DialMethod::HookOnly { .. }) => Some(self.done()),
            State::Lifting { .. } => {
                self.send(pacer, now);
                None
            }
            State::Holding { .. } => {
                self.release(pacer, now);
                None
            }
            State::Commanded { .. } | State::Releasing { .. } | State::Writing { .. } | State::Over => None,
        }
    }

    /// The handset was put down. A modem that dials by itself needs none until it lets go.
    pub fn on_on_hook(&mut self, pacer: &mut Pacer) -> Option<DialStep> {
        match self.state {
            State::Writing { .. } => {
                pacer.clear();
                Some(self.fail(DialFailure::HungUp))
            }
            State::Commanded { .. } if self.dial.needs_off_hook => Some(self.fail(DialFailure::HungUp)),
            State::Commanded { .. }
            | State::Lifting { .. }
            | State::Holding { .. }
            | State::Releasing { .. }
            | State::Over => None,
        }
    }

    /// Takes `record` if it answers the command.
    pub fn on_record(&mut self, record: &[u8], pacer: &mut Pacer, now: Instant) -> (bool, Option<DialStep>) {
        let DialMethod::Command { ok, fail, release_after_ms, release, .. } = &self.dial.method else {
            return (false, None);
        };
        match self.state {
            State::Commanded { .. } if ok.is_match(record) => {
                if release.is_some() {
                    self.state = State::Holding { until: now + ms(*release_after_ms) };
                    return (true, None);
                }
                (true, Some(self.done()))
            }
            State::Commanded { .. } if fail.as_ref().is_some_and(|fail| fail.is_match(record)) => {
                let reason = failure(record);
                (true, Some(self.fail(reason)))
            }
            State::Holding { .. } if fail.as_ref().is_some_and(|fail| fail.is_match(record)) => {
                let reason = failure(record);
                self.release(pacer, now);
                (true, Some(self.fail(reason)))
            }
            State::Releasing { .. } if ok.is_match(record) => (true, Some(self.done())),
            State::Commanded { .. }
            | State::Holding { .. }
            | State::Releasing { .. }
            | State::Lifting { .. }
            | State::Writing { .. }
            | State::Over => (false, None),
        }
    }

    /// A HID telephone told that the digits are dialled.
    pub fn on_finished(&mut self) -> Option<DialStep> {
        let waits = matches!(self.state, State::Commanded { .. });
        (waits && matches!(self.dial.method, DialMethod::Tp { .. })).then(|| self.done())
    }

    pub fn handle_timeout(&mut self, pacer: &mut Pacer, now: Instant) -> Option<DialStep> {
        if self.poll_timeout().is_none_or(|until| until > now) {
            return None;
        }
        match self.state {
            State::Lifting { .. } => Some(self.fail(DialFailure::HandsetNotLifted)),
            State::Commanded { .. } => Some(self.fail(DialFailure::NoReply)),
            State::Holding { .. } => {
                self.release(pacer, now);
                None
            }
            State::Releasing { .. } | State::Writing { .. } => Some(self.done()),
            State::Over => None,
        }
    }

    /// The agent gave up: a modem that holds the line lets go of it.
    pub fn cancel(&mut self, pacer: &mut Pacer, now: Instant) -> DialStep {
        pacer.clear();
        if matches!(self.state, State::Commanded { .. } | State::Holding { .. }) {
            self.release(pacer, now);
        }
        self.fail(DialFailure::Cancelled)
    }

    pub fn on_lost(&mut self) -> DialStep {
        self.fail(DialFailure::DeviceLost)
    }

    fn release(&mut self, pacer: &mut Pacer, now: Instant) {
        if let DialMethod::Command { release: Some(release), .. } = &self.dial.method {
            let written = pacer.send(release.fill(&Values::default()), now);
            self.state = State::Releasing { until: written + RELEASE_ANSWER };
        }
    }

    fn done(&mut self) -> DialStep {
        self.state = State::Over;
        DialStep::Done { number: self.number.clone() }
    }

    fn fail(&mut self, reason: DialFailure) -> DialStep {
        self.state = State::Over;
        DialStep::Failed(reason)
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Lifting { until }
            | State::Commanded { until }
            | State::Holding { until }
            | State::Releasing { until }
            | State::Writing { until } => Some(until),
            State::Over => None,
        }
    }
}

/// What a modem's refusal means (ITU-T V.250 result codes and those of the chipsets).
fn failure(record: &[u8]) -> DialFailure {
    match record {
        b"NO DIALTONE" | b"NO DIAL TONE" => DialFailure::NoDialTone,
        b"BUSY" => DialFailure::Busy,
        b"LINE-IN-USE" => DialFailure::LineInUse,
        b"NO CARRIER" => DialFailure::NoCarrier,
        b"NO ANSWER" => DialFailure::NoReply,
        _ => DialFailure::Refused,
    }
}

/// Keys as HID telephones number them.
fn tp_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'*' => Some(0x0a),
        b'#' => Some(0x0b),
        _ => None,
    }
}

fn ms(millis: u32) -> Duration {
    Duration::from_millis(u64::from(millis))
}
