//! SIP of a call as its people look at it: the ladder, a file for Wireshark, and what a collector is sent.

use std::process::Command;
use std::time::Duration;

use hotline::config::setup::{Role, Secret};
use hotline::config::{HepSection, ListenAddr};
use hotline::driver::phone::Phone;
use serde_json::Value;
use tokio::net::UdpSocket;

use crate::house::{House, PASSWORD, flow};

const PATIENCE: Duration = Duration::from_secs(30);

/// Calls go to the agent, who is registered with a password.
fn to_agent() -> String {
    "ivr: 1\nid: main\nname: Main\nlanguages: [en-US]\nstart: ask\nrequires: { skill_groups: [presales] }\n\
     nodes:\n  ask: { type: transfer, skill_group: presales, on_no_agents: bye }\n  bye: { type: end }\n"
        .to_owned()
}

/// The id of the caller's call, which is up.
async fn id_of_call(house: &House, caller: &Phone) -> String {
    for _ in 0..100 {
        let (_, view) = house.api("GET", "/calls/live", Value::Null).await;
        let ids = view["calls"].as_array().expect("calls").iter().filter_map(|call| call["id"].as_str());
        for id in ids {
            let (_, ladder) = house.api("GET", &format!("/calls/{id}/sip"), Value::Null).await;
            if ladder["messages"][0]["from"] == caller.local().to_string() {
                return id.to_owned();
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the call is not up");
}

fn lines<'a>(ladder: &'a Value, key: &str) -> Vec<&'a str> {
    let messages = ladder["messages"].as_array().expect("messages");
    messages.iter().map(|message| message[key].as_str().unwrap_or_default()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_legs_of_a_call_are_a_ladder_and_a_file_that_tshark_reads() {
    let house = House::open().await;
    house.publish(&to_agent()).await;
    let mut agent = house.phone("1001").await;
    agent.register(PASSWORD).await.expect("registered");
    let mut caller = house.caller().await;
    agent.answer(PATIENCE, Duration::from_millis(100)).await.expect("the agent is rung");
    let call = id_of_call(&house, &caller).await;
    caller.hang_up().await.expect("hung up");
    agent.wait_for_end(PATIENCE).await.expect("the agent's leg ends too");

    let (status, ladder) = house.api("GET", &format!("/calls/{call}/sip"), Value::Null).await;
    assert_eq!((status, &ladder["dropped"]), (200, &Value::from(0)), "{ladder}");
    let first = lines(&ladder, "first_line");
    let count = |begin: &str| first.iter().filter(|line| line.starts_with(begin)).count();
    assert_eq!((count("INVITE "), count("BYE "), count("ACK ")), (2, 2, 2), "{first:?}");
    let mut legs = lines(&ladder, "sip_call_id");
    legs.sort_unstable();
    legs.dedup();
    assert_eq!(legs.len(), 2, "{legs:?}");
    let switch = house.running.sip_udp().expect("udp").to_string();
    assert_eq!(ladder["messages"][0]["to"], switch);
    assert_eq!(ladder["messages"][0]["from"], caller.local().to_string());

    let (status, told) = house.api("GET", "/calls/0000000000001/sip", Value::Null).await;
    assert_eq!((status, &told["error"]["message"]), (404, &Value::from("no call 0000000000001")));
    let token = house.token("somebody", Role::Agent).await;
    let refused = house.api_as(&token, "GET", &format!("/calls/{call}/sip.pcap"), Value::Null).await;
    assert_eq!(refused.0, 403);

    let file = house.folder.path().join("call.pcap");
    std::fs::write(&file, house.bytes(&format!("/calls/{call}/sip.pcap")).await).expect("a file");
    let fields =
        ["_ws.col.Protocol", "ip.src", "udp.srcport", "frame.time_epoch", "sip.CSeq.method", "ip.checksum.status"];
    let mut tshark = Command::new("tshark");
    tshark.arg("-r").arg(&file).args(["-o", "ip.check_checksum:TRUE", "-T", "fields"]);
    let shown = tshark.args(fields.iter().flat_map(|field| ["-e", field])).output().expect("tshark runs");
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows.len(), first.len(), "{text}{}", String::from_utf8_lossy(&shown.stderr));
    for (row, message) in rows.iter().zip(ladder["messages"].as_array().expect("messages")) {
        assert!(row[0].starts_with("SIP"), "{row:?}");
        assert_eq!(format!("{}:{}", row[1], row[2]), message["from"].as_str().expect("from"));
        let seconds: f64 = row[3].parse().expect("a time");
        assert!((seconds * 1000.0 - message["at"].as_f64().expect("at")).abs() < 50.0, "{row:?} {}", message["at"]);
        assert_eq!(row[5], "1", "a good sum: {row:?}");
    }
    house.running.stop().await;
}

/// The chunks of a HEP3 datagram: type and value.
fn chunks(datagram: &[u8]) -> Vec<(u16, Vec<u8>)> {
    let two = |at: usize| u16::from_be_bytes([datagram[at], datagram[at + 1]]);
    assert_eq!((&datagram[..4], usize::from(two(4))), (b"HEP3".as_slice(), datagram.len()));
    let (mut at, mut found) = (6, Vec::new());
    while at < datagram.len() {
        let length = usize::from(two(at + 4));
        found.push((two(at + 2), datagram[at + 6..at + length].to_vec()));
        at += length;
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_gets_every_message_with_the_call_that_it_belongs_to() {
    let collector = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let to = collector.local_addr().expect("an address").to_string();
    let house = House::open_with(|config| {
        config.sip.listen.push("tcp:127.0.0.1:0".parse::<ListenAddr>().expect("an address"));
        config.sip.hep = Some(HepSection { to, capture_id: 7, password: Some(Secret::Value("collect".into())) });
    })
    .await;
    house.publish(&flow("low")).await;
    let mut agent = house.phone("1001").await;
    agent.register(PASSWORD).await.expect("registered");
    let mut caller = house.caller().await;
    let call = id_of_call(&house, &caller).await;
    caller.hang_up().await.expect("hung up");

    let mut buffer = vec![0; 65_536];
    let (mut registered, mut of_call) = (false, Vec::new());
    while of_call.last().is_none_or(|line: &String| !line.contains("BYE")) {
        let received = tokio::time::timeout(PATIENCE, collector.recv(&mut buffer)).await;
        let length = received.unwrap_or_else(|_| panic!("only {of_call:?}")).expect("received");
        let found = chunks(&buffer[..length]);
        let value = |kind: u16| found.iter().find(|(k, _)| *k == kind).map(|(_, value)| value.clone());
        assert_eq!(
            (value(11), value(12), value(14)),
            (Some(vec![1]), Some(vec![0, 0, 0, 7]), Some(b"collect".to_vec()))
        );
        let text = String::from_utf8(value(15).expect("a payload")).expect("text");
        assert!(!text.contains("response=\""), "{text}");
        registered |= text.starts_with("REGISTER ") && text.contains("Authorization: Digest ***");
        if value(17) == Some(call.clone().into_bytes()) {
            of_call.push(text.lines().find(|line| line.starts_with("CSeq")).unwrap_or_default().to_owned());
        }
    }
    assert!(registered, "registrations are told too, without their proof");
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_not_there_costs_no_call_anything() {
    let house = House::open_with(|config| {
        config.sip.hep = Some(HepSection { to: "127.0.0.1:9".into(), capture_id: 0, password: None });
        config.sip.capture.messages = 0;
    })
    .await;
    let mut caller = house.caller().await;
    caller.hang_up().await.expect("hung up");
    let page = loop {
        let (_, page) = house.api("GET", "/calls?limit=1", Value::Null).await;
        if page["items"][0].is_object() {
            break page;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let call = page["items"][0]["id"].as_str().expect("an id");
    let (status, told) = house.api("GET", &format!("/calls/{call}/sip"), Value::Null).await;
    assert_eq!(status, 404);
    assert!(told["error"].to_string().contains("sip.capture"), "{told}");
    house.running.stop().await;
}
