use super::*;
use crate::sip::HeaderName;

fn message(n: usize, body: &str) -> String {
    format!(
        "MESSAGE sip:b@c SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK{n}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@c>\r\n\
         Call-ID: {n}\r\nCSeq: 1 MESSAGE\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn drain(framer: &mut StreamFramer) -> Vec<Framed> {
    std::iter::from_fn(|| framer.next_item()).collect()
}

/// A short name for each item: the Call-ID and body, or what else it is.
fn names(items: &[Framed]) -> Vec<String> {
    let name = |item: &Framed| match item {
        Framed::Message(m) => format!("{} {}", m.call_id().unwrap_or_default(), String::from_utf8_lossy(m.body())),
        Framed::Bad(error) => format!("bad: {}", error.fault),
        Framed::Ping => "ping".to_owned(),
        Framed::Pong => "pong".to_owned(),
        Framed::Broken(error) => format!("broken: {}", error.fault),
    };
    items.iter().map(name).collect()
}

fn framed(text: &str) -> Vec<String> {
    let mut framer = StreamFramer::new();
    framer.push(text.as_bytes());
    names(&drain(&mut framer))
}

#[test]
fn messages_split_at_every_byte_are_the_same_messages() {
    let bad = message(9, "x").replace("sip:b@c SIP", "sip: SIP");
    let stream = format!("{}\r\n\r\n{}\r\n{bad}{}", message(1, "hello"), message(2, ""), message(3, "a\r\n\r\nb"));
    let whole = framed(&stream);
    assert_eq!(whole, ["1 hello", "pong", "ping", "2 ", "pong", "bad: the Request-URI cannot be read", "3 a\r\n\r\nb"]);
    for at in 0..=stream.len() {
        let mut framer = StreamFramer::new();
        framer.push(&stream.as_bytes()[..at]);
        let mut items = drain(&mut framer);
        framer.push(&stream.as_bytes()[at..]);
        items.extend(drain(&mut framer));
        assert_eq!(names(&items), whole, "split at {at}");
        assert_eq!(framer.buffered(), 0);
    }
    let mut framer = StreamFramer::new();
    let mut items = Vec::new();
    for byte in stream.as_bytes() {
        framer.push(&[*byte]);
        items.extend(drain(&mut framer));
    }
    assert_eq!(names(&items), whole, "byte by byte");
}

#[test]
fn two_crlfs_are_a_ping_and_one_is_a_pong() {
    assert_eq!(framed("\r\n"), ["pong"]);
    assert_eq!(framed("\r\n\r\n"), ["pong", "ping"]);
    assert_eq!(framed("\r\n\r\n\r\n\r\n"), ["pong", "ping", "pong", "ping"]);
    let between = format!("\r\n{}\r\n", message(1, ""));
    assert_eq!(framed(&between), ["pong", "1 ", "pong"]);
    let mut framer = StreamFramer::new();
    framer.push(PING);
    assert!(matches!(drain(&mut framer).last(), Some(Framed::Ping)));
}

#[test]
fn content_length_is_found_in_every_spelling() {
    for line in ["Content-Length : 5", "l:5", "L \t:  0005", "CONTENT-LENGTH:\r\n 5", "content-length: 5 "] {
        let stream = message(1, "hello").replace("Content-Length: 5", line) + &message(2, "");
        assert_eq!(framed(&stream), ["1 hello", "2 "], "{line:?}");
    }
}

#[test]
fn lengths_that_cannot_be_end_the_stream_with_an_answer() {
    let check = |value: &str, status: u16| {
        let stream = message(1, "hello").replace("Content-Length: 5", value) + &message(2, "");
        let mut framer = StreamFramer::new();
        framer.push(stream.as_bytes());
        match framer.next_item() {
            Some(Framed::Broken(error)) => {
                assert_eq!(error.fault.status(), status, "{value}");
                let request = error.answerable.expect("its head was read");
                assert_eq!(request.call_id().expect("Call-ID"), "1");
            }
            other => panic!("{value}: {other:?}"),
        }
        framer.push(message(3, "").as_bytes());
        assert!(framer.next_item().is_none(), "{value}: what follows is not believed");
        assert_eq!(framer.buffered(), 0);
    };
    for digits in ["131073", "2147483648", "4294967296", "4294967301", "18446744073709551616", &"9".repeat(40)] {
        check(&format!("Content-Length: {digits}"), 413);
    }
    for value in ["Content-Length: -1", "Content-Length: five", "Content-Length:", "X: 5", "l: 5\r\nl: 6", "l: 5, 5"] {
        check(value, 400);
    }
}

#[test]
fn what_is_not_sip_is_refused_at_once() {
    assert_eq!(framed("\x16\x03\x01\x02"), ["broken: the start line is neither a SIP request nor a SIP response"]);
    assert_eq!(framed("\rX"), ["broken: the start line is neither a SIP request nor a SIP response"]);
    assert_eq!(framed("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), ["broken: Content-Length is missing on a stream"]);
    let mut framer = StreamFramer::new();
    framer.push(b"GET / HTTP/1.1\r\n\r\n");
    assert!(matches!(framer.next_item(), Some(Framed::Broken(error)) if error.answerable.is_none()));
}

#[test]
fn a_head_without_end_is_not_collected_for_ever() {
    let mut framer = StreamFramer::new();
    let mut sent = 0;
    let broken = loop {
        framer.push(&[b'a'; 1000]);
        sent += 1000;
        match framer.next_item() {
            None => assert!(framer.buffered() <= MAX_HEAD_BYTES),
            Some(item) => break item,
        }
    };
    assert_eq!(names(&[broken]), [format!("broken: {}", Fault::HeadTooLong)]);
    assert!(sent <= MAX_HEAD_BYTES + 1000);
    let stream = format!("{}X: {}\r\n\r\n", message(1, "").trim_end(), "y".repeat(MAX_HEAD_BYTES));
    assert_eq!(framed(&stream), [format!("broken: {}", Fault::HeadTooLong)]);
}

#[test]
fn the_largest_body_is_taken() {
    let body = "x".repeat(MAX_BODY_BYTES);
    let mut framer = StreamFramer::new();
    framer.push(message(1, &body).as_bytes());
    assert!(matches!(framer.next_item(), Some(Framed::Message(m)) if m.body().len() == MAX_BODY_BYTES));
}

#[test]
fn the_second_message_of_rfc_4475_3_1_1_8_comes_after_the_first() {
    let file = include_bytes!("../../../tests/torture/rfc4475/dblreq.dat");
    let mut framer = StreamFramer::new();
    framer.push(file);
    let items = drain(&mut framer);
    let kinds = names(&items);
    assert!(kinds[0].starts_with("dblreq.0ha0isndaksdj99sdfafnl3lk233412"), "{kinds:?}");
    assert!(kinds[2].starts_with("dblreq.0ha0isnda977644900765@192.0.2.15"), "{kinds:?}");
    match &items[2] {
        Framed::Message(invite) => assert_eq!(invite.first(HeaderName::To).expect("t"), "sip:joe@example.com"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_truncated_message_of_rfc_4475_3_1_2_2_waits_for_its_rest() {
    let mut framer = StreamFramer::new();
    framer.push(include_bytes!("../../../tests/torture/rfc4475/clerr.dat"));
    assert!(framer.next_item().is_none());
    framer.push(&[b'x'; 9999]);
    assert!(matches!(framer.next_item(), Some(Framed::Message(m)) if m.body().len() == 9999));
}
