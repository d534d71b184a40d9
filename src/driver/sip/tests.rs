//! Connections of strangers, over real sockets on loopback.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Inbound, SipTransports};
use crate::config::{ListenAddr, SipTransport, TlsSection};
use crate::sip::endpoint::GateChange;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const SOON: Duration = Duration::from_secs(5);

async fn listening() -> (SipTransports, mpsc::Receiver<Inbound>, SocketAddr) {
    let listen = [ListenAddr { transport: SipTransport::Tcp, address: SocketAddr::new(LOOPBACK, 0) }];
    let (transports, inbound) = SipTransports::bind(&listen, &TlsSection::default()).await.expect("a free port");
    let address = transports.bound()[0].address;
    (transports, inbound, address)
}

/// Whether the other side closes the connection soon.
async fn closes(socket: &mut TcpStream) -> bool {
    let mut byte = [0];
    matches!(timeout(SOON, socket.read(&mut byte)).await, Ok(Ok(0) | Err(_)))
}

async fn opened(transports: &mut SipTransports, inbound: &mut mpsc::Receiver<Inbound>) {
    match timeout(SOON, inbound.recv()).await {
        Ok(Some(Inbound::Opened { connection, flow, writer, permit })) => {
            transports.opened(connection, flow, writer, permit);
        }
        other => panic!("a connection was expected: {other:?}"),
    }
}

#[tokio::test]
async fn a_silenced_source_is_refused_at_accept_and_its_connections_close() {
    let (mut transports, mut inbound, address) = listening().await;
    let mut before = TcpStream::connect(address).await.expect("it listens");
    opened(&mut transports, &mut inbound).await;
    transports.gate(GateChange::Silence { source: LOOPBACK, length: Duration::from_secs(60) });
    assert!(closes(&mut before).await);
    assert!(matches!(timeout(SOON, inbound.recv()).await, Ok(Some(Inbound::Closed { .. }))));

    let mut after = TcpStream::connect(address).await.expect("it listens");
    // Whether the write fails depends on who is faster.
    let _ = after.write_all(b"OPTIONS sip:a SIP/2.0\r\n\r\n").await;
    assert!(closes(&mut after).await);
    assert!(inbound.try_recv().is_err(), "the switch hears nothing of it");

    transports.gate(GateChange::Hear { source: LOOPBACK });
    let _again = TcpStream::connect(address).await.expect("it listens");
    opened(&mut transports, &mut inbound).await;
}
