//! Trunks: registration, credentials, health, limits and failover.

use std::time::Duration;

use super::net::*;
use crate::sip::endpoint::*;
use crate::sip::{HeaderName, Message};

/// A trunk to the peer, where the switch is user 1001.
fn login(trunk: &mut Trunk, register_expires_s: Option<u32>) {
    trunk.login = Some(TrunkLogin {
        user: "1001".to_owned(),
        password: "one".to_owned(),
        realm: Some("hotline.example".to_owned()),
        register_expires_s,
    });
}

fn trunk(name: &str, node: usize) -> Trunk {
    Trunk { name: name.to_owned(), uri: Some(format!("sip:{}", address(node))), ..Trunk::default() }
}

fn set(net: &mut Net, trunks: Vec<Trunk>) {
    let now = net.now;
    net.at(SWITCH).set_directory(Directory { trunks, ..directory(&[]) }, now);
    net.drain(SWITCH);
}

fn call_by(net: &mut Net, trunk: &str, number: &str) -> SessionId {
    let session = net.at(SWITCH).new_session();
    let to = Destination::Trunk { name: trunk.to_owned(), number: number.to_owned() };
    net.command(SWITCH, Command::Invite(Box::new(invite(session, to))));
    session
}

fn available(trunk: &str, available: bool) -> impl Fn(&Event) -> bool {
    let trunk = trunk.to_owned();
    move |event| matches!(event, Event::TrunkState { trunk: t, available: a, .. } if *t == trunk && *a == available)
}

fn reply(net: &mut Net, node: usize, request: &Message, status: u16, extra: &[(HeaderName, &str)]) {
    let mut response = Message::response(request, status, "Any", Some("their"));
    for (name, value) in extra {
        response.add(*name, *value);
    }
    let text = String::from_utf8_lossy(response.finish().raw()).replace("\r\n", "\n");
    net.send(node, &text);
}

#[test]
fn a_trunk_registers_and_refreshes_as_long_as_it_is_known() {
    let mut net = Net::new(1, 1);
    let mut carrier = trunk("carrier", PEER);
    login(&mut carrier, Some(600));
    set(&mut net, vec![carrier]);
    net.run_ms(200);
    assert!(net.at(PEER).is_registered("1001"));
    assert!(net.take(SWITCH).iter().any(available("carrier", true)));
    net.run(Duration::from_secs(7200));
    assert!(net.at(PEER).is_registered("1001"));
    assert_eq!(net.take(SWITCH), [], "nothing changed meanwhile");
    let refreshes = net.count("0>1 REGISTER");
    assert!((28..=34).contains(&refreshes), "{refreshes}: challenged and repeated every 480 s");
    // Calls from where we are registered are the trunk's.
    net.connect(PEER, SWITCH);
    set(&mut net, vec![]);
    net.run(Duration::from_secs(7200));
    assert!(!net.at(PEER).is_registered("1001"));
}

#[test]
fn a_failed_registration_is_tried_again_ever_more_slowly() {
    let mut net = Net::new(2, 1);
    let mut carrier = trunk("carrier", PEER);
    login(&mut carrier, Some(600));
    if let Some(login) = &mut carrier.login {
        login.password = "wrong".to_owned();
    }
    set(&mut net, vec![carrier.clone()]);
    net.run(Duration::from_secs(10));
    assert_eq!(net.count("0>1 REGISTER"), 2, "one without credentials, one with; no more for the same password");
    let session = call_by(&mut net, "carrier", "5");
    assert!(matches!(net.take(SWITCH)[..], [Event::Failed { session: s, status: 503, .. }] if s == session));
    net.run(Duration::from_secs(3600));
    let tries = net.count("0>1 REGISTER");
    assert!((16..=32).contains(&tries), "{tries}");
    login(&mut carrier, Some(600));
    set(&mut net, vec![carrier]);
    net.run_ms(500);
    assert!(net.take(SWITCH).iter().any(available("carrier", true)), "a corrected password is tried at once");
}

#[test]
fn a_call_that_the_trunk_challenges_gets_our_credentials() {
    let mut net = Net::new(3, 1);
    let now = net.now;
    // The peer does not know us by address; From is its own domain, so it challenges.
    let strict = Directory { domains: vec!["198.51.100.1".to_owned()], ..directory(&[]) };
    net.at(PEER).set_directory(strict, now);
    let mut carrier = trunk("carrier", PEER);
    login(&mut carrier, None);
    set(&mut net, vec![carrier]);
    let session = net.at(SWITCH).new_session();
    let to = Destination::Trunk { name: "carrier".to_owned(), number: "555".to_owned() };
    let from = CallerId { user: "1001".to_owned(), ..CallerId::default() };
    net.command(SWITCH, Command::Invite(Box::new(Invite { from, ..invite(session, to) })));
    net.run_ms(100);
    let call = net.incoming(PEER);
    assert_eq!(call.origin, Origin::Account("1001".to_owned()));
    net.command(PEER, Command::Accept { session: call.session, body: Some(sdp("answer")) });
    net.run_ms(100);
    assert!(matches!(net.take(SWITCH)[..], [Event::Answered { .. }]));
    assert!(matches!(net.take(PEER)[..], [Event::Acked { .. }]));
    net.command(SWITCH, Command::Hangup { session, reason: HangupReason::Normal });
    net.finish();
    net.assert_empty();
}

#[test]
fn a_challenge_of_another_realm_or_of_no_trunk_gets_nothing() {
    let challenge = |realm: &str| format!("Digest realm=\"{realm}\", nonce=\"n\", algorithm=MD5, qop=\"auth\"");
    for (realm, by_trunk) in [("evil.example", true), ("hotline.example", false)] {
        let mut net = Net::raw(4);
        let mut carrier = trunk("carrier", PEER);
        login(&mut carrier, None);
        set(&mut net, vec![carrier]);
        if by_trunk {
            call_by(&mut net, "carrier", "5");
        } else {
            let session = net.at(SWITCH).new_session();
            let to = Destination::Uri(format!("sip:5@{}", address(PEER)));
            net.command(SWITCH, Command::Invite(Box::new(invite(session, to))));
        }
        net.run_ms(50);
        let invite = net.mail(PEER).pop().expect("an INVITE");
        reply(&mut net, PEER, &invite, 401, &[(HeaderName::WwwAuthenticate, &challenge(realm))]);
        net.run_ms(50);
        assert!(matches!(net.take(SWITCH)[..], [Event::Failed { status: 401, .. }]));
        assert!(net.mail(PEER).iter().all(|message| !message.has(HeaderName::Authorization)));
    }
}

#[test]
fn endless_challenges_end() {
    let mut net = Net::raw(5);
    let mut carrier = trunk("carrier", PEER);
    login(&mut carrier, None);
    set(&mut net, vec![carrier]);
    call_by(&mut net, "carrier", "5");
    for n in 0..5 {
        net.run_ms(50);
        let Some(invite) = net.mail(PEER).into_iter().find(|m| m.method() == Some(&crate::sip::Method::Invite)) else {
            assert_eq!(n, 3);
            break;
        };
        let challenge = format!("Digest realm=\"hotline.example\", nonce=\"{n}\", qop=\"auth\", stale=true");
        reply(&mut net, PEER, &invite, 407, &[(HeaderName::ProxyAuthenticate, &challenge)]);
    }
    assert!(matches!(net.take(SWITCH)[..], [Event::Failed { status: 407, .. }]));
}

#[test]
fn a_dead_trunk_is_out_within_30_s_and_comes_back_by_itself() {
    let mut net = Net::new(6, 2);
    let dying = Trunk {
        options_interval: Some(Duration::from_secs(10)),
        fallback: Some("spare".to_owned()),
        ..trunk("main", PEER)
    };
    set(&mut net, vec![dying, trunk("spare", 2)]);
    net.run(Duration::from_secs(60));
    assert_eq!(net.take(SWITCH), [], "it answers");
    net.dead = Some(PEER);
    net.run(Duration::from_secs(30));
    assert!(net.take(SWITCH).iter().any(available("main", false)));
    call_by(&mut net, "main", "5");
    net.run_ms(50);
    assert_eq!(net.incoming(2).called, "5", "calls go by the other at once");
    net.dead = None;
    net.run(Duration::from_secs(30));
    assert!(net.take(SWITCH).iter().any(available("main", true)));
    call_by(&mut net, "main", "6");
    net.run_ms(50);
    assert_eq!(net.incoming(PEER).called, "6");
}

#[test]
fn a_call_goes_on_by_the_next_trunk_when_the_first_says_nothing_or_503() {
    for status in [None, Some(503)] {
        let mut net = Net::new(7, 0);
        let (first, second) = (net.add_raw(), net.add_raw());
        let main = Trunk { fallback: Some("spare".to_owned()), ..trunk("main", first) };
        let spare = Trunk { fallback: Some("main".to_owned()), ..trunk("spare", second) };
        set(&mut net, vec![main, spare]);
        let session = call_by(&mut net, "main", "5");
        net.run_ms(50);
        let invite = net.mail(first).pop().expect("the first trunk is tried");
        match status {
            Some(status) => reply(&mut net, first, &invite, status, &[]),
            None => net.run_ms(5_000),
        }
        net.run_ms(50);
        let invite = net.mail(second).into_iter().next().expect("then the second");
        assert_eq!(net.take(SWITCH), []);
        reply(&mut net, second, &invite, 486, &[]);
        net.run_ms(50);
        let reason = "Any".to_owned();
        assert_eq!(net.take(SWITCH), [Event::Failed { session, status: 486, reason, by: FailedBy::Remote }]);
    }
}

#[test]
fn a_refusal_of_the_called_side_is_no_reason_to_try_another_trunk() {
    let mut net = Net::new(8, 0);
    let (first, second) = (net.add_raw(), net.add_raw());
    let main = Trunk { fallback: Some("spare".to_owned()), ..trunk("main", first) };
    set(&mut net, vec![main, trunk("spare", second)]);
    call_by(&mut net, "main", "5");
    net.run_ms(50);
    let invite = net.mail(first).pop().expect("the first trunk is tried");
    reply(&mut net, first, &invite, 404, &[]);
    net.run_ms(50);
    assert!(matches!(net.take(SWITCH)[..], [Event::Failed { status: 404, .. }]));
    assert_eq!(net.mail(second).len(), 0);
}

#[test]
fn calls_at_once_and_per_second_are_limited() {
    let mut net = Net::new(9, 1);
    set(&mut net, vec![Trunk { max_calls: Some(2), ..trunk("few", PEER) }]);
    let calls = [call_by(&mut net, "few", "1"), call_by(&mut net, "few", "2"), call_by(&mut net, "few", "3")];
    assert!(matches!(net.take(SWITCH)[..], [Event::Failed { session, status: 503, .. }] if session == calls[2]));
    net.run_ms(50);
    for call in net.take(PEER) {
        if let Event::Incoming(call) = call {
            let (session, headers) = (call.session, vec![]);
            net.command(PEER, Command::Reject { session, status: 486, reason: None, headers });
        }
    }
    net.run_ms(50);
    net.take(SWITCH);
    call_by(&mut net, "few", "4");
    assert_eq!(net.take(SWITCH), [], "there is room again");
    set(&mut net, vec![Trunk { max_calls_per_second: Some(3), ..trunk("slow", PEER) }]);
    let failed = |net: &mut Net| {
        (0..10).for_each(|_| _ = call_by(net, "slow", "1"));
        net.take(SWITCH).iter().filter(|event| matches!(event, Event::Failed { status: 503, .. })).count()
    };
    assert_eq!(failed(&mut net), 7);
    net.run_ms(1_000);
    assert_eq!(failed(&mut net), 7);
}

#[test]
fn incoming_calls_of_a_full_trunk_get_503() {
    let mut net = Net::raw(10);
    let full = Trunk {
        max_calls: Some(0),
        networks: vec!["198.51.100.0/24".parse().expect("a network written in this file")],
        ..trunk("full", PEER)
    };
    set(&mut net, vec![full]);
    net.send(PEER, &raw_request("INVITE", PEER, 1, "z9hG4bKone", ""));
    net.run_ms(50);
    assert_eq!(statuses(&net.mail(PEER)), [503]);
    assert_eq!(net.take(SWITCH), []);
}

#[test]
fn incoming_calls_above_the_rate_get_503_with_retry_after() {
    let mut net = Net::raw(13);
    let slow = Trunk {
        max_calls_per_second: Some(2),
        networks: vec!["198.51.100.0/24".parse().expect("a network written in this file")],
        ..trunk("slow", PEER)
    };
    set(&mut net, vec![slow]);
    let refused = |net: &mut Net, second: u32| {
        for n in 0..5 {
            net.send(PEER, &raw_request("INVITE", PEER, 10 * second + n, &format!("z9hG4bK{second}-{n}"), ""));
        }
        net.run_ms(50);
        let mail = net.mail(PEER);
        let refusals: Vec<_> = mail.iter().filter(|message| message.status() == Some(503)).collect();
        assert!(refusals.iter().all(|message| message.has(HeaderName::RetryAfter)));
        refusals.len()
    };
    assert_eq!(refused(&mut net, 1), 3);
    net.run_ms(1_000);
    assert_eq!(refused(&mut net, 2), 3);
}

#[test]
fn calls_go_out_only_to_prefixes_that_are_allowed() {
    let mut net = Net::new(14, 2);
    let allowed = |prefixes: &[&str]| prefixes.iter().map(|prefix| (*prefix).to_owned()).collect::<Vec<_>>();
    let home = Trunk { allowed: allowed(&["0", "+86"]), fallback: Some("abroad".to_owned()), ..trunk("home", PEER) };
    let abroad = Trunk { allowed: allowed(&["+44"]), ..trunk("abroad", 2) };
    set(&mut net, vec![home, abroad]);
    for number in ["+1900123", "900", "", "0 ;x=+1900", "0-0", "\u{660}5"] {
        let session = call_by(&mut net, "home", number);
        let refused = net.take(SWITCH);
        assert!(
            matches!(refused[..], [Event::Failed { session: s, status: 403, .. }] if s == session),
            "{number:?}: {refused:?}"
        );
    }
    for (number, node) in [("010555", PEER), ("+8610555", PEER), ("+44123", 2)] {
        call_by(&mut net, "home", number);
        net.run_ms(50);
        assert_eq!(net.incoming(node).called, number, "the trunk that may carry it does");
    }
}

#[test]
fn numbers_are_translated_and_the_proxy_is_on_the_way() {
    let mut net = Net::raw(11);
    let rules = [("00", "+"), ("0", "+86"), ("", "+8621")];
    let carrier = Trunk {
        uri: Some("sip:carrier.example;user=phone".to_owned()),
        outbound_proxy: Some(format!("sip:{}", address(PEER))),
        translations: rules.map(|(from, to)| (from.to_owned(), to.to_owned())).to_vec(),
        ..trunk("carrier", PEER)
    };
    set(&mut net, vec![carrier]);
    for (number, uri) in [
        ("0044123", "sip:+44123@carrier.example;user=phone"),
        ("010555", "sip:+8610555@carrier.example;user=phone"),
        ("5555", "sip:+86215555@carrier.example;user=phone"),
    ] {
        call_by(&mut net, "carrier", number);
        net.run_ms(50);
        let invite = net.mail(PEER).pop().expect("the proxy gets the INVITE");
        assert_eq!(invite.uri().map(|uri| uri.to_string()).as_deref(), Some(uri));
        assert_eq!(value(&invite, HeaderName::Route), format!("<sip:{};lr>", address(PEER)));
    }
}

#[test]
fn a_hidden_caller_is_asserted_to_the_trunk_only() {
    let mut net = Net::raw(12);
    set(&mut net, vec![trunk("carrier", PEER)]);
    let session = net.at(SWITCH).new_session();
    let to = Destination::Trunk { name: "carrier".to_owned(), number: "5".to_owned() };
    let from =
        CallerId { user: "138".to_owned(), display_name: Some("X".to_owned()), presentation: Presentation::Restricted };
    net.command(SWITCH, Command::Invite(Box::new(Invite { from, ..invite(session, to) })));
    net.run_ms(50);
    let invite = net.mail(PEER).pop().expect("an INVITE");
    assert!(value(&invite, HeaderName::From).starts_with("Anonymous <sip:anonymous@anonymous.invalid>"));
    assert_eq!(value(&invite, HeaderName::Privacy), "id");
    assert_eq!(value(&invite, HeaderName::PAssertedIdentity), "<sip:138@198.51.100.1>");
}

fn status(net: &mut Net, name: &str) -> TrunkStatus {
    let now = net.now;
    net.at(SWITCH).trunks(now).into_iter().find(|status| status.name == name).expect("a trunk")
}

#[test]
fn how_a_trunk_stands_is_told() {
    let mut net = Net::new(40, 1);
    let mut carrier = trunk("carrier", PEER);
    login(&mut carrier, Some(600));
    carrier.options_interval = Some(Duration::from_secs(30));
    set(&mut net, vec![carrier, trunk("quiet", PEER)]);
    let first = status(&mut net, "carrier");
    assert_eq!((first.registration, first.available, first.registered_until), ("trying", false, None));
    net.run_ms(300);
    let up = status(&mut net, "carrier");
    assert_eq!((up.registration, up.available, up.answers), ("registered", true, Some(true)));
    let left_ms = up.registered_until.expect("an end").0 - net.now.utc.0;
    assert!((598_000..=600_000).contains(&left_ms), "{left_ms}");
    assert!(up.answers_since.is_some_and(|since| since <= net.now.utc));
    assert_eq!(status(&mut net, "quiet").answers, None, "it is not asked");

    for _ in 0..3 {
        call_by(&mut net, "quiet", "5");
    }
    assert_eq!(status(&mut net, "quiet").calls, 3);
    net.run_ms(1000);
    assert_eq!(status(&mut net, "quiet").calls_per_second, 3);
    net.run_ms(2000);
    assert_eq!(status(&mut net, "quiet").calls_per_second, 0);

    net.dead = Some(PEER);
    net.run(Duration::from_secs(80));
    let down = status(&mut net, "carrier");
    assert_eq!((down.available, down.answers), (false, Some(false)));
    assert!(down.last_error.is_some_and(|error| error.text.contains("OPTIONS")));
    let since = down.answers_since.expect("told").0;
    assert!(since > up.answers_since.expect("told").0 && since <= net.now.utc.0);
}

#[test]
fn a_barred_trunk_is_passed_over_and_when_all_are_barred_the_call_is_refused() {
    let mut net = Net::new(41, 2);
    let first = Trunk { fallback: Some("second".to_owned()), ..trunk("first", PEER) };
    set(&mut net, vec![first, trunk("second", 2)]);
    let call = |net: &mut Net, barred: &[&str]| {
        let session = net.at(SWITCH).new_session();
        let to = Destination::Trunk { name: "first".to_owned(), number: "5".to_owned() };
        let barred = barred.iter().map(|name| (*name).to_owned()).collect();
        net.command(SWITCH, Command::Invite(Box::new(Invite { barred, ..invite(session, to) })));
        net.run_ms(50);
        session
    };
    call(&mut net, &["first"]);
    assert_eq!(net.take(SWITCH), []);
    assert_eq!(net.incoming(2).called, "5");
    let session = call(&mut net, &["first", "second"]);
    let reason = "Budget Spent".to_owned();
    assert_eq!(net.take(SWITCH), [Event::Failed { session, status: 403, reason, by: FailedBy::Barred }]);
}
