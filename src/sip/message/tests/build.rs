use super::super::limits::{MAX_FIELDS, MAX_HEAD_BYTES};
use super::super::{HeaderName, Message, MessageBuilder, Method, Text};
use super::{invite, parse};
use crate::sip::header::{CSeq, MaxForwards, NameAddr, Via};
use crate::sip::transaction::Transport;
use crate::sip::{Host, Uri};

fn uri(text: &str) -> Uri {
    text.parse().expect("a URI")
}

fn request() -> MessageBuilder {
    let via = Via::new(Transport::Udp, Host::Name(Text::from("pbx.example.com")), Some(5060), "z9hG4bKx");
    let from = NameAddr::new(uri("sip:100@example.com")).with_display_name("Front \"desk\"").with_tag("t1");
    MessageBuilder::request(Method::Invite, uri("sip:200@192.0.2.9"))
        .header(HeaderName::Via, via)
        .header(HeaderName::From, from)
        .header(HeaderName::To, NameAddr::new(uri("sip:200@example.com")))
        .header(HeaderName::CallId, "abc")
        .header(HeaderName::CSeq, CSeq { number: 1, method: Method::Invite })
        .header(HeaderName::MaxForwards, MaxForwards(70))
}

#[test]
fn what_is_built_reads_back_the_same() {
    let built = request().named("X-Trace", "7").body("application/sdp", "v=0\r\n").finish();
    let expected = "INVITE sip:200@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP pbx.example.com:5060;branch=z9hG4bKx\r\n\
        From: \"Front \\\"desk\\\"\" <sip:100@example.com>;tag=t1\r\nTo: <sip:200@example.com>\r\nCall-ID: abc\r\n\
        CSeq: 1 INVITE\r\nMax-Forwards: 70\r\nX-Trace: 7\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n";
    assert_eq!(String::from_utf8_lossy(built.raw()), expected);
    let read = parse(built.raw()).expect("readable");
    assert_eq!(read.lines().collect::<Vec<_>>(), built.lines().collect::<Vec<_>>());
    assert_eq!((read.body(), read.start_line()), (built.body(), built.start_line()));
    assert_eq!(built.from().expect("From").display_name, "Front \"desk\"");
}

#[test]
fn nothing_that_is_put_in_starts_another_line() {
    let evil = "x\r\nRoute: <sip:evil@x>\r\n\r\nbody\0";
    let built = MessageBuilder::response(200, evil)
        .header(HeaderName::Subject, evil)
        .named("X-A", Text::from(evil))
        .named(evil, "v")
        .named("", "v")
        .header(HeaderName::From, NameAddr::new(uri("sip:a@b")).with_display_name(evil).with_tag(evil))
        .finish();
    let read = parse(built.raw()).expect("readable");
    assert!(!read.has(HeaderName::Route));
    assert_eq!(read.lines().count(), 4);
    assert_eq!(read.body(), b"");
    assert!(!read.raw().contains(&0));
    assert!(read.from().expect("From").tag().expect("a tag").to_str().is_some_and(|tag| tag.starts_with("x  Route")));
}

#[test]
fn content_length_is_always_the_bodys() {
    let built = request().header(HeaderName::ContentLength, "99").named("l", "98").finish();
    assert_eq!(built.count(HeaderName::ContentLength), 1);
    assert_eq!(built.first(HeaderName::ContentLength).expect("it is there"), "0");
}

#[test]
fn a_response_copies_what_identifies_the_request() {
    let request = invite(
        "Via: SIP/2.0/TCP b, SIP/2.0/UDP c\r\nRecord-Route: <sip:p1;lr>\r\nRecord-Route: <sip:p2;lr>\r\nTimestamp: 54\r\n\
         Contact: <sip:a@b>\r\nSubject: no\r\n",
    );
    let names = |m: &Message| m.lines().map(|(name, _, _)| name).collect::<Vec<_>>();
    let ringing = Message::response(&request, 180, "Ringing", Some("ours")).finish();
    let expected = [
        HeaderName::Via,
        HeaderName::Via,
        HeaderName::RecordRoute,
        HeaderName::RecordRoute,
        HeaderName::From,
        HeaderName::To,
        HeaderName::CallId,
        HeaderName::CSeq,
        HeaderName::ContentLength,
    ];
    assert_eq!(names(&ringing), expected);
    assert_eq!(ringing.to_tag().expect("a tag"), "ours");
    assert_eq!(ringing.first(HeaderName::From), request.first(HeaderName::From));
    assert_eq!(ringing.header(HeaderName::Via).count(), 3);

    let trying = Message::response(&request, 100, "Trying", None).finish();
    assert_eq!(trying.first(HeaderName::Timestamp).expect("RFC 3261 8.2.6.1"), "54");
    assert_eq!((trying.to_tag(), trying.has(HeaderName::RecordRoute)), (None, false));
    let busy = Message::response(&request, 486, "Busy Here", Some("ours")).finish();
    assert!(!busy.has(HeaderName::RecordRoute));
}

#[test]
fn the_tag_of_a_dialog_is_not_replaced() {
    let text = String::from_utf8_lossy(invite("").raw())
        .replace("<sip:bob@example.com>\r\n", "<sip:bob@example.com>;tag=old\r\n");
    let response = Message::response(&parse(text).expect("readable"), 200, "OK", Some("new")).finish();
    assert_eq!(response.to_tag().expect("a tag"), "old");
}

#[test]
fn a_to_that_cannot_be_read_is_copied_as_it_is() {
    let text = String::from_utf8_lossy(invite("").raw()).replace("To: <sip:bob", "To: \"open <sip:bob");
    let response = Message::response(&parse(text).expect("readable"), 400, "Bad Request", Some("new")).finish();
    assert_eq!(response.first(HeaderName::To).expect("it is there"), "\"open <sip:bob@example.com>");
}

#[test]
fn what_does_not_fit_is_left_out_and_the_message_stays_whole() {
    let mut builder = request();
    for _ in 0..MAX_FIELDS {
        builder.add(HeaderName::Subject, "x");
    }
    assert_eq!(builder.finish().lines().count(), MAX_FIELDS);

    let large = "x".repeat(MAX_HEAD_BYTES / 2);
    let mut builder = request();
    for _ in 0..4 {
        builder.add(HeaderName::Subject, large.as_str());
    }
    let built = builder.finish();
    assert_eq!(built.count(HeaderName::Subject), 1);
    assert!(parse(built.raw()).is_ok());
    let body = "x".repeat(super::super::limits::MAX_BODY_BYTES + 1);
    assert_eq!(request().body("text/plain", body).finish().body(), b"");
}

#[test]
fn display_names_are_quoted_when_they_must_be() {
    let check = |name: &str, written: &str| {
        let address = NameAddr::new(uri("sip:a@b")).with_display_name(name);
        let line = MessageBuilder::response(200, "OK").header(HeaderName::From, address).finish();
        assert_eq!(line.first(HeaderName::From).expect("it is there"), written);
        assert_eq!(line.from().expect("readable").display_name, name);
    };
    check("", "<sip:a@b>");
    check("Bob Smith", "Bob Smith <sip:a@b>");
    check("Smith, Bob", "\"Smith, Bob\" <sip:a@b>");
    check("a\\b\"c", "\"a\\\\b\\\"c\" <sip:a@b>");
    check("客服", "\"客服\" <sip:a@b>");
}
