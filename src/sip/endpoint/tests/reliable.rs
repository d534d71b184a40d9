//! Reliable provisional responses (RFC 3262), both ways.

use super::in_dialog::{ask, with_sdp};
use super::net::*;
use super::uas::within;
use crate::sip::endpoint::*;
use crate::sip::{HeaderName, Message};

/// Their INVITE with an offer and these headers, of which the switch has been told.
fn ringing_with(net: &mut Net, extra: &str) -> SessionId {
    net.send(PEER, &with_sdp(&raw_request("INVITE", PEER, 1, "z9hG4bKone", extra), "offer"));
    net.run_ms(20);
    net.mail(PEER);
    net.incoming(SWITCH).session
}

fn provisional(net: &mut Net, session: SessionId, status: u16, body: Option<&str>) -> Message {
    net.command(SWITCH, Command::Provisional { session, status, body: body.map(sdp) });
    net.run_ms(20);
    net.mail(PEER).pop().expect("a provisional response")
}

fn prack(net: &Net, provisional: &Message, cseq: u32) -> String {
    let tag = provisional.to_tag().expect("our tag").to_clean_string();
    let rack = format!("RAck: {} 1 INVITE\n", value(provisional, HeaderName::RSeq));
    within(net, &tag, "PRACK", cseq, &rack)
}

#[test]
fn a_caller_that_requires_it_gets_a_reliable_180_until_it_acknowledges() {
    let mut net = Net::raw(1);
    let session = ringing_with(&mut net, "Require: 100rel\n");
    let ringing = provisional(&mut net, session, 180, None);
    assert_eq!((ringing.status(), value(&ringing, HeaderName::Require)), (Some(180), "100rel".to_owned()));
    assert!(value(&ringing, HeaderName::RSeq).parse::<u32>().is_ok_and(|rseq| rseq > 0 && rseq < 1 << 31));
    net.run_ms(4_000);
    let again = net.mail(PEER);
    assert_eq!(statuses(&again), [180; 3], "after 0.5, 1.5 and 3.5 s");
    assert!(again.iter().all(|m| value(m, HeaderName::RSeq) == value(&ringing, HeaderName::RSeq)));
    let acknowledgement = prack(&net, &ringing, 2);
    assert_eq!(ask(&mut net, &acknowledgement).status(), Some(200));
    net.run_ms(10_000);
    assert_eq!(net.mail(PEER).len(), 0);
    let progress = provisional(&mut net, session, 183, None);
    let number = |m: &Message| value(m, HeaderName::RSeq).parse::<u32>().expect("a number");
    assert_eq!(number(&progress), number(&ringing) + 1);
}

#[test]
fn the_next_response_waits_for_the_prack_of_the_one_before_and_the_answer_for_that_of_media() {
    let mut net = Net::raw(2);
    let session = ringing_with(&mut net, "Supported: 100rel\n");
    let plain = provisional(&mut net, session, 180, None);
    assert_eq!(value(&plain, HeaderName::RSeq), "", "nobody asked for more");
    let media = provisional(&mut net, session, 183, Some("answer"));
    net.command(SWITCH, Command::Provisional { session, status: 182, body: Some(sdp("answer")) });
    net.run_ms(100);
    assert_eq!(net.mail(PEER).len(), 0);
    let first = prack(&net, &media, 2);
    net.send(PEER, &first);
    net.run_ms(20);
    let mail = net.mail(PEER);
    assert_eq!(statuses(&mail), [200, 182]);
    net.command(SWITCH, Command::Accept { session, body: Some(sdp("answer")) });
    net.run_ms(100);
    assert_eq!(net.mail(PEER).len(), 0, "the 200 waits");
    let second = prack(&net, &mail[1], 3);
    net.send(PEER, &second);
    net.run_ms(20);
    let mail = net.mail(PEER);
    assert_eq!(statuses(&mail), [200, 200]);
    assert_eq!(mail[1].body(), b"answer");
}

#[test]
fn a_prack_that_comes_after_the_answer_is_still_taken() {
    let mut net = Net::raw(3);
    let session = ringing_with(&mut net, "Require: 100rel\n");
    let ringing = provisional(&mut net, session, 180, None);
    net.command(SWITCH, Command::Accept { session, body: Some(sdp("answer")) });
    let late = prack(&net, &ringing, 2);
    assert_eq!(ask(&mut net, &late).status(), Some(200));
    let again = prack(&net, &ringing, 3);
    assert_eq!(ask(&mut net, &again).status(), Some(481));
}

#[test]
fn a_prack_of_nothing_is_refused() {
    let mut net = Net::raw(4);
    let session = ringing_with(&mut net, "Require: 100rel\n");
    let ringing = provisional(&mut net, session, 180, None);
    let right = prack(&net, &ringing, 2);
    let wrong = right.replace("RAck: ", "RAck: 9").replace("PRACK2", "PRACKw");
    assert_eq!(ask(&mut net, &wrong).status(), Some(481));
    let other = right.replace(" 1 INVITE", " 7 INVITE").replace("PRACK2", "PRACKo");
    assert_eq!(ask(&mut net, &other).status(), Some(481));
    let without = right.replace("RAck: ", "X-RAck: ").replace("PRACK2", "PRACKx");
    assert_eq!(ask(&mut net, &without).status(), Some(400));
    assert_eq!(ask(&mut net, &right).status(), Some(200));
}

#[test]
fn a_caller_that_never_acknowledges_is_refused_after_64_t1() {
    let mut net = Net::raw(5);
    let session = ringing_with(&mut net, "Require: 100rel\n");
    provisional(&mut net, session, 180, None);
    net.run_ms(31_900);
    assert_eq!(net.take(SWITCH), []);
    net.mail(PEER);
    net.run_ms(200);
    assert_eq!(net.take(SWITCH), [Event::Cancelled { session, elsewhere: false }]);
    assert_eq!(statuses(&net.mail(PEER)), [504]);
    net.finish();
    net.assert_empty();
}

/// The switch calls the peer, which answers with this; what the peer receives then.
fn called(net: &mut Net) -> (SessionId, Message) {
    let session = net.at(SWITCH).new_session();
    let to = Destination::Uri(format!("sip:9@{}", address(PEER)));
    net.command(SWITCH, Command::Invite(Box::new(invite(session, to))));
    net.run_ms(50);
    (session, net.mail(PEER).pop().expect("an INVITE"))
}

fn respond(net: &mut Net, request: &Message, status: &str, extra: &str, body: &str) {
    let line = |name: HeaderName| value(request, name);
    let text = format!(
        "SIP/2.0 {status}\nVia: {}\nFrom: {}\nTo: {};tag=callee\nCall-ID: {}\nCSeq: {}\nContact: <sip:9@{}>\n\
         {extra}Content-Length: 0\n\n",
        line(HeaderName::Via),
        line(HeaderName::From),
        line(HeaderName::To).split(";tag").next().unwrap_or_default(),
        line(HeaderName::CallId),
        line(HeaderName::CSeq),
        address(PEER),
    );
    let text = if body.is_empty() { text } else { with_sdp(&text, body) };
    net.send(PEER, &text);
    net.run_ms(30);
}

#[test]
fn we_acknowledge_reliable_responses_once_and_in_order() {
    let mut net = Net::raw(6);
    let (session, invite) = called(&mut net);
    assert!(values(&invite, HeaderName::Supported).contains(&"100rel".to_owned()));
    respond(&mut net, &invite, "183 Session Progress", "Require: 100rel\nRSeq: 7\n", "early");
    let prack = net.mail(PEER).pop().expect("a PRACK");
    assert_eq!(
        (value(&prack, HeaderName::RAck), value(&prack, HeaderName::CSeq)),
        ("7 1 INVITE".into(), "2 PRACK".into())
    );
    respond(&mut net, &prack, "200 OK", "", "");
    respond(&mut net, &invite, "183 Session Progress", "Require: 100rel\nRSeq: 7\n", "early");
    respond(&mut net, &invite, "180 Ringing", "Require: 100rel\nRSeq: 9\n", "");
    assert_eq!(net.mail(PEER).len(), 0, "one came before, one out of order");
    respond(&mut net, &invite, "180 Ringing", "Require: 100rel\nRSeq: 8\n", "");
    let prack = net.mail(PEER).pop().expect("a PRACK");
    respond(&mut net, &prack, "200 OK", "", "");
    let rung: Vec<u16> = net
        .take(SWITCH)
        .iter()
        .filter_map(|event| match event {
            Event::Provisional { status, .. } => Some(*status),
            _ => None,
        })
        .collect();
    assert_eq!(rung, [183, 180]);
    // The answer came with the 183, so the 200 need not have it, and the numbers go on.
    respond(&mut net, &invite, "200 OK", "", "");
    assert_eq!(net.take(SWITCH), [Event::Answered { session, body: Some(sdp("early")), remote: address(PEER) }]);
    net.mail(PEER);
    net.command(SWITCH, Command::Hangup { session, reason: HangupReason::Normal });
    net.run_ms(20);
    assert_eq!(value(&net.mail(PEER)[0], HeaderName::CSeq), "4 BYE");
}

#[test]
fn two_switches_over_a_bad_link_get_every_reliable_response_through() {
    for seed in 20..30 {
        let mut net = Net::new(seed, 1);
        net.faults = Faults { loss: 25, twice: 10, jitter_ms: 100 };
        let session = net.at(PEER).new_session();
        let to = Destination::Uri(format!("sip:4008123602@{}", address(SWITCH)));
        net.command(PEER, Command::Invite(Box::new(invite(session, to))));
        net.run_ms(8_000);
        let call = net.incoming(SWITCH).session;
        net.command(SWITCH, Command::Provisional { session: call, status: 183, body: Some(sdp("early")) });
        net.command(SWITCH, Command::Provisional { session: call, status: 180, body: Some(sdp("early")) });
        net.command(SWITCH, Command::Accept { session: call, body: Some(sdp("early")) });
        net.run_ms(11_500);
        let answered = net.take(PEER).into_iter().filter(|event| matches!(event, Event::Answered { .. })).count();
        assert_eq!(answered, 1, "seed {seed}: {:#?}", net.trace);
        net.command(PEER, Command::Hangup { session, reason: HangupReason::Normal });
        net.finish();
        net.assert_empty();
    }
}
