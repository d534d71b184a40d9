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
use super::{stream, udp};
use crate::config::{ListenAddr, SipTransport};
use crate::sip::endpoint::{ConnectionId, Flow, GateChange, Target, Transport, subject};

/// Messages that wait for the switch; about a second of a flood.
const INBOUND_QUEUE: usize = 8192;

/// What comes in.
#[derive(Debug)]
pub enum Inbound {
    Message { flow: Flow, bytes: Bytes },
    Opened { connection: ConnectionId, remote: SocketAddr, writer: mpsc::Sender<Bytes>, permit: Arc<Permit> },
    Closed { connection: ConnectionId },
    SendFailed { target: Target },
}

/// An address that could not be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: {source}; is another program using the port?")]
pub struct BindError {
    address: ListenAddr,
    source: io::Error,
}

/// The sockets of one switch.
pub struct SipTransports {
    udp: Vec<(SocketAddr, Arc<UdpSocket>)>,
    streams: HashMap<ConnectionId, Stream>,
    by_remote: HashMap<SocketAddr, ConnectionId>,
    bound: Vec<ListenAddr>,
    gate: Gate,
    numbers: Arc<AtomicU64>,
    inbound: mpsc::Sender<Inbound>,
}

struct Stream {
    remote: SocketAddr,
    writer: mpsc::Sender<Bytes>,
    permit: Arc<Permit>,
}

impl SipTransports {
    /// Listens on every address; must be called inside the runtime.
    pub async fn bind(listen: &[ListenAddr]) -> Result<(Self, mpsc::Receiver<Inbound>), BindError> {
        let (inbound, received) = mpsc::channel(INBOUND_QUEUE);
        let mut transports = SipTransports {
            udp: Vec::new(),
            streams: HashMap::new(),
            by_remote: HashMap::new(),
            bound: Vec::new(),
            gate: Gate::default(),
            numbers: Arc::new(AtomicU64::new(1)),
            inbound,
        };
        for address in listen {
            transports.listen(*address).await.map_err(|source| BindError { address: *address, source })?;
        }
        Ok((transports, received))
    }

    async fn listen(&mut self, wanted: ListenAddr) -> io::Result<()> {
        let address = match wanted.transport {
            SipTransport::Udp => {
                let socket = Arc::new(udp::bind(self.same_port(wanted))?);
                let local = socket.local_addr()?;
                self.udp.push((local, socket.clone()));
                tokio::spawn(udp::receive(socket, local, self.inbound.clone()));
                local
            }
            SipTransport::Tcp => {
                let listener = TcpListener::bind(self.same_port(wanted)).await?;
                let local = listener.local_addr()?;
                let (gate, numbers) = (self.gate.clone(), self.numbers.clone());
                tokio::spawn(stream::accept(listener, local, gate, numbers, self.inbound.clone()));
                local
            }
        };
        self.bound.push(ListenAddr { transport: wanted.transport, address });
        Ok(())
    }

    /// Port 0 takes the port that another transport got on the same address, so that one URI serves both.
    fn same_port(&self, wanted: ListenAddr) -> SocketAddr {
        let other = self.bound.iter().find(|b| b.address.ip() == wanted.address.ip());
        match (wanted.address.port(), other) {
            (0, Some(bound)) if bound.transport != wanted.transport => bound.address,
            _ => wanted.address,
        }
    }

    /// Where we listen, with the ports that were taken for 0.
    pub fn bound(&self) -> &[ListenAddr] {
        &self.bound
    }

    /// Sends or queues; what cannot be sent comes back as [`Inbound::SendFailed`].
    pub fn send(&mut self, target: Target, bytes: Bytes) {
        match target.transport {
            Transport::Udp => self.send_datagram(&target, &bytes),
            Transport::Tcp => self.send_stream(target, bytes),
            Transport::Tls | Transport::Ws | Transport::Wss => self.failed(target),
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
        let connection = target.connection.or_else(|| self.by_remote.get(&target.remote).copied());
        match connection.and_then(|id| self.streams.get(&id)) {
            Some(stream) => {
                if stream.writer.try_send(bytes).is_err() {
                    self.close(connection);
                    self.failed(target);
                }
            }
            None if target.connection.is_none() => match self.gate.open(Instant::now()).map(Arc::new) {
                Some(permit) => {
                    let id = self.next_connection();
                    let inbound = self.inbound.clone();
                    let writer = stream::connect(id, target.clone(), bytes, permit.clone(), inbound);
                    self.opened(id, target.remote, writer, permit);
                }
                None => self.failed(target),
            },
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
    pub fn opened(
        &mut self,
        connection: ConnectionId,
        remote: SocketAddr,
        writer: mpsc::Sender<Bytes>,
        permit: Arc<Permit>,
    ) {
        self.by_remote.insert(remote, connection);
        self.streams.insert(connection, Stream { remote, writer, permit });
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
            && self.by_remote.get(&stream.remote) == Some(&connection)
        {
            self.by_remote.remove(&stream.remote);
        }
    }

    fn close(&mut self, connection: Option<ConnectionId>) {
        if let Some(connection) = connection {
            self.closed(connection);
        }
    }
}
