//! What other parsers get wrong (the project's `docs/dependencies.md`): each is read right here.

use bytes::Bytes;
use hotline::sip::framing::{Framed, StreamFramer};
use hotline::sip::message::validate;
use hotline::sip::{Auth, HeaderName, Host, Message, Method, Scheme, Text, Uri, Via};

const REST: &str = "Max-Forwards: 70\r\nFrom: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\n\
                    Call-ID: c1\r\nCSeq: 1 OPTIONS\r\n";
const VIA: &str = "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\n";

fn read(text: impl AsRef<[u8]>) -> Message {
    let text = text.as_ref();
    let message = Message::parse(Bytes::copy_from_slice(text));
    let message = message.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(text)));
    validate(&message).unwrap_or_else(|fault| panic!("{fault}: {}", String::from_utf8_lossy(text)));
    message
}

fn options(lines: &str) -> Message {
    read(format!("OPTIONS sip:bob@example.com SIP/2.0\r\n{lines}{REST}Content-Length: 0\r\n\r\n"))
}

#[test]
fn compact_names_are_the_same_headers() {
    let text = "OPTIONS sip:bob@example.com SIP/2.0\r\nv: SIP/2.0/UDP h;branch=z9hG4bK1\r\nf: <sip:a@b>;tag=1\r\n\
                t: <sip:c@d>\r\ni: c1\r\nCSeq: 1 OPTIONS\r\nm: <sip:a@192.0.2.1>\r\nc: text/plain\r\nl: 5\r\n\
                k: timer\r\no: dialog\r\nr: <sip:x@y>\r\nb: <sip:z@w>\r\ns: hello\r\nu: dialog\r\nx: 90\r\n\
                e: gzip\r\ny: sig\r\n\r\nhello";
    let message = read(text);
    let names: Vec<HeaderName> = message.lines().map(|(name, _, _)| name).collect();
    let expected = [
        HeaderName::Via,
        HeaderName::From,
        HeaderName::To,
        HeaderName::CallId,
        HeaderName::CSeq,
        HeaderName::Contact,
        HeaderName::ContentType,
        HeaderName::ContentLength,
        HeaderName::Supported,
        HeaderName::Event,
        HeaderName::ReferTo,
        HeaderName::ReferredBy,
        HeaderName::Subject,
        HeaderName::AllowEvents,
        HeaderName::SessionExpires,
        HeaderName::ContentEncoding,
        HeaderName::Identity,
    ];
    assert_eq!(names, expected);
    assert_eq!(message.body(), b"hello");
}

#[test]
fn folds_and_spaces_before_the_colon_are_read() {
    let folded = options("Via \t : SIP/2.0/UDP 192.0.2.1\r\n ;branch=z9hG4bK1\r\nSubject: a\r\n\tb\r\n  c\r\n");
    assert_eq!(folded.top_via().expect("a Via").branch().expect("a branch"), "z9hG4bK1");
    let subject = folded.first(HeaderName::Subject).expect("a subject");
    assert_eq!(subject.to_str().expect("ASCII").split_whitespace().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert!(!subject.as_bytes().contains(&b'\n'));
}

#[test]
fn a_user_with_dots_is_kept() {
    let uri: Uri = "sip:john.doe@example.com".parse().expect("a URI");
    assert_eq!(uri.user_str().as_deref(), Some("john.doe"));
    assert_eq!(uri.host(), Some(&Host::Name(Text::from("example.com"))));
}

#[test]
fn tel_uris_ipv6_hosts_and_unknown_methods_are_read() {
    let text = format!(
        "FROBNICATE tel:+1-201-555-0123;phone-context=x SIP/2.0\r\nVia: SIP/2.0/TCP [2001:db8::9]:5070;branch=z9hG4bK1\r\n{}\
         Content-Length: 0\r\n\r\n",
        REST.replace("OPTIONS", "FROBNICATE")
    );
    let message = read(text);
    assert_eq!(message.method(), Some(&Method::Other(Text::from("FROBNICATE"))));
    let uri = message.uri().expect("a URI");
    assert_eq!((uri.scheme(), uri.user_str().as_deref()), (Scheme::Tel, Some("+1-201-555-0123")));
    assert_eq!(uri.number(), b"+12015550123");
    let via = message.top_via().expect("a Via");
    assert_eq!((via.host, via.port), (Host::V6("2001:db8::9".parse().expect("an address")), Some(5070)));
}

#[test]
fn a_latin_1_byte_spoils_neither_its_header_nor_the_later_ones() {
    let mut text = b"OPTIONS sip:bob@example.com SIP/2.0\r\nSubject: caf\xe9\r\n".to_vec();
    text.extend_from_slice(format!("{VIA}{REST}Contact: \"").as_bytes());
    text.extend_from_slice(b"Andr\xe9\" <sip:andre@192.0.2.7>\r\nContent-Length: 0\r\n\r\n");
    let message = read(text);
    assert_eq!(message.first(HeaderName::Subject).expect("a subject").as_bytes(), b"caf\xe9");
    let contact = message.name_addr(HeaderName::Contact).expect("a contact");
    assert_eq!(contact.label(), "André");
    assert_eq!(contact.display_name.as_bytes(), b"Andr\xe9");
    assert_eq!(message.call_id().expect("Call-ID"), "c1");
}

#[test]
fn comma_joined_vias_are_all_there() {
    let message = options(
        "Via: SIP/2.0/UDP a;branch=z9hG4bK1;x=\"q,;<\",SIP/2.0/TCP b;branch=z9hG4bK2 ,, SIP/2.0/TLS c;branch=z9hG4bK3\r\n\
         Via: SIP/2.0/UDP d;branch=z9hG4bK4\r\n",
    );
    let branches: Vec<_> = message.all::<Via>().map(|v| v.expect("a Via").branch().expect("a branch")).collect();
    assert_eq!(branches, ["z9hG4bK1", "z9hG4bK2", "z9hG4bK3", "z9hG4bK4"].map(Text::from));
}

#[test]
fn digest_parameters_come_in_every_spelling() {
    let value = "Digest username=\"alice\", realm=\"a \\\"b\\\"\", nonce=\"n,1\",uri=\"sip:bob@example.com;transport=tcp\" ,\
                 response=\"0123\", algorithm=SHA-256, cnonce=\"x\", opaque=\"\", qop=auth, nc=0000000a";
    let message = options(&format!("{VIA}Authorization: {value}\r\n"));
    let auth = message.auths(HeaderName::Authorization).next().expect("credentials").expect("readable");
    let get = |name: &str| auth.get(name).and_then(Text::to_str);
    assert!(auth.is_digest());
    assert_eq!(get("algorithm"), Some("SHA-256"));
    assert_eq!(get("NC"), Some("0000000a"));
    assert_eq!(get("uri"), Some("sip:bob@example.com;transport=tcp"));
    assert_eq!(get("realm"), Some("a \"b\""));
    assert_eq!((get("nonce"), get("opaque"), get("qop")), (Some("n,1"), Some(""), Some("auth")));
    let quoted = Auth::parse(&Text::from("dIgEsT algorithm=\"MD5\",qop=\"auth\"")).expect("readable");
    assert!(quoted.is_digest() && quoted.get("algorithm").is_some_and(|a| a.eq_ignore_case("md5")));
}

#[test]
fn content_length_ends_the_body_of_a_datagram() {
    let text = format!("OPTIONS sip:bob@example.com SIP/2.0\r\n{VIA}{REST}Content-Length: 5\r\n\r\nhelloGARBAGE");
    assert_eq!(read(text).body(), b"hello");
}

#[test]
fn a_datagram_without_content_length_keeps_its_body() {
    let text = format!("OPTIONS sip:bob@example.com SIP/2.0\r\n{VIA}{REST}Content-Type: text/plain\r\n\r\nhello");
    assert_eq!(read(text).body(), b"hello");
}

#[test]
fn a_space_before_the_colon_of_content_length_keeps_the_stream_in_step() {
    let one = format!("OPTIONS sip:bob@example.com SIP/2.0\r\n{VIA}{REST}Content-Length : 5\r\n\r\nhello");
    let mut framer = StreamFramer::new();
    framer.push(one.repeat(3).as_bytes());
    for _ in 0..3 {
        match framer.next_item() {
            Some(Framed::Message(message)) => assert_eq!(message.body(), b"hello"),
            other => panic!("{other:?}"),
        }
    }
    assert!(framer.next_item().is_none());
}

#[test]
fn a_uri_inside_a_quoted_display_name_is_no_address() {
    let text = format!("OPTIONS sip:bob@example.com SIP/2.0\r\n{VIA}{REST}Content-Length: 0\r\n\r\n")
        .replace("From: <sip:alice@example.com>", "From: \"A <sip:evil@x> B\" <sip:caller@h>");
    let from = read(text).from().expect("From");
    assert_eq!(from.uri.to_string(), "sip:caller@h");
    assert_eq!(from.display_name, "A <sip:evil@x> B");
    assert_eq!(from.tag().expect("a tag"), "1");
}

#[test]
fn every_method_of_the_standards_has_its_name() {
    let known = [
        Method::Invite,
        Method::Ack,
        Method::Bye,
        Method::Cancel,
        Method::Options,
        Method::Register,
        Method::Prack,
        Method::Update,
        Method::Message,
        Method::Refer,
        Method::Subscribe,
        Method::Notify,
        Method::Publish,
        Method::Info,
    ];
    for method in known {
        assert_eq!(Method::parse(&Text::from(method.as_bytes())), Some(method));
    }
    assert_eq!(Method::parse(&Text::from("invite")), Some(Method::Other(Text::from("invite"))), "case counts");
    assert_eq!(Method::parse(&Text::from("INV ITE")), None);
}
