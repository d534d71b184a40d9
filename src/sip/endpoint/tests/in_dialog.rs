//! What peers may ask within a call: UPDATE, options, bodies, orders.

use super::net::*;
use super::uas::{answered, ringing, within};
use crate::sip::HeaderName;
use crate::sip::endpoint::*;

/// The same request with a session description.
pub fn with_sdp(text: &str, sdp: &str) -> String {
    let body = format!("Content-Type: application/sdp\nContent-Length: {}\n\n{sdp}", sdp.len());
    text.replace("Content-Length: 0\n\n", &body)
}

/// Sends it and returns the final answer.
pub fn ask(net: &mut Net, text: &str) -> crate::sip::Message {
    net.mail(PEER);
    net.send(PEER, text);
    net.run_ms(30);
    net.mail(PEER).into_iter().rfind(|m| m.status().is_some_and(|s| s >= 200)).expect("a final answer")
}

/// Our tag in the early dialog of a ringing call.
pub fn early_tag(net: &mut Net, session: SessionId) -> String {
    net.command(SWITCH, Command::Provisional { session, status: 180, body: None });
    net.run_ms(20);
    net.mail(PEER).pop().and_then(|ringing| ringing.to_tag()).expect("our tag").to_clean_string()
}

#[test]
fn what_is_advertised_is_served() {
    let mut net = Net::raw(1);
    let ok = ask(&mut net, &raw_request("OPTIONS", PEER, 1, "z9hG4bKo", ""));
    let allow = values(&ok, HeaderName::Allow);
    assert!(allow.len() > 5, "{allow:?}");
    let (session, tag) = answered(&mut net);
    let others = ["ACK", "CANCEL", "BYE", "REGISTER"];
    for (cseq, method) in (10..).zip(allow.iter().filter(|method| !others.contains(&method.as_str()))) {
        let request = within(&net, &tag, method, cseq, "");
        net.send(PEER, &request);
        net.run_ms(20);
        if net.take(SWITCH) == [Event::Reoffer { session, body: None }] {
            net.command(SWITCH, Command::AnswerReoffer { session, answer: Ok(Some(sdp("offer"))) });
            net.run_ms(20);
            let ack = within(&net, &tag, "ACK", cseq, "");
            net.send(PEER, &ack);
        }
        assert!(!statuses(&net.mail(PEER)).iter().any(|status| matches!(status, 405 | 501)), "{method}");
    }
}

#[test]
fn an_update_without_an_offer_moves_the_target_and_is_answered_at_once() {
    let mut net = Net::raw(2);
    let (session, tag) = answered(&mut net);
    let update = within(&net, &tag, "UPDATE", 2, "").replace("Contact: <sip:02155555555@", "Contact: <sip:moved@");
    let ok = ask(&mut net, &update);
    assert_eq!(ok.status(), Some(200));
    assert!(value(&ok, HeaderName::Contact).contains("192.0.2.1"));
    assert_eq!(net.take(SWITCH), []);
    net.command(SWITCH, Command::Hangup { session, reason: HangupReason::Normal });
    net.run_ms(20);
    let bye = net.mail(PEER).pop().expect("a BYE");
    assert!(bye.uri().is_some_and(|uri| uri.to_string().starts_with("sip:moved@")));
}

#[test]
fn an_update_with_an_offer_is_answered_by_the_switch_and_needs_no_ack() {
    let mut net = Net::raw(3);
    let (session, tag) = answered(&mut net);
    let update = with_sdp(&within(&net, &tag, "UPDATE", 2, ""), "hold");
    net.send(PEER, &update);
    net.run_ms(20);
    assert_eq!(net.take(SWITCH), [Event::Reoffer { session, body: Some(sdp("hold")) }]);
    net.command(SWITCH, Command::AnswerReoffer { session, answer: Ok(Some(sdp("held"))) });
    net.run_ms(5_000);
    let mail = net.mail(PEER);
    assert_eq!(statuses(&mail), [200], "no 100, and the 200 is sent once");
    assert_eq!(mail[0].body(), b"held");
    // Refused: the call goes on, and its target stays.
    let update = with_sdp(&within(&net, &tag, "UPDATE", 3, ""), "video").replace("sip:02155555555@198", "sip:x@198");
    net.send(PEER, &update);
    net.run_ms(20);
    net.command(SWITCH, Command::AnswerReoffer { session, answer: Err(488) });
    net.command(SWITCH, Command::Hangup { session, reason: HangupReason::Normal });
    net.run_ms(20);
    let mail = net.mail(PEER);
    assert_eq!(statuses(&mail), [488]);
    let bye = mail.last().expect("a BYE");
    assert!(bye.uri().is_some_and(|uri| uri.to_string().starts_with("sip:02155555555@")));
}

#[test]
fn an_offer_that_meets_another_gets_500_or_491() {
    let mut net = Net::raw(4);
    let (session, tag) = answered(&mut net);
    for cseq in [2, 3] {
        let update = with_sdp(&within(&net, &tag, "UPDATE", cseq, ""), "offer");
        net.send(PEER, &update);
    }
    net.run_ms(30);
    let mail = net.mail(PEER);
    assert_eq!(statuses(&mail), [500]);
    assert!(value(&mail[0], HeaderName::RetryAfter).parse::<u32>().is_ok_and(|wait| wait < 10));
    net.command(SWITCH, Command::AnswerReoffer { session, answer: Ok(Some(sdp("answer"))) });
    net.command(SWITCH, Command::Reoffer { session, body: Some(sdp("ours")) });
    net.run_ms(30);
    let update = with_sdp(&within(&net, &tag, "UPDATE", 4, ""), "offer");
    assert_eq!(ask(&mut net, &update).status(), Some(491));
}

#[test]
fn an_update_before_the_answer_refreshes_or_waits() {
    let mut net = Net::raw(5);
    let session = ringing(&mut net);
    let tag = early_tag(&mut net, session);
    let empty = within(&net, &tag, "UPDATE", 2, "");
    assert_eq!(ask(&mut net, &empty).status(), Some(200));
    let offer = with_sdp(&within(&net, &tag, "UPDATE", 3, ""), "offer");
    assert_eq!(ask(&mut net, &offer).status(), Some(500));
    net.command(SWITCH, Command::Accept { session, body: Some(sdp("answer")) });
    net.run_ms(20);
    // Our 200 carried the offer, and its answer has not come.
    let offer = with_sdp(&within(&net, &tag, "UPDATE", 4, ""), "offer");
    assert_eq!(ask(&mut net, &offer).status(), Some(491));
}

#[test]
fn options_and_bodies_that_are_not_understood_are_refused_within_a_call_too() {
    let mut net = Net::raw(6);
    let (_, tag) = answered(&mut net);
    for (cseq, method) in (2..).zip(["INVITE", "UPDATE", "INFO", "OPTIONS"]) {
        let request = within(&net, &tag, method, cseq, "Require: x-nothing\n");
        let refused = ask(&mut net, &request);
        assert_eq!((refused.status(), value(&refused, HeaderName::Unsupported)), (Some(420), "x-nothing".to_owned()));
    }
    for (cseq, method) in (10..).zip(["INVITE", "UPDATE"]) {
        let request = with_sdp(&within(&net, &tag, method, cseq, ""), "text").replace("application/sdp", "text/plain");
        let refused = ask(&mut net, &request);
        assert_eq!((refused.status(), value(&refused, HeaderName::Accept)), (Some(415), "application/sdp".to_owned()));
    }
    assert_eq!(net.take(SWITCH), [], "the call goes on");
}

#[test]
fn methods_that_no_call_serves_get_405_or_501_with_allow() {
    let mut net = Net::raw(7);
    let (_, tag) = answered(&mut net);
    for (cseq, (method, status)) in (2..).zip([("MESSAGE", 405), ("SUBSCRIBE", 405), ("PUBLISH", 405), ("XYZZY", 501)])
    {
        let request = within(&net, &tag, method, cseq, "");
        let refused = ask(&mut net, &request);
        assert_eq!(refused.status(), Some(status), "{method}");
        assert!(values(&refused, HeaderName::Allow).contains(&"UPDATE".to_owned()));
    }
}

#[test]
fn options_outside_a_call_are_refused_for_what_they_require() {
    let mut net = Net::raw(8);
    let refused = ask(&mut net, &raw_request("OPTIONS", PEER, 1, "z9hG4bKo", "Require: timer, x-a, x-b\n"));
    assert_eq!(refused.status(), Some(420));
    assert_eq!(values(&refused, HeaderName::Unsupported), ["x-a", "x-b"]);
}

#[test]
fn a_hundred_holds_and_a_change_after_the_end_do_no_harm() {
    let mut net = Net::raw(9);
    let (session, tag) = answered(&mut net);
    for cseq in 2..102 {
        let hold = with_sdp(&within(&net, &tag, "INVITE", cseq, ""), if cseq % 2 == 0 { "hold" } else { "resume" });
        net.send(PEER, &hold);
        net.run_ms(20);
        net.command(SWITCH, Command::AnswerReoffer { session, answer: Ok(Some(sdp("answer"))) });
        net.run_ms(20);
        let ack = within(&net, &tag, "ACK", cseq, "");
        net.send(PEER, &ack);
        net.run_ms(20);
    }
    assert_eq!(net.take(SWITCH).len(), 200, "a hundred offers, a hundred ACKs");
    let bye = within(&net, &tag, "BYE", 200, "");
    assert_eq!(ask(&mut net, &bye).status(), Some(200));
    let late = within(&net, &tag, "INVITE", 201, "");
    assert_eq!(ask(&mut net, &late).status(), Some(481));
    net.finish();
    net.assert_empty();
}

#[test]
fn a_connection_that_closes_at_any_moment_leaves_nothing_behind() {
    for moment in 0..4 {
        let mut net = Net::raw(10 + moment);
        net.transport = Transport::Tcp;
        let session = ringing(&mut net);
        let close = |net: &mut Net| {
            let now = net.now;
            net.at(SWITCH).handle_closed(ConnectionId(1), now);
            net.drain(SWITCH);
        };
        if moment == 0 {
            close(&mut net);
        }
        net.command(SWITCH, Command::Provisional { session, status: 180, body: None });
        if moment == 1 {
            close(&mut net);
        }
        net.command(SWITCH, Command::Accept { session, body: Some(sdp("answer")) });
        if moment == 2 {
            close(&mut net);
        }
        net.run_ms(100);
        net.command(SWITCH, Command::Hangup { session, reason: HangupReason::Normal });
        if moment == 3 {
            close(&mut net);
        }
        net.finish();
        net.assert_empty();
    }
}

#[test]
fn a_dialog_that_began_by_tls_stays_on_tls_wherever_its_contact_points() {
    for (contact, stays) in [("203.0.113.9:5060;x=", true), ("203.0.113.9:5061;transport=tls;x=", false)] {
        let mut net = Net::raw(31);
        net.transport = crate::sip::transaction::Transport::Tls;
        let (session, tag) = answered(&mut net);
        let moved = format!("Contact: <sip:moved@{contact}");
        let update = within(&net, &tag, "UPDATE", 2, "").replace("Contact: <sip:02155555555@", &moved);
        assert_eq!(ask(&mut net, &update).status(), Some(200));
        net.command(SWITCH, Command::Reoffer { session, body: Some(sdp("offer")) });
        net.run_ms(30);
        let offers: Vec<_> = net.mail(PEER).into_iter().filter(|message| message.is_request()).collect();
        assert_eq!(offers.len(), usize::from(stays), "{contact}");
        assert!(offers.iter().all(|offer| value(offer, HeaderName::Via).starts_with("SIP/2.0/TLS")), "{contact}");
    }
}
