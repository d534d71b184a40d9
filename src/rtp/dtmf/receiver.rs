//! One press of a key out of the many packets that tell of it (RFC 4733 2.5).

use std::time::Duration;

use super::digit_of;
use crate::base::Instant;
use crate::rtp::packet::Header;

/// An event of which no packet came for this long is over: its end packets were lost (RFC 4733 2.6.2).
const LOST_END: Duration = Duration::from_millis(120);
/// A network repeats or delays packets for less than this: later ones with an old timestamp are a new press
/// (testers replay one capture again and again).
const STRAGGLERS: Duration = Duration::from_millis(1000);
/// Durations count to 65535; a longer press goes on as another event without a marker (RFC 4733 2.5.1.3).
const LONGEST_SEGMENT: u32 = 0xffff;

/// A key that was pressed and released.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    pub digit: char,
    pub duration_ms: u32,
}

/// The telephone events of one leg.
#[derive(Clone, Debug)]
pub struct KeyReceiver {
    press: Option<Press>,
    /// Of the durations.
    ticks_per_ms: u32,
}

impl Default for KeyReceiver {
    fn default() -> Self {
        KeyReceiver { press: None, ticks_per_ms: 8 }
    }
}

#[derive(Clone, Copy, Debug)]
struct Press {
    event: u8,
    ssrc: u32,
    timestamp: u32,
    /// Of segments before this one.
    ticks_before: u32,
    ticks: u32,
    told: bool,
    seen: Instant,
}

impl KeyReceiver {
    /// The clock of the events that was agreed on (RFC 4733 2.1); 8000 until then.
    pub fn set_clock_hz(&mut self, clock_hz: u32) {
        self.ticks_per_ms = (clock_hz / 1000).max(1);
    }

    /// A packet of the telephone-event payload type. Gives the key when it is released, or when a new one shows that
    /// the end of the one before was lost.
    pub fn on_packet(&mut self, header: &Header, payload: &[u8], now: Instant) -> Option<Key> {
        let [event, flags, high, low, ..] = *payload else { return None };
        digit_of(event)?;
        let ticks = u32::from(u16::from_be_bytes([high, low]));
        let ended = flags & 0x80 != 0;
        let before = match &mut self.press {
            Some(press) if press.is_stale(header, event, now) => return None,
            Some(press) if press.goes_on(header, event, now) => {
                press.update(header, ticks, now);
                return if ended { press.tell(self.ticks_per_ms) } else { None };
            }
            Some(press) => press.tell(self.ticks_per_ms),
            None => None,
        };
        let mut press = Press {
            event,
            ssrc: header.ssrc,
            timestamp: header.timestamp,
            ticks_before: 0,
            ticks,
            told: false,
            seen: now,
        };
        // One packet cannot tell two keys: when the end of the one before was lost, that one is told now, and this
        // one by its next packet or by the timeout.
        let key = if before.is_some() {
            before
        } else if ended {
            press.tell(self.ticks_per_ms)
        } else {
            None
        };
        self.press = Some(press);
        key
    }

    /// Gives the key whose end packets were all lost.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<Key> {
        let press = self.press.as_mut()?;
        if now.since(press.seen) >= LOST_END { press.tell(self.ticks_per_ms) } else { None }
    }

    /// Whether a key is down as far as we know.
    pub fn is_down(&self) -> bool {
        self.press.is_some_and(|press| !press.told)
    }
}

impl Press {
    fn goes_on(&self, header: &Header, event: u8, now: Instant) -> bool {
        let same = header.ssrc == self.ssrc && event == self.event;
        let repeated = header.timestamp == self.timestamp && now.since(self.seen) < STRAGGLERS;
        let next_segment = !header.marker
            && !self.told
            && header.timestamp == self.timestamp.wrapping_add(self.ticks)
            && self.ticks >= LONGEST_SEGMENT - 1600;
        same && (repeated || next_segment)
    }

    /// A late packet of a press before this one.
    fn is_stale(&self, header: &Header, event: u8, now: Instant) -> bool {
        let age = self.timestamp.wrapping_sub(header.timestamp) as i32;
        let older = age > 0 || (age == 0 && event != self.event && self.told);
        header.ssrc == self.ssrc && older && now.since(self.seen) < STRAGGLERS
    }

    fn update(&mut self, header: &Header, ticks: u32, now: Instant) {
        self.seen = now;
        if header.timestamp != self.timestamp {
            self.ticks_before = self.ticks_before.saturating_add(self.ticks);
            (self.timestamp, self.ticks) = (header.timestamp, ticks);
        } else if !self.told {
            self.ticks = self.ticks.max(ticks);
        }
    }

    fn tell(&mut self, ticks_per_ms: u32) -> Option<Key> {
        if self.told {
            return None;
        }
        self.told = true;
        let duration_ms = self.ticks_before.saturating_add(self.ticks) / ticks_per_ms;
        digit_of(self.event).map(|digit| Key { digit, duration_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Peer {
        receiver: KeyReceiver,
        now: Instant,
        keys: Vec<Key>,
    }

    impl Peer {
        fn new() -> Self {
            Peer { receiver: KeyReceiver::default(), now: Instant::from_millis(5000), keys: Vec::new() }
        }

        fn wait(&mut self, ms: u64) {
            self.now = self.now + Duration::from_millis(ms);
            self.keys.extend(self.receiver.handle_timeout(self.now));
        }

        /// A packet of `digit` that began at `timestamp` and has lasted `ticks`.
        fn packet(&mut self, digit: char, timestamp: u32, ticks: u16, end: bool) {
            let event = super::super::event_of(digit).expect("a key");
            let marker = ticks <= 160;
            let header = Header { marker, payload_type: 101, seq: 0, timestamp, ssrc: 1, payload: 12..16 };
            let [high, low] = ticks.to_be_bytes();
            let payload = [event, if end { 0x8a } else { 0x0a }, high, low];
            self.keys.extend(self.receiver.on_packet(&header, &payload, self.now));
        }

        fn press(&mut self, digit: char, timestamp: u32) {
            for i in 1..=5 {
                self.packet(digit, timestamp, i * 160, false);
                self.wait(20);
            }
            (0..3).for_each(|_| self.packet(digit, timestamp, 800, true));
        }

        fn digits(&self) -> String {
            self.keys.iter().map(|key| key.digit).collect()
        }
    }

    #[test]
    fn three_end_packets_are_one_digit() {
        let mut peer = Peer::new();
        peer.press('5', 1000);
        peer.wait(500);
        assert_eq!(peer.keys, [Key { digit: '5', duration_ms: 100 }]);
    }

    #[test]
    fn the_same_key_twice_is_two_digits() {
        let mut peer = Peer::new();
        peer.press('5', 1000);
        peer.wait(40);
        peer.press('5', 2600);
        assert_eq!(peer.digits(), "55");
    }

    #[test]
    fn a_digit_whose_end_packets_are_lost_is_told_after_a_pause_or_by_the_next() {
        let mut peer = Peer::new();
        peer.packet('1', 1000, 160, false);
        peer.wait(20);
        peer.packet('1', 1000, 320, false);
        peer.wait(119);
        assert_eq!(peer.digits(), "");
        peer.wait(1);
        assert_eq!(peer.keys, [Key { digit: '1', duration_ms: 40 }]);
        peer.packet('2', 9000, 160, false);
        peer.wait(20);
        peer.press('3', 9500);
        assert_eq!(peer.digits(), "123");
    }

    #[test]
    fn one_packet_is_enough_and_all_its_repetitions_are_not_more() {
        let mut peer = Peer::new();
        peer.packet('#', 1000, 800, true);
        peer.packet('#', 1000, 800, true);
        peer.packet('#', 1000, 640, false);
        peer.wait(1000);
        assert_eq!(peer.digits(), "#");
    }

    #[test]
    fn late_packets_of_the_digit_before_are_not_a_digit() {
        let mut peer = Peer::new();
        peer.press('7', 1000);
        peer.wait(60);
        peer.packet('8', 3000, 160, false);
        peer.packet('7', 1000, 800, true);
        peer.wait(20);
        peer.packet('8', 3000, 800, true);
        peer.packet('7', 1000, 800, true);
        peer.wait(500);
        assert_eq!(peer.digits(), "78");
    }

    #[test]
    fn a_replayed_capture_counts_again() {
        let mut peer = Peer::new();
        peer.press('1', 1000);
        peer.press('2', 4000);
        peer.wait(2000);
        peer.press('1', 1000);
        peer.press('2', 4000);
        assert_eq!(peer.digits(), "1212");
    }

    #[test]
    fn a_very_long_press_is_one_digit() {
        let mut peer = Peer::new();
        let mut held = 0u32;
        while held < 100_000 {
            held += 160;
            let (start, ticks) = if held <= 65_440 { (0, held) } else { (65_440, held - 65_440) };
            let header =
                Header { marker: held == 160, payload_type: 101, seq: 0, timestamp: start, ssrc: 1, payload: 12..16 };
            let [high, low] = (ticks as u16).to_be_bytes();
            peer.keys.extend(peer.receiver.on_packet(&header, &[9, 10, high, low], peer.now));
            peer.wait(20);
        }
        peer.wait(200);
        assert_eq!(peer.keys, [Key { digit: '9', duration_ms: 12_500 }]);
    }

    #[test]
    fn short_payloads_and_events_that_are_no_keys_are_nothing() {
        let mut peer = Peer::new();
        let header = Header { marker: true, payload_type: 101, seq: 0, timestamp: 0, ssrc: 1, payload: 12..12 };
        assert_eq!(peer.receiver.on_packet(&header, &[], peer.now), None);
        assert_eq!(peer.receiver.on_packet(&header, &[1, 0x80, 0], peer.now), None);
        assert_eq!(peer.receiver.on_packet(&header, &[16, 0x80, 3, 32], peer.now), None);
        assert_eq!(peer.receiver.on_packet(&header, &[255, 0x80, 3, 32], peer.now), None);
    }
}
