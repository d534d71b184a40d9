//! Carries out what the switch asks.

use super::{Event, LegKey, Output, Plane, Wire};
use crate::base::{LegId, Now};
use crate::media::command::Command;
use crate::media::event::PlayEnd;
use crate::media::leg::{Leg, RtcpPacket};
use crate::media::player::{Music, Player};

impl Plane {
    /// Does what `command` says; a leg or recording that is not there (any more) is ignored.
    pub fn handle_command(&mut self, command: Command, now: Now, wire: &mut impl Wire) {
        match command {
            Command::SetRemote { leg, remote, keys } => self.with(leg, |plane, key| {
                plane.change(key, |leg| leg.set_remote(remote, keys.as_deref(), now.instant));
                plane.hear_by_voice(key, now.instant);
                plane.tell_peer(key);
            }),
            Command::SetDirection { leg, direction } => self.with(leg, |plane, key| {
                plane.change(key, |leg| leg.set_direction(direction, now.instant));
            }),
            Command::Play { leg, play, segments, repeat, stop_on_key } => {
                let player = Player::new(play, segments, repeat, stop_on_key);
                match self.keys.get(&leg) {
                    Some(key) => self.play(*key, player),
                    None => self.event(Event::PlayEnded { leg, play, by: PlayEnd::Cut }),
                }
            }
            Command::StopPlay { leg, play } => self.with(leg, |plane, key| {
                if plane.leg(key).is_some_and(|leg| leg.player.as_ref().is_some_and(|p| p.id == play)) {
                    plane.end_play(key, PlayEnd::Cut);
                }
            }),
            Command::Music { leg, music } => self.with(leg, |plane, key| {
                plane.change(key, |leg| leg.set_music(music));
            }),
            Command::Bridge { a, b } => self.bridge(a, b, now.instant),
            Command::Unbridge { a, b } => self.unbridge(a, b, now.instant),
            Command::Mix { leg, hears } => self.with(leg, |plane, key| plane.mix(key, &hears, now.instant)),
            Command::Mute { leg, muted } => self.with(leg, |plane, key| plane.change(key, |leg| leg.muted = muted)),
            Command::Record { recording, path, left, right } => {
                self.record(recording, path, left, right, now.instant);
            }
            Command::PauseRecord { recording } => self.recordings.pause(recording, now.instant),
            Command::ResumeRecord { recording } => self.recordings.resume(recording, now.instant),
            Command::StopRecord { recording } => self.stop_recording(recording, now.instant),
            Command::SendDtmf { leg, digits } => self.with(leg, |plane, key| {
                plane.change(key, |leg| leg.digits.push(&digits));
            }),
            Command::Close { leg } => self.close(leg, now, wire),
        }
    }

    /// Closes every leg: the worker shuts down.
    pub fn close_all(&mut self, now: Now, wire: &mut impl Wire) {
        let legs: Vec<LegId> = self.keys.keys().copied().collect();
        legs.into_iter().for_each(|leg| self.close(leg, now, wire));
    }

    pub(super) fn end_play(&mut self, key: LegKey, by: PlayEnd) {
        let ended = self.leg(key).and_then(|leg| leg.player.take().map(|player| (leg.id, player.id)));
        if let Some((leg, play)) = ended {
            self.event(Event::PlayEnded { leg, play, by });
        }
    }

    fn play(&mut self, key: LegKey, mut player: Player) {
        self.end_play(key, PlayEnd::Cut);
        let over = player.is_over();
        self.change(key, |leg| leg.player = Some(player));
        if over {
            self.end_play(key, PlayEnd::Finished);
        }
    }

    fn close(&mut self, id: LegId, now: Now, wire: &mut impl Wire) {
        let Some(key) = self.keys.remove(&id) else { return };
        self.end_play(key, PlayEnd::Cut);
        self.part(key, now.instant);
        self.leave_mixes(key);
        self.leave_recording(key, now.instant);
        let Some(mut leg) = self.legs[key.index()].take() else { return };
        let mut packet = RtcpPacket::default();
        if let Some(len) = leg.goodbye(now, &mut packet) {
            wire.rtcp(key, &packet.0[..len]);
        }
        self.phases.leave(key);
        self.free.push(key);
        self.event(Event::LegClosed { leg: id, report: leg.report() });
        self.outputs.push_back(Output::Closed { leg: key });
    }

    fn with(&mut self, leg: LegId, then: impl FnOnce(&mut Plane, LegKey)) {
        if let Some(key) = self.keys.get(&leg).copied() {
            then(self, key);
        }
    }

    pub(super) fn change(&mut self, key: LegKey, then: impl FnOnce(&mut Leg)) {
        if let Some(leg) = self.leg(key) {
            then(leg);
        }
    }
}

impl Leg {
    /// The same music goes on where it was.
    fn set_music(&mut self, clip: Option<std::sync::Arc<crate::media::Clip>>) {
        self.music = match (self.music.take(), clip) {
            (Some(music), Some(clip)) if std::sync::Arc::ptr_eq(&music.clip, &clip) => Some(music),
            (_, clip) => clip.map(Music::new),
        };
    }
}
