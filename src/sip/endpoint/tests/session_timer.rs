//! Session timers (RFC 4028), both ways.

use std::time::Duration;

use super::in_dialog::ask;
use super::net::*;
use super::uas::within;
use crate::sip::endpoint::*;
use crate::sip::{HeaderName, Message};

/// Their INVITE with these headers, answered and acknowledged: the session, our tag and our 200.
fn answered_with(net: &mut Net, extra: &str) -> (SessionId, String, Message) {
    net.send(PEER, &raw_request("INVITE", PEER, 1, "z9hG4bKone", extra));
    net.run_ms(50);
    let session = net.incoming(SWITCH).session;
    net.command(SWITCH, Command::Accept { session, body: Some(sdp("answer")) });
    net.run_ms(20);
    let ok = net.mail(PEER).into_iter().find(|m| m.status() == Some(200)).expect("the call is answered");
    let tag = ok.to_tag().expect("our tag").to_clean_string();
    let ack = within(net, &tag, "ACK", 1, "");
    net.send(PEER, &ack);
    net.run_ms(20);
    net.take(SWITCH);
    (session, tag, ok)
}

fn expired(session: SessionId) -> Event {
    Event::Ended { session, by_remote: false, reason: EndReason::SessionExpired }
}

const CALLER_REFRESHES: &str = "Supported: timer\nSession-Expires: 300;refresher=uac\n";

#[test]
fn a_caller_that_stops_refreshing_is_hung_up_shortly_before_the_end() {
    let mut net = Net::raw(1);
    let (session, tag, ok) = answered_with(&mut net, CALLER_REFRESHES);
    assert_eq!(value(&ok, HeaderName::SessionExpires), "300;refresher=uac");
    assert_eq!(value(&ok, HeaderName::Require), "timer");
    net.run(Duration::from_secs(200));
    let update = within(&net, &tag, "UPDATE", 2, CALLER_REFRESHES);
    assert_eq!(value(&ask(&mut net, &update), HeaderName::SessionExpires), "300;refresher=uac");
    net.run(Duration::from_secs(267));
    assert_eq!(net.take(SWITCH), []);
    net.run(Duration::from_secs(2));
    assert_eq!(net.take(SWITCH), [expired(session)]);
    assert!(net.mail(PEER).iter().any(|m| m.method().is_some_and(|m| m.as_bytes() == b"BYE")));
    net.finish();
    net.assert_empty();
}

#[test]
fn a_re_invite_refreshes_too() {
    let mut net = Net::raw(2);
    let (session, tag, _) = answered_with(&mut net, CALLER_REFRESHES);
    net.run(Duration::from_secs(200));
    let reinvite = within(&net, &tag, "INVITE", 2, "Supported: timer\nSession-Expires: 600\n");
    net.send(PEER, &reinvite);
    net.run_ms(20);
    net.take(SWITCH);
    net.command(SWITCH, Command::AnswerReoffer { session, answer: Ok(Some(sdp("same"))) });
    net.run_ms(20);
    let ok = net.mail(PEER).pop().expect("an answer");
    assert_eq!(value(&ok, HeaderName::SessionExpires), "600;refresher=uac", "who refreshed goes on to");
    let ack = within(&net, &tag, "ACK", 2, "");
    net.send(PEER, &ack);
    net.run(Duration::from_secs(560));
    assert!(!net.take(SWITCH).contains(&expired(session)));
    net.run(Duration::from_secs(10));
    assert_eq!(net.take(SWITCH), [expired(session)]);
}

#[test]
fn we_refresh_when_the_caller_wants_or_only_understands_it() {
    for (seed, extra) in (10..).zip(["Supported: timer\n", "Supported: timer\nSession-Expires: 1800;refresher=uas\n"]) {
        let mut net = Net::raw(seed);
        let (session, tag, ok) = answered_with(&mut net, &format!("{extra}Allow: INVITE, ACK, BYE, UPDATE\n"));
        assert_eq!(value(&ok, HeaderName::SessionExpires), "1800;refresher=uas");
        net.run(Duration::from_secs(901));
        let update = net.mail(PEER).pop().expect("an UPDATE");
        assert_eq!(update.method().map(ToString::to_string).as_deref(), Some("UPDATE"));
        assert_eq!(value(&update, HeaderName::SessionExpires), "1800;refresher=uac");
        assert!(update.body().is_empty());
        net.send(PEER, &answer_to(&update, "200 OK", &tag, "Session-Expires: 1800;refresher=uac\n"));
        net.run(Duration::from_secs(901));
        assert!(net.mail(PEER).iter().any(|m| m.method().is_some_and(|m| m.as_bytes() == b"UPDATE")), "and again");
        // The phone is gone: nobody answers, which ends the call.
        net.run(Duration::from_secs(33));
        assert_eq!(net.take(SWITCH), [Event::Ended { session, by_remote: false, reason: EndReason::DialogLost }]);
    }
}

/// A response of the peer to a request of ours.
fn answer_to(request: &Message, status: &str, _tag: &str, extra: &str) -> String {
    let line = |name: HeaderName| value(request, name);
    format!(
        "SIP/2.0 {status}\nVia: {}\nFrom: {}\nTo: {}\nCall-ID: {}\nCSeq: {}\n{extra}Content-Length: 0\n\n",
        line(HeaderName::Via),
        line(HeaderName::From),
        line(HeaderName::To),
        line(HeaderName::CallId),
        line(HeaderName::CSeq)
    )
}

#[test]
fn a_phone_without_update_is_refreshed_by_the_same_offer() {
    let mut net = Net::raw(3);
    let (_, tag, _) = answered_with(&mut net, "Supported: timer\nAllow: INVITE, ACK, BYE\n");
    net.run(Duration::from_secs(901));
    let reinvite = net.mail(PEER).pop().expect("a re-INVITE");
    assert_eq!(
        (reinvite.method().map(ToString::to_string).as_deref(), reinvite.body()),
        (Some("INVITE"), &b"answer"[..])
    );
    let answer = answer_to(&reinvite, "200 OK", &tag, "Session-Expires: 1800;refresher=uac\n");
    net.send(PEER, &answer);
    net.run(Duration::from_secs(890));
    assert_eq!(net.count("0>1 ACK"), 1);
    assert!(!net.take(SWITCH).iter().any(|event| matches!(event, Event::Ended { .. })));
    net.run(Duration::from_secs(20));
    assert_eq!(net.mail(PEER).len(), 6, "the next refresh, sent again and again");
}

#[test]
fn too_short_an_interval_is_refused_and_callers_without_timers_get_none() {
    let mut net = Net::raw(4);
    net.send(PEER, &raw_request("INVITE", PEER, 1, "z9hG4bKone", "Supported: timer\nSession-Expires: 60\n"));
    net.run_ms(50);
    let refused = net.mail(PEER).pop().expect("a refusal");
    assert_eq!((refused.status(), value(&refused, HeaderName::MinSe)), (Some(422), "90".to_owned()));
    assert_eq!(net.take(SWITCH), []);

    let mut net = Net::raw(5);
    let (_, _, ok) = answered_with(&mut net, "");
    assert_eq!(value(&ok, HeaderName::SessionExpires), "");
    net.run(Duration::from_secs(10_000));
    assert_eq!((net.take(SWITCH), net.mail(PEER).len()), (Vec::new(), 0));
}

#[test]
fn a_called_side_that_wants_a_longer_interval_gets_it_once() {
    let mut net = Net::raw(6);
    let session = net.at(SWITCH).new_session();
    let to = Destination::Uri(format!("sip:9@{}", address(PEER)));
    net.command(SWITCH, Command::Invite(Box::new(invite(session, to))));
    net.run_ms(50);
    let first = net.mail(PEER).pop().expect("an INVITE");
    assert_eq!(value(&first, HeaderName::SessionExpires), "1800");
    net.send(PEER, &answer_to(&first, "422 Session Interval Too Small", "", "Min-SE: 3600\n"));
    net.run_ms(50);
    let second = net.mail(PEER).pop().expect("an INVITE");
    assert_eq!(
        (value(&second, HeaderName::SessionExpires), value(&second, HeaderName::MinSe)),
        ("3600".to_owned(), "3600".to_owned())
    );
    assert_eq!(value(&second, HeaderName::CSeq), "2 INVITE");
    net.send(PEER, &answer_to(&second, "422 Session Interval Too Small", "", "Min-SE: 7200\n"));
    net.run_ms(50);
    assert!(matches!(net.take(SWITCH)[..], [Event::Failed { status: 422, .. }]));
    net.finish();
    net.assert_empty();
}

#[test]
fn two_switches_keep_a_long_call_alive_and_notice_when_one_is_gone() {
    let mut net = Net::new(7, 1);
    let (caller, callee) = net.connect(PEER, SWITCH);
    net.run(Duration::from_secs(4 * 3600));
    assert_eq!((net.take(PEER), net.take(SWITCH)), (vec![], vec![]));
    assert!(net.count("1>0 UPDATE") + net.count("0>1 UPDATE") >= 15);
    net.dead = Some(PEER);
    net.run(Duration::from_secs(1800));
    let lost = |events: &[Event], session: SessionId| {
        let over = [EndReason::SessionExpired, EndReason::DialogLost];
        matches!(events, [Event::Ended { session: s, reason, .. }] if *s == session && over.contains(reason))
    };
    assert!(lost(&net.take(PEER), caller) && lost(&net.take(SWITCH), callee));
    net.finish();
    net.assert_empty();
}
