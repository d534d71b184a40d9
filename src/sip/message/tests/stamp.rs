use std::net::SocketAddr;

use super::super::{HeaderName, Message};
use super::{invite, parse};

fn stamped(via: &str, source: &str) -> Message {
    let text = String::from_utf8_lossy(invite("Subject: after\r\n").raw())
        .replace("Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport", &format!("Via: {via}"));
    let mut message = parse(format!("{text}body")).expect("readable");
    let source: SocketAddr = source.parse().expect("an address");
    message.stamp_source(source).expect("a Via");
    let read = parse(message.raw()).expect("still a message");
    assert_eq!(read.lines().collect::<Vec<_>>(), message.lines().collect::<Vec<_>>());
    assert_eq!(message.body(), b"body");
    assert_eq!(message.first(HeaderName::Subject).expect("it is there"), "after");
    message
}

fn check(via: &str, source: &str, expected: &str) {
    assert_eq!(stamped(via, source).first(HeaderName::Via).expect("a Via"), expected, "{via} from {source}");
}

#[test]
fn the_source_is_written_when_it_is_not_what_the_via_says() {
    check("SIP/2.0/UDP 192.0.2.1;branch=z9", "192.0.2.1:5060", "SIP/2.0/UDP 192.0.2.1;branch=z9");
    check(
        "SIP/2.0/UDP 192.0.2.1;branch=z9",
        "198.51.100.1:99",
        "SIP/2.0/UDP 192.0.2.1;branch=z9;received=198.51.100.1",
    );
    check("SIP/2.0/TCP pc.example.com", "192.0.2.1:5060", "SIP/2.0/TCP pc.example.com;received=192.0.2.1");
    check("SIP/2.0/UDP [2001:db8::1]:7", "[2001:db8::1]:7", "SIP/2.0/UDP [2001:db8::1]:7");
    check("SIP/2.0/UDP h", "[2001:db8::1]:7", "SIP/2.0/UDP h;received=2001:db8::1");
    check("SIP/2.0/UDP 192.0.2.1", "[::ffff:192.0.2.1]:7", "SIP/2.0/UDP 192.0.2.1");
}

#[test]
fn rport_gets_the_port_and_received_the_address() {
    let via = "SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9";
    check(via, "192.0.2.1:61000", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9;received=192.0.2.1;rport=61000");
    let message = stamped(via, "192.0.2.1:61000");
    let stamped_via = message.top_via().expect("a Via");
    assert_eq!(stamped_via.response_addr(), Some("192.0.2.1:61000".parse().expect("an address")));
}

#[test]
fn what_the_sender_wrote_there_itself_is_replaced() {
    let via = "SIP/2.0/UDP 192.0.2.1;received=203.0.113.66;rport=53;branch=z9";
    check(via, "192.0.2.1:5060", "SIP/2.0/UDP 192.0.2.1;branch=z9;received=192.0.2.1;rport=5060");
    let lie = "SIP/2.0/UDP 192.0.2.1;received=203.0.113.66";
    check(lie, "192.0.2.1:5060", "SIP/2.0/UDP 192.0.2.1");
}

#[test]
fn the_other_vias_stay_as_they_are() {
    let message =
        stamped("SIP/2.0/UDP a;rport , SIP/2.0/UDP b;received=1.2.3.4\r\nVia: SIP/2.0/TCP c", "192.0.2.1:5060");
    let vias: Vec<_> = message.header(HeaderName::Via).map(|via| via.to_string()).collect();
    let expected = ["SIP/2.0/UDP a;received=192.0.2.1;rport=5060", "SIP/2.0/UDP b;received=1.2.3.4", "SIP/2.0/TCP c"];
    assert_eq!(vias, expected);
}

#[test]
fn compact_and_folded_vias_are_stamped_too() {
    let text = String::from_utf8_lossy(invite("").raw()).replace("Via: SIP/2.0/UDP", "v :\r\n SIP / 2.0 / UDP  ");
    let mut message = parse(text).expect("readable");
    message.stamp_source("198.51.100.1:7".parse().expect("an address")).expect("a Via");
    let via = message.top_via().expect("a Via");
    assert_eq!((via.received(), via.rport()), (Some("198.51.100.1".parse().expect("an address")), Some(7)));
    assert!(message.raw().windows(4).any(|w| w == b"v : "));
}

#[test]
fn maddr_comes_before_received_for_responses() {
    let via = stamped("SIP/2.0/UDP h:5070;maddr=239.255.255.1;ttl=16", "192.0.2.1:9").top_via().expect("a Via");
    assert_eq!(via.response_addr(), Some("239.255.255.1:5070".parse().expect("an address")));
    assert_eq!(via.ttl(), Some(16));
}
