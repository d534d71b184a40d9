//! Presses keys by RFC 4733: a packet each frame while the key is down, the last one three times (2.5.1.4).

use std::collections::VecDeque;

use super::event_of;

/// Frames of a press: 100 ms.
const PRESS_FRAMES: u16 = 5;
/// The last packet of a press is sent three times.
const END_REPEATS: u16 = 2;
/// Frames of silence after a press: 100 ms.
const GAP_FRAMES: u16 = 5;
/// Frames of a `,`: half a second.
const PAUSE_FRAMES: u16 = 25;
/// -10 dBm0, as phones send it.
const VOLUME: u8 = 10;
/// Keys that wait at most; more are dropped (a number has at most 15 digits, a card 19).
const MAX_WAITING: usize = 64;

/// The four bytes of an event packet.
pub type EventPayload = [u8; 4];

/// What the next frame carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// An event packet; `first` begins a new event.
    Event { first: bool, payload: EventPayload },
    /// A silent frame between keys.
    Gap,
}

/// The keys that one leg still has to press.
#[derive(Clone, Debug, Default)]
pub struct DigitSender {
    waiting: VecDeque<char>,
    state: State,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Idle,
    Pressing {
        event: u8,
        sent: u16,
    },
    Gap {
        left: u16,
    },
}

impl DigitSender {
    /// Appends keys; what is neither a key nor `,` is left out.
    pub fn push(&mut self, digits: &str) {
        let room = MAX_WAITING.saturating_sub(self.waiting.len());
        self.waiting.extend(digits.chars().filter(|c| *c == ',' || event_of(*c).is_some()).take(room));
    }

    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle) && self.waiting.is_empty()
    }

    /// What the next frame carries; `None` when nothing is left to press. `frame_ticks` is at the events' clock.
    pub fn step(&mut self, frame_ticks: u16) -> Option<Step> {
        if matches!(self.state, State::Idle) {
            self.state = match self.waiting.pop_front()? {
                ',' => State::Gap { left: PAUSE_FRAMES },
                digit => State::Pressing { event: event_of(digit)?, sent: 0 },
            };
        }
        match self.state {
            State::Idle => None,
            State::Gap { left } => {
                self.state = if left > 1 { State::Gap { left: left - 1 } } else { State::Idle };
                Some(Step::Gap)
            }
            State::Pressing { event, sent } => {
                let duration = (sent + 1).min(PRESS_FRAMES) * frame_ticks;
                let flags = VOLUME | if sent + 1 >= PRESS_FRAMES { 0x80 } else { 0 };
                let [high, low] = duration.to_be_bytes();
                self.state = if sent + 1 < PRESS_FRAMES + END_REPEATS {
                    State::Pressing { event, sent: sent + 1 }
                } else {
                    State::Gap { left: GAP_FRAMES }
                };
                Some(Step::Event { first: sent == 0, payload: [event, flags, high, low] })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presses_for_100_ms_and_repeats_the_end_three_times() {
        let mut sender = DigitSender::default();
        sender.push("5");
        let steps: Vec<Step> = std::iter::from_fn(|| sender.step(160)).collect();
        let event = |first, flags, ticks: u16| {
            let [high, low] = ticks.to_be_bytes();
            Step::Event { first, payload: [5, flags, high, low] }
        };
        let mut expected = vec![
            event(true, 10, 160),
            event(false, 10, 320),
            event(false, 10, 480),
            event(false, 10, 640),
            event(false, 0x8a, 800),
            event(false, 0x8a, 800),
            event(false, 0x8a, 800),
        ];
        expected.extend([Step::Gap; 5]);
        assert_eq!(steps, expected);
        assert!(sender.is_idle());
    }

    #[test]
    fn what_is_sent_is_received() {
        use super::super::KeyReceiver;
        use crate::base::Instant;
        use crate::rtp::packet::Header;
        let (mut sender, mut receiver) = (DigitSender::default(), KeyReceiver::default());
        sender.push("0123456789*#ABCD,55x");
        let (mut digits, mut begun) = (String::new(), 0);
        for frame in 0u32.. {
            let now = Instant::from_millis(u64::from(frame) * 20);
            let Some(step) = sender.step(160) else { break };
            let Step::Event { first, payload } = step else { continue };
            begun = if first { frame * 160 } else { begun };
            let header =
                Header { marker: first, payload_type: 101, seq: 0, timestamp: begun, ssrc: 1, payload: 12..16 };
            digits.extend(receiver.on_packet(&header, &payload, now).map(|key| key.digit));
        }
        assert_eq!(digits, "0123456789*#ABCD55");
    }

    #[test]
    fn keeps_a_bounded_number_of_keys() {
        let mut sender = DigitSender::default();
        sender.push(&"1".repeat(1000));
        assert_eq!(sender.waiting.len(), MAX_WAITING);
    }
}
