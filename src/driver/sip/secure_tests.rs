//! TLS and WebSocket, over real sockets on loopback.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

use super::tls::{Authorities, Certificates};
use super::{BindError, Inbound, SipTransports, TlsError};
use crate::config::{ListenAddr, SipTransport, TlsSection};
use crate::sip::endpoint::{Flow, Target, Transport};

const SOON: Duration = Duration::from_secs(10);
const REQUEST: &str = "OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n";
const RESPONSE: &str = "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n";

/// Writes a certificate for `name` into `folder`, which is its own authority.
fn certificate(folder: &Path, name: &str) -> TlsSection {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).expect("a certificate");
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).expect("written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    TlsSection { authorities: Some(certificate.clone()), certificate: Some(certificate), key: Some(key) }
}

type Node = (SipTransports, mpsc::Receiver<Inbound>);

async fn listening(transport: SipTransport, tls: &TlsSection) -> (Node, SocketAddr) {
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
    let node = SipTransports::bind(&[ListenAddr { transport, address }], tls).await.expect("a free port");
    let address = node.0.bound()[0].address;
    (node, address)
}

/// What comes in next; connections that open are taken into the table.
async fn next(node: &mut Node) -> Inbound {
    loop {
        match timeout(SOON, node.1.recv()).await.expect("in time").expect("still open") {
            Inbound::Opened { connection, flow, writer, permit } => node.0.opened(connection, flow, writer, permit),
            other => return other,
        }
    }
}

async fn message(node: &mut Node) -> (Flow, Bytes) {
    match next(node).await {
        Inbound::Message { flow, bytes } => (flow, bytes),
        other => panic!("a message was expected: {other:?}"),
    }
}

fn to(remote: SocketAddr, name: Option<&str>) -> Target {
    let server_name = name.map(str::to_owned);
    Target { transport: Transport::Tls, remote, local: None, connection: None, server_name }
}

#[tokio::test]
async fn tls_goes_both_ways_on_one_connection() {
    let folder = tempfile::tempdir().expect("a folder");
    let tls = certificate(folder.path(), "sip.example");
    let (mut server, address) = listening(SipTransport::Tls, &tls).await;
    let (mut client, _) = listening(SipTransport::Udp, &tls).await;
    client.0.send(to(address, Some("sip.example")), Bytes::from_static(REQUEST.as_bytes()));
    let (flow, bytes) = message(&mut server).await;
    assert_eq!((flow.transport, bytes.as_ref()), (Transport::Tls, REQUEST.as_bytes()));
    server.0.send(flow.reply_target(), Bytes::from_static(RESPONSE.as_bytes()));
    let (back, bytes) = message(&mut client).await;
    assert_eq!((back.transport, bytes.as_ref()), (Transport::Tls, RESPONSE.as_bytes()));
    client.0.send(to(address, Some("sip.example")), Bytes::from_static(REQUEST.as_bytes()));
    assert_eq!(message(&mut server).await.0, flow, "the connection is used again");
}

#[tokio::test]
async fn a_certificate_for_another_name_or_of_a_stranger_is_refused() {
    let (folder, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let tls = certificate(folder.path(), "sip.example");
    let (mut server, address) = listening(SipTransport::Tls, &tls).await;
    let (mut client, _) = listening(SipTransport::Udp, &tls).await;
    // A good connection to the same address under its own name opens no door for another name.
    client.0.send(to(address, Some("sip.example")), Bytes::from_static(REQUEST.as_bytes()));
    message(&mut server).await;
    for name in [Some("evil.example"), None] {
        client.0.send(to(address, name), Bytes::from_static(REQUEST.as_bytes()));
        let failed = next(&mut client).await;
        assert!(
            matches!(&failed, Inbound::SendFailed { target } if target.server_name.as_deref() == name),
            "{failed:?}"
        );
        assert!(matches!(next(&mut client).await, Inbound::Closed { .. }));
        assert!(matches!(next(&mut server).await, Inbound::Closed { .. }), "nothing was said on it");
    }
    let strangers = certificate(other.path(), "sip.example");
    let (mut client, _) = listening(SipTransport::Udp, &strangers).await;
    client.0.send(to(address, Some("sip.example")), Bytes::from_static(REQUEST.as_bytes()));
    assert!(matches!(next(&mut client).await, Inbound::SendFailed { .. }), "its authority is not ours");
}

#[tokio::test]
async fn changed_certificates_are_taken_and_broken_ones_are_not() {
    let (folder, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let tls = certificate(folder.path(), "old.example");
    let held = Certificates::load(&tls).expect("usable");
    let shown = |name: &'static str, trusted: TlsSection| {
        let held = held.clone();
        async move {
            let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
            let address = listener.local_addr().expect("bound");
            let serve = async { held.accept(listener.accept().await.expect("a connection").0).await.is_ok() };
            let authorities = Authorities::new(&trusted);
            let target = to(address, Some(name));
            let connect = async {
                let socket = TcpStream::connect(address).await.expect("it listens");
                authorities.connect(&target, socket).await.is_ok()
            };
            tokio::join!(serve, connect).1
        }
    };
    assert!(shown("old.example", tls.clone()).await);
    assert!(!held.look_again().expect("unchanged"));
    let good_key = std::fs::read(folder.path().join("key.pem")).expect("there");
    std::fs::write(folder.path().join("key.pem"), "half").expect("written");
    assert!(held.look_again().is_err());
    std::fs::write(folder.path().join("key.pem"), good_key).expect("written");
    assert!(shown("old.example", tls).await, "the former one stays");
    let renewed = certificate(other.path(), "new.example");
    for file in ["certificate.pem", "key.pem"] {
        std::fs::copy(other.path().join(file), folder.path().join(file)).expect("copied");
    }
    assert!(held.look_again().expect("usable"));
    assert!(shown("new.example", renewed).await);
}

#[tokio::test]
async fn without_a_certificate_nothing_listens() {
    let listen =
        [ListenAddr { transport: SipTransport::Wss, address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0) }];
    let refused = SipTransports::bind(&listen, &TlsSection::default()).await.map(|_| ());
    assert!(matches!(refused, Err(BindError::Tls(TlsError::Missing("certificate")))), "{refused:?}");
}

#[tokio::test]
async fn a_websocket_carries_sip_and_nothing_but_sip() {
    let (mut server, address) = listening(SipTransport::Ws, &TlsSection::default()).await;
    let url = format!("ws://{address}/");
    let socket = TcpStream::connect(address).await.expect("it listens");
    let refused = tokio_tungstenite::client_async(url.as_str(), socket).await;
    assert!(matches!(refused, Err(WsError::Http(response)) if response.status() == 400), "no subprotocol");
    assert!(matches!(next(&mut server).await, Inbound::Closed { .. }));

    let mut request = url.into_client_request().expect("a URL");
    request.headers_mut().insert("sec-websocket-protocol", "chat, sip".parse().expect("a header"));
    let socket = TcpStream::connect(address).await.expect("it listens");
    let (mut browser, response) = tokio_tungstenite::client_async(request, socket).await.expect("welcome");
    assert_eq!(response.headers()["sec-websocket-protocol"], "sip");
    browser.send(Message::Text(REQUEST.into())).await.expect("sent");
    browser.send(Message::Binary(Bytes::from_static(b"\r\n\r\n"))).await.expect("sent");
    let (flow, bytes) = message(&mut server).await;
    assert_eq!((flow.transport, bytes.as_ref()), (Transport::Ws, REQUEST.as_bytes()));
    assert_eq!(message(&mut server).await.1.as_ref(), b"\r\n\r\n");
    server.0.send(flow.reply_target(), Bytes::from_static(RESPONSE.as_bytes()));
    let back = timeout(SOON, browser.next()).await.expect("in time").expect("open").expect("read");
    assert_eq!(back, Message::Text(RESPONSE.into()));

    // Nobody can be called at a browser's address; a closed connection is told.
    server.0.send(Target { connection: None, ..flow.reply_target() }, Bytes::from_static(REQUEST.as_bytes()));
    assert!(matches!(next(&mut server).await, Inbound::SendFailed { .. }));
    drop(browser);
    assert!(matches!(next(&mut server).await, Inbound::Closed { connection } if Some(connection) == flow.connection));
}

#[tokio::test]
async fn a_websocket_message_that_is_too_long_closes_it() {
    let (mut server, address) = listening(SipTransport::Ws, &TlsSection::default()).await;
    let mut request = format!("ws://{address}/").into_client_request().expect("a URL");
    request.headers_mut().insert("sec-websocket-protocol", "sip".parse().expect("a header"));
    let socket = TcpStream::connect(address).await.expect("it listens");
    let (mut browser, _) = tokio_tungstenite::client_async(request, socket).await.expect("welcome");
    // Whether the write fails depends on who is faster.
    let _ = browser.send(Message::Binary(vec![b'x'; 300 * 1024].into())).await;
    assert!(matches!(next(&mut server).await, Inbound::Closed { .. }));
}

#[tokio::test]
async fn a_websocket_over_tls_carries_sip() {
    let folder = tempfile::tempdir().expect("a folder");
    let tls = certificate(folder.path(), "sip.example");
    let (mut server, address) = listening(SipTransport::Wss, &tls).await;
    let mut request = "wss://sip.example/".into_client_request().expect("a URL");
    request.headers_mut().insert("sec-websocket-protocol", "sip".parse().expect("a header"));
    let socket = TcpStream::connect(address).await.expect("it listens");
    let secured = Authorities::new(&tls).connect(&to(address, Some("sip.example")), socket).await.expect("TLS");
    let (mut browser, _) = tokio_tungstenite::client_async(request, secured).await.expect("welcome");
    browser.send(Message::Text(REQUEST.into())).await.expect("sent");
    let (flow, bytes) = message(&mut server).await;
    assert_eq!((flow.transport, bytes.as_ref()), (Transport::Wss, REQUEST.as_bytes()));
}
