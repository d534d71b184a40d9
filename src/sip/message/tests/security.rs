//! What others were attacked with.

use super::super::{Fault, HeaderName, Text, validate};
use super::{USUAL, fault, invite, parse};
use crate::sip::header::{Auth, HeaderError, NameAddr};

#[test]
fn content_lengths_of_any_size_never_wrap() {
    for digits in ["2147483648", "4294967295", "4294967296", "4294967301", "18446744073709551616", &"9".repeat(40)] {
        let text = format!("INVITE sip:b@c SIP/2.0\r\n{USUAL}Content-Length: {digits}\r\n\r\nhello");
        assert_eq!(fault(text), (Fault::BodyTruncated, true), "{digits}");
    }
}

#[test]
fn authorization_headers_of_any_shape_are_read_or_refused() {
    let auths = |lines: &str| invite(lines).auths(HeaderName::Authorization).collect::<Vec<_>>();
    assert!(auths("").is_empty());
    assert_eq!(auths("Authorization:\r\n"), [Err(HeaderError::Token)]);
    assert_eq!(auths("Authorization: Digest\r\n").len(), 1);
    let twice = "Authorization: Digest username=\"a\", username=\"b\"\r\n";
    assert_eq!(auths(twice), [Err(HeaderError::Repeated)]);
    let open = "Authorization: Digest username=\"a\r\n";
    assert_eq!(auths(open), [Err(HeaderError::Unbalanced)]);
    let unparted = "Authorization: Digest a=\"1\" b=\"2\"\r\n";
    assert_eq!(auths(unparted), [Err(HeaderError::Params)]);
    let many = auths(&"Authorization: Digest realm=\"other\", nonce=\"n\"\r\n".repeat(200));
    assert_eq!(many.len(), 200);
    let long = format!("Digest response=\"{}\"", "f".repeat(20_000));
    let auth = Auth::parse(&Text::from(long)).expect("long is not wrong");
    assert_eq!(auth.get("response").map(Text::len), Some(20_000));
    let flood = format!("Digest {}", (0..65).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join(","));
    assert_eq!(Auth::parse(&Text::from(flood)), Err(HeaderError::Params));
    let token = Auth::parse(&Text::from("Bearer abc.def==")).expect("another scheme's business");
    assert!(!token.is_digest());
}

#[test]
fn long_and_repeated_parts_are_kept_as_they_are() {
    let tag = "t".repeat(9000);
    let line = format!("Refer-To: <sip:{}@h>;tag={tag};tag=2\r\n", "u".repeat(7000));
    let address = invite(&line).name_addr(HeaderName::ReferTo).expect("readable");
    assert_eq!(address.tag().map(|t| t.len()), Some(9000));
    assert!(address.params.is_repeated("TAG"));
    let too_long = format!("Refer-To: <sip:{}@h>\r\n", "u".repeat(9000));
    assert!(invite(&too_long).name_addr(HeaderName::ReferTo).is_err());
    let method = "M".repeat(3000);
    let text = format!("{method} sip:b@c SIP/2.0\r\n{}\r\n", USUAL.replace("INVITE", &method));
    assert_eq!(validate(&parse(text).expect("readable")), Ok(()));
    let vias = format!("Via: SIP/2.0/UDP {}\r\n", "h,SIP/2.0/UDP ".repeat(200) + "h");
    assert_eq!(invite(&vias).header(HeaderName::Via).count(), 202);
}

#[test]
fn hosts_that_are_none_are_refused() {
    let hosts = [
        ".1",
        "[.1]",
        "[]",
        "[::1",
        "a..b",
        ".",
        "-%41",
        "a b",
        "[1.2.3.4]",
        "a@b",
        "",
        "[::1]x",
        "h:",
        "h:0",
        "h:65536",
    ];
    for host in hosts {
        for name in ["Contact", "Route", "Record-Route"] {
            let message = invite(&format!("{name}: <sip:u@{host}>\r\n"));
            let malformed = Fault::Malformed(HeaderName::of(name.as_bytes()));
            assert_eq!(validate(&message), Err(malformed), "{name}: {host:?}");
        }
    }
}

#[test]
fn headers_cannot_hide_behind_spaces_or_folds() {
    let forms = [
        "P-Asserted-Identity: <sip:boss@b>\r\n",
        "p-asserted-identity :<sip:boss@b>\r\n",
        "P-Asserted-Identity\t \t:\r\n <sip:boss@b>\r\n",
        "P-Asserted-Identity\r\n : <sip:boss@b>\r\n",
    ];
    for form in forms {
        let message = invite(form);
        assert!(message.has(HeaderName::PAssertedIdentity), "{form:?}");
        assert_eq!(message.header_named("P-ASSERTED-IDENTITY").count(), 1, "{form:?}");
    }
    let cr = invite("Subject: a\rP-Asserted-Identity: <sip:boss@b>\r\n");
    assert!(!cr.has(HeaderName::PAssertedIdentity));
    let copied = super::super::MessageBuilder::response(200, "OK").copy(&cr, HeaderName::Subject).finish();
    assert!(!copied.raw().windows(2).any(|pair| pair[0] == b'\r' && pair[1] != b'\n'));
}

#[test]
fn control_characters_in_display_names_reach_no_screen() {
    let from = NameAddr::parse(&Text::from("\"a\x1b[31m\u{7}b\u{202e}c\" <sip:%0d%0Ax@h>")).expect("readable");
    assert_eq!(from.label(), "a [31m b c");
    assert_eq!(NameAddr { display_name: Text::default(), ..from }.label(), "  x");
}

#[test]
fn identity_headers_are_text_whatever_they_hold() {
    let long = format!("Identity: {};info=<file:///etc/passwd>;alg=ES256\r\n", "a".repeat(30_000));
    assert_eq!(invite(&long).first(HeaderName::Identity).map(|t| t.len()), Some(30_000 + 36));
    assert_eq!(invite("y: no semicolon\r\n").first(HeaderName::Identity).expect("it is there"), "no semicolon");
}

#[test]
fn xml_bodies_are_bytes() {
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><x>&b;</x>";
    let text = format!("INVITE sip:b@c SIP/2.0\r\n{USUAL}Content-Type: application/pidf+xml\r\n\r\n{bomb}");
    let message = parse(text).expect("readable");
    assert_eq!(message.body(), bomb.as_bytes());
    assert!(message.sdp().is_none());
}
