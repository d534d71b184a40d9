//! The switch as called side, against peers written by hand.

use super::net::*;
use crate::sip::HeaderName;
use crate::sip::endpoint::*;

pub fn request(method: &str, cseq: u32, branch: &str) -> String {
    raw_request(method, PEER, cseq, branch, "")
}

/// An INVITE from the peer that the switch has been told of.
pub fn ringing(net: &mut Net) -> SessionId {
    net.send(PEER, &request("INVITE", 1, "z9hG4bKone"));
    net.run_ms(50);
    net.incoming(SWITCH).session
}

/// A request of the peer within the dialog of its INVITE.
pub fn within(net: &Net, tag: &str, method: &str, cseq: u32, extra: &str) -> String {
    let _ = net;
    raw_request(method, PEER, cseq, &format!("z9hG4bK{method}{cseq}"), extra)
        .replace("To: <sip:4008123602@192.0.2.1>", &format!("To: <sip:4008123602@192.0.2.1>;tag={tag}"))
}

/// An answered and acknowledged call of the peer: the session and our tag.
pub fn answered(net: &mut Net) -> (SessionId, String) {
    let session = ringing(net);
    net.command(SWITCH, Command::Accept { session, body: Some(sdp("answer")) });
    net.run_ms(20);
    let mail = net.mail(PEER);
    let ok = mail.iter().find(|m| m.status() == Some(200)).expect("the call is answered");
    let tag = ok.to_tag().expect("our tag").to_clean_string();
    let ack = within(net, &tag, "ACK", 1, "");
    net.send(PEER, &ack);
    net.run_ms(20);
    assert_eq!(net.take(SWITCH), [Event::Acked { session, body: None }]);
    (session, tag)
}

#[test]
fn a_retransmitted_invite_is_one_call_and_repeats_the_last_response() {
    let mut net = Net::raw(1);
    let session = ringing(&mut net);
    assert_eq!(statuses(&net.mail(PEER)), [100]);
    net.command(SWITCH, Command::Provisional { session, status: 180, body: None });
    for _ in 0..3 {
        net.send(PEER, &request("INVITE", 1, "z9hG4bKone"));
    }
    net.run_ms(50);
    assert_eq!(net.take(SWITCH), []);
    assert_eq!(statuses(&net.mail(PEER)), [180, 180, 180, 180]);
}

#[test]
fn the_100_comes_at_once_and_without_a_tag() {
    let mut net = Net::raw(2);
    net.send(PEER, &raw_request("INVITE", PEER, 1, "z9hG4bKone", "Timestamp: 54\n"));
    net.run_ms(20);
    let mail = net.mail(PEER);
    assert_eq!(statuses(&mail), [100]);
    assert_eq!(mail[0].to_tag(), None);
    assert_eq!(value(&mail[0], HeaderName::Timestamp), "54");
}

#[test]
fn an_unacknowledged_answer_is_repeated_and_then_hung_up() {
    let mut net = Net::raw(3);
    let session = ringing(&mut net);
    net.mail(PEER);
    net.command(SWITCH, Command::Accept { session, body: Some(sdp("answer")) });
    net.run_ms(31_900);
    let mail = net.mail(PEER);
    // 0, 0.5, 1.5, 3.5, 7.5, then every 4 s (RFC 3261 13.3.1.4).
    assert_eq!(statuses(&mail), [200; 11]);
    assert_eq!(net.take(SWITCH), []);
    net.run_ms(200);
    assert_eq!(net.take(SWITCH), [Event::AckTimeout { session }]);
    assert!(net.mail(PEER).iter().any(|m| m.method().is_some_and(|m| m.as_bytes() == b"BYE")));
    net.finish();
    net.assert_empty();
}

#[test]
fn hanging_up_before_the_ack_waits_for_it() {
    let mut net = Net::raw(4);
    let session = ringing(&mut net);
    net.command(SWITCH, Command::Accept { session, body: Some(sdp("answer")) });
    net.run_ms(20);
    let tag = net.mail(PEER).pop().and_then(|ok| ok.to_tag()).expect("our tag").to_clean_string();
    net.command(SWITCH, Command::Hangup { session, reason: HangupReason::Normal });
    net.run_ms(300);
    assert_eq!(net.take(SWITCH), [Event::Ended { session, by_remote: false, reason: EndReason::Bye }]);
    assert_eq!(net.count("0>1 BYE"), 0);
    let ack = within(&net, &tag, "ACK", 1, "");
    net.send(PEER, &ack);
    net.run_ms(20);
    assert_eq!(net.count("0>1 BYE"), 1);
    net.finish();
    net.assert_empty();
}

#[test]
fn a_refusal_is_repeated_until_its_ack() {
    let mut net = Net::raw(5);
    let session = ringing(&mut net);
    net.mail(PEER);
    net.command(SWITCH, Command::Reject { session, status: 404, reason: None, headers: vec![] });
    net.run_ms(1_600);
    assert_eq!(statuses(&net.mail(PEER)), [404, 404, 404]);
    net.send(PEER, &request("ACK", 1, "z9hG4bKone"));
    net.run_ms(5_000);
    assert_eq!(statuses(&net.mail(PEER)), [0u16; 0]);
    net.finish();
    net.assert_empty();
}

#[test]
fn a_call_that_comes_twice_by_different_ways_is_refused_once() {
    let mut net = Net::raw(6);
    ringing(&mut net);
    net.mail(PEER);
    net.send(PEER, &request("INVITE", 1, "z9hG4bKtwo"));
    net.run_ms(50);
    assert_eq!(net.take(SWITCH), []);
    assert_eq!(statuses(&net.mail(PEER)), [482]);
}

#[test]
fn one_branch_from_two_senders_is_two_calls() {
    let mut net = Net::raw(7);
    let other = net.add_raw();
    net.send(PEER, &request("INVITE", 1, "z9hG4bKone"));
    net.send(other, &raw_request("INVITE", other, 1, "z9hG4bKone", ""));
    net.run_ms(50);
    assert_eq!(net.take(SWITCH).len(), 2);
}

#[test]
fn what_no_invite_may_ask_is_refused_with_the_reason() {
    let cases = [
        ("Require: x-nothing\n", 420, HeaderName::Unsupported, "x-nothing"),
        ("Content-Type: text/plain\n", 415, HeaderName::Accept, "application/sdp"),
        ("Content-Encoding: gzip\nContent-Type: application/sdp\n", 415, HeaderName::Other, "identity"),
    ];
    for (extra, status, name, expected) in cases {
        let mut net = Net::raw(8);
        let text = raw_request("INVITE", PEER, 1, "z9hG4bKone", extra);
        net.send(PEER, &text.replace("Content-Length: 0\n\n", "Content-Length: 3\n\nabc"));
        net.run_ms(50);
        let mail = net.mail(PEER);
        assert_eq!(statuses(&mail), [status], "{extra}");
        assert_eq!(value(&mail[0], name), expected);
        assert_eq!(net.take(SWITCH), []);
        net.finish();
        net.assert_empty();
    }
}

#[test]
fn hops_that_are_used_up_end_the_call() {
    let mut net = Net::raw(9);
    net.send(PEER, &request("INVITE", 1, "z9hG4bKone").replace("Max-Forwards: 70", "Max-Forwards: 0"));
    net.run_ms(50);
    assert_eq!(statuses(&net.mail(PEER)), [483]);
    // RFC 4475 3.1.1.11: an endpoint processes other requests as if hops were left.
    net.send(PEER, &request("OPTIONS", 2, "z9hG4bKtwo").replace("Max-Forwards: 70", "Max-Forwards: 0"));
    net.run_ms(50);
    let mail = net.mail(PEER);
    assert!(statuses(&mail).contains(&200));
    let ok = mail.iter().find(|m| m.status() == Some(200)).expect("OPTIONS is answered");
    assert!(value(ok, HeaderName::Allow).contains("INVITE"));
}

#[test]
fn methods_that_are_not_served_are_refused_with_allow() {
    let cases = [("MESSAGE", 405), ("PUBLISH", 405), ("REFER", 405), ("SUBSCRIBE", 489), ("NOTIFY", 481), ("BYE", 481)];
    for (method, status) in cases.into_iter().chain([("UPDATE", 481), ("INFO", 481), ("CANCEL", 481), ("XYZZY", 501)]) {
        let mut net = Net::raw(10);
        net.send(PEER, &request(method, 1, "z9hG4bKone"));
        net.run_ms(50);
        let mail = net.mail(PEER);
        assert_eq!(statuses(&mail), [status], "{method}");
        assert_eq!(value(&mail[0], HeaderName::Allow).contains("INVITE"), matches!(status, 405 | 501), "{method}");
        net.assert_empty();
    }
}

#[test]
fn requests_of_no_dialog_get_481_and_stray_acks_and_responses_nothing() {
    let mut net = Net::raw(11);
    for method in ["BYE", "INVITE", "INFO", "UPDATE"] {
        let text = within(&net, "nobody", method, 2, "");
        net.send(PEER, &text);
        net.run_ms(50);
        assert_eq!(statuses(&net.mail(PEER)), [481], "{method}");
    }
    let ack = within(&net, "nobody", "ACK", 2, "");
    net.send(PEER, &ack);
    net.send(PEER, "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\nFrom: <sip:a@b>;tag=1\nTo: <sip:c@d>;tag=2\nCall-ID: x\nCSeq: 1 INVITE\nContent-Length: 0\n\n");
    net.send(PEER, "nonsense\n\n");
    net.run_ms(50);
    assert_eq!(net.mail(PEER).len(), 0);
    assert_eq!(net.take(SWITCH), []);
    net.assert_empty();
}

#[test]
fn a_wrong_tag_or_call_id_does_not_reach_a_call() {
    let mut net = Net::raw(12);
    let (session, tag) = answered(&mut net);
    let bye = within(&net, &tag, "BYE", 2, "");
    net.send(PEER, &bye.replace("tag=raw", "tag=other"));
    net.send(PEER, &bye.replace("Call-ID: raw1", "Call-ID: raw2").replace("z9hG4bKBYE2", "z9hG4bKother"));
    net.run_ms(50);
    assert_eq!(statuses(&net.mail(PEER)), [481, 481]);
    assert_eq!(net.take(SWITCH), []);
    net.send(PEER, &bye.replace("z9hG4bKBYE2", "z9hG4bKright"));
    net.run_ms(50);
    assert_eq!(net.take(SWITCH), [Event::Ended { session, by_remote: true, reason: EndReason::Bye }]);
    net.finish();
    net.assert_empty();
}

#[test]
fn a_request_with_a_lower_number_gets_500() {
    let mut net = Net::raw(13);
    let (_, tag) = answered(&mut net);
    let info = within(&net, &tag, "INFO", 5, "");
    net.send(PEER, &info);
    net.run_ms(20);
    let late = within(&net, &tag, "INFO", 4, "");
    net.send(PEER, &late);
    net.run_ms(20);
    assert_eq!(statuses(&net.mail(PEER)), [200, 500]);
}

#[test]
fn a_second_offer_before_the_first_is_answered_gets_500_with_retry_after() {
    let mut net = Net::raw(14);
    let (session, tag) = answered(&mut net);
    let first = within(&net, &tag, "INVITE", 2, "");
    let second = within(&net, &tag, "INVITE", 3, "");
    net.send(PEER, &first);
    net.run_ms(20);
    net.send(PEER, &second);
    net.run_ms(20);
    assert_eq!(net.take(SWITCH), [Event::Reoffer { session, body: None }]);
    let mail = net.mail(PEER);
    assert_eq!(statuses(&mail), [100, 500]);
    assert!(value(&mail[1], HeaderName::RetryAfter).parse::<u32>().is_ok_and(|wait| wait < 10));
}

#[test]
fn a_cancelled_offer_leaves_the_call_up() {
    let mut net = Net::raw(15);
    let (session, tag) = answered(&mut net);
    let reinvite = within(&net, &tag, "INVITE", 2, "");
    net.send(PEER, &reinvite);
    net.run_ms(20);
    net.send(PEER, &reinvite.replace("INVITE", "CANCEL").replace("z9hG4bKCANCEL2", "z9hG4bKINVITE2"));
    net.run_ms(20);
    assert_eq!(statuses(&net.mail(PEER)), [100, 200, 487]);
    net.take(SWITCH);
    net.command(SWITCH, Command::AnswerReoffer { session, answer: Ok(None) });
    net.run_ms(20);
    assert_eq!(statuses(&net.mail(PEER)), [487; 0]);
    assert_eq!(net.take(SWITCH), []);
}

#[test]
fn an_early_bye_of_the_caller_ends_the_call() {
    let mut net = Net::raw(16);
    let session = ringing(&mut net);
    net.command(SWITCH, Command::Provisional { session, status: 180, body: None });
    net.run_ms(20);
    let tag = net.mail(PEER).pop().and_then(|ringing| ringing.to_tag()).expect("our tag").to_clean_string();
    let bye = within(&net, &tag, "BYE", 2, "");
    net.send(PEER, &bye);
    net.run_ms(20);
    assert_eq!(statuses(&net.mail(PEER)), [200, 487]);
    assert_eq!(net.take(SWITCH), [Event::Cancelled { session, elsewhere: false }]);
}

#[test]
fn cancel_after_the_answer_changes_nothing() {
    let mut net = Net::raw(17);
    let session = ringing(&mut net);
    net.command(SWITCH, Command::Accept { session, body: None });
    net.send(PEER, &request("CANCEL", 1, "z9hG4bKone"));
    net.run_ms(20);
    assert_eq!(net.take(SWITCH), []);
    assert_eq!(statuses(&net.mail(PEER)), [100, 200, 200]);
}

#[test]
fn a_merged_or_repeated_cancel_is_answered_again_without_a_second_event() {
    let mut net = Net::raw(18);
    let session = ringing(&mut net);
    for _ in 0..2 {
        net.send(PEER, &request("CANCEL", 1, "z9hG4bKone"));
        net.run_ms(20);
    }
    assert_eq!(net.take(SWITCH), [Event::Cancelled { session, elsewhere: false }]);
    assert_eq!(statuses(&net.mail(PEER)), [100, 200, 487, 200]);
}

#[test]
fn an_old_client_without_a_magic_cookie_is_served() {
    let mut net = Net::raw(19);
    let old = |method: &str| request(method, 1, "1").replace(";branch=1", "");
    net.send(PEER, &old("INVITE"));
    net.send(PEER, &old("INVITE"));
    net.run_ms(50);
    let session = net.incoming(SWITCH).session;
    net.command(SWITCH, Command::Reject { session, status: 486, reason: None, headers: vec![] });
    net.run_ms(50);
    assert_eq!(statuses(&net.mail(PEER)), [100, 100, 486]);
    net.send(PEER, &old("ACK"));
    net.run_ms(5_000);
    assert_eq!(statuses(&net.mail(PEER)), [100; 0], "the ACK stopped the refusal");
    net.finish();
    net.assert_empty();
}

#[test]
fn answers_go_to_where_the_request_came_from() {
    let mut net = Net::raw(20);
    let text = request("INVITE", 1, "z9hG4bKone;rport").replace("UDP 198.51.100.1:5060", "UDP 10.9.9.9:7777");
    net.send(PEER, &text);
    net.run_ms(50);
    let mail = net.mail(PEER);
    assert_eq!(statuses(&mail), [100]);
    let via = value(&mail[0], HeaderName::Via);
    assert!(via.contains("received=198.51.100.1") && via.contains("rport=5060"), "{via}");
}

#[test]
fn the_caller_is_who_a_trunk_asserts_unless_privacy_hides_it() {
    let call = |extra: &str| {
        let mut net = Net::raw(21);
        net.send(PEER, &raw_request("INVITE", PEER, 1, "z9hG4bKone", extra));
        net.run_ms(50);
        net.incoming(SWITCH)
    };
    let plain = call("");
    assert_eq!((plain.caller.as_deref(), plain.display_name.as_deref()), (Some("02155555555"), Some("A B")));
    let asserted = call("P-Asserted-Identity: \"C\u{7}D\" <sip:+8613800000000;phone-context=x@c>, <tel:+861>\n");
    assert_eq!(asserted.caller.as_deref(), Some("+8613800000000"));
    assert_eq!(asserted.display_name.as_deref(), Some("C D"), "control characters are cleaned");
    let hidden = call("P-Asserted-Identity: <tel:+86-138>\nPrivacy: id\n");
    assert_eq!(hidden.presentation, Presentation::Restricted);
    assert_eq!(hidden.caller.as_deref(), Some("+86-138"));
    let diverted = call("Diversion: <sip:500@c>;reason=unconditional\n");
    assert_eq!(diverted.diverted_by.as_deref(), Some("500"));
}

#[test]
fn too_many_calls_get_503_with_retry_after() {
    let mut net = Net::new(22, 0);
    let limits = Limits { sessions: 1, ..Limits::default() };
    let config = EndpointConfig { limits, ..config(SWITCH) };
    let mut endpoint = Endpoint::new(config, crate::base::Rng::from_number(1));
    endpoint.set_directory(directory(&["198.51.100.0/24"]), net.now);
    *net.at(SWITCH) = endpoint;
    let (one, two) = (net.add_raw(), net.add_raw());
    net.send(one, &raw_request("INVITE", one, 1, "z9hG4bKone", ""));
    net.send(two, &raw_request("INVITE", two, 1, "z9hG4bKtwo", ""));
    net.run_ms(50);
    let mail = net.mail(two);
    assert_eq!(statuses(&mail), [503]);
    assert!(!value(&mail[0], HeaderName::RetryAfter).is_empty());
    assert_eq!(statuses(&net.mail(one)), [100]);
}

#[test]
fn a_call_that_nobody_answers_is_kept_alive_each_minute_and_ends_when_the_caller_said_so() {
    let mut net = Net::raw(24);
    net.send(PEER, &raw_request("INVITE", PEER, 1, "z9hG4bKone", "Expires: 150\n"));
    net.run_ms(50);
    let session = net.incoming(SWITCH).session;
    net.command(SWITCH, Command::Provisional { session, status: 180, body: None });
    net.run_ms(149_000);
    assert_eq!(statuses(&net.mail(PEER)), [100, 180, 180, 180]);
    assert_eq!(net.take(SWITCH), []);
    net.run_ms(1_000);
    assert_eq!(net.take(SWITCH), [Event::Cancelled { session, elsewhere: false }]);
    assert_eq!(statuses(&net.mail(PEER)), [487]);
    net.finish();
    net.assert_empty();
}

#[test]
fn keep_alives_on_a_stream_are_answered() {
    let mut net = Net::raw(23);
    net.transport = Transport::Tcp;
    net.send(PEER, "\n\n");
    net.run_ms(50);
    assert_eq!(net.count("0>1 "), 1, "{:?}", net.trace);
}
