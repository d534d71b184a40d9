//! Whole calls by signalling that no phone of the tests speaks by itself: WebSocket, and a trunk by TLS.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use hotline::app::{self, Running};
use hotline::config::TlsSection;
use hotline::driver::phone::Phone;
use tokio::net::UdpSocket;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::house::{AGENT_HZ, CALLER_HZ, House, PATIENCE, hears};

/// Where the switch is heard by this transport.
fn heard_at(running: &Running, transport: &str) -> SocketAddr {
    let at = running.ready.sip.iter().find_map(|heard| heard.strip_prefix(&format!("{transport}:")));
    at.and_then(|at| at.parse().ok()).expect("it listens")
}

/// A way from UDP to one WebSocket of the switch: a phone that takes its address for the switch's talks by WebSocket.
async fn web_socket(switch: SocketAddr) -> SocketAddr {
    let mut request = format!("ws://{switch}/").into_client_request().expect("a URL");
    request.headers_mut().insert("sec-websocket-protocol", "sip".parse().expect("a header"));
    let socket = tokio::net::TcpStream::connect(switch).await.expect("it listens");
    let (web, _) = tokio_tungstenite::client_async(request, socket).await.expect("welcome");
    let (mut to_switch, mut from_switch) = web.split();
    let udp = Arc::new(UdpSocket::bind("127.0.0.1:0").await.expect("a port"));
    let address = udp.local_addr().expect("bound");
    let (heard, mut phone) = tokio::sync::watch::channel(None);
    let inside = udp.clone();
    tokio::spawn(async move {
        let mut buffer = vec![0; 65_535];
        while let Ok((len, from)) = inside.recv_from(&mut buffer).await {
            heard.send_replace(Some(from));
            if to_switch.send(Message::Binary(buffer[..len].to_vec().into())).await.is_err() {
                return;
            }
        }
    });
    tokio::spawn(async move {
        while let Some(Ok(message)) = from_switch.next().await {
            let Ok(Some(to)) = phone.wait_for(Option::is_some).await.map(|to| *to) else { return };
            // The phone may have been dropped.
            let _ = udp.send_to(&message.into_data(), to).await;
        }
    });
    address
}

async fn phone(user: &str, server: SocketAddr) -> Phone {
    Phone::bind(user, server, app::seed().expect("randomness")).await.expect("a phone")
}

/// The agent answers and both hear each other, until the caller hangs up.
async fn talk(caller: &mut Phone, agent: &mut Phone) {
    caller.call("400").await.expect("answered");
    agent.answer(PATIENCE, Duration::from_millis(50)).await.expect("a call");
    caller.say_tone(CALLER_HZ);
    agent.say_tone(AGENT_HZ);
    hears(caller, AGENT_HZ).await;
    hears(agent, CALLER_HZ).await;
    caller.hang_up().await.expect("hung up");
    agent.wait_for_end(PATIENCE).await.expect("the other side too");
}

#[tokio::test(flavor = "multi_thread")]
async fn caller_and_agent_talk_by_web_socket() {
    let listen = ["udp:127.0.0.1:0", "ws:127.0.0.1:0"].map(|at| at.parse().expect("an address"));
    let house = House::open_with(|config| config.sip.listen = listen.to_vec()).await;
    let switch = heard_at(&house.running, "ws");
    let mut agent = phone("1001", web_socket(switch).await).await;
    agent.register("first-secret").await.expect("registered");
    let mut caller = phone("13800138000", web_socket(switch).await).await;
    talk(&mut caller, &mut agent).await;
}

/// A certificate for 127.0.0.1 that is its own authority.
fn certificate(folder: &Path) -> TlsSection {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).expect("written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    TlsSection { certificate: Some(certificate.clone()), key: Some(key), authorities: Some(certificate) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_dials_by_a_trunk_over_tls() {
    let folder = tempfile::tempdir().expect("a folder");
    let tls = certificate(folder.path());
    let listen = ["udp:127.0.0.1:0", "tls:127.0.0.1:0"].map(|at| at.parse().expect("an address"));
    let far = House::open_with(|config| (config.sip.listen, config.sip.tls) = (listen.to_vec(), tls.clone())).await;
    let carrier = heard_at(&far.running, "tls");
    let near = House::open_with(|config| {
        (config.sip.listen, config.sip.tls) = (listen.to_vec(), tls);
        let flow = "ivr: 1\nid: main\nname: Main\nlanguages: [en-US]\nstart: out\nprompts: {}\nnodes:\n  \
            out: { type: dial, number: \"400\", trunk: carrier, next: bye, on_failure: bye }\n  bye: { type: end }\n";
        std::fs::write(config.flows.join("main.yaml"), flow).expect("a flow");
        let setup = format!(
            "numbers: {{ \"400\": main }}\ntrunks:\n  - {{ name: local }}\n  \
             - {{ name: carrier, sources: [\"192.0.2.1\"], uri: \"sip:{carrier};transport=tls\" }}\n"
        );
        std::fs::write(config.setup.as_ref().expect("one"), setup).expect("a set-up");
    })
    .await;
    let mut agent = far.agent("1001", "first-secret").await;
    let mut caller = near.phone("13800138000").await;
    talk(&mut caller, &mut agent).await;
}
