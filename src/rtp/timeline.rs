//! The one RTP timeline of a leg: whatever it hears, its sequence numbers and timestamps go on (RFC 3550 5.1).
//!
//! Frames of our own (prompt, music, silence) follow the clock. A peer's packets keep their distances to one another:
//! their numbers are shifted by a constant that is chosen when they begin, so that loss and order show through.

use std::time::Duration;

use super::packet::Header;
use crate::base::{Instant, Rng};

/// Audio of a peer may run this far from the clock before its shift is chosen anew.
const MAX_AUDIO_DRIFT_MS: u32 = 2000;
/// A peer's sequence may jump this far before it counts as restarted (RFC 3550 A.1).
const MAX_SEQ_JUMP: u16 = 3000;
/// The oldest packet that a shift is applied to stays within this of the newest, so that no distance wraps.
const SHIFT_WINDOW: u16 = 16_384;
/// A telephone event keeps the timestamp of its beginning for as long as the key is held.
const MAX_EVENT_MS: u32 = 60_000;

/// Numbers of outgoing packets.
#[derive(Clone, Debug)]
pub struct Timeline {
    ssrc: u32,
    clock_rate: u32,
    /// Of the newest packet sent.
    seq: u16,
    timestamp: u32,
    /// When the newest packet was due.
    at: Option<Instant>,
    shift: Option<Shift>,
    packets: u32,
    octets: u32,
}

/// How a peer's numbers become ours.
#[derive(Clone, Copy, Debug)]
struct Shift {
    ssrc: u32,
    /// A packet that this shift was applied to, at most [`SHIFT_WINDOW`] back: older ones came too late.
    first_seq: u16,
    /// What that packet's number became.
    seq: u16,
    timestamp: u32,
    /// Packets of ours for one of the peer's.
    pieces: u16,
}

/// What a peer's packet carries: its timestamp is the time of its audio, or the beginning of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Content {
    Audio,
    Event,
}

/// A peer's packet is longer than the receiver wishes and goes on in pieces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cut {
    /// At least 1.
    pub pieces: u16,
    /// Timestamp units of every piece but the last, which may be shorter.
    pub ticks: u32,
}

impl Cut {
    /// In one piece.
    pub const WHOLE: Cut = Cut { pieces: 1, ticks: 0 };

    /// Of a packet that lasts `ticks`, in pieces of at most `wish`.
    pub fn of(ticks: u32, wish: u32) -> Cut {
        let wish = wish.max(1);
        Cut { pieces: u16::try_from(ticks.div_ceil(wish)).unwrap_or(u16::MAX).max(1), ticks: wish }
    }
}

/// The numbers of one packet to send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stamp {
    pub marker: bool,
    pub seq: u16,
    pub timestamp: u32,
    pub ssrc: u32,
}

impl Stamp {
    /// The numbers of the `index`th piece of a packet whose first has these.
    pub fn piece(self, index: u16, cut: Cut) -> Stamp {
        Stamp {
            marker: self.marker && index == 0,
            seq: self.seq.wrapping_add(index),
            timestamp: self.timestamp.wrapping_add(u32::from(index) * cut.ticks),
            ssrc: self.ssrc,
        }
    }
}

impl Timeline {
    /// Starts at random numbers (RFC 3550 5.1), in the lower half of the sequence numbers: who loses the first packets
    /// of an encrypted stream must not miss that the numbers began anew (RFC 3711 3.3.1).
    pub fn new(clock_rate: u32, rng: &mut Rng) -> Self {
        let (ssrc, timestamp) = (rng.next_u32(), rng.next_u32());
        let seq = rng.next_u32() as u16 & 0x7fff;
        Timeline { ssrc, clock_rate, seq, timestamp, at: None, shift: None, packets: 0, octets: 0 }
    }

    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Packets and payload octets sent, as a sender report tells them.
    pub fn sent(&self) -> (u32, u32) {
        (self.packets, self.octets)
    }

    /// A codec with another clock was agreed on: time goes on in its units.
    pub fn set_clock_rate(&mut self, clock_rate: u32) {
        self.clock_rate = clock_rate;
        self.shift = None;
    }

    /// When the newest packet was due.
    pub fn last_at(&self) -> Option<Instant> {
        self.at
    }

    /// Whether the newest packets are a peer's.
    pub fn is_forwarding(&self) -> bool {
        self.shift.is_some()
    }

    /// What the timestamp is at `now` (for a sender report).
    pub fn timestamp_at(&self, now: Instant) -> u32 {
        self.timestamp.wrapping_add(self.elapsed(now))
    }

    /// The next frame of our own, due at `at`; `skipped` frames before it could not be sent in time and show as loss.
    pub fn next_frame(&mut self, at: Instant, skipped: u32, frame_ticks: u32, octets: usize) -> Stamp {
        let first = self.at.is_none();
        let step = if first { 0 } else { self.elapsed(at).max(frame_ticks) };
        let handed_over = self.shift.take().is_some();
        self.advance(self.seq.wrapping_add(1).wrapping_add(skipped as u16), self.timestamp.wrapping_add(step), at);
        self.count(octets);
        self.stamp(first || handed_over)
    }

    /// One more packet of the event that began at the newest stamp's time (RFC 4733 2.5.1.2: one timestamp an event).
    pub fn next_event_packet(&mut self, at: Instant, first: bool, frame_ticks: u32) -> Stamp {
        if first {
            return Stamp { marker: true, ..self.next_frame(at, 0, frame_ticks, 4) };
        }
        self.seq = self.seq.wrapping_add(1);
        self.count(4);
        self.stamp(false)
    }

    /// The numbers for a peer's packet; `None` when it is older than the moment its stream was taken up. Where the
    /// audio around it is cut, an event is sent [`Timeline::pieces`] times, so that no number is left out.
    pub fn forward(&mut self, header: &Header, content: Content, now: Instant, frame_ticks: u32) -> Option<Stamp> {
        let cut = match content {
            Content::Audio => Cut::WHOLE,
            Content::Event => Cut { pieces: self.pieces(), ticks: 0 },
        };
        self.forward_cut(header, content, cut, now, frame_ticks)
    }

    /// The numbers of the first piece of a peer's packet that is cut; those of the others follow it.
    pub fn forward_cut(
        &mut self,
        header: &Header,
        content: Content,
        cut: Cut,
        now: Instant,
        frame_ticks: u32,
    ) -> Option<Stamp> {
        let shift = match self.shift {
            Some(shift) if shift.pieces == cut.pieces && self.plausible(shift, header, content, now) => shift,
            Some(_) | None => return Some(self.take_up(header, cut, now, frame_ticks)),
        };
        if (header.seq.wrapping_sub(shift.first_seq) as i16) < 0 {
            return None;
        }
        let stamp = Stamp {
            marker: header.marker,
            seq: shift.apply(header.seq),
            timestamp: header.timestamp.wrapping_add(shift.timestamp),
            ssrc: self.ssrc,
        };
        let last = stamp.piece(cut.pieces - 1, cut);
        if (last.seq.wrapping_sub(self.seq) as i16) > 0 {
            self.seq = last.seq;
        }
        if (last.timestamp.wrapping_sub(self.timestamp) as i32) > 0 {
            (self.timestamp, self.at) = (last.timestamp, Some(now + self.lasting(last, stamp)));
        }
        self.shift = Some(shift.moved_up(header.seq));
        self.count_pieces(header, cut);
        Some(stamp)
    }

    /// A packet of the peer goes into the one before it, which was forwarded and has not been sent yet.
    pub fn join(&mut self, header: &Header) {
        if let Some(shift) = &mut self.shift {
            // From here on the peer's numbers are one more ahead of ours.
            (shift.first_seq, shift.seq) = (header.seq, shift.apply(header.seq).wrapping_sub(1));
        }
        self.octets = self.octets.wrapping_add(header.payload.len() as u32);
    }

    /// How often an event is sent: as many packets as the audio beside it is cut into.
    pub fn pieces(&self) -> u16 {
        self.shift.map_or(1, |shift| shift.pieces)
    }

    /// The peer's stream ends here (a bridge was parted): what follows is shifted anew.
    pub fn let_go(&mut self) {
        self.shift = None;
    }

    fn take_up(&mut self, header: &Header, cut: Cut, now: Instant, frame_ticks: u32) -> Stamp {
        let step = if self.at.is_none() { 0 } else { self.elapsed(now).max(frame_ticks) };
        let (seq, timestamp) = (self.seq.wrapping_add(1), self.timestamp.wrapping_add(step));
        self.shift = Some(Shift {
            ssrc: header.ssrc,
            first_seq: header.seq,
            seq,
            timestamp: timestamp.wrapping_sub(header.timestamp),
            pieces: cut.pieces,
        });
        let first = Stamp { marker: true, seq, timestamp, ssrc: self.ssrc };
        let last = first.piece(cut.pieces - 1, cut);
        self.advance(last.seq, last.timestamp, now + self.lasting(last, first));
        self.count_pieces(header, cut);
        first
    }

    /// From one stamp to another.
    fn lasting(&self, to: Stamp, from: Stamp) -> Duration {
        let ticks = u64::from(to.timestamp.wrapping_sub(from.timestamp));
        Duration::from_micros(ticks * 1_000_000 / u64::from(self.clock_rate.max(1)))
    }

    /// Whether the shifted numbers are near what the clock expects.
    fn plausible(&self, shift: Shift, header: &Header, content: Content, now: Instant) -> bool {
        let limit_ms = match content {
            Content::Audio => MAX_AUDIO_DRIFT_MS,
            Content::Event => MAX_EVENT_MS,
        };
        let timestamp = header.timestamp.wrapping_add(shift.timestamp);
        let drift = timestamp.wrapping_sub(self.timestamp_at(now)) as i32;
        let ahead = shift.apply(header.seq).wrapping_sub(self.seq) as i16;
        header.ssrc == shift.ssrc
            && drift.unsigned_abs() <= limit_ms * (self.clock_rate / 1000)
            && ahead.unsigned_abs() < MAX_SEQ_JUMP
    }

    fn elapsed(&self, now: Instant) -> u32 {
        let micros = self.at.map_or(0, |at| now.since(at).as_micros());
        (micros * u128::from(self.clock_rate) / 1_000_000) as u32
    }

    fn advance(&mut self, seq: u16, timestamp: u32, at: Instant) {
        (self.seq, self.timestamp, self.at) = (seq, timestamp, Some(at));
    }

    fn count(&mut self, octets: usize) {
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(octets as u32);
    }

    fn count_pieces(&mut self, header: &Header, cut: Cut) {
        self.packets = self.packets.wrapping_add(u32::from(cut.pieces));
        self.octets = self.octets.wrapping_add(header.payload.len() as u32);
    }

    fn stamp(&self, marker: bool) -> Stamp {
        Stamp { marker, seq: self.seq, timestamp: self.timestamp, ssrc: self.ssrc }
    }
}

impl Shift {
    fn apply(self, seq: u16) -> u16 {
        self.seq.wrapping_add(seq.wrapping_sub(self.first_seq).wrapping_mul(self.pieces))
    }

    /// The same shift, told from a packet nearer to `seq`.
    fn moved_up(self, seq: u16) -> Shift {
        if (seq.wrapping_sub(self.first_seq) as i16) < SHIFT_WINDOW as i16 {
            return self;
        }
        let first_seq = seq.wrapping_sub(SHIFT_WINDOW / 2);
        Shift { first_seq, seq: self.apply(first_seq), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    fn header(seq: u16, timestamp: u32, ssrc: u32) -> Header {
        Header { marker: false, payload_type: 0, seq, timestamp, ssrc, payload: 12..172 }
    }

    fn timeline() -> Timeline {
        Timeline::new(8000, &mut Rng::from_number(1))
    }

    #[test]
    fn two_legs_start_at_different_numbers() {
        let mut rng = Rng::from_number(1);
        let (mut a, mut b) = (Timeline::new(8000, &mut rng), Timeline::new(8000, &mut rng));
        let (a, b) = (a.next_frame(at(0), 0, 160, 160), b.next_frame(at(0), 0, 160, 160));
        assert!(a.seq != b.seq && a.timestamp != b.timestamp && a.ssrc != b.ssrc);
        assert!(a.marker);
    }

    #[test]
    fn a_skipped_frame_shows_as_loss_and_the_timestamp_follows_the_clock() {
        let mut timeline = timeline();
        let first = timeline.next_frame(at(0), 0, 160, 160);
        let late = timeline.next_frame(at(80), 3, 160, 160);
        assert_eq!(late.seq.wrapping_sub(first.seq), 4);
        assert_eq!(late.timestamp.wrapping_sub(first.timestamp), 640);
        assert!(!late.marker);
    }

    #[test]
    fn goes_on_without_a_jump_from_prompt_to_peer_and_back() {
        let mut timeline = timeline();
        let mut last = timeline.next_frame(at(0), 0, 160, 160);
        let mut check = |next: Stamp, step: u32| {
            assert_eq!(next.seq.wrapping_sub(last.seq), 1);
            assert_eq!(next.timestamp.wrapping_sub(last.timestamp), step);
            assert_eq!(next.ssrc, last.ssrc);
            last = next;
        };
        check(timeline.next_frame(at(20), 0, 160, 160), 160);
        let peer = timeline.forward(&header(65_535, 0xffff_ff00, 9), Content::Audio, at(25), 160).expect("forwarded");
        assert!(peer.marker);
        check(peer, 160);
        check(timeline.forward(&header(0, 0xffff_ffa0, 9), Content::Audio, at(45), 160).expect("forwarded"), 160);
        check(timeline.next_frame(at(60), 0, 160, 160), 160);
        check(timeline.next_frame(at(80), 0, 160, 160), 160);
        check(timeline.forward(&header(3, 0x1000, 9), Content::Audio, at(130), 160).expect("taken up again"), 400);
    }

    #[test]
    fn shows_loss_and_order_of_the_peer_through() {
        let mut timeline = timeline();
        let first = timeline.forward(&header(100, 0, 9), Content::Audio, at(0), 160).expect("forwarded");
        let third = timeline.forward(&header(102, 320, 9), Content::Audio, at(40), 160).expect("forwarded");
        let second = timeline.forward(&header(101, 160, 9), Content::Audio, at(41), 160).expect("forwarded");
        assert_eq!(third.seq.wrapping_sub(first.seq), 2);
        assert_eq!(second.seq.wrapping_sub(first.seq), 1);
        assert_eq!(second.timestamp.wrapping_sub(first.timestamp), 160);
        assert_eq!(
            timeline.forward(&header(99, 0u32.wrapping_sub(160), 9), Content::Audio, at(42), 160),
            None,
            "older than the bridge"
        );
    }

    #[test]
    fn a_call_of_hours_passes_every_packet() {
        let mut timeline = timeline();
        let mut last: Option<Stamp> = None;
        for i in 0..200_000u32 {
            let packet = header(i as u16, i.wrapping_mul(160), 9);
            let stamp = timeline.forward(&packet, Content::Audio, at(u64::from(i) * 20), 160).expect("forwarded");
            assert!(last.is_none_or(|last| stamp.seq.wrapping_sub(last.seq) == 1 && !stamp.marker), "packet {i}");
            last = Some(stamp);
        }
    }

    #[test]
    fn a_peer_that_changes_its_source_or_jumps_in_time_is_taken_up_anew() {
        let mut timeline = timeline();
        let first = timeline.forward(&header(100, 0, 9), Content::Audio, at(0), 160).expect("forwarded");
        let other = timeline.forward(&header(7, 99_999, 10), Content::Audio, at(20), 160).expect("forwarded");
        let jump = timeline.forward(&header(8, 5_000_000, 10), Content::Audio, at(40), 160).expect("forwarded");
        assert_eq!(other.seq.wrapping_sub(first.seq), 1);
        assert_eq!(jump.seq.wrapping_sub(first.seq), 2);
        assert_eq!(jump.timestamp.wrapping_sub(first.timestamp), 320);
        assert!(other.marker && jump.marker);
    }

    #[test]
    fn an_event_keeps_its_timestamp_and_audio_follows_the_clock_after_it() {
        let mut timeline = timeline();
        let audio = timeline.next_frame(at(0), 0, 160, 160);
        let begin = timeline.next_event_packet(at(20), true, 160);
        let update = timeline.next_event_packet(at(40), false, 160);
        let after = timeline.next_frame(at(60), 0, 160, 160);
        assert!(begin.marker && !update.marker);
        assert_eq!((begin.timestamp, update.timestamp), (audio.timestamp.wrapping_add(160), begin.timestamp));
        assert_eq!(after.timestamp.wrapping_sub(audio.timestamp), 480);
        assert_eq!(after.seq.wrapping_sub(audio.seq), 3);
    }

    #[test]
    fn a_peers_held_key_keeps_its_timestamp_and_does_not_stop_our_clock() {
        let mut timeline = timeline();
        let audio = timeline.forward(&header(1, 0, 9), Content::Audio, at(0), 160).expect("forwarded");
        for i in 0..150u16 {
            let event = header(2 + i, 160, 9);
            let stamp = timeline.forward(&event, Content::Event, at(20 + u64::from(i) * 20), 160).expect("forwarded");
            assert_eq!(stamp.timestamp, audio.timestamp.wrapping_add(160));
        }
        let ours = timeline.next_frame(at(3020), 0, 160, 160);
        assert_eq!(ours.timestamp.wrapping_sub(audio.timestamp), 160 + 3000 * 8);
    }
}
