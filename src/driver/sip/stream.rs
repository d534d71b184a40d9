//! SIP over TCP: one task a connection reads and frames, one writes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::Inbound;
use crate::sip::endpoint::{ConnectionId, Flow, Target, Transport};
use crate::sip::framing::{Framed, PONG, StreamFramer};
use crate::sip::message::{Message, ParseError};

/// Messages that wait for a peer that reads slowly; more closes the connection.
const WRITE_QUEUE: usize = 256;
/// A peer that takes nothing for this long loses its connection (64*T1).
const WRITE_DEADLINE: Duration = Duration::from_secs(32);
/// Opening a connection may take this long.
const CONNECT_DEADLINE: Duration = Duration::from_secs(10);
/// A connection on which nothing came for this long is closed; phones send keep-alives every two minutes (RFC 5626).
const IDLE_DEADLINE: Duration = Duration::from_secs(3600);
const READ_BYTES: usize = 16 * 1024;
/// After a failed accept (no descriptors left) the listener rests: no spinning.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// Accepts connections until the switch's owner is gone.
pub(super) async fn accept(
    listener: TcpListener,
    local: SocketAddr,
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
        let connection = ConnectionId(numbers.fetch_add(1, Ordering::Relaxed));
        let (writer, queue) = mpsc::channel(WRITE_QUEUE);
        let opened = Inbound::Opened { connection, remote, writer: writer.clone() };
        if inbound.send(opened).await.is_err() {
            return;
        }
        let flow = Flow { transport: Transport::Tcp, local, remote, connection: Some(connection) };
        tokio::spawn(run(socket, flow, connection, queue, writer.downgrade(), inbound.clone()));
    }
}

/// Opens a connection and sends `first` on it; returns the queue for what follows.
pub(super) fn connect(
    connection: ConnectionId,
    target: Target,
    first: Bytes,
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
                let flow =
                    Flow { transport: Transport::Tcp, local, remote: target.remote, connection: Some(connection) };
                run(socket, flow, connection, queue, pong, inbound).await;
            }
            Ok(Err(_)) | Err(_) => {
                let _ = inbound.send(Inbound::SendFailed { target }).await;
                let _ = inbound.send(Inbound::Closed { connection }).await;
            }
        }
    });
    writer
}

/// Reads and writes until either side is done, then says that the connection is closed.
async fn run(
    socket: TcpStream,
    flow: Flow,
    connection: ConnectionId,
    queue: mpsc::Receiver<Bytes>,
    pong: mpsc::WeakSender<Bytes>,
    inbound: mpsc::Sender<Inbound>,
) {
    let _ = socket.set_nodelay(true);
    let (reader, writer) = socket.into_split();
    tokio::select! {
        () = read(reader, flow, pong, &inbound) => {}
        () = write(writer, queue) => {}
    }
    let _ = inbound.send(Inbound::Closed { connection }).await;
}

async fn read(mut reader: OwnedReadHalf, flow: Flow, pong: mpsc::WeakSender<Bytes>, inbound: &mpsc::Sender<Inbound>) {
    let mut framer = StreamFramer::new();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let received = match timeout(IDLE_DEADLINE, reader.read(&mut buffer)).await {
            Ok(Ok(received)) if received > 0 => received,
            Ok(Ok(_)) | Ok(Err(_)) | Err(_) => return,
        };
        framer.push(&buffer[..received]);
        while let Some(framed) = framer.next_item() {
            let answer = match framed {
                Framed::Message(message) => {
                    let bytes = message.raw().clone();
                    if inbound.send(Inbound::Message { flow, bytes }).await.is_err() {
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

async fn write(mut writer: OwnedWriteHalf, mut queue: mpsc::Receiver<Bytes>) {
    while let Some(bytes) = queue.recv().await {
        match timeout(WRITE_DEADLINE, writer.write_all(&bytes)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
    let _ = timeout(WRITE_DEADLINE, writer.shutdown()).await;
}
