//! SIP over UDP.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use super::Inbound;
use crate::sip::endpoint::{Flow, Transport};

/// The largest datagram that UDP can carry.
const MAX_DATAGRAM: usize = 65_535;
/// The kernel holds this much for us while the switch is busy: about 1,500 messages.
const RECEIVE_BUFFER: usize = 4 << 20;

/// Opens the socket with a receive buffer that outlasts a burst.
pub(super) fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = socket2::Socket::new(
        socket2::Domain::for_address(address),
        socket2::Type::DGRAM,
        Some(socket2::Protocol::UDP),
    )?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    UdpSocket::from_std(socket.into())
}

/// Reads datagrams until the switch's owner is gone.
pub(super) async fn receive(socket: Arc<UdpSocket>, local: SocketAddr, inbound: mpsc::Sender<Inbound>) {
    let mut buffer = BytesMut::with_capacity(MAX_DATAGRAM);
    loop {
        buffer.clear();
        buffer.reserve(MAX_DATAGRAM);
        let received = tokio::select! {
            received = socket.recv_buf_from(&mut buffer) => received,
            () = inbound.closed() => return,
        };
        // An error here is about a datagram that we sent (ICMP unreachable): the transaction's timers deal with it.
        let Ok((_, remote)) = received else { continue };
        let flow = Flow { transport: Transport::Udp, local, remote, connection: None };
        let message = Inbound::Message { flow, bytes: Bytes::copy_from_slice(&buffer) };
        if inbound.try_send(message).is_err() {
            metrics::counter!("hotline_sip_datagrams_dropped_total").increment(1);
        }
    }
}
