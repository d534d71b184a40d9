use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::base::{CallId, Instant, Now, UtcMillis};
use crate::sip::endpoint::Transport;

const LIMITS: Limits = Limits { messages: 8, bytes: 100_000, keep: Duration::from_secs(60) };

fn at(millis: u64) -> Now {
    let utc = i64::try_from(millis).expect("small");
    Now::new(Instant::from_millis(millis), UtcMillis(1_800_000_000_000 + utc))
}

fn packet(text: &str, millis: u64) -> Arc<Packet> {
    let ends = ("192.0.2.1:5060".parse().expect("ours"), "198.51.100.7:5062".parse().expect("theirs"));
    Arc::new(Packet::new(at(millis), Transport::Udp, ends, false, text.as_bytes()).expect("a Call-ID"))
}

fn message(first_line: &str, call_id: &str) -> String {
    format!("{first_line}\r\nCall-ID: {call_id}\r\nCSeq: 1 INVITE\r\n\r\n")
}

fn invite(call_id: &str) -> Arc<Packet> {
    packet(&message("INVITE sip:400@h SIP/2.0", call_id), 0)
}

fn call(n: i64) -> CallId {
    CallId::from_raw(n)
}

fn shown(text: &str) -> String {
    String::from_utf8(packet(text, 0).bytes.to_vec()).expect("text")
}

#[test]
fn credentials_are_covered_however_they_are_written_and_nothing_else_is() {
    let rows = [
        ("Authorization: Digest username=\"u\", response=\"5f\"", "Authorization: Digest"),
        ("proxy-authorization  :\tDigest response=\"5f\"", "proxy-authorization  :\tDigest"),
        ("AUTHORIZATION:Basic dXNlcjpzZWNyZXQ=", "AUTHORIZATION:Basic"),
        ("Authorization: response=\"5f\"", "Authorization:"),
        ("Authorization: Digest\r\n response=\"5f\",\r\n\tcnonce=\"5f\"", "Authorization: Digest\r\n"),
        ("Authentication-Info: rspauth=\"5f\"", "Authentication-Info:"),
    ];
    for (field, kept) in rows {
        let text = format!("INVITE sip:a@h SIP/2.0\r\n{field}\r\nCall-ID: x\r\nTo: <sip:5f@h>\r\n\r\n");
        let shown = shown(&text);
        assert_eq!(shown.len(), text.len(), "{field}");
        assert!(shown.contains(kept), "{shown}");
        assert_eq!(shown.matches("5f").count(), 1, "{shown}");
        assert!(!shown.contains("dXNl"), "{shown}");
    }
}

#[test]
fn keys_of_descriptions_and_bodies_of_other_kinds_are_covered() {
    let head = |kind: &str| format!("INFO sip:a@h SIP/2.0\r\ni: x\r\nc: {kind}\r\nContent-Length: 40\r\n\r\n");
    let sdp = "v=0\r\nc=IN IP4 192.0.2.1\r\nk=clear:5f\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:5f\r\na=ice-pwd:5f\r\na=rtpmap:0 PCMU/8000\r\n";
    let text = format!("{}{sdp}", head("application/sdp"));
    let shown_sdp = shown(&text);
    assert_eq!(shown_sdp.len(), text.len());
    assert!(!shown_sdp.contains("5f"), "{shown_sdp}");
    assert!(shown_sdp.contains("c=IN IP4 192.0.2.1\r\n") && shown_sdp.contains("a=rtpmap:0 PCMU/8000"), "{shown_sdp}");
    for (kind, body) in [("application/dtmf-relay", "Signal=5\r\nDuration=160"), ("text/plain", "my PIN is 5 1")] {
        let shown = shown(&format!("{}{body}", head(kind)));
        let body = shown.split_once("\r\n\r\n").expect("a body").1;
        assert!(!body.contains('5'), "{shown}");
    }
}

#[test]
fn what_has_no_call_id_is_no_message() {
    let ends = ("192.0.2.1:5060".parse().expect("ours"), "198.51.100.7:5062".parse().expect("theirs"));
    for noise in ["\r\n\r\n", "", "GET / HTTP/1.1\r\n\r\n", "INVITE x\r\nCall-ID:\r\n\r\n"] {
        assert_eq!(Packet::new(at(0), Transport::Udp, ends, false, noise.as_bytes()), None, "{noise:?}");
    }
}

#[test]
fn both_legs_of_a_call_are_kept_together_and_what_came_before_the_call_with_them() {
    let mut traces = Traces::new(LIMITS);
    assert_eq!(traces.record(invite("in")), None);
    assert_eq!(traces.record(packet(&message("SIP/2.0 401 Unauthorized", "in"), 1)), None);
    traces.claim(call(1), "in");
    traces.claim(call(1), "out");
    assert_eq!(traces.record(invite("out")), Some(call(1)));
    assert_eq!(traces.record(packet(&message("SIP/2.0 200 OK", "in"), 3)), Some(call(1)));
    let lines: Vec<_> = traces.of(call(1)).expect("kept").packets.iter().map(|packet| packet.first_line()).collect();
    let invite = "INVITE sip:400@h SIP/2.0";
    assert_eq!(lines, [invite, "SIP/2.0 401 Unauthorized", invite, "SIP/2.0 200 OK"]);
}

#[test]
fn a_call_that_comes_back_to_us_is_kept_with_both_of_its_calls() {
    let mut traces = Traces::new(LIMITS);
    traces.claim(call(1), "x");
    traces.record(invite("x"));
    traces.claim(call(2), "x");
    traces.record(packet(&message("SIP/2.0 200 OK", "x"), 1));
    for n in [1, 2] {
        assert_eq!(traces.of(call(n)).expect("kept").packets.len(), 2, "call {n}");
    }
}

#[test]
fn what_strangers_send_takes_a_bounded_place_and_none_of_the_calls() {
    let mut traces = Traces::new(LIMITS);
    traces.claim(call(1), "call");
    traces.record(invite("call"));
    for n in 0..10_000 {
        traces.record(invite(&format!("flood-{n}")));
        traces.record(packet(&message("OPTIONS sip:h SIP/2.0", &format!("options-{n}")), 0));
    }
    for _ in 0..1000 {
        traces.record(invite("flood-9999"));
    }
    traces.claim(call(2), "flood-9999");
    assert!(traces.of(call(2)).expect("kept").packets.len() <= 12);
    traces.claim(call(3), "flood-0");
    assert_eq!(traces.of(call(3)).expect("known").packets.len(), 0, "the oldest went first");
    assert_eq!(traces.of(call(1)).expect("kept").packets.len(), 1);
}

#[test]
fn the_beginning_and_the_newest_of_a_long_call_stay() {
    let mut traces = Traces::new(LIMITS);
    traces.claim(call(1), "x");
    for n in 0..20 {
        traces.record(packet(&message(&format!("INFO sip:{n} SIP/2.0"), "x"), n));
    }
    let trace = traces.of(call(1)).expect("kept");
    let millis: Vec<_> = trace.packets.iter().map(|packet| packet.at.instant.as_millis()).collect();
    assert_eq!((millis, trace.dropped), (vec![0, 1, 14, 15, 16, 17, 18, 19], 12));
}

#[test]
fn the_whole_is_bounded_and_calls_that_are_over_go_first() {
    let mut traces = Traces::new(Limits { bytes: 3_000, ..LIMITS });
    for n in 1..=8 {
        let id = format!("call-{n}");
        traces.claim(call(n), &id);
        traces.record(invite(&id));
        if n == 5 {
            traces.end(call(5), Instant::from_millis(1));
        }
    }
    let (bytes, calls) = traces.size();
    assert!((1..=3_000).contains(&bytes) && calls == 8, "{bytes} bytes of {calls} calls");
    for n in 9..=12 {
        traces.claim(call(n), &format!("call-{n}"));
        traces.record(invite(&format!("call-{n}")));
    }
    assert!(traces.size().0 <= 3_000, "{:?}", traces.size());
    assert!(traces.of(call(5)).is_none() && traces.of(call(12)).is_some());
}

#[test]
fn a_call_is_kept_for_a_while_after_its_end_and_for_ever_while_it_is_up() {
    let mut traces = Traces::new(LIMITS);
    for n in [1, 2, 3] {
        traces.claim(call(n), &format!("call-{n}"));
        traces.record(invite(&format!("call-{n}")));
    }
    traces.end(call(1), Instant::from_millis(0));
    // The third was never told to have ended, but is not up.
    traces.prune(Instant::from_millis(1_000), |id| id == call(2));
    traces.prune(Instant::from_millis(59_999), |id| id == call(2));
    assert!(traces.of(call(1)).is_some());
    traces.prune(Instant::from_millis(60_000), |id| id == call(2));
    assert!(traces.of(call(1)).is_none() && traces.of(call(3)).is_some());
    traces.prune(Instant::from_millis(900_000), |id| id == call(2));
    assert!(traces.of(call(2)).is_some() && traces.of(call(3)).is_none());
    assert_eq!(traces.size().1, 1);
}

/// The chunks of a datagram by type, read as the protocol says.
fn chunks(datagram: &[u8]) -> std::collections::BTreeMap<u16, Vec<u8>> {
    let two = |at: usize| u16::from_be_bytes([datagram[at], datagram[at + 1]]);
    assert_eq!((&datagram[..4], usize::from(two(4))), (b"HEP3".as_slice(), datagram.len()));
    let mut found = std::collections::BTreeMap::new();
    let mut at = 6;
    while at < datagram.len() {
        let (vendor, kind, length) = (two(at), two(at + 2), usize::from(two(at + 4)));
        assert_eq!(vendor, 0);
        found.insert(kind, datagram[at + 6..at + length].to_vec());
        at += length;
    }
    found
}

#[test]
fn a_collector_is_told_addresses_time_call_and_text() {
    let agent = HepAgent { id: 2001, password: Some("secret".into()) };
    let sent = invite("x");
    let found = chunks(&hep3(&sent, Some(call(77)), &agent));
    let call_text = call(77).to_string();
    let expected: [(u16, &[u8]); 14] = [
        (1, &[2]),
        (2, &[17]),
        (3, &[198, 51, 100, 7]),
        (4, &[192, 0, 2, 1]),
        (7, &5062u16.to_be_bytes()),
        (8, &5060u16.to_be_bytes()),
        (9, &1_800_000_000u32.to_be_bytes()),
        (10, &0u32.to_be_bytes()),
        (11, &[1]),
        (12, &2001u32.to_be_bytes()),
        (14, b"secret"),
        (15, &sent.bytes),
        (17, call_text.as_bytes()),
        (2, &[17]),
    ];
    for (kind, value) in expected {
        assert_eq!(found.get(&kind).map(Vec::as_slice), Some(value), "chunk {kind}");
    }
    assert_eq!(found.len(), 13);
}

#[test]
fn a_file_has_every_message_with_true_lengths_and_sums() {
    let v6 = ("[2001:db8::1]:5060".parse().expect("ours"), "[2001:db8::2]:5060".parse().expect("theirs"));
    let text = message("SIP/2.0 200 OK", "x");
    let sent = Arc::new(Packet::new(at(1_500), Transport::Tls, v6, true, text.as_bytes()).expect("a Call-ID"));
    let long = message("INVITE sip:400@h SIP/2.0", "x") + &"x".repeat(100_000);
    let file = pcap(&[invite("x"), sent, packet(&long, 2_000)]);
    let word = |at: usize| u32::from_le_bytes([file[at], file[at + 1], file[at + 2], file[at + 3]]) as usize;
    assert_eq!((word(0), word(20)), (0xa1b2_c3d4, 101));
    let mut at = 24;
    for (seconds, micros, version) in [(0, 0, 4), (1, 500_000, 6), (2, 0, 4)] {
        assert_eq!((word(at), word(at + 4)), (1_800_000_000 + seconds, micros));
        let (kept, whole) = (word(at + 8), word(at + 12));
        let datagram = &file[at + 16..at + 16 + kept];
        assert_eq!(datagram[0] >> 4, version);
        assert!(kept <= whole && kept <= 65_535);
        at += 16 + kept;
    }
    assert_eq!(at, file.len());
}
