//! What must hold for any bytes, one function a parser: the fuzz targets and `tests/fuzz_parsers.rs` share them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use hotline::base::{Instant, Now, Rng, UtcMillis};
use hotline::rtp::dtmf::KeyReceiver;
use hotline::rtp::{self, Header};
use hotline::sdp::Session;
use hotline::sip::digest::{Algorithm, Asked, Challenge, Challenged, Credentials, Login, Presented, Verifier};
use hotline::sip::endpoint::{Account, Directory, Endpoint, EndpointConfig, Flow, Output, Transport};
use hotline::sip::framing::Framed;
use hotline::sip::header::{
    Auth, Diversion, Event, Expires, HistoryInfo, MaxForwards, MinSe, Privacy, RAck, RSeq, Reason, Replaces,
    RetryAfter, SessionExpires, SubscriptionState, Via,
};
use hotline::sip::message::{parts, validate};
use hotline::sip::{HeaderName, Message, StreamFramer, Text};

/// A SIP message: what was read is written and read again alike, every header can be asked for, and every error that
/// names a request can be answered.
pub fn message(data: &[u8]) {
    match Message::parse(Bytes::copy_from_slice(data)) {
        Ok(message) => look_at(&message),
        Err(error) => {
            if let Some(request) = error.answerable {
                let response = Message::response(&request, error.fault.status(), &error.fault.reason(), Some("t"));
                let written = response.finish();
                assert!(Message::parse(written.raw().clone()).is_ok(), "our own answer can be read");
            }
        }
    }
}

fn look_at(message: &Message) {
    let _ = validate(message);
    let _ = (message.from(), message.to(), message.cseq(), message.contacts(), message.content_type());
    let _ = (message.all::<Via>().count(), message.all::<Reason>().count(), message.all::<Replaces>().count());
    let _ = (message.typed::<Expires>(), message.typed::<MinSe>(), message.typed::<MaxForwards>());
    let _ = (message.typed::<RAck>(), message.typed::<RSeq>(), message.typed::<SessionExpires>());
    let _ = (message.typed::<RetryAfter>(), message.typed::<Event>(), message.typed::<SubscriptionState>());
    let _ = message.typed::<Privacy>();
    for value in message.header(HeaderName::Diversion).chain(message.header(HeaderName::HistoryInfo)) {
        let _ = (Diversion::parse(&value), HistoryInfo::parse(&value));
    }
    for name in [HeaderName::Route, HeaderName::RecordRoute, HeaderName::Path, HeaderName::PAssertedIdentity] {
        assert!(message.name_addrs(name).count() <= message.raw().len());
    }
    for (_, name, value) in message.lines() {
        assert!(name.as_bytes().len() + value.as_bytes().len() <= message.raw().len());
    }
    assert!(parts(message).len() <= message.body().len());
    assert!(message.body().len() <= message.raw().len());
    let again = Message::parse(message.raw().clone());
    assert!(again.is_ok_and(|again| again.raw() == message.raw()), "what was read is read again");
    if message.is_request() {
        let response = Message::response(message, 486, "Busy Here", Some("t")).finish();
        assert!(Message::parse(response.raw().clone()).is_ok(), "our own answer can be read");
    }
}

/// A stream: the same items whatever the pieces it comes in, and no more kept than came.
pub fn stream(data: &[u8]) {
    let items = |piece: usize| {
        let mut framer = StreamFramer::new();
        let mut items = Vec::new();
        for piece in data.chunks(piece) {
            framer.push(piece);
            assert!(framer.buffered() <= data.len());
            while let Some(item) = framer.next_item() {
                items.push(match item {
                    Framed::Message(message) => message.raw().to_vec(),
                    Framed::Bad(_) => b"bad".to_vec(),
                    Framed::Ping => b"ping".to_vec(),
                    Framed::Pong => b"pong".to_vec(),
                    Framed::Broken(_) => b"broken".to_vec(),
                });
                assert!(items.len() <= data.len() + 1);
            }
        }
        items
    };
    assert_eq!(items(data.len().max(1)), items(7));
}

/// A session description: what was read is written and read again alike, but for spaces.
pub fn sdp(data: &[u8]) {
    let Ok(session) = Session::parse(data) else { return };
    let written = session.to_string();
    let without_spaces =
        |text: &str| text.lines().map(|line| line.replace(char::is_whitespace, "")).collect::<Vec<_>>();
    let again = Session::parse(written.as_bytes()).map(|again| without_spaces(&again.to_string()));
    assert_eq!(again, Ok(without_spaces(&written)), "what was read is read again");
}

/// An RTP packet: its payload lies within it.
pub fn rtp_packet(data: &[u8]) {
    if let Some(header) = Header::read(data) {
        assert!(header.payload.start <= header.payload.end && header.payload.end <= data.len());
        let mut reception = rtp::Reception::new(8000);
        for _ in 0..2 {
            let _ = reception.on_packet(&header, Instant::from_millis(20));
        }
    }
    let _ = rtp::is_rtcp(data);
}

/// A compound RTCP packet.
pub fn rtcp_packet(data: &[u8]) {
    let _ = rtp::rtcp::read(data, 0x0102_0304);
}

/// Telephone events: packets of 8 bytes; every key that is told is one of the sixteen.
pub fn dtmf(data: &[u8]) {
    let mut receiver = KeyReceiver::default();
    let mut now = Instant::from_millis(1000);
    for packet in data.chunks(8) {
        let (moment, payload) = packet.split_at(packet.len().min(3));
        let [flags, seq, wait] = <[u8; 3]>::try_from(moment).unwrap_or_default();
        now = now + Duration::from_millis(u64::from(wait) * 20);
        let header = Header {
            marker: flags & 1 != 0,
            payload_type: 101,
            seq: seq.into(),
            timestamp: u32::from(flags >> 2).wrapping_mul(0x1000_0000),
            ssrc: u32::from(flags & 2),
            payload: 0..payload.len(),
        };
        for key in [receiver.on_packet(&header, payload, now), receiver.handle_timeout(now)].into_iter().flatten() {
            assert!("0123456789*#ABCD".contains(key.digit), "{key:?}");
        }
    }
}

/// An Authorization or WWW-Authenticate value: nobody gets in by chance, and every challenge can be answered.
pub fn digest(data: &[u8]) {
    let Ok(auth) = Auth::parse(&Text::from(data)) else { return };
    let text = |name: &str| auth.get(name).and_then(Text::to_str).map(str::to_owned);
    let presented = Presented {
        username: text("username").unwrap_or_default(),
        realm: text("realm").unwrap_or_default(),
        nonce: text("nonce").unwrap_or_default(),
        uri: text("uri").unwrap_or_default(),
        response: text("response").unwrap_or_default(),
        algorithm: text("algorithm"),
        qop: text("qop"),
        nc: text("nc"),
        cnonce: text("cnonce"),
    };
    let mut verifier = Verifier::new(Duration::from_secs(300), &mut Rng::from_number(1));
    let source = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let asked = Asked { method: "REGISTER", body: b"", realm: "hotline.example", source };
    let password = Credentials::Clear("a password that no corpus holds".to_owned());
    let verdict = verifier.verify(&presented, &asked, Some(&password), Instant::from_millis(1));
    assert_ne!(verdict, hotline::sip::digest::Verdict::Proven);
    let _ = Algorithm::from_name(presented.algorithm.as_deref());
    if let Some(challenge) = Challenge::parse(&auth) {
        let request = Challenged { method: "INVITE", uri: "sip:1@b", body: b"" };
        let answer = challenge.answer(Login { user: "u", password: "p" }, request, "cnonce");
        assert!(answer.is_digest());
    }
}

/// A whole endpoint that trusts nobody: whatever comes, no session and few transactions are left after two minutes.
pub fn endpoint(data: &[u8]) {
    let now = Now::new(Instant::from_millis(1000), UtcMillis(1_800_000_000_000));
    let mut endpoint = Endpoint::new(EndpointConfig::default(), Rng::from_number(7));
    let account = Account { credentials: Credentials::Clear("one".to_owned()), display_name: None };
    let directory = Directory {
        realm: "hotline.example".to_owned(),
        accounts: [("1001".to_owned(), account)].into(),
        ..Directory::default()
    };
    endpoint.set_directory(directory, now);
    let address = |port: u16| SocketAddr::new(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)), port);
    for transport in [Transport::Udp, Transport::Tcp] {
        let connection = transport.is_reliable().then_some(hotline::sip::endpoint::ConnectionId(1));
        let flow = Flow { transport, local: address(5060), remote: address(5061), connection };
        endpoint.handle_message(flow, Bytes::copy_from_slice(data), now);
        let mut sent = 0;
        while let Some(output) = endpoint.poll_output() {
            if let Output::Transmit { bytes, .. } = output {
                sent += 1;
                let keep_alive = bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
                assert!(keep_alive || Message::parse(bytes).is_ok(), "what we send can be read");
            }
        }
        assert!(sent <= 2, "{sent} answers to one message");
    }
    endpoint.handle_timeout(now.plus(Duration::from_secs(120)));
    assert_eq!(endpoint.session_count(), 0);
}
