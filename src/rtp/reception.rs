//! What is known of a stream that is received: its sequence, its loss and its jitter (RFC 3550 A.1, A.3, A.8).

use super::packet::Header;
use crate::base::Instant;

/// A jump forward of this many packets is a restart, not loss (RFC 3550 A.1).
const MAX_DROPOUT: u16 = 3000;
/// A packet so far behind is late; farther behind is a restart.
const MAX_MISORDER: u16 = 100;

/// How a packet stands to those before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// The first of a stream, or of a new SSRC, or after the peer restarted its sequence.
    First,
    /// Newer than all before.
    Next,
    /// Reordered or repeated: at most 100 behind the newest.
    Late,
    /// A jump that the next packet has to confirm: to be dropped.
    Doubtful,
}

/// The reception of one leg, through every SSRC that its peer uses.
#[derive(Clone, Debug, Default)]
pub struct Reception {
    source: Option<Source>,
    received: u64,
    /// Of earlier sources.
    lost_before: u64,
    clock_rate: u32,
}

#[derive(Clone, Debug)]
struct Source {
    ssrc: u32,
    base_seq: u32,
    /// With the cycles in the high half.
    max_seq: u32,
    /// The sequence number that would confirm a restart.
    doubtful: Option<u16>,
    received: u32,
    expected_reported: u32,
    received_reported: u32,
    transit: u32,
    /// In timestamp units, times 16.
    jitter: u32,
}

/// The numbers of a report block (RFC 3550 6.4.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ReportNumbers {
    pub ssrc: u32,
    /// Of 256, since the last report.
    pub fraction_lost: u8,
    /// Clamped to 24 bits, signed.
    pub cumulative_lost: i32,
    pub highest_seq: u32,
    /// In timestamp units.
    pub jitter: u32,
}

impl Reception {
    /// `clock_rate` is that of the codec.
    pub fn new(clock_rate: u32) -> Self {
        Reception { clock_rate, ..Reception::default() }
    }

    /// The codec, and with it the clock, changed; what was counted stays.
    pub fn set_clock_rate(&mut self, clock_rate: u32) {
        self.clock_rate = clock_rate;
    }

    /// Counts a packet of audio and says how it stands to those before.
    pub fn on_packet(&mut self, header: &Header, now: Instant) -> Order {
        self.received += 1;
        let transit = ticks(now, self.clock_rate).wrapping_sub(header.timestamp);
        let order = match &mut self.source {
            Some(source) if source.ssrc == header.ssrc => source.on_seq(header.seq),
            Some(_) | None => Order::First,
        };
        match (&mut self.source, order) {
            (Some(source), Order::Next | Order::Late) => source.on_transit(transit),
            (Some(_) | None, Order::First) => self.begin(header, transit),
            (Some(_), Order::Doubtful) | (None, Order::Next | Order::Late | Order::Doubtful) => {}
        }
        order
    }

    /// Counts a packet whose timestamp is not its sampling instant (a telephone event): sequence only.
    pub fn on_event_packet(&mut self, header: &Header, now: Instant) {
        self.received += 1;
        match &mut self.source {
            Some(source) if source.ssrc == header.ssrc => {
                source.on_seq(header.seq);
            }
            Some(_) | None => self.begin(header, ticks(now, self.clock_rate).wrapping_sub(header.timestamp)),
        }
    }

    /// Packets of the peer, of every kind and source.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Packets that the peer sent and that never came (RFC 3550 A.3).
    pub fn lost(&self) -> u64 {
        self.lost_before + self.source.as_ref().map_or(0, |s| u64::from(s.expected().saturating_sub(s.received)))
    }

    pub fn jitter_ms(&self) -> f32 {
        let ticks = self.source.as_ref().map_or(0, |s| s.jitter >> 4);
        ticks as f32 * 1000.0 / self.clock_rate.max(1) as f32
    }

    /// The block for the next report to the peer, and a new interval for its loss fraction.
    pub fn report(&mut self) -> Option<ReportNumbers> {
        self.source.as_mut().map(Source::report)
    }

    fn begin(&mut self, header: &Header, transit: u32) {
        self.lost_before = self.lost();
        self.source = Some(Source {
            ssrc: header.ssrc,
            base_seq: u32::from(header.seq),
            max_seq: u32::from(header.seq),
            doubtful: None,
            received: 1,
            expected_reported: 0,
            received_reported: 0,
            transit,
            jitter: 0,
        });
    }
}

impl Source {
    fn on_seq(&mut self, seq: u16) -> Order {
        let ahead = seq.wrapping_sub(self.max_seq as u16);
        if ahead == 0 || ahead > u16::MAX - MAX_MISORDER {
            self.received += 1;
            return Order::Late;
        }
        if ahead < MAX_DROPOUT {
            self.received += 1;
            self.doubtful = None;
            self.max_seq = self.max_seq.wrapping_add(u32::from(ahead));
            return Order::Next;
        }
        if self.doubtful == Some(seq) {
            return Order::First;
        }
        self.doubtful = Some(seq.wrapping_add(1));
        Order::Doubtful
    }

    fn on_transit(&mut self, transit: u32) {
        let difference = (transit.wrapping_sub(self.transit) as i32).unsigned_abs().min(u32::MAX >> 5);
        self.transit = transit;
        // RFC 3550 A.8, with the estimate scaled by 16.
        self.jitter = (self.jitter + difference).saturating_sub((self.jitter + 8) >> 4);
    }

    fn expected(&self) -> u32 {
        self.max_seq.wrapping_sub(self.base_seq).wrapping_add(1)
    }

    fn report(&mut self) -> ReportNumbers {
        let expected = self.expected();
        let interval_expected = expected.wrapping_sub(self.expected_reported);
        let interval_received = self.received.wrapping_sub(self.received_reported);
        self.expected_reported = expected;
        self.received_reported = self.received;
        let lost = interval_expected.saturating_sub(interval_received);
        let fraction = if interval_expected == 0 { 0 } else { (u64::from(lost) << 8) / u64::from(interval_expected) };
        let cumulative = i64::from(expected) - i64::from(self.received);
        ReportNumbers {
            ssrc: self.ssrc,
            fraction_lost: fraction.min(255) as u8,
            cumulative_lost: cumulative.clamp(-0x80_0000, 0x7f_ffff) as i32,
            highest_seq: self.max_seq,
            jitter: self.jitter >> 4,
        }
    }
}

/// `now` in units of the codec's clock.
pub(super) fn ticks(now: Instant, clock_rate: u32) -> u32 {
    (u128::from(now.as_micros()) * u128::from(clock_rate) / 1_000_000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(seq: u16, timestamp: u32, ssrc: u32) -> Header {
        Header { marker: false, payload_type: 0, seq, timestamp, ssrc, payload: 12..172 }
    }

    fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    #[test]
    fn counts_through_the_wrap_of_the_sequence() {
        let mut reception = Reception::new(8000);
        for i in 0..10u16 {
            let seq = 65_530u16.wrapping_add(i);
            reception.on_packet(&header(seq, u32::from(i) * 160, 1), at(u64::from(i) * 20));
        }
        assert_eq!((reception.received(), reception.lost()), (10, 0));
        assert_eq!(reception.report().expect("a source").highest_seq, 65_539);
    }

    #[test]
    fn tells_loss_from_reordering() {
        let mut reception = Reception::new(8000);
        let orders: Vec<Order> = [10, 11, 14, 13, 15]
            .into_iter()
            .map(|seq| reception.on_packet(&header(seq, u32::from(seq) * 160, 1), at(u64::from(seq) * 20)))
            .collect();
        assert_eq!(orders, [Order::First, Order::Next, Order::Next, Order::Late, Order::Next]);
        assert_eq!(reception.lost(), 1);
        let report = reception.report().expect("a source");
        assert_eq!((report.fraction_lost, report.cumulative_lost), (42, 1));
        assert_eq!(reception.report().expect("a source").fraction_lost, 0);
    }

    #[test]
    fn a_new_source_keeps_what_was_counted() {
        let mut reception = Reception::new(8000);
        reception.on_packet(&header(1, 0, 1), at(0));
        reception.on_packet(&header(3, 320, 1), at(40));
        assert_eq!(reception.on_packet(&header(500, 9, 2), at(60)), Order::First);
        assert_eq!((reception.received(), reception.lost()), (3, 1));
    }

    #[test]
    fn one_wild_packet_is_dropped_and_two_in_a_row_are_a_restart() {
        let mut reception = Reception::new(8000);
        reception.on_packet(&header(1, 0, 1), at(0));
        assert_eq!(reception.on_packet(&header(20_000, 0, 1), at(20)), Order::Doubtful);
        assert_eq!(reception.on_packet(&header(2, 160, 1), at(20)), Order::Next);
        assert_eq!(reception.on_packet(&header(30_000, 0, 1), at(40)), Order::Doubtful);
        assert_eq!(reception.on_packet(&header(30_001, 160, 1), at(60)), Order::First);
        assert_eq!(reception.on_packet(&header(30_002, 320, 1), at(80)), Order::Next);
        assert_eq!(reception.lost(), 0);
    }

    #[test]
    fn jitter_settles_at_the_mean_difference() {
        let mut reception = Reception::new(8000);
        for i in 0..1000u64 {
            let late = if i % 2 == 0 { 0 } else { 5 };
            reception.on_packet(&header(i as u16, i as u32 * 160, 1), at(i * 20 + late));
        }
        assert!((reception.jitter_ms() - 5.0).abs() < 0.5, "{}", reception.jitter_ms());
    }
}
