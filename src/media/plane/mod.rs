//! All legs of one worker: a core without sockets, threads or clock.
//!
//! Contract: after each `handle_` call drain [`Plane::poll_output`]. Packets do not pass through outputs, as there are
//! a hundred a second and call: they are handed to the [`Wire`] within the call. Nothing here allocates, locks or logs
//! per packet; the blocks of a recording, five a second, come from a pool.
//!
//! Invariants: a leg is in at most one bridge and a bridge has two ends that know each other; every `Play` ends in
//! exactly one `PlayEnded`; every opened leg in exactly one `LegClosed` and one `Output::Closed`.

mod bridge;
mod command;
mod mixing;
mod packet;
mod phases;
mod recording;
mod tick;

pub use packet::Arrival;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use self::phases::Phases;
use self::recording::Recordings;
use super::RecordingId;
use super::event::Event;
use super::leg::Leg;
use super::player::Frame;
use super::recorder::{Block, BlockPool};
use super::wav::Mark;
use crate::base::{Instant, LegId, Rng};
use crate::rtp::codec::{FRAME_BYTES, FRAME_SAMPLES, MAX_SAMPLES, Silence};

/// Names an open leg in the tables of its worker. Used again after `Output::Closed`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LegKey(u32);

impl LegKey {
    /// The leg at a place in a table.
    pub fn from_index(index: usize) -> Self {
        LegKey(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// Its place in a table.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where packets go: sockets, or a test's list.
pub trait Wire {
    /// An RTP packet for the peer of `leg`: both parts, one after the other.
    fn rtp(&mut self, leg: LegKey, header: &[u8], payload: &[u8]);
    /// An RTCP packet for the peer of `leg`.
    fn rtcp(&mut self, leg: LegKey, packet: &[u8]);
}

/// What the driver has to do.
#[derive(Debug)]
pub enum Output {
    Event(Event),
    /// From now on packets of `leg` go to these addresses; `fixed` says that they also come from nowhere else.
    Peer {
        leg: LegKey,
        rtp: SocketAddr,
        rtcp: SocketAddr,
        fixed: bool,
    },
    /// The sockets of `leg` are to be closed.
    Closed {
        leg: LegKey,
    },
    Recording {
        recording: RecordingId,
        what: RecordingOutput,
    },
}

/// What is to be written of a recording.
#[derive(Debug)]
pub enum RecordingOutput {
    Open {
        path: PathBuf,
    },
    Block(Box<Block>),
    /// The file is `frames` long; whatever did not come is silence.
    Close {
        frames: u64,
        marks: Vec<Mark>,
    },
}

/// Limits of a worker.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlaneConfig {
    /// A peer that should speak and sends nothing for this long is told of.
    pub rtp_timeout: Duration,
    /// The same while the peer is held.
    pub hold_timeout: Duration,
}

/// The legs, bridges and recordings of one worker.
#[derive(Debug)]
pub struct Plane {
    config: PlaneConfig,
    legs: Vec<Option<Box<Leg>>>,
    free: Vec<LegKey>,
    keys: BTreeMap<LegId, LegKey>,
    phases: Phases,
    recordings: Recordings,
    pool: BlockPool,
    silence: Silence,
    scratch: Frame,
    /// The packet in hand as samples, and in another codec.
    samples: Box<[i16; MAX_SAMPLES]>,
    recoded: Box<[u8; MAX_SAMPLES]>,
    /// The mix for the leg in hand.
    mixed: Box<[i16; FRAME_SAMPLES]>,
    rng: Rng,
    outputs: VecDeque<Output>,
}

impl Plane {
    pub fn new(config: PlaneConfig, now: Instant, rng: Rng) -> Self {
        Plane {
            config,
            legs: Vec::new(),
            free: Vec::new(),
            keys: BTreeMap::new(),
            phases: Phases::new(now),
            recordings: Recordings::default(),
            pool: BlockPool::default(),
            silence: Silence::new(),
            scratch: [0; FRAME_BYTES],
            samples: Box::new([0; MAX_SAMPLES]),
            recoded: Box::new([0; MAX_SAMPLES]),
            mixed: Box::new([0; FRAME_SAMPLES]),
            rng,
            outputs: VecDeque::new(),
        }
    }

    /// A leg whose sockets are open. `None` when the leg exists already.
    pub fn open(&mut self, id: LegId, now: Instant) -> Option<LegKey> {
        if self.keys.contains_key(&id) {
            return None;
        }
        let key = self.free.pop().unwrap_or_else(|| {
            self.legs.push(None);
            LegKey((self.legs.len() - 1) as u32)
        });
        self.legs[key.index()] = Some(Box::new(Leg::new(id, now, &mut self.rng)));
        self.keys.insert(id, key);
        self.phases.join(key, now);
        Some(key)
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When [`Plane::handle_timeout`] is due; `None` without legs.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.phases.next_due()
    }

    /// Takes back a block of a recording that was written.
    pub fn give_block(&mut self, block: Box<Block>) {
        self.pool.give(block);
    }

    /// How many legs are open.
    pub fn legs(&self) -> usize {
        self.keys.len()
    }

    fn leg(&mut self, key: LegKey) -> Option<&mut Leg> {
        self.legs.get_mut(key.index())?.as_deref_mut()
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// Tells the driver where packets of the leg go.
    fn tell_peer(&mut self, key: LegKey) {
        let peer = self.leg(key).and_then(|leg| leg.peer);
        if let Some(peer) = peer {
            self.outputs.push_back(Output::Peer { leg: key, rtp: peer.rtp, rtcp: peer.rtcp, fixed: peer.is_fixed() });
        }
    }
}

#[cfg(test)]
mod tests;
