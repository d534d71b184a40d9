//! Strangers, accounts and floods.

use super::net::*;
use super::register::{authorization, authorization_for, register, register_with};
use crate::sip::HeaderName;
use crate::sip::digest::Algorithm;
use crate::sip::endpoint::*;

/// A switch that trusts no network, and a peer.
fn strangers(seed: u64) -> Net {
    let mut net = Net::raw(seed);
    let now = net.now;
    net.at(SWITCH).set_directory(directory(&["203.0.113.0/24"]), now);
    net
}

#[test]
fn a_stranger_is_told_403_once_and_then_nothing() {
    let mut net = strangers(1);
    for n in 1..=5 {
        net.send(PEER, &raw_request("INVITE", PEER, n, &format!("z9hG4bK{n}"), ""));
        net.run_ms(1000);
    }
    assert_eq!(statuses(&net.mail(PEER)), [403]);
    assert_eq!(net.take(SWITCH), []);
    net.assert_empty();
}

/// Ten wrong passwords for 1001 without an answer to any challenge, as if from the peer.
fn forge_guesses(net: &mut Net) {
    for cseq in 1..=12 {
        let forged = format!(
            "Contact: <sip:1001@10.0.0.5>\nAuthorization: Digest username=\"1001\", realm=\"hotline.example\", \
             nonce=\"0123456789abcdef\", uri=\"sip:hotline.example\", response=\"{cseq:032x}\"\n"
        );
        net.send(PEER, &register("1001", cseq, &forged));
        net.run_ms(50);
    }
}

#[test]
fn forged_datagrams_silence_nobody() {
    let mut net = strangers(9);
    forge_guesses(&mut net);
    for n in 1..=30 {
        net.send(PEER, &raw_request("INVITE", PEER, n, &format!("z9hG4bKf{n}"), ""));
        net.run_ms(50);
    }
    assert!(!net.take(SWITCH).iter().any(|event| matches!(event, Event::Banned { .. })));
    let ok = register_with(&mut net, "1001", "one", 100, "Contact: <sip:1001@10.0.0.5>\n");
    assert_eq!(ok.status(), Some(200), "the phone at the forged address registers");
}

#[test]
fn guesses_on_a_connection_bring_a_ban_without_any_nonce() {
    let mut net = strangers(10);
    net.transport = Transport::Tcp;
    forge_guesses(&mut net);
    let source = address(PEER).ip();
    assert_eq!(net.gate, [GateChange::Silence { source, length: std::time::Duration::from_secs(60) }]);
    assert!(net.at(SWITCH).clear_ban(source));
    net.drain(SWITCH);
    assert_eq!(net.gate.last(), Some(&GateChange::Hear { source }));
    assert!(net.take(SWITCH).contains(&Event::Banned { source: address(PEER).ip(), for_s: 60 }));
}

/// The status of a REGISTER whose right answer is for this `uri`.
fn registered_with_uri(seed: u64, uri: &str) -> Option<u16> {
    let mut net = strangers(seed);
    net.send(PEER, &register("1001", 1, "Contact: <sip:1001@10.0.0.5>\n"));
    net.run_ms(50);
    let challenged = net.mail(PEER).pop().expect("a challenge");
    let answer = authorization_for(&challenged, Algorithm::Md5, "REGISTER", uri, ("1001", "one"), "00000001");
    net.send(PEER, &register("1001", 2, &format!("Contact: <sip:1001@10.0.0.5>\n{answer}")));
    net.run_ms(50);
    net.mail(PEER).pop().and_then(|message| message.status())
}

#[test]
fn an_answer_is_good_for_its_own_uri_only_however_a_phone_writes_it() {
    let same = ["sip:hotline.example", "sip:HOTLINE.example:5060", "sip:192.0.2.1", "sip:1001@hotline.example;lr"];
    for (seed, uri) in (20..).zip(same) {
        assert_eq!(registered_with_uri(seed, uri), Some(200), "{uri}");
    }
    for (seed, uri) in (30..).zip(["sip:other.example", "sip:1001@203.0.113.1", "", "/", "tel:1001", "sip:"]) {
        assert_eq!(registered_with_uri(seed, uri), Some(400), "{uri}");
    }
}

#[test]
fn a_connection_is_welcome_once_somebody_has_proved_something_over_it() {
    let mut net = strangers(12);
    net.transport = Transport::Tcp;
    net.send(PEER, &raw_request("INVITE", PEER, 1, "z9hG4bK1", ""));
    net.send(PEER, &register("1001", 1, "Contact: <sip:1001@10.0.0.5>\n"));
    net.run_ms(50);
    assert_eq!(net.gate, []);
    assert_eq!(register_with(&mut net, "1001", "one", 3, "Contact: <sip:1001@10.0.0.5>\n").status(), Some(200));
    assert!(matches!(net.gate[..], [GateChange::Welcome { .. }]), "{:?}", net.gate);
    net.gate.clear();
    net.send(PEER, &raw_request("OPTIONS", PEER, 9, "z9hG4bKo", ""));
    net.run_ms(50);
    assert!(matches!(net.gate[..], [GateChange::Welcome { .. }]), "a registered phone only asks: {:?}", net.gate);
}

#[test]
fn a_nonce_of_another_address_counts_against_nobody() {
    let mut net = strangers(11);
    let other = net.add_raw();
    net.send(other, &register("1001", 1, "Contact: <sip:1001@10.0.0.5>\n"));
    net.run_ms(50);
    let challenged = net.mail(other).pop().expect("a challenge");
    for cseq in 2..30 {
        let guess = authorization(&challenged, Algorithm::Md5, "REGISTER", "1001", &format!("guess{cseq}"), "00000001");
        net.send(PEER, &register("1001", cseq, &guess));
        net.run_ms(50);
    }
    assert!(!net.take(SWITCH).iter().any(|event| matches!(event, Event::Banned { .. })));
}

#[test]
fn a_scanner_is_banned_which_can_be_seen_and_undone() {
    let mut net = strangers(2);
    net.transport = Transport::Tcp;
    for (n, method) in ["INVITE", "OPTIONS", "MESSAGE", "SUBSCRIBE", "NOTIFY", "REFER", "PUBLISH", "INFO"]
        .into_iter()
        .cycle()
        .take(12)
        .enumerate()
    {
        net.send(PEER, &raw_request(method, PEER, n as u32 + 1, &format!("z9hG4bK{n}"), ""));
        net.run_ms(100);
    }
    assert_eq!(statuses(&net.mail(PEER)), [403], "every method is refused alike");
    assert_eq!(net.take(SWITCH), [Event::Banned { source: address(PEER).ip(), for_s: 60 }]);
    let now = net.now;
    assert_eq!(net.at(SWITCH).bans(now).len(), 1);
    assert!(net.at(SWITCH).clear_ban(address(PEER).ip()));
    assert_eq!(net.at(SWITCH).bans(now).len(), 0);
    net.assert_empty();
}

#[test]
fn a_call_in_an_accounts_name_must_prove_it_even_from_a_trunk() {
    let mut net = Net::raw(3);
    let invite = |cseq: u32, extra: &str| {
        raw_request("INVITE", PEER, cseq, &format!("z9hG4bKi{cseq}"), extra)
            .replace("<sip:02155555555@carrier.example>", "<sip:1001@hotline.example>")
    };
    net.send(PEER, &invite(1, ""));
    net.run_ms(50);
    let challenged = net.mail(PEER).pop().expect("a challenge");
    assert_eq!(challenged.status(), Some(401));
    net.assert_empty();
    let wrong = authorization(&challenged, Algorithm::Md5, "INVITE", "1002", "two", "00000001");
    net.send(PEER, &invite(2, &wrong));
    net.run_ms(50);
    assert_eq!(statuses(&net.mail(PEER)), [401], "another user's password proves nothing");
    let right = authorization(&challenged, Algorithm::Md5, "INVITE", "1001", "one", "00000002");
    net.send(PEER, &invite(3, &right));
    net.run_ms(50);
    net.events[SWITCH].retain(|event| !matches!(event, Event::AuthFailed { .. }));
    let call = net.incoming(SWITCH);
    assert_eq!(call.origin, Origin::Account("1001".to_owned()));
    assert_eq!(call.caller.as_deref(), Some("1001"));
}

#[test]
fn an_account_cannot_assert_another_number() {
    let mut net = strangers(4);
    assert_eq!(register_with(&mut net, "1001", "one", 1, "Contact: <sip:1001@10.0.0.5>\n").status(), Some(200));
    net.take(SWITCH);
    let invite = |cseq: u32, extra: &str| {
        raw_request("INVITE", PEER, cseq, &format!("z9hG4bKi{cseq}"), extra)
            .replace("<sip:02155555555@carrier.example>", "<sip:1001@hotline.example>")
    };
    net.send(PEER, &invite(10, ""));
    net.run_ms(50);
    let challenged = net.mail(PEER).pop().expect("a challenge");
    let right = authorization(&challenged, Algorithm::Sha256, "INVITE", "1001", "one", "00000001");
    net.send(PEER, &invite(11, &format!("{right}P-Asserted-Identity: <tel:+15551234>\nDiversion: <sip:1@b>\n")));
    net.run_ms(50);
    let call = net.incoming(SWITCH);
    assert_eq!((call.caller.as_deref(), call.diverted_by), (Some("1001"), None));
}

#[test]
fn ten_thousand_unproven_requests_leave_nothing() {
    let mut net = strangers(5);
    for n in 0..10_000u32 {
        let user = format!("{n}");
        let text = match n % 3 {
            0 => register(&user, 1, "Contact: <sip:x@10.0.0.1>\n"),
            1 => raw_request("INVITE", PEER, n + 1, &format!("z9hG4bK{n}"), ""),
            _ => raw_request("INVITE", PEER, n + 1, &format!("z9hG4bK{n}"), "")
                .replace("carrier.example", "hotline.example"),
        };
        net.send(PEER, &text);
        net.run_ms(11);
        net.assert_empty();
    }
    let answered = net.count("0>1 ");
    assert!(answered < 1_000, "{answered} answers, then silence");
    let now = net.now;
    let scopes: Vec<BanScope> = net.at(SWITCH).bans(now).iter().map(|ban| ban.scope).collect();
    assert_eq!(scopes, [BanScope::Unproven], "strangers' requests from there are not answered");
}

#[test]
fn credentials_that_make_no_sense_get_400_or_401() {
    let long = format!("Digest username=\"{}\"", "a".repeat(20_000));
    let repeated = format!("Digest username=\"1001\"{}", ", realm=\"hotline.example\"".repeat(200));
    let cases =
        ["", "Digest", "Digest ,,,", "Digest realm=\"other\", username=\"1001\"", "Basic abc", &long, &repeated];
    for credentials in cases.into_iter().chain(["Digest realm=\"hotline.example\"", "Digest username=\"1001"]) {
        let mut net = strangers(6);
        let extra = format!("Contact: <sip:1001@10.0.0.5>\nAuthorization: {credentials}\n");
        net.send(PEER, &register("1001", 1, &extra));
        net.run_ms(50);
        let mail = net.mail(PEER);
        assert!(matches!(statuses(&mail)[..], [400 | 401]), "{credentials}: {:?}", statuses(&mail));
    }
}

#[test]
fn guessing_passwords_brings_a_ban() {
    let mut net = strangers(7);
    let mut banned = false;
    for cseq in 0..12 {
        net.mail(PEER);
        net.send(PEER, &register("1001", cseq * 2 + 1, "Contact: <sip:1001@10.0.0.5>\n"));
        net.run_ms(50);
        let Some(challenged) = net.mail(PEER).pop() else {
            banned = true;
            break;
        };
        let guess = authorization(&challenged, Algorithm::Md5, "REGISTER", "1001", &format!("guess{cseq}"), "00000001");
        net.send(PEER, &register("1001", cseq * 2 + 2, &guess));
        net.run_ms(50);
    }
    assert!(banned);
    let events = net.take(SWITCH);
    assert!(events.contains(&Event::Banned { source: address(PEER).ip(), for_s: 60 }));
    assert_eq!(events.iter().filter(|event| matches!(event, Event::AuthFailed { .. })).count(), 10);
}

#[test]
fn a_flood_of_one_source_is_cut_before_it_is_read() {
    let mut net = strangers(8);
    for n in 0..1000u32 {
        net.send(PEER, &register(&n.to_string(), 1, "Contact: <sip:x@10.0.0.1>\n"));
    }
    net.run_ms(20);
    let answered = net.mail(PEER);
    assert!((100..=110).contains(&answered.len()), "{}", answered.len());
    assert!(value(&answered[0], HeaderName::WwwAuthenticate).contains("MD5"));
}
