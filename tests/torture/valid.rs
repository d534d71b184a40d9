//! What the 13 valid messages of RFC 4475 3.1.1 say.

use hotline::sip::message::parts;
use hotline::sip::transaction::Transport;
use hotline::sip::{Contacts, HeaderName, Host, Method, Text, Via};

use crate::common::accepted;

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn a_short_tortuous_invite_is_read_through_folds_and_spaces() {
    let invite = accepted("wsinv");
    assert_eq!(invite.method(), Some(&Method::Invite));
    assert_eq!(invite.uri().expect("a URI").param("unknownparam").as_deref(), Some(&b""[..]));
    let to = invite.to().expect("To");
    assert_eq!(
        (to.uri.to_string().as_str(), to.tag().expect("a tag").to_str()),
        ("sip:vivekg@chair-dnrc.example.com", Some("1918181833n"))
    );
    let from = invite.from().expect("From");
    assert_eq!(from.display_name, "J Rosenberg \\\"");
    assert_eq!(from.tag().expect("a tag"), "98asjd8");
    let cseq = invite.cseq().expect("CSeq");
    assert_eq!((cseq.number, cseq.method), (9, Method::Invite));
    assert_eq!(invite.first(HeaderName::MaxForwards).and_then(|v| v.to_u32_saturating()), Some(68));
    assert_eq!(invite.body().len(), 150);
    let vias: Vec<Via> = invite.all().map(|via| via.expect("a Via")).collect();
    let seen: Vec<_> =
        vias.iter().map(|v| (v.transport, v.host.to_string(), v.branch().map(|b| b.to_string()))).collect();
    assert_eq!(
        seen,
        [
            (Some(Transport::Udp), "192.0.2.2".to_owned(), Some("390skdjuw".to_owned())),
            (Some(Transport::Tcp), "spindle.example.com".to_owned(), Some("z9hG4bK9ikj8".to_owned())),
            (Some(Transport::Udp), "192.168.255.111".to_owned(), Some("z9hG4bK30239".to_owned())),
        ]
    );
    let contact = invite.name_addr(HeaderName::Contact).expect("a contact");
    assert_eq!(contact.display_name, "Quoted string \"\"");
    assert_eq!(contact.params.get("newparam").expect("newparam"), "newvalue");
    assert!(contact.params.has("secondparam"));
    assert_eq!(contact.q_thousandths(), Some(330));
    let route = invite.name_addr(HeaderName::Route).expect("a Route");
    assert!(route.uri.is_loose_router() && route.uri.has_param("unknown-no-value"));
    assert!(invite.has(HeaderName::Subject));
    assert_eq!(invite.first(HeaderName::Subject).expect("an empty Subject"), "");
    let newfangled = invite.header_named("newFANGLEDheader").next().expect("it is there");
    let words: Vec<_> = newfangled.to_str().expect("UTF-8").split_whitespace().collect();
    assert_eq!(words, ["newfangled", "value", "continued", "newfangled", "value"]);
    assert_eq!(invite.header_named("UnknownHeaderWithUnusualValue").next().expect("it is there"), ";;,,;;,;");
}

#[test]
fn the_wide_range_of_valid_characters_is_kept() {
    let request = accepted("intmeth");
    let name = "!interesting-Method0123456789_*+`.%indeed'~";
    assert_eq!(request.method(), Some(&Method::Other(Text::from(name))));
    assert_eq!(request.cseq().expect("CSeq").method.to_string(), name);
    let uri = request.uri().expect("a URI");
    assert_eq!(text(&uri.user().expect("a user")), "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
    assert_eq!(text(&uri.password().expect("a password")), "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
    assert_eq!(uri.host(), Some(&Host::Name(Text::from("example.com"))));
    let to = request.to().expect("To");
    assert_eq!(to.display_name.as_bytes(), b"BEL:\x07 NUL:\x00 DEL:\x7f");
    assert_eq!(to.label(), "BEL:  NUL:  DEL: ");
    let from = request.from().expect("From");
    assert_eq!(from.display_name, "token1~` token2'+_ token3*%!.-");
    assert_eq!(from.params.get("fromParam''~+*_!.-%").expect("it is there"), "работающий");
    assert_eq!(from.tag().expect("a tag"), "_token~1'+`*%!-.");
    assert_eq!(request.call_id().expect("Call-ID"), "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{");
    let extension = request.header_named("extensionHeader-!.%*+_`'~").next().expect("it is there");
    assert_eq!(extension, "\u{feff}大停電");
}

#[test]
fn escapes_are_read_in_users_and_parameters_only() {
    let invite = accepted("esc01");
    assert_eq!(text(&invite.uri().expect("a URI").user().expect("a user")), "sips:user@example.com");
    let to = invite.to().expect("To").uri;
    assert_eq!(to.user_str().as_deref(), Some("user"));
    assert!(to.is_equivalent(&"sip:user@example.com".parse().expect("a URI")));
    assert_eq!(invite.from().expect("From").uri.user_str().as_deref(), Some("I have spaces"));
    let contact = invite.contact_uri().expect("a contact");
    assert_eq!(contact.user_str().as_deref(), Some("caller"));
    assert!(contact.is_loose_router(), "%6C%72 is lr");
    assert_eq!(contact.param_str("name").as_deref(), Some("value%41"));
}

#[test]
fn escaped_nuls_are_bytes_of_the_user_like_any_other() {
    let register = accepted("escnull");
    assert_eq!(register.to().expect("To").uri.user().as_deref(), Some(&b"null-\0-null"[..]));
    let Ok(Contacts::Addresses(contacts)) = register.contacts() else { panic!("two contacts") };
    let users: Vec<_> = contacts.iter().map(|c| c.uri.user().expect("a user").to_vec()).collect();
    assert_eq!(users, [b"\0".to_vec(), b"\0\0".to_vec()]);
    assert!(!contacts[0].uri.is_equivalent(&contacts[1].uri));
}

#[test]
fn a_percent_sign_escapes_nothing_in_methods_names_and_display_names() {
    let request = accepted("esc02");
    assert_eq!(request.method(), Some(&Method::Other(Text::from("RE%47IST%45R"))));
    assert_eq!(request.to().expect("To").display_name, "%Z%45");
    assert_eq!(request.top_via().expect("a Via").branch().expect("a branch"), "z9hG4bK209%fzsnel234");
    let Ok(Contacts::Addresses(contacts)) = request.contacts() else { panic!("two contacts") };
    assert_eq!(contacts.len(), 2, "C%6Fntact is not Contact");
    assert_eq!(request.header_named("C%6Fntact").count(), 1);
}

#[test]
fn a_display_name_needs_no_space_before_the_bracket() {
    assert_eq!(accepted("lwsdisp").from().expect("From").display_name, "caller");
}

#[test]
fn long_values_in_every_field_are_read() {
    let invite = accepted("longreq");
    assert_eq!(invite.header(HeaderName::Via).count(), 34);
    assert_eq!(invite.count(HeaderName::Via), 34);
    assert!(invite.all::<Via>().all(|via| via.is_ok()));
    let last = invite.all::<Via>().last().expect("34 of them").expect("readable");
    assert_eq!(last.received().map(|ip| ip.to_string()).as_deref(), Some("192.0.2.5"));
    assert!(last.branch().expect("a branch").len() > 150);
    let to = invite.to().expect("To");
    assert!(to.display_name.len() > 90);
    assert!(to.uri.param_str("unknownparam1").expect("unknownparam1").len() > 60);
    assert_eq!(invite.body().len(), 150);
}

#[test]
fn bytes_behind_the_content_length_of_a_datagram_are_cut() {
    let register = accepted("dblreq");
    assert_eq!(register.method(), Some(&Method::Register));
    assert_eq!(register.body(), b"");
    assert!(register.raw().ends_with(b"Content-Length: 0\r\n\r\n"));
    assert_eq!(register.call_id().expect("I is Call-ID"), "dblreq.0ha0isndaksdj99sdfafnl3lk233412");
}

#[test]
fn a_semicolon_before_the_at_belongs_to_the_user() {
    let options = accepted("semiuri");
    let uri = options.uri().expect("a URI");
    assert_eq!(uri.user_str().as_deref(), Some("user;par=u@example.net"));
    assert_eq!(uri.host(), Some(&Host::Name(Text::from("example.com"))));
    assert_eq!(uri.params().count(), 0);
    assert_eq!(options.header(HeaderName::Accept).count(), 6, "a folded list");
}

#[test]
fn unknown_transports_are_passed_by() {
    let transports: Vec<_> = accepted("transports").all::<Via>().map(|via| via.expect("a Via").transport).collect();
    assert_eq!(transports, [Some(Transport::Udp), None, Some(Transport::Tls), None, Some(Transport::Tcp)]);
}

#[test]
fn a_binary_body_with_parts_is_not_touched() {
    let message = accepted("mpart01");
    assert_eq!(message.body().len(), 553);
    let parts = parts(&message);
    assert_eq!(parts.len(), 2);
    assert_eq!(parts[0].body, "Hello");
    assert!(parts[0].content_type.as_ref().expect("a type").is("text", "plain"));
    assert!(parts[1].content_type.as_ref().expect("a type").is("application", "octet-stream"));
    assert!(parts[1].body.as_bytes().starts_with(&[0x30, 0x82]));
    assert!(message.sdp().is_none());
}

#[test]
fn reasons_may_be_utf_8_or_nothing() {
    let reason = accepted("unreason").reason().expect("a response").clone();
    assert_eq!(reason.to_str(), Some("= 2**3 * 5**2 но сто девяносто девять - простое"));
    let ringing = accepted("noreason");
    assert_eq!((ringing.status(), ringing.reason().map(|r| r.len())), (Some(100), Some(0)));
}
