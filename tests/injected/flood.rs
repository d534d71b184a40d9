//! A flood of calls and wrong registrations from many addresses, during which a call that is up loses no packet.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::net::UdpSocket;

use crate::house::House;

/// Addresses that the flood comes from: one alone would be silenced and cost nothing.
const SOURCES: u8 = 50;

fn request(method: &str, n: u64, from: SocketAddr, to: SocketAddr) -> String {
    let proof = format!(
        "Authorization: Digest username=\"1001\", realm=\"hotline\", nonce=\"{n:032x}\", uri=\"sip:{to}\", response=\"{n:032x}\"\r\n"
    );
    let proof = if method == "REGISTER" { proof.as_str() } else { "" };
    format!(
        "{method} sip:400@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bKflood{n}\r\nMax-Forwards: 70\r\n\
         From: <sip:1001@{to}>;tag=f{n}\r\nTo: <sip:1001@{to}>\r\nCall-ID: flood-{n}\r\nCSeq: 1 {method}\r\n\
         Contact: <sip:1001@{from}>\r\n{proof}Content-Length: 0\r\n\r\n"
    )
}

/// Sends so many requests a second until it is told to stop; gives back how many it sent.
async fn flood(to: SocketAddr, per_second: u64, stop: Arc<AtomicBool>) -> u64 {
    let mut sockets = Vec::new();
    for n in 0..SOURCES {
        // 127.0.0.1 is the trunk's; these are strangers.
        sockets.push(UdpSocket::bind((std::net::Ipv4Addr::new(127, 0, 1, n + 1), 0)).await.expect("a port"));
    }
    let mut sent: u64 = 0;
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    while !stop.load(Ordering::Relaxed) {
        ticks.tick().await;
        for socket in
            sockets.iter().cycle().skip((sent % u64::from(SOURCES)) as usize).take((per_second / 100) as usize)
        {
            let method = if sent.is_multiple_of(2) { "INVITE" } else { "REGISTER" };
            let from = socket.local_addr().expect("an address");
            sent += 1;
            // A full queue of the system is a part of the flood that does not arrive.
            let _ = socket.send_to(request(method, sent, from, to).as_bytes(), to).await;
        }
    }
    sent
}

/// What the record of a call that was up during a flood says of its sound.
pub struct Sound {
    pub flooded: u64,
    /// Packets that the switch heard, of both sides.
    pub received: u64,
    pub lost: u64,
    /// Frames of our own that were too late to be sent.
    pub late: u64,
}

pub async fn call_under_flood(house: &House, per_second: u64, seconds: u64) -> Sound {
    let talk = house.talk().await;
    let stop = Arc::new(AtomicBool::new(false));
    let flooding = tokio::spawn(flood(house.sip, per_second, stop.clone()));
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    talk.hear().await;
    stop.store(true, Ordering::Relaxed);
    let flooded = flooding.await.expect("no panic");
    talk.end().await;
    house.leaves_nothing(1).await;
    let id = house.records().await[0]["id"].as_str().expect("an id").to_owned();
    let call = house.get(&format!("/calls/{id}")).await;
    let events = call["events"].as_array().cloned().unwrap_or_default();
    let reports: Vec<&Value> = events.iter().filter(|event| event["type"] == "media").collect();
    assert_eq!(reports.len(), 2, "{call}");
    let sum = |key: &str| reports.iter().filter_map(|report| report[key].as_u64()).sum();
    Sound { flooded, received: sum("packets_received"), lost: sum("packets_lost"), late: sum("frames_late") }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_up_loses_no_packet_while_strangers_flood_the_switch() {
    let house = House::open().await;
    let sound = call_under_flood(&house, 2000, 4).await;
    assert!(sound.flooded > 2000, "only {} requests", sound.flooded);
    assert!(sound.received > 300, "{} packets", sound.received);
    assert_eq!(sound.lost, 0, "of {} packets", sound.received);
}
