//! SIP over TCP and TLS: one task a connection reads, frames and writes. WebSockets begin here too.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::gate::{Gate, Permit};
use super::tls::{Authorities, Certificates};
use super::{Inbound, ws};
use crate::sip::endpoint::{ConnectionId, Flow, Target, Transport};
use crate::sip::framing::{Framed, PONG, StreamFramer};
use crate::sip::message::{Message, ParseError};

/// Messages that wait for a peer that reads slowly; more closes the connection.
const WRITE_QUEUE: usize = 256;
/// A peer that takes nothing for this long loses its connection (64*T1).
pub(super) const WRITE_DEADLINE: Duration = Duration::from_secs(32);
/// Opening a connection may take this long.
const CONNECT_DEADLINE: Duration = Duration::from_secs(10);
/// TLS and WebSocket handshakes of those who connect to us.
pub(super) const HANDSHAKE_DEADLINE: Duration = Duration::from_secs(10);
const READ_BYTES: usize = 16 * 1024;
/// After a failed accept (no descriptors left) the listener rests: no spinning.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// What is spoken on a connection.
#[derive(Clone, Debug)]
pub(super) enum Spoken {
    Tcp,
    Tls(Arc<Certificates>),
    Ws,
    Wss(Arc<Certificates>),
}

impl Spoken {
    const fn transport(&self) -> Transport {
        match self {
            Spoken::Tcp => Transport::Tcp,
            Spoken::Tls(_) => Transport::Tls,
            Spoken::Ws => Transport::Ws,
            Spoken::Wss(_) => Transport::Wss,
        }
    }
}

/// Accepts connections until the switch's owner is gone.
pub(super) async fn accept(
    listener: TcpListener,
    local: SocketAddr,
    spoken: Spoken,
    gate: Gate,
    numbers: Arc<AtomicU64>,
    inbound: mpsc::Sender<Inbound>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = inbound.closed() => return,
        };
        let Ok((socket, remote)) = accepted else {
            metrics::counter!("hotline_sip_accept_failures_total").increment(1);
            tokio::time::sleep(ACCEPT_REST).await;
            continue;
        };
        let Some(permit) = gate.admit(remote.ip(), Instant::now()).map(Arc::new) else {
            // Closed unread.
            metrics::counter!("hotline_sip_connections_refused_total").increment(1);
            continue;
        };
        let connection = ConnectionId(numbers.fetch_add(1, Ordering::Relaxed));
        let (writer, queue) = mpsc::channel(WRITE_QUEUE);
        // Before the handshake, so that a source that is silenced meanwhile loses it too.
        let flow = Flow { transport: spoken.transport(), local, remote, connection: Some(connection) };
        let opened = Inbound::Opened { connection, flow, writer: writer.clone(), permit: permit.clone() };
        if inbound.send(opened).await.is_err() {
            return;
        }
        let open = Open { flow, connection, permit, inbound: inbound.clone() };
        let (spoken, pong) = (spoken.clone(), writer.downgrade());
        tokio::spawn(async move {
            let _ = socket.set_nodelay(true);
            match spoken {
                Spoken::Tcp => open.run(socket, queue, pong).await,
                Spoken::Tls(certificates) => match shake_hands(&certificates, socket).await {
                    Some(socket) => open.run(socket, queue, pong).await,
                    None => open.close().await,
                },
                Spoken::Ws => {
                    ws::run(&open, socket, queue).await;
                    open.close().await;
                }
                Spoken::Wss(certificates) => {
                    if let Some(socket) = shake_hands(&certificates, socket).await {
                        ws::run(&open, socket, queue).await;
                    }
                    open.close().await;
                }
            }
        });
    }
}

async fn shake_hands(certificates: &Certificates, socket: TcpStream) -> Option<impl AsyncRead + AsyncWrite + Unpin> {
    match timeout(HANDSHAKE_DEADLINE, certificates.accept(socket)).await {
        Ok(Ok(socket)) => Some(socket),
        Ok(Err(_)) | Err(_) => {
            metrics::counter!("hotline_sip_handshakes_failed_total").increment(1);
            None
        }
    }
}

/// Opens a connection and sends `first` on it; returns the queue for what follows.
pub(super) fn connect(
    connection: ConnectionId,
    target: Target,
    first: Bytes,
    permit: Arc<Permit>,
    authorities: Arc<Authorities>,
    inbound: mpsc::Sender<Inbound>,
) -> mpsc::Sender<Bytes> {
    let (writer, queue) = mpsc::channel(WRITE_QUEUE);
    // The queue is new and empty: the first message has its place.
    let _ = writer.try_send(first);
    let pong = writer.downgrade();
    tokio::spawn(async move {
        match timeout(CONNECT_DEADLINE, TcpStream::connect(target.remote)).await {
            Ok(Ok(socket)) => {
                let local = socket.local_addr().unwrap_or(target.remote);
                let _ = socket.set_nodelay(true);
                let (transport, remote) = (target.transport, target.remote);
                let flow = Flow { transport, local, remote, connection: Some(connection) };
                let open = Open { flow, connection, permit, inbound };
                if transport == Transport::Tcp {
                    return open.run(socket, queue, pong).await;
                }
                match timeout(CONNECT_DEADLINE, authorities.connect(&target, socket)).await {
                    Ok(Ok(socket)) => open.run(socket, queue, pong).await,
                    Ok(Err(error)) => {
                        tracing::info!(%remote, name = target.server_name, %error, "no TLS");
                        failed(&open.inbound, target, connection).await;
                    }
                    Err(_) => failed(&open.inbound, target, connection).await,
                }
            }
            Ok(Err(_)) | Err(_) => failed(&inbound, target, connection).await,
        }
    });
    writer
}

async fn failed(inbound: &mpsc::Sender<Inbound>, target: Target, connection: ConnectionId) {
    let _ = inbound.send(Inbound::SendFailed { target }).await;
    let _ = inbound.send(Inbound::Closed { connection }).await;
}

/// A connection that is open.
pub(super) struct Open {
    pub flow: Flow,
    pub connection: ConnectionId,
    pub permit: Arc<Permit>,
    pub inbound: mpsc::Sender<Inbound>,
}

impl Open {
    /// Reads and writes until either side is done, then says that the connection is closed.
    async fn run<S>(self, socket: S, queue: mpsc::Receiver<Bytes>, pong: mpsc::WeakSender<Bytes>)
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (reader, writer) = tokio::io::split(socket);
        tokio::select! {
            () = self.read(reader, pong) => {}
            () = write(writer, queue) => {}
        }
        self.close().await;
    }

    /// Gives its place back, then says that it is closed.
    async fn close(self) {
        let Open { connection, permit, inbound, .. } = self;
        drop(permit);
        let _ = inbound.send(Inbound::Closed { connection }).await;
    }

    async fn read<S: AsyncRead>(&self, mut reader: ReadHalf<S>, pong: mpsc::WeakSender<Bytes>) {
        let mut framer = StreamFramer::new();
        let mut buffer = vec![0; READ_BYTES];
        while let Some(received) = self.receive(&mut reader, &mut buffer).await {
            framer.push(buffer.get(..received).unwrap_or_default());
            while let Some(framed) = framer.next_item() {
                let answer = match framed {
                    Framed::Message(message) => {
                        let inbound = Inbound::Message { flow: self.flow, bytes: message.raw().clone() };
                        if self.inbound.send(inbound).await.is_err() {
                            return;
                        }
                        None
                    }
                    Framed::Ping => Some(Bytes::from_static(PONG)),
                    Framed::Pong => None,
                    Framed::Bad(error) => refusal(&error),
                    Framed::Broken(error) => {
                        send(&pong, refusal(&error));
                        return;
                    }
                };
                send(&pong, answer);
            }
        }
    }

    /// Bytes that the source may have sent by now; `None` at the end, or when its time is over.
    async fn receive<S: AsyncRead>(&self, reader: &mut ReadHalf<S>, buffer: &mut [u8]) -> Option<usize> {
        loop {
            let deadline = self.permit.deadline(Instant::now());
            match timeout_at(deadline, reader.read(buffer)).await {
                Ok(Ok(received)) if received > 0 => return self.pace(received, deadline).await.then_some(received),
                Ok(Ok(_)) | Ok(Err(_)) => return None,
                // It may have been welcomed while we waited.
                Err(_) if self.permit.deadline(Instant::now()) > Instant::now() => {}
                Err(_) => return None,
            }
        }
    }

    /// Holds back what comes too fast, unread, so that the sender itself must wait. False when its time is over then.
    pub(super) async fn pace(&self, received: usize, deadline: Instant) -> bool {
        let now = Instant::now();
        let wait = self.permit.spend(received, now);
        if wait.is_zero() {
            return true;
        }
        metrics::counter!("hotline_sip_reads_delayed_total").increment(1);
        sleep(wait.min(deadline.saturating_duration_since(now))).await;
        now + wait < deadline
    }
}

/// The answer to what cannot be read, when enough of it was read for one.
fn refusal(error: &ParseError) -> Option<Bytes> {
    let request = error.answerable.as_ref()?;
    let response = Message::response(request, error.fault.status(), &error.fault.reason(), None).finish();
    Some(response.raw().clone())
}

fn send(writer: &mpsc::WeakSender<Bytes>, bytes: Option<Bytes>) {
    if let (Some(writer), Some(bytes)) = (writer.upgrade(), bytes) {
        // A full queue is a peer that does not read: its connection is about to be closed for that.
        let _ = writer.try_send(bytes);
    }
}

async fn write<S: AsyncWrite>(mut writer: WriteHalf<S>, mut queue: mpsc::Receiver<Bytes>) {
    while let Some(bytes) = queue.recv().await {
        match timeout(WRITE_DEADLINE, writer.write_all(&bytes)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
        // TLS keeps what the socket did not take at once.
        match timeout(WRITE_DEADLINE, writer.flush()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
    let _ = timeout(WRITE_DEADLINE, writer.shutdown()).await;
}
