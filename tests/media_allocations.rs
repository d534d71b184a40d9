//! No packet costs an allocation: a plane in virtual time under an allocator that counts.

#[path = "support/counting.rs"]
mod counting;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hotline::base::{CallId, Instant, LegId, Now, Rng, UtcMillis};
use hotline::media::{
    Arrival, Clip, Command, LegKey, Output, Plane, PlaneConfig, PlayId, RecordingId, RecordingOutput, Remote, Segment,
    SrtpKeys, Wire,
};
use hotline::rtp::srtp::{MasterKey, Protector, SrtpSuite};
use hotline::rtp::{Codec, write_header};

/// Counts what leaves.
#[derive(Default)]
struct Counter {
    packets: u64,
}

impl Wire for Counter {
    fn rtp(&mut self, _: LegKey, _: &[u8], _: &[u8]) {
        self.packets += 1;
    }

    fn rtcp(&mut self, _: LegKey, _: &[u8]) {}
}

/// A peer that sends a packet every 20 ms.
struct Peer {
    key: LegKey,
    address: SocketAddr,
    codec: Codec,
    payload: Vec<u8>,
    keys: Option<Protector>,
}

struct House {
    plane: Plane,
    now: Now,
    wire: Counter,
    peers: Vec<Peer>,
    blocks: u64,
    frame: u32,
}

/// Long enough for every buffer to have grown to its size, and for RTCP to be sent.
const SETTLE_FRAMES: u32 = 600;
const MEASURED_FRAMES: u32 = 1500;

impl House {
    fn new() -> House {
        let now = Now::new(Instant::from_millis(100_000), UtcMillis(1_790_000_000_000));
        let config = PlaneConfig { rtp_timeout: Duration::from_secs(30), hold_timeout: Duration::from_secs(3600) };
        let plane = Plane::new(config, now.instant, Rng::from_number(1));
        House { plane, now, wire: Counter::default(), peers: Vec::new(), blocks: 0, frame: 0 }
    }

    fn leg(&mut self, codec: Codec, payload: Vec<u8>) -> LegId {
        self.leg_with(codec, payload, None)
    }

    fn leg_with(&mut self, codec: Codec, payload: Vec<u8>, keys: Option<SrtpKeys>) -> LegId {
        let n = self.peers.len() as u16;
        let leg = CallId::from_raw(1).leg(n);
        let key = self.plane.open(leg, self.now.instant).expect("a new leg");
        let remote = Remote::plain(SocketAddr::from(([192, 0, 2, 1], 4000 + 2 * n)), codec);
        let theirs = keys.as_ref().map(|keys| Protector::new(&keys.theirs));
        self.peers.push(Peer { key, address: remote.rtp, codec, payload, keys: theirs });
        self.command(Command::SetRemote { leg, remote, keys: keys.map(Box::new) });
        leg
    }

    fn command(&mut self, command: Command) {
        self.plane.handle_command(command, self.now, &mut self.wire);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.plane.poll_output() {
            if let Output::Recording { what: RecordingOutput::Block(block), .. } = output {
                self.blocks += 1;
                self.plane.give_block(block);
            }
        }
    }

    /// A packet of every peer, and the ticks of the 20 ms after it.
    fn run(&mut self, frames: u32) {
        for _ in 0..frames {
            self.frame += 1;
            for at in 0..self.peers.len() {
                let mut packet = [0; 1024];
                let peer = &mut self.peers[at];
                let timestamp = self.frame * (peer.codec.clock_rate() / 50);
                let header = write_header(false, peer.codec.usual_payload_type(), self.frame as u16, timestamp, 7);
                let mut len = header.len() + peer.payload.len();
                packet[..header.len()].copy_from_slice(&header);
                packet[header.len()..len].copy_from_slice(&peer.payload);
                if let Some(keys) = &mut peer.keys {
                    len = keys.protect_rtp(&mut packet, len).expect("room for the tag");
                }
                let arrival = Arrival { leg: peer.key, from: peer.address, at: self.now, fresh: true };
                self.plane.handle_rtp(arrival, &mut packet[..len], &mut self.wire);
                self.drain();
            }
            let end = self.now.plus(Duration::from_millis(20));
            while let Some(due) = self.plane.poll_timeout().filter(|due| *due <= end.instant) {
                self.now = self.now.plus(due.since(self.now.instant));
                self.plane.handle_timeout(self.now, &mut self.wire);
                self.drain();
            }
            self.now = end;
        }
    }

    /// Allocations of half a minute, and packets that left in it.
    fn measure(mut self) -> (u64, u64, u64) {
        self.run(SETTLE_FRAMES);
        let (packets, blocks) = (self.wire.packets, self.blocks);
        let before = counting::allocations();
        self.run(MEASURED_FRAMES);
        (counting::allocations() - before, self.wire.packets - packets, self.blocks - blocks)
    }
}

fn alaw() -> Vec<u8> {
    (0..160).map(|i| 0x80 | (i % 100) as u8).collect()
}

/// Two legs that hear each other.
fn bridged(house: &mut House, a: LegId, b: LegId) {
    house.command(Command::Bridge { a, b });
}

#[test]
fn a_clip_is_played_without_an_allocation() {
    let mut house = House::new();
    let leg = house.leg(Codec::Pcma, alaw());
    let clip = Arc::new(Clip::from_pcm(8000, &[1000; 16_000]).expect("a clip"));
    let segments = vec![Segment::Clip(clip), Segment::Silence { ms: 200 }];
    house.command(Command::Play { leg, play: PlayId(1), segments, repeat: true, stop_on_key: false });
    let (allocations, packets, _) = house.measure();
    assert_eq!((allocations, packets), (0, u64::from(MEASURED_FRAMES)));
}

#[test]
fn a_bridge_carries_packets_without_an_allocation_whatever_the_codecs_are() {
    let pairs = [(Codec::Pcma, Codec::Pcma), (Codec::Pcma, Codec::Pcmu), (Codec::G722, Codec::Pcma)];
    for (one, other) in pairs {
        let mut house = House::new();
        let (a, b) = (house.leg(one, alaw()), house.leg(other, alaw()));
        bridged(&mut house, a, b);
        let (allocations, packets, _) = house.measure();
        assert_eq!((allocations, packets), (0, 2 * u64::from(MEASURED_FRAMES)), "{one:?} {other:?}");
    }
}

#[test]
fn a_recorded_bridge_takes_its_blocks_from_those_that_came_back() {
    let mut house = House::new();
    let (a, b) = (house.leg(Codec::Pcma, alaw()), house.leg(Codec::Pcmu, alaw()));
    bridged(&mut house, a, b);
    house.command(Command::Record { recording: RecordingId(1), path: "call.wav".into(), left: a, right: Some(b) });
    let (allocations, _, blocks) = house.measure();
    assert_eq!(allocations, 0);
    assert!(blocks > 100, "30 s in blocks of 200 ms: {blocks}");
}

#[test]
fn a_mix_of_three_is_made_without_an_allocation() {
    let mut house = House::new();
    let (a, b, c) = (house.leg(Codec::Pcma, alaw()), house.leg(Codec::Pcmu, alaw()), house.leg(Codec::Pcma, alaw()));
    bridged(&mut house, a, b);
    house.command(Command::Mix { leg: a, hears: vec![b, c] });
    house.command(Command::Mix { leg: b, hears: vec![a, c] });
    house.command(Command::Mix { leg: c, hears: vec![a, b] });
    let (allocations, packets, _) = house.measure();
    assert_eq!((allocations, packets), (0, 3 * u64::from(MEASURED_FRAMES)));
}

#[test]
fn encryption_needs_no_allocation() {
    let mut rng = Rng::from_number(2);
    let suite = SrtpSuite::AesCm128HmacSha1_80;
    let keys = SrtpKeys { ours: MasterKey::random(suite, &mut rng), theirs: MasterKey::random(suite, &mut rng) };
    let mut house = House::new();
    let (a, b) = (house.leg_with(Codec::Pcma, alaw(), Some(keys)), house.leg(Codec::Pcma, alaw()));
    bridged(&mut house, a, b);
    let (allocations, packets, _) = house.measure();
    assert_eq!((allocations, packets), (0, 2 * u64::from(MEASURED_FRAMES)));
}
