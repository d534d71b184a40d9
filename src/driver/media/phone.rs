//! A small media phone for tests and the demonstration: it speaks, presses keys, and keeps what it hears.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::clock;
use crate::base::{CallId, Instant, LegId, Rng};
use crate::media::{Command, LegKey, Output, Plane, PlaneConfig, PlayId, Remote, Segment, SrtpKeys, Wire};
use crate::rtp::codec::{MAX_SAMPLES, NarrowDecoder};
use crate::rtp::srtp::Unprotector;
use crate::rtp::{Codec, Header};

/// Packets that are kept: ten minutes. Later ones are not.
const MOST_KEPT: usize = 30_000;
/// The payload type under which a phone speaks Opus.
const OPUS: u8 = Codec::Opus.usual_payload_type();
const NEVER: Duration = Duration::from_secs(1_000_000);

/// A phone that cannot start.
#[derive(Debug, thiserror::Error)]
#[error("the media phone failed to start: {0}")]
pub struct PhoneError(#[from] io::Error);

/// A packet that a phone heard.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Received {
    pub at: Instant,
    pub header: Header,
    pub payload: Vec<u8>,
}

/// One phone: hangs up when it is dropped.
pub struct Phone {
    address: SocketAddr,
    orders: Sender<Command>,
    received: Arc<Mutex<Vec<Received>>>,
    codec: Mutex<Option<Codec>>,
    thread: Option<JoinHandle<()>>,
}

impl Phone {
    /// A phone on `address` (port 0: any). It sends nothing before [`Phone::call`].
    pub fn start(address: SocketAddr) -> Result<Phone, PhoneError> {
        let socket = UdpSocket::bind(address)?;
        let address = socket.local_addr()?;
        let received = Arc::new(Mutex::new(Vec::new()));
        let (orders, inbox) = channel();
        let kept = Arc::clone(&received);
        let thread = thread::Builder::new().name("phone".into()).spawn(move || run(&socket, &inbox, &kept))?;
        Ok(Phone { address, orders, received, codec: Mutex::new(None), thread: Some(thread) })
    }

    /// Where it hears.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Speaks with `remote` from now on: silence, until it is told what to say.
    pub fn call(&self, remote: Remote) {
        self.set_remote(remote, None);
    }

    /// The same, encrypted.
    pub fn call_encrypted(&self, remote: Remote, keys: SrtpKeys) {
        self.set_remote(remote, Some(Box::new(keys)));
    }

    fn set_remote(&self, remote: Remote, keys: Option<Box<SrtpKeys>>) {
        *self.codec.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(remote.codec);
        self.order(Command::SetRemote { leg: leg(), remote, keys });
    }

    /// What it speaks; `None` before [`Phone::call`].
    pub fn codec(&self) -> Option<Codec> {
        *self.codec.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Says `segments`, over and over when `repeat`.
    pub fn say(&self, segments: Vec<Segment>, repeat: bool) {
        self.order(Command::Play { leg: leg(), play: PlayId(0), segments, repeat, stop_on_key: false });
    }

    /// Presses keys by RFC 4733.
    pub fn press(&self, digits: &str) {
        self.order(Command::SendDtmf { leg: leg(), digits: digits.to_owned() });
    }

    /// Everything heard so far, in the order of its coming.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    /// Forgets what was heard so far.
    pub fn clear(&self) {
        self.received.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clear();
    }

    /// What was heard, as 8 kHz samples by timestamp: what did not come is silence.
    pub fn samples(&self) -> Vec<i16> {
        let received = self.received();
        let audio: Vec<&Received> =
            received.iter().filter(|p| matches!(p.header.payload_type, 0 | 8 | 9 | OPUS)).collect();
        let Some(first) = audio.first().map(|packet| packet.header.timestamp) else { return Vec::new() };
        let (mut samples, mut decoder) = (Vec::new(), NarrowDecoder::default());
        for packet in audio {
            let Ok(at) = usize::try_from(packet.header.timestamp.wrapping_sub(first) as i32) else { continue };
            let at = if packet.header.payload_type == OPUS { at / 6 } else { at };
            let decoded = decode(packet, &mut decoder);
            let end = at + decoded.len();
            if samples.len() < end && end < MOST_KEPT * 160 {
                samples.resize(end, 0);
            }
            for (sample, heard) in samples.iter_mut().skip(at).zip(decoded) {
                *sample = heard;
            }
        }
        samples
    }

    fn order(&self, command: Command) {
        // The thread ends only when the phone is dropped.
        let _ = self.orders.send(command);
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        self.order(Command::Close { leg: leg() });
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// At 8 kHz.
fn decode(packet: &Received, decoder: &mut NarrowDecoder) -> Vec<i16> {
    let codec = Codec::ALL.into_iter().find(|codec| codec.usual_payload_type() == packet.header.payload_type);
    let mut samples = [0; MAX_SAMPLES];
    let count = codec.map_or(0, |codec| decoder.decode(codec, &packet.payload, &mut samples));
    samples[..count].to_vec()
}

fn leg() -> LegId {
    CallId::from_raw(0).leg(0)
}

fn run(socket: &UdpSocket, orders: &Receiver<Command>, kept: &Mutex<Vec<Received>>) {
    let limits = PlaneConfig { rtp_timeout: NEVER, hold_timeout: NEVER };
    let mut plane = Plane::new(limits, clock::instant(), Rng::from_seed(rand::random()));
    let mut line = Line { socket, peer: None };
    let mut theirs = None;
    plane.open(leg(), clock::instant());
    while plane.legs() > 0 {
        loop {
            match orders.try_recv() {
                Ok(command) => {
                    if let Command::SetRemote { keys, .. } = &command {
                        theirs = keys.as_ref().map(|keys| Unprotector::new(&keys.theirs));
                    }
                    plane.handle_command(command, clock::now(), &mut line);
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => plane.close_all(clock::now(), &mut line),
            }
            if plane.legs() == 0 {
                return;
            }
        }
        while let Some(output) = plane.poll_output() {
            if let Output::Peer { rtp, .. } = output {
                line.peer = Some(rtp);
            }
        }
        plane.handle_timeout(clock::now(), &mut line);
        let due = plane.poll_timeout().unwrap_or_default();
        listen(socket, due, &mut theirs, kept);
    }
}

/// Keeps what comes until `due`; when `theirs` is there, only what it proves.
fn listen(socket: &UdpSocket, due: Instant, theirs: &mut Option<Unprotector>, kept: &Mutex<Vec<Received>>) {
    let mut buffer = [0; 1500];
    loop {
        let left = due.since(clock::instant());
        if left.is_zero() || socket.set_read_timeout(Some(left)).is_err() {
            return;
        }
        let Ok(len) = socket.recv(&mut buffer) else { continue };
        let plain = match theirs {
            Some(theirs) => theirs.unprotect_rtp(&mut buffer[..len]).ok(),
            None => Some(len),
        };
        let Some(len) = plain else { continue };
        let Some(header) = Header::read(&buffer[..len]) else { continue };
        let payload = buffer[header.payload.clone()].to_vec();
        let mut kept = kept.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if kept.len() < MOST_KEPT {
            kept.push(Received { at: clock::instant(), header, payload });
        }
    }
}

struct Line<'a> {
    socket: &'a UdpSocket,
    peer: Option<SocketAddr>,
}

impl Wire for Line<'_> {
    fn rtp(&mut self, _leg: LegKey, header: &[u8], payload: &[u8]) {
        if let Some(peer) = self.peer {
            let _ = self.socket.send_to(&[header, payload].concat(), peer);
        }
    }

    fn rtcp(&mut self, _leg: LegKey, _packet: &[u8]) {}
}
