use super::super::limits::{MAX_BODY_BYTES, MAX_FIELDS, MAX_HEAD_BYTES, MAX_URI_BYTES};
use super::super::{Fault, HeaderName, Method, StartLine, Text, validate};
use super::{USUAL, fault, invite, parse};

#[test]
fn a_request_shares_the_bytes_it_came_in() {
    let message = invite("Content-Length: 0\r\n");
    let bytes = message.raw().as_ptr_range();
    let call_id = message.call_id().expect("Call-ID");
    assert!(bytes.contains(&call_id.as_bytes().as_ptr()));
    assert_eq!(call_id.detached(), call_id);
    assert!(!bytes.contains(&call_id.detached().as_bytes().as_ptr()));
}

#[test]
fn a_response_has_status_and_reason() {
    let response = parse(format!("SIP/2.0 486 Busy Here\r\n{USUAL}\r\n")).expect("a response");
    assert_eq!(response.start_line(), &StartLine::Response { status: 486, reason: Text::from("Busy Here") });
    assert_eq!((response.status(), response.method(), response.uri()), (Some(486), None, None));
    let lenient = parse(format!("sip/2.0 200\r\n{USUAL}\r\n")).expect("no space, lower case");
    assert_eq!((lenient.status(), lenient.reason().map(Text::len)), (Some(200), Some(0)));
}

#[test]
fn lines_may_end_with_a_line_feed_alone() {
    let text = format!("OPTIONS sip:bob@example.com SIP/2.0\r\n{USUAL}\r\nbody").replace("\r\n", "\n");
    let message = parse(text).expect("readable");
    assert_eq!(message.body(), b"body");
    assert_eq!(message.header(HeaderName::Via).count(), 1);
}

#[test]
fn empty_lines_before_the_start_line_are_passed_by() {
    let message = parse(format!("\r\n\r\nINVITE sip:bob@example.com SIP/2.0\r\n{USUAL}\r\n")).expect("readable");
    assert!(message.raw().starts_with(b"INVITE"));
    assert_eq!(fault("\r\n\r\n"), (Fault::Empty, false));
    assert_eq!(fault(""), (Fault::Empty, false));
}

#[test]
fn what_is_not_sip_is_dropped() {
    for text in
        ["GET / HTTP/1.1\r\n\r\n", "hello\r\n\r\n", "\x16\x03\x01\r\n\r\n", "INVITE sip:a@b\r\n\r\n", " \r\n\r\n"]
    {
        assert_eq!(fault(text), (Fault::NotSip, false), "{text:?}");
    }
    for text in ["SIP/2.0 99 x", "SIP/2.0 700 x", "SIP/2.0 20 x", "SIP/2.0 2000 x", "SIP/2.0 2x0 x", "SIP/2.0  200 x"] {
        assert_eq!(fault(format!("{text}\r\n{USUAL}\r\n")), (Fault::StatusCode, false), "{text:?}");
    }
    assert_eq!(fault(format!("SIP/3.0 200 OK\r\n{USUAL}\r\n")), (Fault::Version, false));
}

#[test]
fn bad_request_lines_are_answered() {
    let check = |line: &str, expected: Fault| {
        assert_eq!(fault(format!("{line}\r\n{USUAL}\r\n")), (expected, true), "{line:?}");
    };
    check("INVITE sip:bob@example.com SIP/2.1", Fault::Version);
    check("INVITE  sip:bob@example.com SIP/2.0", Fault::RequestLine);
    check("INVITE sip:bob@example.com  SIP/2.0", Fault::RequestLine);
    check("INVITE sip:bob@example.com SIP/2.0 ", Fault::RequestLine);
    check("INVITE sip:bob@ex ample.com SIP/2.0", Fault::RequestLine);
    check("INVITE  SIP/2.0", Fault::RequestLine);
    check("INVITE bob SIP/2.0", Fault::RequestUri);
    check("INVITE sip: SIP/2.0", Fault::RequestUri);
    check("INVITE sip:bob@[::1 SIP/2.0", Fault::RequestUri);
    check(&format!("INVITE sip:{}@h SIP/2.0", "b".repeat(MAX_URI_BYTES)), Fault::UriTooLong);
    // RFC 3261 17: an ACK has no response.
    assert_eq!(fault(format!("ACK sip: SIP/2.0\r\n{USUAL}\r\n")), (Fault::RequestUri, false));
}

#[test]
fn a_fault_is_answerable_only_with_the_five_headers() {
    for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
        let without: String = USUAL.lines().filter(|l| !l.starts_with(name)).map(|l| format!("{l}\r\n")).collect();
        assert_eq!(fault(format!("INVITE sip: SIP/2.0\r\n{without}\r\n")), (Fault::RequestUri, false), "{name}");
        let message = parse(format!("INVITE sip:b@c SIP/2.0\r\n{without}\r\n")).expect("readable");
        let missing = HeaderName::of(name.as_bytes());
        assert_eq!(validate(&message), Err(Fault::Missing(missing)));
        assert_eq!(Fault::Missing(missing).reason(), format!("Bad Request: {name} is missing"));
    }
}

#[test]
fn bodies_of_datagrams_follow_content_length() {
    let check = |lines: &str, expected: Fault| {
        let text = format!("INVITE sip:bob@example.com SIP/2.0\r\n{USUAL}{lines}\r\nhello");
        assert_eq!(fault(text), (expected, true), "{lines:?}");
    };
    check("Content-Length: 6\r\n", Fault::BodyTruncated);
    check("Content-Length: 4294967296\r\n", Fault::BodyTruncated);
    check("l: 18446744073709551616\r\n", Fault::BodyTruncated);
    check("Content-Length: -5\r\n", Fault::ContentLength);
    check("Content-Length: +5\r\n", Fault::ContentLength);
    check("Content-Length: 5 5\r\n", Fault::ContentLength);
    check("Content-Length: 0x5\r\n", Fault::ContentLength);
    check("Content-Length:\r\n", Fault::ContentLength);
    check("Content-Length: 5\r\nl: 4\r\n", Fault::Repeated(HeaderName::ContentLength));
    assert_eq!(invite("Content-Length: 0\r\nl: 00\r\n").body(), b"", "the same number twice is no doubt");
}

#[test]
fn sizes_are_bounded() {
    let check = |text: String, expected: Fault, status: u16| {
        let (fault, _) = fault(text);
        assert_eq!((fault, fault.status()), (expected, status));
    };
    let start = format!("INVITE sip:bob@example.com SIP/2.0\r\n{USUAL}");
    check(format!("{start}{}\r\n", "X: y\r\n".repeat(MAX_FIELDS)), Fault::TooManyFields, 400);
    check(format!("{start}X: {}\r\n\r\n", "y".repeat(MAX_HEAD_BYTES)), Fault::HeadTooLong, 513);
    check(format!("{start}X: {}", "y".repeat(MAX_HEAD_BYTES)), Fault::HeadTooLong, 513);
    check(format!("{start}\r\n{}", "y".repeat(MAX_BODY_BYTES + 1)), Fault::BodyTooLong, 413);
    check(start.clone(), Fault::NoHeadEnd, 400);
    let vias = invite(&format!("Via: {}\r\n", "SIP/2.0/UDP h,".repeat(1000)));
    assert_eq!(vias.header(HeaderName::Via).count(), super::super::limits::MAX_VALUES);
}

#[test]
fn lines_that_are_no_headers_are_left_out() {
    let message = invite(
        "no colon\r\n: no name\r\na b: space in the name\r\nX\u{e9}: name with a letter beyond ASCII\r\nOk: 1\r\n",
    );
    let names: Vec<_> = message.lines().skip(6).map(|(_, name, _)| name).collect();
    assert_eq!(names, [Text::from("Ok")]);
}

#[test]
fn other_headers_are_found_by_name_in_any_case() {
    let message = invite("X-Queue: a, b\r\nx-queue : c\r\n");
    let values: Vec<_> = message.header_named("X-QUEUE").collect();
    assert_eq!(values, [Text::from("a, b"), Text::from("c")], "their grammar is unknown: not split");
    assert_eq!(message.header_named("v").count(), 1, "compact forms count");
    assert_eq!(message.header_named("X-Q").count(), 0);
}

#[test]
fn values_of_headers_without_a_list_keep_their_commas() {
    let message = invite("Subject: a, b\r\nDate: Sat, 13 Nov 2010 23:29:00 GMT\r\nSupported: a,b , \"c\",\r\n");
    assert_eq!(message.header(HeaderName::Subject).count(), 1);
    assert_eq!(message.first(HeaderName::Date).expect("a date"), "Sat, 13 Nov 2010 23:29:00 GMT");
    assert_eq!(message.header(HeaderName::Supported).count(), 3);
    assert!(message.supports("A") && !message.supports("d") && !message.requires("a"));
}

#[test]
fn validation_finds_what_a_user_agent_must_refuse() {
    let check = |from: &str, to: &str, expected: Fault| {
        let text = format!("INVITE sip:bob@example.com SIP/2.0\r\n{USUAL}\r\n").replace(from, to);
        assert_ne!(text, format!("INVITE sip:bob@example.com SIP/2.0\r\n{USUAL}\r\n"), "{from:?}");
        let message = parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(validate(&message), Err(expected), "{text}");
    };
    let malformed = |name| Fault::Malformed(name);
    check("sip:bob@example.com SIP", "mailto:bob@example.com SIP", Fault::UnsupportedScheme);
    check("sip:bob@example.com SIP", "sip:bob@example.com?a=b SIP", Fault::RequestUri);
    check("CSeq: 7", "CSeq: 2147483648", malformed(HeaderName::CSeq));
    check("CSeq: 7 INVITE", "CSeq: 7 BYE", Fault::CSeqMethod);
    check("CSeq: 7 INVITE", "CSeq: 7", malformed(HeaderName::CSeq));
    check("Max-Forwards: 70", "Max-Forwards: many", malformed(HeaderName::MaxForwards));
    check("SIP/2.0/UDP 192", "SIP/3.0/UDP 192", malformed(HeaderName::Via));
    check("192.0.2.1:5060", "192.0.2.1:50600000", malformed(HeaderName::Via));
    check("<sip:alice@example.com>", "<sip:alice@example.com", malformed(HeaderName::From));
    check("Call-ID: call-1", "Call-ID:", malformed(HeaderName::CallId));
    check("To: <", "To: <sip:b@c>\r\nTo: <", Fault::Repeated(HeaderName::To));
    check("Max-", "Contact: *, <sip:a@b>\r\nMax-", malformed(HeaderName::Contact));
    check("Max-", "Route: <sip:a@b>, junk\r\nMax-", malformed(HeaderName::Route));
    check("Max-", "Content-Type: text\r\nMax-", malformed(HeaderName::ContentType));
}

#[test]
fn header_names_and_their_compact_forms_are_one() {
    for (name, long, compact) in [(HeaderName::Via, "vIA", "V"), (HeaderName::CallId, "CALL-ID", "i")] {
        assert_eq!((HeaderName::of(long.as_bytes()), HeaderName::of(compact.as_bytes())), (name, name));
    }
    assert_eq!(HeaderName::of(b"p-asserted-identity2"), HeaderName::Other);
    assert_eq!(HeaderName::of(b""), HeaderName::Other);
    assert_eq!(HeaderName::of(&[b'v'; 300]), HeaderName::Other);
    let invite = invite("");
    assert_eq!(invite.method().map(Method::to_string).as_deref(), Some("INVITE"));
}
