//! The plane in virtual time: packets in, packets out.

mod bridging;
mod codecs;
mod joining;
mod mixing;
mod opus;
mod playing;
mod recording;
mod robustness;
mod srtp;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::{Arrival, LegKey, Output, Plane, PlaneConfig, RecordingOutput, Wire};
use crate::base::{CallId, Instant, LegId, Now, Rng, UtcMillis};
use crate::media::{Clip, Command, Event, PlayId, RecordingId, Remote, Segment};
use crate::rtp::codec::g711;
use crate::rtp::{Codec, HEADER_BYTES, Header, write_header};

/// A packet that a leg sent.
#[derive(Clone, Debug)]
struct Sent {
    leg: LegKey,
    at: Instant,
    header: Header,
    payload: Vec<u8>,
}

#[derive(Default)]
struct Tape {
    now: Instant,
    rtp: Vec<Sent>,
    rtcp: Vec<(LegKey, Vec<u8>)>,
}

impl Wire for Tape {
    fn rtp(&mut self, leg: LegKey, header: &[u8], payload: &[u8]) {
        let bytes = [header, payload].concat();
        let header = Header::read(&bytes).expect("what is sent can be read");
        self.rtp.push(Sent { leg, at: self.now, header, payload: payload.to_vec() });
    }

    fn rtcp(&mut self, leg: LegKey, packet: &[u8]) {
        self.rtcp.push((leg, packet.to_vec()));
    }
}

/// One worker's plane with peers that the test plays.
struct Bench {
    plane: Plane,
    now: Now,
    tape: Tape,
    events: Vec<Event>,
    peers: Vec<(LegKey, SocketAddr, Codec)>,
    recorded: Vec<(RecordingId, RecordingOutput)>,
    closed: Vec<LegKey>,
}

const RTP_TIMEOUT_MS: u64 = 30_000;
const HOLD_TIMEOUT_MS: u64 = 600_000;

impl Bench {
    fn new() -> Self {
        let now = Now::new(Instant::from_millis(100_000), UtcMillis(1_790_000_000_000));
        let config = PlaneConfig {
            rtp_timeout: Duration::from_millis(RTP_TIMEOUT_MS),
            hold_timeout: Duration::from_millis(HOLD_TIMEOUT_MS),
        };
        Bench {
            plane: Plane::new(config, now.instant, Rng::from_number(1)),
            now,
            tape: Tape::default(),
            events: Vec::new(),
            peers: Vec::new(),
            recorded: Vec::new(),
            closed: Vec::new(),
        }
    }

    /// The `n`th leg, with a peer that speaks `codec`.
    fn leg(&mut self, n: u16, codec: Codec) -> (LegId, LegKey) {
        let leg = leg(n);
        let key = self.plane.open(leg, self.now.instant).expect("a new leg");
        let remote = Remote::plain(SocketAddr::from(([192, 0, 2, 1], 4000 + 2 * n)), codec);
        self.peers.push((key, remote.rtp, codec));
        self.send(Command::SetRemote { leg, remote, keys: None });
        (leg, key)
    }

    fn send(&mut self, command: Command) {
        self.tape.now = self.now.instant;
        self.plane.handle_command(command, self.now, &mut self.tape);
        self.drain();
    }

    fn play(&mut self, leg: LegId, play: u64, segments: Vec<Segment>) {
        self.send(Command::Play { leg, play: PlayId(play), segments, repeat: false, stop_on_key: false });
    }

    /// Lets `ms` pass, tick by tick.
    fn run(&mut self, ms: u64) {
        let end = self.now.plus(Duration::from_millis(ms));
        while let Some(due) = self.plane.poll_timeout().filter(|due| *due <= end.instant) {
            self.now = self.now.plus(due.since(self.now.instant));
            self.tick();
        }
        self.now = end;
    }

    fn tick(&mut self) {
        self.tape.now = self.now.instant;
        self.plane.handle_timeout(self.now, &mut self.tape);
        self.drain();
    }

    /// A packet of a leg's peer.
    fn hear(&mut self, leg: LegKey, payload_type: u8, seq: u16, timestamp: u32, payload: &[u8]) {
        let from = self.peers.iter().find(|(key, ..)| *key == leg).map(|(_, address, _)| *address);
        self.hear_from(leg, from.expect("a peer"), payload_type, seq, timestamp, payload);
    }

    fn hear_from(&mut self, leg: LegKey, from: SocketAddr, pt: u8, seq: u16, timestamp: u32, payload: &[u8]) {
        let mut packet = write_header(false, pt, seq, timestamp, 0x5555).to_vec();
        packet.extend_from_slice(payload);
        self.hear_bytes(leg, from, &mut packet);
    }

    fn hear_bytes(&mut self, leg: LegKey, from: SocketAddr, packet: &mut [u8]) {
        self.tape.now = self.now.instant;
        let arrival = Arrival { leg, from, at: self.now, fresh: true };
        self.plane.handle_rtp(arrival, packet, &mut self.tape);
        self.drain();
    }

    /// A leg's peer says `value` for `frames` frames, from sequence number `seq` on.
    fn speak(&mut self, leg: LegKey, seq: u16, frames: u16, value: i16) {
        let codec = self.peers.iter().find(|(key, ..)| *key == leg).map(|(.., codec)| *codec).expect("a peer");
        let byte = if codec == Codec::Pcma { g711::alaw_encode(value) } else { g711::ulaw_encode(value) };
        for i in 0..frames {
            let seq = seq.wrapping_add(i);
            self.hear(leg, codec.usual_payload_type(), seq, u32::from(seq) * 160, &[byte; 160]);
            self.run(20);
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.plane.poll_output() {
            match output {
                Output::Event(event) => self.events.push(event),
                Output::Peer { .. } => {}
                Output::Closed { leg } => self.closed.push(leg),
                Output::Recording { recording, what } => self.recorded.push((recording, what)),
            }
        }
    }

    /// What was recorded, left and right in turn.
    fn samples(&self) -> Vec<i16> {
        let blocks = self.recorded.iter().filter_map(|(_, what)| match what {
            RecordingOutput::Block(block) => Some(&block.samples[..2 * block.frames]),
            RecordingOutput::Open { .. } | RecordingOutput::Close { .. } => None,
        });
        blocks.flatten().copied().collect()
    }

    fn sent(&self, leg: LegKey) -> Vec<Sent> {
        self.tape.rtp.iter().filter(|sent| sent.leg == leg).cloned().collect()
    }

    /// What a leg's peer heard: the middle sample of every packet.
    fn heard(&self, leg: LegKey) -> Vec<i16> {
        let middle = |sent: Sent| match sent.header.payload_type {
            0 => g711::ulaw_decode(sent.payload[80]),
            8 => g711::alaw_decode(sent.payload[80]),
            _ => i16::MIN,
        };
        self.sent(leg).into_iter().map(middle).collect()
    }

    fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }
}

fn leg(n: u16) -> LegId {
    CallId::from_raw(1).leg(n)
}

/// A clip that is `value` throughout.
fn clip(value: i16, frames: usize) -> Arc<Clip> {
    Arc::new(Clip::from_pcm(8000, &vec![value; frames * 160]).expect("a clip"))
}

fn ulaw(value: i16) -> i16 {
    g711::ulaw_decode(g711::ulaw_encode(value))
}

fn alaw(value: i16) -> i16 {
    g711::alaw_decode(g711::alaw_encode(value))
}

/// Each packet follows the one before it by one number and 20 ms.
fn check_steady(sent: &[Sent]) {
    for pair in sent.windows(2) {
        let (a, b) = (&pair[0], &pair[1]);
        assert_eq!(a.header.ssrc, b.header.ssrc);
        assert_eq!(b.header.seq.wrapping_sub(a.header.seq), 1, "sequence at {:?}", b.at);
        assert_eq!(b.header.timestamp.wrapping_sub(a.header.timestamp), 160, "timestamp at {:?}", b.at);
    }
}
