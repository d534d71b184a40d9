use super::*;
use crate::sip::{HeaderName, Message, Method, Text};

fn text(value: &str) -> Text {
    Text::from(value)
}

fn addr(value: &str) -> NameAddr {
    NameAddr::parse(&text(value)).unwrap_or_else(|error| panic!("{error}: {value}"))
}

#[test]
fn numbers_beyond_32_bits_are_the_largest() {
    for (value, seconds) in
        [("0", 0), ("3600", 3600), ("4294967295", u32::MAX), ("4294967296", u32::MAX), ("000007", 7)]
    {
        assert_eq!(Expires::parse(&text(value)), Ok(Expires(seconds)), "{value}");
        assert_eq!(MinExpires::parse(&text(value)), Ok(MinExpires(seconds)));
    }
    assert_eq!(Expires::parse(&text(&"9".repeat(100))), Ok(Expires(u32::MAX)));
    for value in ["", "-1", "+1", "1.5", "abc", "1 2", "0x10"] {
        assert_eq!(Expires::parse(&text(value)), Err(HeaderError::Number), "{value}");
    }
    assert_eq!(MaxForwards::parse(&text("4294967296")), Ok(MaxForwards(255)));
    assert_eq!(RSeq::parse(&text("1")).map(|rseq| rseq.to_text()), Ok(text("1")));
    assert_eq!(addr("<sip:a@b>;expires=4294967296").expires_s(), Some(u32::MAX));
    assert_eq!(addr("<sip:a@b>;expires=soon").expires_s(), None);
}

#[test]
fn session_timers_are_read_and_written() {
    let parse = |value: &str| SessionExpires::parse(&text(value));
    assert_eq!(parse("1800"), Ok(SessionExpires { seconds: 1800, refresher: None }));
    assert_eq!(parse("1800 ; refresher=UAS"), Ok(SessionExpires { seconds: 1800, refresher: Some(Refresher::Uas) }));
    assert_eq!(parse("90;refresher=uac;x=y").map(|s| s.to_text()), Ok(text("90;refresher=uac")));
    assert_eq!(parse("90;refresher=me"), Err(HeaderError::Params));
    assert_eq!(MinSe::parse(&text("90;x=y")), Ok(MinSe(90)));
}

#[test]
fn cseq_and_rack_name_a_method() {
    let cseq = CSeq::parse(&text("4711 \t INVITE")).expect("readable");
    assert_eq!((cseq.number, &cseq.method), (4711, &Method::Invite));
    assert_eq!(cseq.to_text(), "4711 INVITE");
    assert_eq!(CSeq::parse(&text("2147483648 INVITE")), Err(HeaderError::TooLarge));
    assert_eq!(CSeq::parse(&text("1INVITE")), Err(HeaderError::Number));
    assert_eq!(CSeq::parse(&text("1 IN VITE")), Err(HeaderError::Token));
    let rack = RAck::parse(&text("776656  1 INVITE")).expect("readable");
    assert_eq!((rack.rseq, rack.cseq, rack.to_text()), (776_656, 1, text("776656 1 INVITE")));
    assert!(RAck::parse(&text("1 INVITE")).is_err());
}

#[test]
fn name_addrs_are_read_in_all_their_forms() {
    let check = |value: &str, name: &str, uri: &str, params: &str| {
        let address = addr(value);
        let got = (address.display_name.to_str(), address.uri.to_string(), address.params.as_text().to_str());
        assert_eq!(got, (Some(name), uri.to_owned(), Some(params)), "{value}");
    };
    check("sip:a@b", "", "sip:a@b", "");
    check("sip:a@b;tag=1", "", "sip:a@b", ";tag=1");
    check("<sip:a@b;tag=1>", "", "sip:a@b;tag=1", "");
    check("<sip:a@b>;tag=1", "", "sip:a@b", ";tag=1");
    check("Bob <sip:a@b> ; tag = 1", "Bob", "sip:a@b", "; tag = 1");
    check("\"Bob; <x>, \\\"y\\\"\"<sip:a@b?x=y>", "Bob; <x>, \"y\"", "sip:a@b?x=y", "");
    check("\"\" <tel:+123>", "", "tel:+123", "");
    for value in [
        "",
        "<>",
        "<sip:a@b",
        "sip:a@b>",
        "\"x <sip:a@b>",
        "x\" <sip:a@b>",
        "sip:a@b?x=y",
        "<sip:a@b>x",
        "<sip:a@b>;;",
        "\"a\" sip:a@b",
    ] {
        assert!(NameAddr::parse(&text(value)).is_err(), "{value}");
    }
}

#[test]
fn tags_are_replaced_not_doubled() {
    let address = addr("Bob <sip:a@b>;tag=1;x=y").with_tag("2");
    assert_eq!(address.to_text(), "Bob <sip:a@b>;x=y;tag=2");
    assert_eq!(addr("<sip:a@b>;tag=").tag(), None);
    assert_eq!(address.detached(), address);
}

#[test]
fn contacts_are_a_star_or_addresses() {
    let contacts = |lines: &str| {
        let text = format!("REGISTER sip:x SIP/2.0\r\n{lines}\r\n");
        Message::parse(bytes::Bytes::from(text)).expect("readable").contacts()
    };
    assert_eq!(contacts(""), Ok(Contacts::Addresses(Vec::new())));
    assert_eq!(contacts("Contact: *\r\n"), Ok(Contacts::Star));
    assert_eq!(contacts("Contact: *, <sip:a@b>\r\n"), Err(HeaderError::Star));
    let two = contacts("m: \"a, b\" <sip:a,b@c>;q=0.5, sip:d@e\r\nContact: <sip:f@g>\r\n");
    let Ok(Contacts::Addresses(addresses)) = two else { panic!("{two:?}") };
    assert_eq!(addresses.iter().map(|a| a.uri.to_string()).collect::<Vec<_>>(), ["sip:a,b@c", "sip:d@e", "sip:f@g"]);
    for (value, q) in
        [("1", Some(1000)), ("0.5", Some(500)), ("0.123", Some(123)), ("1.000", Some(1000)), ("0.", Some(0))]
    {
        assert_eq!(addr(&format!("<sip:a@b>;q={value}")).q_thousandths(), q, "{value}");
    }
    for value in ["1.001", "2", "0.1234", "x", "-1", ".5"] {
        assert_eq!(addr(&format!("<sip:a@b>;q={value}")).q_thousandths(), None, "{value}");
    }
}

#[test]
fn parameters_are_found_by_name_in_any_case() {
    let params = Params::parse(&text(";A=1; b = \"x \\\"y\\\"; z\" ;flag;a=2")).expect("readable");
    let get = |name: &str| params.get(name).map(|v| v.to_string());
    assert_eq!(
        (get("a"), get("B"), get("flag"), get("c")),
        (Some("1".into()), Some("x \"y\"; z".into()), Some("".into()), None)
    );
    assert!(params.is_repeated("A") && !params.is_repeated("b"));
    assert_eq!(params.iter().count(), 4);
    assert_eq!(params.without("a").as_text(), ";b=\"x \\\"y\\\"; z\";flag");
    for bad in [";", ";;a", ";a=\"open", ";=1", ";a b", ";a=1 2", "a", ";a\"=1"] {
        assert_eq!(Params::parse(&text(bad)), Err(HeaderError::Params), "{bad}");
    }
    let mut built = Params::default();
    built.push("a", "x y");
    built.push("b", "[::1]");
    built.push("c", "");
    assert_eq!(built.as_text(), ";a=\"x y\";b=[::1];c");
}

#[test]
fn vias_are_read_with_spaces_and_addresses() {
    let via = Via::parse(&text("sip / 2.0 / tls  [2001:db8::9]:5061 ; ttl=3 ;branch=z9hG4bKa")).expect("readable");
    assert_eq!(via.transport, Some(crate::sip::transaction::Transport::Tls));
    assert_eq!((via.host.to_string().as_str(), via.port, via.ttl()), ("[2001:db8::9]", Some(5061), Some(3)));
    assert_eq!(via.to_text(), "SIP/2.0/tls [2001:db8::9]:5061; ttl=3 ;branch=z9hG4bKa");
    let spaced = Via::parse(&text("SIP/2.0/UDP first.example.com: 4000;ttl=16")).expect("RFC 3261 20.42");
    assert_eq!((spaced.host.to_string().as_str(), spaced.port), ("first.example.com", Some(4000)));
    assert_eq!(Via::parse(&text("SIP/2.0/WSS df7jal23ls0d.invalid;rport")).map(|v| v.port_or_default()), Ok(443));
    for bad in [
        "",
        "SIP/2.0",
        "SIP/2.0/UDP",
        "SIP/2.0/UDP ",
        "SIP/2.0 UDP h",
        "SIP/1.0/UDP h",
        "SIP/2.0/UDP h i",
        "SIP/2.0/UDP h:x",
        "SIP/2.0/UDP h;;",
        "SIP/2.0/UDP ;a",
    ] {
        assert!(Via::parse(&text(bad)).is_err(), "{bad}");
    }
    let odd = Via::parse(&text("SIP/2.0/UDP h;received=nonsense;rport=x;ttl=999;maddr=.")).expect("readable");
    assert_eq!((odd.received(), odd.rport(), odd.ttl(), odd.maddr()), (None, None, None, None));
}

#[test]
fn media_types_have_parameters() {
    let media = ContentType::parse(&text("Multipart / Mixed ;boundary=\"a b\"")).expect("readable");
    assert!(media.is("multipart", "mixed"));
    assert_eq!(media.boundary().expect("a boundary"), "a b");
    for bad in ["", "text", "text/", "/plain", "te xt/plain", "text/plain;"] {
        assert!(ContentType::parse(&text(bad)).is_err(), "{bad}");
    }
}

#[test]
fn replaces_needs_both_tags_once() {
    let replaces = Replaces::parse(&text("98732@h;from-tag=r33;to-tag=ff8;early-only")).expect("readable");
    assert_eq!(replaces.to_text(), "98732@h;to-tag=ff8;from-tag=r33;early-only");
    for bad in
        ["c;to-tag=1", "c;from-tag=1", "c;to-tag=1;from-tag=2;to-tag=3", ";to-tag=1;from-tag=2", "c;to-tag=;from-tag=1"]
    {
        assert!(Replaces::parse(&text(bad)).is_err(), "{bad}");
    }
}

#[test]
fn subscriptions_have_states_and_events_ids() {
    let state = SubscriptionState::parse(&text("terminated;reason=noresource;expires=99999999999")).expect("readable");
    assert_eq!(state.status, SubscriptionStatus::Terminated);
    assert_eq!((state.reason().expect("a reason").to_str(), state.expires_s()), (Some("noresource"), Some(u32::MAX)));
    let of = |value: &str| SubscriptionState::parse(&text(value)).expect("readable").status;
    assert_eq!(
        (of("PENDING"), of("active"), of("novel")),
        (SubscriptionStatus::Pending, SubscriptionStatus::Active, SubscriptionStatus::Active)
    );
    let event = Event::parse(&text("refer;id=93809824")).expect("readable");
    assert_eq!((event.package.to_str(), event.id().expect("an id").to_str()), (Some("refer"), Some("93809824")));
    assert_eq!(event.to_text(), "refer;id=93809824");
}

#[test]
fn reasons_have_cause_and_text() {
    let reason = Reason::parse(&text("Q.850 ;cause=16 ;text=\"Normal call clearing\"")).expect("readable");
    assert_eq!((reason.protocol.to_str(), reason.cause()), (Some("Q.850"), Some(16)));
    assert_eq!(reason.text().expect("a text"), "Normal call clearing");
    let ours = Reason::new("SIP", 200, "Call completed elsewhere");
    assert_eq!(ours.to_text(), "SIP;cause=200;text=\"Call completed elsewhere\"");
}

#[test]
fn retry_after_may_have_a_comment_and_a_duration() {
    let parse = |value: &str| RetryAfter::parse(&text(value));
    assert_eq!(parse("18000;duration=3600"), Ok(RetryAfter { seconds: 18000, duration_s: Some(3600) }));
    assert_eq!(parse("120 (I'm in (a) meeting \\))"), Ok(RetryAfter { seconds: 120, duration_s: None }));
    assert_eq!(parse("5 (x);duration=1").map(|r| r.to_text()), Ok(text("5;duration=1")));
    for bad in ["", "soon", "5 6", "5 (open", "(x)", "5 ;;"] {
        assert!(parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn privacy_diversion_and_history_are_understood() {
    let privacy = Privacy::parse(&text("id; User ,critical")).expect("always readable");
    assert!(privacy.id && privacy.user && privacy.critical && privacy.hides_caller() && !privacy.header);
    assert_eq!(Privacy::parse(&text("none")), Ok(Privacy::default()));
    let diversion = Diversion::parse(&text("<sip:+1@gw>;reason=no-answer;counter=2;privacy=off")).expect("readable");
    assert_eq!((diversion.reason().expect("a reason").to_str(), diversion.counter()), (Some("no-answer"), 2));
    assert_eq!(diversion.privacy().expect("it is there"), "off");
    let history = HistoryInfo::parse(&text("<sip:u@h?Reason=SIP%3Bcause%3D302>;index=1.1")).expect("readable");
    assert_eq!(history.index().expect("an index"), "1.1");
    assert_eq!(history.reason().and_then(|r| r.cause()), Some(302));
    assert!(HistoryInfo::parse(&text("<sip:u@h>")).expect("readable").reason().is_none());
}

#[test]
fn credentials_are_written_with_their_quotes() {
    let auth = Auth::new("Digest").quoted("realm", "a \"b\"\r\nX: y").plain("algorithm", "MD5").quoted("qop", "auth");
    assert_eq!(auth.to_text(), "Digest realm=\"a \\\"b\\\"  X: y\", algorithm=MD5, qop=\"auth\"");
    let read = Auth::parse(&auth.to_text()).expect("readable");
    assert_eq!(read.get("realm").expect("a realm"), &"a \"b\"  X: y");
    let info = Auth::parse_info(&text("nextnonce=\"47364c\", rspauth=\"ab\"")).expect("readable");
    assert_eq!(info.to_text(), "nextnonce=\"47364c\", rspauth=\"ab\"");
    assert_eq!(HeaderName::of(b"proxy-authorization"), HeaderName::ProxyAuthorization);
}
