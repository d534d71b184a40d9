//! The sockets of all legs of a worker: the [`Wire`] of its plane.

use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd as _;

use super::batch::Batch;
use super::poller::Poller;
use super::socket::{self, SocketPair};
use crate::media::{LegKey, Wire};

/// The longest packet that is read; longer ones are cut, and then too long for any codec.
pub(super) const MAX_PACKET: usize = 1500;

/// What a token of the poller stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Rtp,
    Rtcp,
    /// Strangers' packets to the RTP port of a connected leg.
    Stray,
}

/// A packet out of a socket.
pub(super) struct Packet {
    pub(super) from: SocketAddr,
    pub(super) len: usize,
}

/// By leg key.
pub(super) struct Sockets {
    lines: Vec<Option<Line>>,
    batch: Batch,
    rtcp_sent: u64,
}

struct Line {
    port: u16,
    pair: SocketPair,
    stray: Option<UdpSocket>,
    peer: Option<(SocketAddr, SocketAddr)>,
    connected: bool,
}

impl Sockets {
    pub(super) fn new(batch: Batch) -> Self {
        Sockets { lines: Vec::new(), batch, rtcp_sent: 0 }
    }

    pub(super) fn batch(&self) -> &Batch {
        &self.batch
    }

    /// Sends what waits.
    pub(super) fn flush(&mut self) {
        self.batch.flush();
    }

    pub(super) fn insert(&mut self, leg: LegKey, port: u16, pair: SocketPair, poller: &Poller) {
        let sockets = [(&pair.rtp, Kind::Rtp), (&pair.rtcp, Kind::Rtcp)];
        for (socket, kind) in sockets {
            if let Err(error) = poller.add(socket.as_raw_fd(), token(leg, kind)) {
                tracing::warn!(%error, port, "a leg cannot be listened to");
            }
        }
        if self.lines.len() <= leg.index() {
            self.lines.resize_with(leg.index() + 1, || None);
        }
        self.lines[leg.index()] = Some(Line { port, pair, stray: None, peer: None, connected: false });
    }

    /// Closes the sockets of a leg and gives its port.
    pub(super) fn remove(&mut self, leg: LegKey) -> Option<u16> {
        self.flush();
        self.lines.get_mut(leg.index())?.take().map(|line| line.port)
    }

    /// The peer of a leg is known; `fixed` says that nothing else is heard from now on.
    pub(super) fn set_peer(&mut self, leg: LegKey, rtp: SocketAddr, rtcp: SocketAddr, fixed: bool, poller: &Poller) {
        self.flush();
        let Some(line) = self.lines.get_mut(leg.index()).and_then(Option::as_mut) else { return };
        let same = line.connected && fixed && line.peer.is_some_and(|(known, _)| known == rtp);
        line.peer = Some((rtp, rtcp));
        if same {
            return;
        }
        if !fixed {
            socket::disconnect(&line.pair.rtp);
            (line.connected, line.stray) = (false, None);
            return;
        }
        // Without a connection the plane still compares addresses; it only costs more.
        line.connected = socket::connect(&line.pair.rtp, rtp).is_ok();
        if line.connected && line.stray.is_none() {
            line.stray = socket::stray_socket(&line.pair.rtp).ok();
            if let Some(stray) = &line.stray {
                let _ = poller.add(stray.as_raw_fd(), token(leg, Kind::Stray));
            }
        }
    }

    /// The next packet of a socket.
    pub(super) fn receive(&self, leg: LegKey, kind: Kind, buffer: &mut [u8; MAX_PACKET]) -> Option<Packet> {
        let line = self.lines.get(leg.index())?.as_ref()?;
        let received = match kind {
            Kind::Rtp => match (line.connected, line.peer) {
                (true, Some((from, _))) => line.pair.rtp.recv(buffer).map(|len| (len, from)),
                _ => line.pair.rtp.recv_from(buffer),
            },
            Kind::Rtcp => line.pair.rtcp.recv_from(buffer),
            Kind::Stray => line.stray.as_ref()?.recv_from(&mut buffer[..1]),
        };
        received.ok().map(|(len, from)| Packet { from, len })
    }

    /// Whether the kernel sorts out strangers, so that a socket holds only its peer's packets.
    pub(super) fn is_connected(&self, leg: LegKey) -> bool {
        self.lines.get(leg.index()).and_then(Option::as_ref).is_some_and(|line| line.connected)
    }

    pub(super) fn rtcp_sent(&self) -> u64 {
        self.rtcp_sent
    }
}

impl Wire for Sockets {
    fn rtp(&mut self, leg: LegKey, header: &[u8], payload: &[u8]) {
        let Some(line) = self.lines.get(leg.index()).and_then(Option::as_ref) else { return };
        if line.connected {
            self.batch.send(&line.pair.rtp, header, payload);
        } else if let Some((peer, _)) = line.peer {
            // Rare: until the first packet of a device behind NAT has come. A packet that is refused is lost.
            let _ = line.pair.rtp.send_to(&[header, payload].concat(), peer);
        }
    }

    fn rtcp(&mut self, leg: LegKey, packet: &[u8]) {
        let Some(line) = self.lines.get(leg.index()).and_then(Option::as_ref) else { return };
        let Some((rtp, rtcp)) = line.peer else { return };
        let sent = match (rtp == rtcp, line.connected) {
            // RTCP goes the way of RTP when that was agreed (RFC 5761).
            (true, true) => line.pair.rtp.send(packet),
            (true, false) => line.pair.rtp.send_to(packet, rtp),
            (false, _) => line.pair.rtcp.send_to(packet, rtcp),
        };
        self.rtcp_sent += u64::from(sent.is_ok());
    }
}

/// What the poller is told to say of a socket.
fn token(leg: LegKey, kind: Kind) -> u64 {
    (leg.index() as u64) << 2 | kind as u64
}

/// The leg and the socket that a token stands for.
pub(super) fn of_token(token: u64) -> (LegKey, Kind) {
    let kind = match token & 3 {
        0 => Kind::Rtp,
        1 => Kind::Rtcp,
        _ => Kind::Stray,
    };
    (LegKey::from_index((token >> 2) as usize), kind)
}
