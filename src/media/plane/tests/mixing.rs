//! A third one beside two who are bridged: listening in, whispering, joining.

use super::*;
use crate::media::{measure_tone, tone_samples};
use crate::rtp::codec::{MAX_SAMPLES, NarrowDecoder, NarrowEncoder};

const HZ: [f64; 3] = [440.0, 880.0, 1500.0];

/// Caller, agent and supervisor with a tone each, of the codecs given; caller and agent are bridged.
struct Room {
    bench: Bench,
    legs: Vec<(LegId, LegKey, Codec)>,
    encoders: Vec<NarrowEncoder>,
    frame: usize,
}

impl Room {
    fn new(codecs: [Codec; 3]) -> Room {
        let mut bench = Bench::new();
        let legs: Vec<_> = codecs
            .into_iter()
            .enumerate()
            .map(|(n, codec)| {
                let (leg, key) = bench.leg(n as u16, codec);
                (leg, key, codec)
            })
            .collect();
        bench.send(Command::Bridge { a: legs[0].0, b: legs[1].0 });
        Room { bench, legs, encoders: (0..3).map(|_| NarrowEncoder::default()).collect(), frame: 0 }
    }

    fn mix(&mut self, leg: usize, hears: &[usize]) {
        let hears = hears.iter().map(|heard| self.legs[*heard].0).collect();
        self.bench.send(Command::Mix { leg: self.legs[leg].0, hears });
    }

    /// Half a second in which all speak; which tones each has heard in its second half.
    fn hear(&mut self) -> [[bool; 3]; 3] {
        self.bench.tape.rtp.clear();
        for _ in 0..25 {
            for (n, (hz, (_, key, codec))) in HZ.iter().zip(self.legs.clone()).enumerate() {
                let all = tone_samples(*hz, -16.0, 8000, (self.frame + 1) * 160);
                let mut payload = [0; MAX_SAMPLES];
                let bytes = self.encoders[n].encode(codec, &all[self.frame * 160..], &mut payload);
                let (seq, timestamp) = (self.frame as u16, (self.frame * 160) as u32);
                self.bench.hear(key, codec.usual_payload_type(), seq, timestamp, &payload[..bytes]);
            }
            self.frame += 1;
            self.bench.run(20);
        }
        std::array::from_fn(|n| {
            let Some((_, key, codec)) = self.legs.get(n).copied() else { return SILENT };
            let (mut decoder, mut samples) = (NarrowDecoder::default(), Vec::new());
            for sent in self.bench.sent(key) {
                let mut decoded = [0; MAX_SAMPLES];
                let count = decoder.decode(codec, &sent.payload, &mut decoded);
                samples.extend_from_slice(&decoded[..count]);
            }
            let last = samples.split_off(samples.len() - 1600);
            HZ.map(|hz| measure_tone(&last, hz) > -35.0)
        })
    }
}

const SILENT: [bool; 3] = [false; 3];

#[test]
fn listening_whispering_and_joining_are_mixes_and_the_listeners_microphone_is_never_heard() {
    for codecs in [[Codec::Pcmu; 3], [Codec::Pcma, Codec::Pcmu, Codec::G722], [Codec::G722, Codec::G722, Codec::Pcma]] {
        let mut room = Room::new(codecs);
        let (caller, agent) = ([true, false, false], [false, true, false]);
        let both = [true, true, false];
        assert_eq!(room.hear(), [agent, caller, SILENT], "nobody listens");
        room.mix(2, &[0, 1]);
        assert_eq!(room.hear(), [agent, caller, both], "listening in");
        room.mix(1, &[0, 2]);
        assert_eq!(room.hear(), [agent, [true, false, true], both], "whispering");
        room.mix(0, &[1, 2]);
        assert_eq!(room.hear(), [[false, true, true], [true, false, true], both], "joined");
        room.mix(0, &[]);
        room.mix(1, &[]);
        assert_eq!(room.hear(), [agent, caller, both], "listening in again");
        let third = room.legs[2].0;
        room.bench.send(Command::Close { leg: third });
        room.legs.truncate(2);
        assert_eq!(room.hear(), [agent, caller, SILENT], "the supervisor is gone");
    }
}

#[test]
fn who_joins_is_recorded_beside_the_agent_and_who_whispers_is_not() {
    let mut room = Room::new([Codec::Pcmu, Codec::Pcma, Codec::G722]);
    let recording = RecordingId(1);
    let (left, right) = (room.legs[0].0, Some(room.legs[1].0));
    room.bench.send(Command::Record { recording, path: "a.wav".into(), left, right });
    room.mix(2, &[0, 1]);
    room.mix(1, &[0, 2]);
    room.hear();
    room.mix(0, &[1, 2]);
    room.hear();
    room.mix(0, &[]);
    room.hear();
    room.bench.send(Command::StopRecord { recording });
    let samples = room.bench.samples();
    let side = |side: usize| samples.iter().skip(side).step_by(2).copied().collect::<Vec<i16>>();
    let (left, right) = (side(0), side(1));
    // Half a second each: whispering, joined, whispering again.
    for (part, joined) in [(0, false), (1, true), (2, false)] {
        let of =
            |samples: &[i16]| HZ.map(|hz| measure_tone(&samples[part * 4000 + 1000..part * 4000 + 3800], hz) > -35.0);
        assert_eq!(of(&left), [true, false, false], "left, part {part}");
        assert_eq!(of(&right), [false, true, joined], "right, part {part}");
    }
}
