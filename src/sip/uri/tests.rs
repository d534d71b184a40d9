use super::*;
use crate::sip::Text;

fn uri(text: &str) -> Uri {
    text.parse().unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_uri_has_all_its_parts() {
    let uri = uri(
        "sips:al%69ce;x=1:p%40ss@atlanta.example.com:5071;transport=tcp;lr;Method=INVITE?subject=a%20b&Priority=urgent",
    );
    assert_eq!((uri.scheme(), uri.scheme_text()), (Scheme::Sips, &b"sips"[..]));
    assert_eq!(uri.user_str().as_deref(), Some("alice;x=1"));
    assert_eq!(uri.password().as_deref(), Some(&b"p@ss"[..]));
    assert_eq!((uri.host().map(Host::to_string).as_deref(), uri.port()), (Some("atlanta.example.com"), Some(5071)));
    assert_eq!(uri.param_str("TRANSPORT").as_deref(), Some("tcp"));
    assert_eq!(uri.param_str("method").as_deref(), Some("INVITE"));
    assert!(uri.is_loose_router() && uri.has_headers() && uri.is_sip());
    let headers: Vec<_> = uri.headers().map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
    assert_eq!(headers, [(b"subject".to_vec(), b"a b".to_vec()), (b"Priority".to_vec(), b"urgent".to_vec())]);
}

#[test]
fn every_uri_is_written_as_it_came() {
    for text in [
        "sip:h",
        "SIP:ALICE@H:5060;lr",
        "sip:@h",
        "sip:u:@h",
        "sip:%00@[2001:db8::1]:5060;x=%zz?a=b",
        "tel:+1-201-555-0123;ext=5",
        "urn:service:sos",
        "sip:a@h;a=b;;c",
    ] {
        let read = uri(text);
        assert_eq!(read.to_string(), text);
        assert_eq!(read.detached(), read);
        assert_eq!(read.as_text(), text);
    }
}

#[test]
fn hosts_are_names_or_addresses() {
    let host = |text: &str| Host::parse(&Text::from(text));
    assert_eq!(host("192.0.2.1"), Some(Host::V4("192.0.2.1".parse().expect("an address"))));
    assert_eq!(host("[::1]"), Some(Host::V6("::1".parse().expect("an address"))));
    assert_eq!(host("[2001:db8:::192.0.2.1]"), host("[2001:db8::192.0.2.1]"));
    for name in ["a", "a.b.", "x-y.example", "my_host", "1.2.3", "999.1.1.1", "3com.com"] {
        assert_eq!(host(name), Some(Host::Name(Text::from(name))));
    }
    for none in ["", ".", ".a", "a..b", "[::1", "::1", "[]", "[:::1]", "a b", "a,b", &"a".repeat(256), "[::1%eth0]"] {
        assert_eq!(host(none), None, "{none}");
    }
    assert_eq!(host("[::1]").map(|h| h.to_string()).as_deref(), Some("[::1]"));
    assert!(Host::Name(Text::from("A.b")).is_same(&Host::Name(Text::from("a.B"))));
}

#[test]
fn what_is_no_uri_is_refused() {
    let check = |text: &str, error: UriError| assert_eq!(text.parse::<Uri>(), Err(error), "{text}");
    check("", UriError::Scheme);
    check("alice", UriError::Scheme);
    check(":x", UriError::Scheme);
    check("1sip:x", UriError::Scheme);
    check("si p:x", UriError::Forbidden);
    check("sip:a\"b@h", UriError::Forbidden);
    check("<sip:a@h>", UriError::Forbidden);
    check("sip:a\0@h", UriError::Forbidden);
    check("sip:", UriError::Host);
    check("sip:a@", UriError::Host);
    check("sip:a@b@c", UriError::Host);
    check("sip:a@h:", UriError::Port);
    check("sip:a@h:0", UriError::Port);
    check("sip:a@h:70000", UriError::Port);
    check("sip:a@h:+5", UriError::Port);
    check("sip:a@[::1]5060", UriError::Host);
    check("tel:", UriError::Number);
    check("tel:;ext=1", UriError::Number);
    check(&format!("sip:{}@h", "a".repeat(9000)), UriError::TooLong);
}

/// The examples of RFC 3261 19.1.4.
#[test]
fn uris_are_compared_as_rfc_3261_says() {
    let check = |a: &str, b: &str, same: bool| {
        assert_eq!(uri(a).is_equivalent(&uri(b)), same, "{a} and {b}");
        assert_eq!(uri(b).is_equivalent(&uri(a)), same, "{b} and {a}");
    };
    check("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", true);
    check("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true);
    check("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on", true);
    check(
        "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
        "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        true,
    );
    check(
        "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
        "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        true,
    );
    check("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", false);
    check("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false);
    check("sip:bob@biloxi.com", "sip:bob@biloxi.com;user=phone", false);
    check("sip:bob@biloxi.com", "sip:bob@biloxi.com;method=INVITE", false);
    check("sip:bob@biloxi.com;transport=udp", "sip:bob@biloxi.com;transport=tcp", false);
    check("sip:bob@biloxi.com:6000;transport=tcp", "sip:bob@biloxi.com", false);
    check("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", false);
    check("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false);
    check("sip:bob@biloxi.com", "sips:bob@biloxi.com", false);
    check("sip:bob@biloxi.com", "sip:bob:x@biloxi.com", false);
    check("sip:bob@[2001:db8::1]", "sip:bob@[2001:DB8:0::1]", true);
    check("tel:+1-201-555-0123", "TEL:+12015550123", true);
    check("tel:7042;phone-context=example.com", "tel:7042", false);
    check("tel:7042", "sip:7042@example.com", false);
    check("mailto:a@b", "mailto:a@b", true);
    check("mailto:a@b", "mailto:A@b", false);
}

#[test]
fn escapes_round_trip() {
    for user in ["alice", "a b@c", "100%", "客服", "#31#100", "a;b?c/d", "x\"<>", "\0"] {
        let built = Uri::sip(Some(user), &Host::Name(Text::from("h")), Some(5080)).expect("a URI");
        assert_eq!(built.user_str().as_deref(), Some(user), "{built}");
        assert_eq!(built.port(), Some(5080));
    }
    assert_eq!(decode(b"%41%zz%4").as_ref(), b"A%zz%4");
    assert_eq!(encode_user("a@b".as_bytes()), "a%40b");
}

#[test]
fn parts_are_replaced_and_the_rest_stays() {
    let base = uri("sip:bob@h;transport=udp;lr?Subject=x");
    let text = |uri: Result<Uri, UriError>| uri.expect("a URI").to_string();
    assert_eq!(text(base.with_param("transport", "tcp")), "sip:bob@h;lr;transport=tcp?Subject=x");
    assert_eq!(text(base.with_param("ob", "")), "sip:bob@h;transport=udp;lr;ob?Subject=x");
    assert_eq!(text(base.with_param("x", "a;b")), "sip:bob@h;transport=udp;lr;x=a%3Bb?Subject=x");
    assert_eq!(text(base.without_param("LR")), "sip:bob@h;transport=udp?Subject=x");
    assert_eq!(text(base.without_param("none")), base.to_string());
    assert_eq!(
        text(base.with_header("Replaces", "a@b;to-tag=1")),
        "sip:bob@h;transport=udp;lr?Subject=x&Replaces=a%40b%3Bto-tag%3D1"
    );
    assert_eq!(base.without_headers().to_string(), "sip:bob@h;transport=udp;lr");
    let address = Host::V6("2001:db8::1".parse().expect("an address"));
    assert_eq!(text(base.with_host_port(&address, Some(7))), "sip:bob@[2001:db8::1]:7;transport=udp;lr?Subject=x");
    assert_eq!(text(base.with_user("a@b")), "sip:a%40b@h;transport=udp;lr?Subject=x");
    assert_eq!(text(uri("sip:h").with_user("u")), "sip:u@h");
    assert_eq!(text(uri("sip:h?a=b").with_header("c", "d")), "sip:h?a=b&c=d");
}

#[test]
fn a_replaces_header_in_a_uri_reads_back() {
    let target = uri("sip:bob@h").with_header("Replaces", "call@h;to-tag=7;from-tag=8").expect("a URI");
    let (_, value) = target.headers().next().expect("one header");
    assert_eq!(value.as_ref(), b"call@h;to-tag=7;from-tag=8");
    let sloppy = uri("sip:bob@h?Replaces=call@h;to-tag=7");
    assert_eq!(sloppy.user_str().as_deref(), Some("bob"));
    assert_eq!(sloppy.headers().next().expect("one header").1.as_ref(), b"call@h;to-tag=7");
}
