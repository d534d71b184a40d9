//! The 20 ms tick: each leg says its frame, and what only time can end is ended.

use super::phases::{FRAME, Tick};
use super::{Event, LegKey, Plane, Wire};
use crate::base::Now;
use crate::media::event::{KeySource, PlayEnd};
use crate::media::leg::{RtcpPacket, Sounds, Spoken};

impl Plane {
    /// Sends the frames that are due, and does the upkeep of their legs and of the recordings.
    pub fn handle_timeout(&mut self, now: Now, wire: &mut impl Wire) {
        while let Some(tick) = self.phases.poll(now.instant) {
            let mut at = 0;
            while let Some(key) = self.phases.leg(tick.phase, at) {
                self.tick(key, tick, wire);
                self.upkeep(key, tick, now, wire);
                at += 1;
            }
        }
        self.poll_recordings(now.instant);
    }

    fn tick(&mut self, key: LegKey, tick: Tick, wire: &mut impl Wire) {
        let mixed = self.mix_for(key, tick.due);
        let Some(leg) = self.legs.get_mut(key.index()).and_then(Option::as_deref_mut) else { return };
        let pressing = !leg.digits.is_idle();
        let sounds = Sounds { silence: &self.silence, mixed: mixed.then_some(&*self.mixed) };
        match leg.speak(tick.due, tick.skipped, sounds, &mut self.scratch) {
            Spoken::Nothing => {}
            Spoken::Packet { header, payload_bytes } => {
                leg.send(&header, &self.scratch[..payload_bytes], |header, payload| wire.rtp(key, header, payload));
            }
            Spoken::Held => leg.pass_held(|header, payload| wire.rtp(key, header, payload)),
        }
        let pressed = pressing && leg.digits.is_idle();
        let (id, over) = (leg.id, leg.player.as_mut().is_some_and(|player| player.is_over()));
        if over {
            self.end_play(key, PlayEnd::Finished);
        }
        if pressed {
            self.event(Event::DtmfSent { leg: id });
        }
    }

    fn upkeep(&mut self, key: LegKey, tick: Tick, now: Now, wire: &mut impl Wire) {
        let (limit, hold_limit) = (self.config.rtp_timeout, self.config.hold_timeout);
        let Some(leg) = self.leg(key) else { return };
        let id = leg.id;
        let mut packet = RtcpPacket::default();
        if let Some(len) = leg.poll_rtcp(now, &mut packet) {
            wire.rtcp(key, &packet.0[..len]);
        }
        let expired = leg.expire_latch(now.instant);
        let lost_key = leg.lost_key(now.instant);
        let lost_tone = leg.lost_tone(now.instant);
        if tick.skipped > 0 {
            leg.forgive(FRAME * tick.skipped, now.instant);
        }
        let silent = leg.check_silence(now.instant, limit, hold_limit);
        if expired {
            self.tell_peer(key);
        }
        if let Some(pressed) = lost_key {
            self.tell_key(key, pressed, KeySource::Rfc4733);
            self.press_anew(key, pressed);
        }
        if let Some(pressed) = lost_tone {
            self.tell_key(key, pressed, KeySource::Inband);
        }
        if let Some(silent_ms) = silent {
            self.event(Event::RtpTimeout { leg: id, silent_ms });
        }
    }
}
