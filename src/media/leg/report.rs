//! RTCP of a leg, and its report at the end (RFC 3550 6).

use std::net::SocketAddr;
use std::time::Duration;

use super::{Admission, Leg, RtcpPacket};
use crate::base::{Instant, Now, Rng};
use crate::media::event::LegReport;
use crate::rtp::quality::mean_opinion_score;
use crate::rtp::rtcp::{self, MAX_BYTES, Ntp, Outgoing, SenderNumbers};

/// Least time between two reports (RFC 3550 6.2), before it is varied by half.
const INTERVAL_MS: u64 = 5000;

/// What is known from the peer's reports, and when ours is due.
#[derive(Clone, Debug)]
pub(super) struct Reports {
    /// Varies between legs and reports (RFC 3550 6.3.1).
    interval_ms: u64,
    due: Option<Instant>,
    last_sender_report: Option<(Ntp, Instant)>,
    round_trip_ms: Option<f32>,
    peer_loss: Option<f32>,
}

impl Reports {
    pub(super) fn new(rng: &mut Rng) -> Self {
        Reports {
            interval_ms: INTERVAL_MS / 2 + rng.below(INTERVAL_MS),
            due: None,
            last_sender_report: None,
            round_trip_ms: None,
            peer_loss: None,
        }
    }
}

impl Leg {
    /// A packet that came to the RTCP port; says whether it fixed the peer's.
    pub(in crate::media) fn hear_rtcp(&mut self, from: SocketAddr, packet: &mut [u8], now: Now) -> bool {
        let admission = self.peer.as_ref().map_or(Admission::Stranger, |peer| peer.admit_rtcp(from, now.instant));
        let (Admission::Peer | Admission::MayLatch, Some(peer)) = (admission, &mut self.peer) else {
            self.packets_strange += 1;
            return false;
        };
        let len = match &mut self.guard {
            None => packet.len(),
            Some(guard) => match guard.theirs.unprotect_rtcp(packet) {
                Ok(len) => len,
                Err(_) => {
                    self.packets_forged += 1;
                    return false;
                }
            },
        };
        let Some(incoming) = rtcp::read(&packet[..len], self.timeline.ssrc()) else {
            self.packets_malformed += 1;
            return false;
        };
        // Only what was read as RTCP fixes anything.
        let latched = admission == Admission::MayLatch;
        if latched {
            peer.latch_rtcp(from);
        }
        if let Some(ntp) = incoming.sender_report {
            self.reports.last_sender_report = Some((ntp, now.instant));
        }
        if let Some((block, last, delay)) = incoming.about_us {
            let ntp = Ntp::from_utc_millis(now.utc.0);
            self.reports.round_trip_ms = rtcp::round_trip_ms(ntp, last, delay).or(self.reports.round_trip_ms);
            let sent = self.timeline.sent().0.max(1);
            self.reports.peer_loss = Some((block.cumulative_lost.max(0) as f32 / sent as f32).min(1.0));
        }
        latched
    }

    /// The report that is due: its length in `out`.
    pub(in crate::media) fn poll_rtcp(&mut self, now: Now, out: &mut RtcpPacket) -> Option<usize> {
        self.peer.as_ref().filter(|peer| peer.is_reachable())?;
        let interval = Duration::from_millis(self.reports.interval_ms);
        let due = *self.reports.due.get_or_insert(now.instant + interval / 4);
        if now.instant < due {
            return None;
        }
        // Another interval each time, without a random draw: the golden ratio spreads them (RFC 3550 6.3.1).
        self.reports.interval_ms =
            INTERVAL_MS / 2 + (self.reports.interval_ms + INTERVAL_MS * 618 / 1000) % INTERVAL_MS;
        self.reports.due = Some(now.instant + interval);
        self.write_rtcp(now, false, out)
    }

    /// The last report, with BYE; `None` when there never was a peer.
    pub(in crate::media) fn goodbye(&mut self, now: Now, out: &mut RtcpPacket) -> Option<usize> {
        self.peer.as_ref().filter(|peer| peer.is_reachable())?;
        self.write_rtcp(now, true, out)
    }

    /// Everything that was counted.
    pub(in crate::media) fn report(&self) -> LegReport {
        let (received, lost) = (self.reception.received(), self.reception.lost());
        let loss = lost as f32 / (received + lost).max(1) as f32;
        let jitter_ms = self.reception.jitter_ms();
        let round_trip_ms = self.reports.round_trip_ms;
        LegReport {
            packets_sent: u64::from(self.timeline.sent().0),
            packets_received: received,
            packets_lost: lost,
            frames_late: self.frames_late,
            packets_strange: self.packets_strange,
            packets_forged: self.packets_forged,
            packets_malformed: self.packets_malformed,
            encrypted: self.guard.is_some(),
            jitter_ms,
            round_trip_ms,
            peer_loss: self.reports.peer_loss,
            mos: (received > 0).then(|| mean_opinion_score(loss, jitter_ms, round_trip_ms)),
        }
    }

    fn write_rtcp(&mut self, now: Now, goodbye: bool, out: &mut RtcpPacket) -> Option<usize> {
        let (packets, octets) = self.timeline.sent();
        let sender = (packets > 0).then(|| SenderNumbers {
            ntp: Ntp::from_utc_millis(now.utc.0),
            timestamp: self.timeline.timestamp_at(now.instant),
            packets,
            octets,
        });
        let (last_sender_report, delay_since) = match self.reports.last_sender_report {
            Some((ntp, at)) => {
                let delay = now.instant.since(at).as_micros().saturating_mul(65_536) / 1_000_000;
                (ntp.middle(), u32::try_from(delay).unwrap_or(u32::MAX))
            }
            None => (0, 0),
        };
        let block = self.reception.report();
        let report = Outgoing { ssrc: self.timeline.ssrc(), sender, block, last_sender_report, delay_since, goodbye };
        let len = rtcp::write(&report, out.0.first_chunk_mut::<MAX_BYTES>()?);
        self.seal_rtcp(out, len)
    }
}
