//! What a leg plays: a list of segments, frame by frame, in the codec of the leg.

use std::sync::Arc;

use super::clip::Clip;
use super::command::{PlayId, Segment};
use super::tone::Oscillator;
use crate::rtp::Codec;
use crate::rtp::codec::{FRAME_BYTES, FRAME_MS, NarrowEncoder, Silence};

/// Room for a frame of any codec that is prepared.
pub(super) type Frame = [u8; FRAME_BYTES];

/// One running play.
#[derive(Debug)]
pub(super) struct Player {
    pub(super) id: PlayId,
    pub(super) stop_on_key: bool,
    repeat: bool,
    pieces: Vec<Piece>,
    piece: usize,
    frame: u32,
}

#[derive(Debug)]
enum Piece {
    Clip(Arc<Clip>),
    Silence { frames: u32 },
    Tone { oscillator: Oscillator, frames: u32 },
}

/// Background music: loops, and stands still while it is not asked for frames.
#[derive(Clone, Debug)]
pub(super) struct Music {
    pub(super) clip: Arc<Clip>,
    frame: usize,
}

impl Player {
    pub(super) fn new(id: PlayId, segments: Vec<Segment>, repeat: bool, stop_on_key: bool) -> Self {
        let pieces: Vec<Piece> = segments.into_iter().map(Piece::from).filter(|piece| piece.frames() > 0).collect();
        Player { id, stop_on_key, repeat, pieces, piece: 0, frame: 0 }
    }

    /// Copies the next frame to `out`, steps on and says how many bytes it has; `None` when there is none. Tones in Opus
    /// are made by the leg's `encoder`.
    pub(super) fn next(
        &mut self,
        codec: Codec,
        silence: &Silence,
        encoder: &mut NarrowEncoder,
        out: &mut Frame,
    ) -> Option<usize> {
        if !self.seek() {
            return None;
        }
        let frame = match &mut self.pieces[self.piece] {
            Piece::Clip(clip) => clip.frame(codec, self.frame as usize).unwrap_or(silence.frame(codec)),
            Piece::Silence { .. } => silence.frame(codec),
            Piece::Tone { oscillator, .. } => {
                self.frame += 1;
                return Some(oscillator.encode_frame(codec, self.frame - 1, encoder, out));
            }
        };
        self.frame += 1;
        Some(put(frame, out))
    }

    /// Steps over `frames` that could not be sent in time.
    pub(super) fn skip(&mut self, frames: u32) {
        for _ in 0..frames {
            if !self.seek() {
                return;
            }
            self.frame += 1;
        }
    }

    /// Whether the last frame has been taken.
    pub(super) fn is_over(&mut self) -> bool {
        !self.seek()
    }

    /// Goes to the next piece that has a frame.
    fn seek(&mut self) -> bool {
        while let Some(piece) = self.pieces.get(self.piece) {
            if self.frame < piece.frames() {
                return true;
            }
            (self.piece, self.frame) = (self.piece + 1, 0);
            if self.repeat && self.piece == self.pieces.len() {
                self.piece = 0;
            }
        }
        false
    }
}

/// Copies a frame to `out`; gives how many bytes it has.
pub(super) fn put(frame: &[u8], out: &mut Frame) -> usize {
    let len = frame.len().min(out.len());
    out[..len].copy_from_slice(&frame[..len]);
    len
}

impl Piece {
    fn frames(&self) -> u32 {
        match self {
            Piece::Clip(clip) => u32::try_from(clip.frames()).unwrap_or(u32::MAX),
            Piece::Silence { frames } | Piece::Tone { frames, .. } => *frames,
        }
    }
}

impl From<Segment> for Piece {
    fn from(segment: Segment) -> Self {
        match segment {
            Segment::Clip(clip) => Piece::Clip(clip),
            Segment::Silence { ms } => Piece::Silence { frames: ms.div_ceil(FRAME_MS) },
            Segment::Tone { hz, level_dbm0, ms } => {
                let oscillator = Oscillator::new(&[(f64::from(hz), f64::from(level_dbm0))]);
                Piece::Tone { oscillator, frames: ms.div_ceil(FRAME_MS) }
            }
        }
    }
}

impl Music {
    pub(super) fn new(clip: Arc<Clip>) -> Self {
        Music { clip, frame: 0 }
    }

    /// The next frame; the clip starts over at its end.
    pub(super) fn next(&mut self, codec: Codec) -> Option<&[u8]> {
        if self.frame >= self.clip.frames() {
            self.frame = 0;
        }
        self.frame += 1;
        self.clip.frame(codec, self.frame - 1)
    }

    /// Steps over `frames` that could not be sent in time.
    pub(super) fn skip(&mut self, frames: u32) {
        self.frame = (self.frame + frames as usize) % self.clip.frames().max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(value: i16, frames: usize) -> Arc<Clip> {
        Arc::new(Clip::from_pcm(8000, &vec![value; frames * 160]).expect("a clip"))
    }

    fn played(player: &mut Player, most: usize) -> Vec<u8> {
        let (silence, mut frame, mut encoder) = (Silence::new(), [0; FRAME_BYTES], NarrowEncoder::default());
        let mut heard = Vec::new();
        while heard.len() < most && player.next(Codec::Pcmu, &silence, &mut encoder, &mut frame).is_some() {
            heard.push(frame[80]);
        }
        heard
    }

    #[test]
    fn plays_segments_in_order_and_ends() {
        use crate::rtp::codec::g711::ulaw_encode;
        let segments = vec![
            Segment::Clip(clip(1000, 2)),
            Segment::Silence { ms: 0 },
            Segment::Silence { ms: 21 },
            Segment::Clip(clip(-1000, 1)),
        ];
        let mut player = Player::new(PlayId(1), segments, false, false);
        let (high, zero, low) = (ulaw_encode(1000), 0xff, ulaw_encode(-1000));
        assert_eq!(played(&mut player, 99), [high, high, zero, zero, low]);
        assert!(player.is_over());
    }

    #[test]
    fn repeats_until_it_is_stopped_and_nothing_repeated_is_nothing() {
        let mut player = Player::new(PlayId(1), vec![Segment::Clip(clip(5, 3))], true, false);
        assert_eq!(played(&mut player, 100).len(), 100);
        assert!(!player.is_over());
        let mut empty = Player::new(PlayId(2), vec![Segment::Silence { ms: 0 }], true, false);
        assert!(empty.is_over());
    }

    #[test]
    fn skips_what_could_not_be_sent() {
        let mut player = Player::new(PlayId(1), vec![Segment::Clip(clip(5, 10))], false, false);
        player.skip(7);
        assert_eq!(played(&mut player, 99).len(), 3);
        player.skip(1000);
        assert!(player.is_over());
    }

    #[test]
    fn music_starts_over_at_its_end() {
        let mut music = Music::new(clip(5, 3));
        for _ in 0..10 {
            assert!(music.next(Codec::Pcma).is_some());
        }
        music.skip(1_000_001);
        assert!(music.next(Codec::Pcma).is_some());
    }
}
