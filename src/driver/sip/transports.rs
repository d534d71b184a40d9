//! All listening sockets and open connections.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::gate::{Gate, Permit};
use super::stream::{self, Spoken};
use super::tls::{Authorities, Certificates, TlsError};
use super::udp;
use crate::config::{ListenAddr, SipTransport, TlsSection};
use crate::sip::endpoint::{ConnectionId, Flow, GateChange, Target, Transport, subject};

/// Messages that wait for the switch; about a second of a flood.
const INBOUND_QUEUE: usize = 8192;

/// What comes in.
#[derive(Debug)]
pub enum Inbound {
    Message { flow: Flow, bytes: Bytes },
    Opened { connection: ConnectionId, flow: Flow, writer: mpsc::Sender<Bytes>, permit: Arc<Permit> },
    Closed { connection: ConnectionId },
    SendFailed { target: Target },
}

/// Why the sockets could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    #[error("cannot listen on {address}: {source}; is another program using the port?")]
    Listen { address: ListenAddr, source: io::Error },
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// The sockets of one switch.
pub struct SipTransports {
    udp: Vec<(SocketAddr, Arc<UdpSocket>)>,
    streams: HashMap<ConnectionId, Stream>,
    /// Connections that more may be sent on to the same peer. A peer whose certificate was checked for one name is
    /// another peer under another name.
    by_peer: HashMap<Peer, ConnectionId>,
    authorities: Arc<Authorities>,
    bound: Vec<ListenAddr>,
    gate: Gate,
    numbers: Arc<AtomicU64>,
    inbound: mpsc::Sender<Inbound>,
}

type Peer = (Transport, SocketAddr, Option<String>);

struct Stream {
    remote: SocketAddr,
    peer: Option<Peer>,
    writer: mpsc::Sender<Bytes>,
    permit: Arc<Permit>,
}

impl SipTransports {
    /// Listens on every address; must be called inside the runtime.
    pub async fn bind(listen: &[ListenAddr], tls: &TlsSection) -> Result<(Self, mpsc::Receiver<Inbound>), BindError> {
        let (inbound, received) = mpsc::channel(INBOUND_QUEUE);
        let mut transports = SipTransports {
            udp: Vec::new(),
            streams: HashMap::new(),
            by_peer: HashMap::new(),
            authorities: Authorities::new(tls),
            bound: Vec::new(),
            gate: Gate::default(),
            numbers: Arc::new(AtomicU64::new(1)),
            inbound,
        };
        let secured = listen.iter().any(|l| matches!(l.transport, SipTransport::Tls | SipTransport::Wss));
        let certificates = if secured { Some(Certificates::load(tls)?) } else { None };
        for address in listen {
            let spoken = spoken(address.transport, certificates.as_ref())?;
            let listening = transports.listen(*address, spoken).await;
            listening.map_err(|source| BindError::Listen { address: *address, source })?;
        }
        if let Some(certificates) = &certificates {
            tokio::spawn(Certificates::follow(Arc::downgrade(certificates)));
        }
        Ok((transports, received))
    }

    async fn listen(&mut self, wanted: ListenAddr, spoken: Option<Spoken>) -> io::Result<()> {
        let address = match spoken {
            None => {
                let socket = Arc::new(udp::bind(self.same_port(wanted))?);
                let local = socket.local_addr()?;
                self.udp.push((local, socket.clone()));
                tokio::spawn(udp::receive(socket, local, self.inbound.clone()));
                local
            }
            Some(spoken) => {
                let listener = TcpListener::bind(self.same_port(wanted)).await?;
                let local = listener.local_addr()?;
                let (gate, numbers) = (self.gate.clone(), self.numbers.clone());
                tokio::spawn(stream::accept(listener, local, spoken, gate, numbers, self.inbound.clone()));
                local
            }
        };
        self.bound.push(ListenAddr { transport: wanted.transport, address });
        Ok(())
    }

    /// Port 0 takes the port that the other of UDP and TCP got on the same address, so that one URI serves both.
    fn same_port(&self, wanted: ListenAddr) -> SocketAddr {
        let plain = |transport| matches!(transport, SipTransport::Udp | SipTransport::Tcp);
        let other = self.bound.iter().find(|b| b.address.ip() == wanted.address.ip());
        match (wanted.address.port(), other) {
            (0, Some(bound))
                if plain(bound.transport) && plain(wanted.transport) && bound.transport != wanted.transport =>
            {
                bound.address
            }
            _ => wanted.address,
        }
    }

    /// Where we listen, with the ports that were taken for 0.
    pub fn bound(&self) -> &[ListenAddr] {
        &self.bound
    }

    /// The address that `target` is sent from: of a connection that we open, the one that we hear on.
    pub fn local_of(&self, target: &Target) -> SocketAddr {
        let ours = self.bound.iter().filter(|bound| Transport::from(bound.transport) == target.transport);
        let fits = ours.map(|bound| bound.address).find(|local| local.is_ipv4() == target.remote.is_ipv4());
        target.local.or(fits).unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0)))
    }

    /// Sends or queues; what cannot be sent comes back as [`Inbound::SendFailed`].
    pub fn send(&mut self, target: Target, bytes: Bytes) {
        match target.transport {
            Transport::Udp => self.send_datagram(&target, &bytes),
            Transport::Tcp | Transport::Tls | Transport::Ws | Transport::Wss => self.send_stream(target, bytes),
        }
    }

    fn send_datagram(&self, target: &Target, bytes: &[u8]) {
        let exact = self.udp.iter().find(|(local, _)| Some(*local) == target.local);
        let same_family = || self.udp.iter().find(|(local, _)| local.is_ipv4() == target.remote.is_ipv4());
        match exact.or_else(same_family) {
            // A full send buffer or an unreachable host is a lost datagram: SIP sends it again.
            Some((_, socket)) => {
                if socket.try_send_to(bytes, target.remote).is_err() {
                    metrics::counter!("hotline_sip_datagrams_unsent_total").increment(1);
                }
            }
            None => self.failed(target.clone()),
        }
    }

    fn send_stream(&mut self, target: Target, bytes: Bytes) {
        let peer = (
            target.transport,
            target.remote,
            target.server_name.clone().filter(|_| target.transport == Transport::Tls),
        );
        let connection = target.connection.or_else(|| self.by_peer.get(&peer).copied());
        match connection.and_then(|id| self.streams.get(&id)) {
            Some(stream) => {
                if stream.writer.try_send(bytes).is_err() {
                    self.close(connection);
                    self.failed(target);
                }
            }
            // A browser cannot be called at an address: it has its connection, or none (RFC 7118 5).
            None if target.connection.is_none() && !target.transport.is_websocket() => {
                match self.gate.open(Instant::now()).map(Arc::new) {
                    Some(permit) => {
                        let id = self.next_connection();
                        let (inbound, authorities) = (self.inbound.clone(), self.authorities.clone());
                        let writer = stream::connect(id, target.clone(), bytes, permit.clone(), authorities, inbound);
                        self.by_peer.insert(peer.clone(), id);
                        self.streams.insert(id, Stream { remote: target.remote, peer: Some(peer), writer, permit });
                    }
                    None => self.failed(target),
                }
            }
            None => self.failed(target),
        }
    }

    fn next_connection(&self) -> ConnectionId {
        ConnectionId(self.numbers.fetch_add(1, Ordering::Relaxed))
    }

    fn failed(&self, target: Target) {
        if self.inbound.try_send(Inbound::SendFailed { target }).is_err() {
            metrics::counter!("hotline_sip_failures_dropped_total").increment(1);
        }
    }

    /// Takes a connection into the table (from [`Inbound::Opened`]).
    pub fn opened(&mut self, connection: ConnectionId, flow: Flow, writer: mpsc::Sender<Bytes>, permit: Arc<Permit>) {
        // Who connected by TLS has shown no certificate: nothing that is meant for a name goes there.
        let peer = (flow.transport == Transport::Tcp).then_some((Transport::Tcp, flow.remote, None));
        if let Some(peer) = &peer {
            self.by_peer.insert(peer.clone(), connection);
        }
        self.streams.insert(connection, Stream { remote: flow.remote, peer, writer, permit });
    }

    /// What the switch has found out about a source or a connection.
    pub fn gate(&mut self, change: GateChange) {
        match change {
            GateChange::Welcome { connection } => {
                if let Some(stream) = self.streams.get(&connection) {
                    stream.permit.welcome();
                }
            }
            GateChange::Silence { source, length } => {
                self.gate.silence(source, length, Instant::now());
                let theirs =
                    |(id, stream): (&ConnectionId, &Stream)| (subject(stream.remote.ip()) == source).then_some(*id);
                for connection in self.streams.iter().filter_map(theirs).collect::<Vec<_>>() {
                    self.closed(connection);
                }
            }
            GateChange::Hear { source } => self.gate.hear(source),
        }
    }

    /// Forgets a connection; dropping its writer closes the socket.
    pub fn closed(&mut self, connection: ConnectionId) {
        if let Some(stream) = self.streams.remove(&connection)
            && let Some(peer) = stream.peer
            && self.by_peer.get(&peer) == Some(&connection)
        {
            self.by_peer.remove(&peer);
        }
    }

    fn close(&mut self, connection: Option<ConnectionId>) {
        if let Some(connection) = connection {
            self.closed(connection);
        }
    }
}

/// What is spoken on a listening socket; `None` on datagrams.
fn spoken(transport: SipTransport, certificates: Option<&Arc<Certificates>>) -> Result<Option<Spoken>, TlsError> {
    let certificates = || certificates.cloned().ok_or(TlsError::Missing("certificate"));
    Ok(match transport {
        SipTransport::Udp => None,
        SipTransport::Tcp => Some(Spoken::Tcp),
        SipTransport::Tls => Some(Spoken::Tls(certificates()?)),
        SipTransport::Ws => Some(Spoken::Ws),
        SipTransport::Wss => Some(Spoken::Wss(certificates()?)),
    })
}
