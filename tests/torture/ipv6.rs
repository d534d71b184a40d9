//! The 12 messages of RFC 5118. The RFC counted its Content-Length with bare line feeds; it is corrected on load.

use std::net::{IpAddr, Ipv6Addr};

use bytes::Bytes;
use hotline::sdp::Session;
use hotline::sip::{HeaderName, Host, Message, Via};

use crate::common::{Verdict, bytes, verdict};

fn corrected(name: &str) -> Bytes {
    let file = bytes("rfc5118", name);
    let text = String::from_utf8(file.to_vec()).expect("ASCII");
    let (head, body) = text.split_once("\r\n\r\n").expect("an empty line");
    let lines = head.lines().map(|line| match line.starts_with("Content-Length:") {
        true => format!("Content-Length: {}\r\n", body.len()),
        false => format!("{line}\r\n"),
    });
    Bytes::from(format!("{}\r\n{body}", lines.collect::<String>()))
}

fn accepted(name: &str) -> Message {
    match verdict(corrected(name)) {
        Verdict::Accepted(message) => message,
        other => panic!("{name}: {other:?}"),
    }
}

fn v6(text: &str) -> Host {
    Host::V6(text.parse::<Ipv6Addr>().expect("an address"))
}

#[test]
fn an_address_in_brackets_is_a_host() {
    // 4.1
    let register = accepted("ipv6-good");
    assert_eq!(register.uri().and_then(|uri| uri.host()), Some(&v6("2001:db8::10")));
    assert_eq!(register.contact_uri().and_then(|uri| uri.host().cloned()), Some(v6("2001:db8::1")));
}

#[test]
fn an_address_without_brackets_is_refused() {
    // 4.2
    match verdict(corrected("ipv6-bad")) {
        Verdict::Refused(fault, _) => assert_eq!(fault.status(), 400),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_port_is_only_what_stands_behind_the_bracket() {
    // 4.3, 4.4
    let ambiguous = accepted("port-ambiguous");
    let uri = ambiguous.uri().expect("a URI");
    assert_eq!((uri.host(), uri.port()), (Some(&v6("2001:db8::10:5070")), None));
    let clear = accepted("port-unambiguous");
    let uri = clear.uri().expect("a URI");
    assert_eq!((uri.host(), uri.port()), (Some(&v6("2001:db8::10")), Some(5070)));
}

#[test]
fn received_may_have_brackets_or_none() {
    // 4.5
    for name in ["via-received-param-with-delim", "via-received-param-no-delim"] {
        let via = accepted(name).top_via().expect("a Via");
        assert_eq!(via.host, v6("2001:db8::9:1"), "{name}");
        assert_eq!(via.received(), Some(IpAddr::V6("2001:db8::9:255".parse().expect("an address"))), "{name}");
    }
}

fn sdp(message: &Message) -> Session {
    Session::parse(message.sdp().expect("SDP").as_bytes()).expect("readable")
}

#[test]
fn ipv6_in_a_session_description_is_read() {
    // 4.6
    let session = sdp(&accepted("ipv6-in-sdp"));
    assert_eq!(session.media.len(), 2);
    assert_eq!(session.connection_of(0).expect("c=").ip(), Some("2001:db8::20".parse().expect("an address")));
}

#[test]
fn addresses_of_both_families_may_stand_in_one_message() {
    // 4.7
    let vias: Vec<Via> = accepted("mult-ip-in-header").all().map(|via| via.expect("a Via")).collect();
    assert_eq!(vias[0].host, v6("2001:db8::9:1"));
    assert_eq!(vias[0].port, Some(6050));
    assert_eq!(vias[1].host, Host::V4("192.0.2.1".parse().expect("an address")));
    assert_eq!(vias[2].received(), Some("192.0.2.200".parse().expect("an address")));
    // 4.8
    let session = sdp(&accepted("mult-ip-in-sdp"));
    assert_eq!(session.connection_of(0).expect("c=").ip(), Some("192.0.2.1".parse().expect("an address")));
    assert_eq!(session.connection_of(1).expect("c=").ip(), Some("2001:db8::1".parse().expect("an address")));
}

#[test]
fn ipv4_mapped_addresses_are_read() {
    // 4.9
    let invite = accepted("ipv4-mapped-ipv6");
    assert_eq!(invite.top_via().expect("a Via").port, Some(19823));
    assert_eq!(invite.header(HeaderName::Via).count(), 2);
    assert_eq!(invite.contact_uri().and_then(|uri| uri.host().cloned()), Some(v6("::ffff:192.0.2.2")));
    assert_eq!(sdp(&invite).connection_of(0).expect("c=").ip(), Some("::ffff:192.0.2.2".parse().expect("an address")));
}

#[test]
fn the_third_colon_of_the_old_grammar_changes_nothing() {
    // 4.10
    for name in ["ipv6-bug-abnf-3-colons", "ipv6-correct-abnf-2-colons"] {
        let options = accepted(name);
        assert_eq!(options.uri().and_then(|uri| uri.host()), Some(&v6("2001:db8::192.0.2.1")), "{name}");
    }
}
