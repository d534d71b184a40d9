//! Whole calls between two endpoints.

use super::net::*;
use crate::sip::endpoint::*;

fn ended(session: SessionId, by_remote: bool, reason: EndReason) -> Event {
    Event::Ended { session, by_remote, reason }
}

#[test]
fn a_call_rings_is_answered_and_hung_up_by_the_caller() {
    let mut net = Net::new(1, 1);
    let session = net.at(PEER).new_session();
    let uri = "sip:4008123602@192.0.2.1".to_owned();
    net.command(PEER, Command::Invite(Box::new(invite(session, Destination::Uri(uri)))));
    net.run_ms(50);
    let call = net.incoming(SWITCH);
    assert_eq!(call.called, "4008123602");
    assert_eq!(call.caller.as_deref(), Some("02155555555"));
    assert_eq!(call.origin, Origin::Trunk("carrier".to_owned()));
    assert_eq!(call.body, Some(sdp("offer")));
    assert_eq!(call.flow.remote, address(PEER));
    net.command(SWITCH, Command::Provisional { session: call.session, status: 183, body: Some(sdp("early")) });
    net.run_ms(50);
    assert_eq!(net.take(PEER), [Event::Provisional { session, status: 183, body: Some(sdp("early")) }]);
    net.command(SWITCH, Command::Accept { session: call.session, body: Some(sdp("answer")) });
    net.run_ms(50);
    assert_eq!(net.take(PEER), [Event::Answered { session, body: Some(sdp("answer")), remote: address(SWITCH) }]);
    assert_eq!(net.take(SWITCH), [Event::Acked { session: call.session, body: None }]);
    net.command(PEER, Command::Hangup { session, reason: HangupReason::Normal });
    net.run_ms(50);
    assert_eq!(net.take(PEER), [ended(session, false, EndReason::Bye)]);
    assert_eq!(net.take(SWITCH), [ended(call.session, true, EndReason::Bye)]);
    assert_eq!(net.count("1>0 INVITE"), 1, "nothing is sent twice on a good link: {:?}", net.trace);
    assert_eq!(net.count("0>1 SIP/2.0 200"), 3, "to PRACK, INVITE and BYE");
    net.finish();
    net.assert_empty();
}

#[test]
fn the_called_side_hangs_up() {
    let mut net = Net::new(2, 1);
    let (caller, callee) = net.connect(PEER, SWITCH);
    net.command(SWITCH, Command::Hangup { session: callee, reason: HangupReason::Normal });
    net.run_ms(50);
    assert_eq!(net.take(PEER), [ended(caller, true, EndReason::Bye)]);
    assert_eq!(net.take(SWITCH), [ended(callee, false, EndReason::Bye)]);
    net.finish();
    net.assert_empty();
}

#[test]
fn both_hang_up_at_once() {
    let mut net = Net::new(3, 1);
    let (caller, callee) = net.connect(PEER, SWITCH);
    net.command(SWITCH, Command::Hangup { session: callee, reason: HangupReason::Normal });
    net.command(PEER, Command::Hangup { session: caller, reason: HangupReason::Normal });
    net.finish();
    assert_eq!(net.take(PEER), [ended(caller, false, EndReason::Bye)]);
    assert_eq!(net.take(SWITCH), [ended(callee, false, EndReason::Bye)]);
    net.assert_empty();
}

#[test]
fn a_refused_call_fails_with_its_status() {
    let mut net = Net::new(4, 1);
    let (caller, callee) = net.ring(PEER, SWITCH);
    net.take(PEER);
    let headers = vec![("X-Why".to_owned(), "lunch".to_owned())];
    net.command(SWITCH, Command::Reject { session: callee, status: 486, reason: None, headers });
    net.run_ms(50);
    let failed = Event::Failed { session: caller, status: 486, reason: "Busy Here".to_owned(), by: FailedBy::Remote };
    assert_eq!(net.take(PEER), [failed]);
    assert_eq!(net.take(SWITCH), [ended(callee, false, EndReason::Rejected)]);
    assert_eq!(net.count("1>0 ACK"), 1);
    net.finish();
    net.assert_empty();
}

#[test]
fn the_caller_cancels_while_it_rings() {
    let mut net = Net::new(5, 1);
    let (caller, callee) = net.ring(PEER, SWITCH);
    net.take(PEER);
    net.command(PEER, Command::Hangup { session: caller, reason: HangupReason::CompletedElsewhere });
    net.run_ms(100);
    let text = "Request Terminated".to_owned();
    assert_eq!(net.take(PEER), [Event::Failed { session: caller, status: 487, reason: text, by: FailedBy::Local }]);
    assert_eq!(net.take(SWITCH), [Event::Cancelled { session: callee, elsewhere: true }]);
    assert_eq!((net.count("1>0 CANCEL"), net.count("0>1 SIP/2.0 487"), net.count("1>0 ACK")), (1, 1, 1));
    net.finish();
    net.assert_empty();
}

#[test]
fn cancel_waits_for_a_provisional_response() {
    let mut net = Net::new(6, 1);
    let session = net.at(PEER).new_session();
    let uri = "sip:4008123602@192.0.2.1".to_owned();
    net.command(PEER, Command::Invite(Box::new(invite(session, Destination::Uri(uri)))));
    net.command(PEER, Command::Hangup { session, reason: HangupReason::Normal });
    assert_eq!(net.count("1>0 CANCEL"), 0);
    net.run_ms(200);
    assert_eq!(net.count("1>0 CANCEL"), 1);
    net.finish();
    net.assert_empty();
}

#[test]
fn an_answer_that_crosses_the_cancel_is_acknowledged_and_ended() {
    let mut net = Net::new(7, 1);
    let (caller, callee) = net.ring(PEER, SWITCH);
    net.take(PEER);
    net.command(SWITCH, Command::Accept { session: callee, body: Some(sdp("answer")) });
    net.command(PEER, Command::Hangup { session: caller, reason: HangupReason::Normal });
    net.finish();
    let text = "Request Terminated".to_owned();
    assert_eq!(net.take(PEER), [Event::Failed { session: caller, status: 487, reason: text, by: FailedBy::Local }]);
    let acked = Event::Acked { session: callee, body: None };
    assert_eq!(net.take(SWITCH), [acked, ended(callee, true, EndReason::Bye)]);
    net.assert_empty();
}

#[test]
fn nobody_answers_in_time() {
    let mut net = Net::new(8, 1);
    let (caller, callee) = net.ring(PEER, SWITCH);
    net.take(PEER);
    net.run_ms(19_000);
    assert_eq!(net.take(PEER), []);
    net.run_ms(1_100);
    let reason = "Request Timeout".to_owned();
    assert_eq!(net.take(PEER), [Event::Failed { session: caller, status: 408, reason, by: FailedBy::Timeout }]);
    assert_eq!(net.take(SWITCH), [Event::Cancelled { session: callee, elsewhere: false }]);
    net.finish();
    net.assert_empty();
}

#[test]
fn a_dead_address_is_unreachable() {
    let mut net = Net::new(9, 0);
    let session = net.at(SWITCH).new_session();
    let mut invite = invite(session, Destination::Uri("sip:1@203.0.113.1".to_owned()));
    invite.ring_timeout = None;
    net.command(SWITCH, Command::Invite(Box::new(invite)));
    net.run_ms(31_900);
    assert_eq!(net.take(SWITCH), []);
    net.run_ms(200);
    let reason = "Request Timeout".to_owned();
    assert_eq!(net.take(SWITCH), [Event::Failed { session, status: 408, reason, by: FailedBy::Unreachable }]);
    net.finish();
    net.assert_empty();
}

#[test]
fn an_offerless_call_gets_its_answer_in_the_ack() {
    let mut net = Net::new(10, 1);
    let caller = net.at(PEER).new_session();
    let offerless = Invite { body: None, ..invite(caller, Destination::Uri("sip:100@192.0.2.1".to_owned())) };
    net.command(PEER, Command::Invite(Box::new(offerless)));
    net.run_ms(50);
    let callee = net.incoming(SWITCH);
    assert_eq!(callee.body, None);
    net.command(SWITCH, Command::Accept { session: callee.session, body: Some(sdp("offer")) });
    net.run_ms(50);
    let answered = Event::Answered { session: caller, body: Some(sdp("offer")), remote: address(SWITCH) };
    assert_eq!(net.take(PEER), [answered]);
    assert_eq!(net.take(SWITCH), []);
    net.command(PEER, Command::Acknowledge { session: caller, body: sdp("answer") });
    net.run_ms(50);
    assert_eq!(net.take(SWITCH), [Event::Acked { session: callee.session, body: Some(sdp("answer")) }]);
    net.command(PEER, Command::Hangup { session: caller, reason: HangupReason::Normal });
    net.finish();
    net.assert_empty();
}

#[test]
fn hold_and_resume_are_offers_within_the_call() {
    let mut net = Net::new(11, 1);
    let (caller, callee) = net.connect(PEER, SWITCH);
    net.command(PEER, Command::Reoffer { session: caller, body: Some(sdp("hold")) });
    net.run_ms(50);
    assert_eq!(net.take(SWITCH), [Event::Reoffer { session: callee, body: Some(sdp("hold")) }]);
    net.command(SWITCH, Command::AnswerReoffer { session: callee, answer: Ok(Some(sdp("held"))) });
    net.run_ms(50);
    assert_eq!(net.take(PEER), [Event::ReofferAnswered { session: caller, result: Ok(Some(sdp("held"))) }]);
    assert_eq!(net.take(SWITCH), [Event::ReofferAcked { session: callee, body: None }]);
    // The other way, without an offer.
    net.command(SWITCH, Command::Reoffer { session: callee, body: None });
    net.run_ms(50);
    assert_eq!(net.take(PEER), [Event::Reoffer { session: caller, body: None }]);
    net.command(PEER, Command::AnswerReoffer { session: caller, answer: Ok(Some(sdp("offer"))) });
    net.run_ms(50);
    assert_eq!(net.take(SWITCH), [Event::ReofferAnswered { session: callee, result: Ok(Some(sdp("offer"))) }]);
    net.command(SWITCH, Command::Acknowledge { session: callee, body: sdp("answer") });
    net.run_ms(50);
    assert_eq!(net.take(PEER), [Event::ReofferAcked { session: caller, body: Some(sdp("answer")) }]);
    net.command(PEER, Command::Hangup { session: caller, reason: HangupReason::Normal });
    net.finish();
    net.assert_empty();
}

#[test]
fn a_refused_offer_leaves_the_call_up() {
    let mut net = Net::new(12, 1);
    let (caller, callee) = net.connect(PEER, SWITCH);
    net.command(PEER, Command::Reoffer { session: caller, body: Some(sdp("video")) });
    net.run_ms(50);
    net.command(SWITCH, Command::AnswerReoffer { session: callee, answer: Err(488) });
    net.run_ms(50);
    assert_eq!(net.take(PEER), [Event::ReofferAnswered { session: caller, result: Err(488) }]);
    net.command(PEER, Command::Info { session: caller, body: sdp("still here") });
    net.run_ms(50);
    assert!(net.take(SWITCH).contains(&Event::Info { session: callee, body: sdp("still here") }));
    net.command(SWITCH, Command::Hangup { session: callee, reason: HangupReason::Q850(16) });
    net.finish();
    net.assert_empty();
}

#[test]
fn offers_that_cross_are_tried_again_one_after_the_other() {
    let mut net = Net::new(13, 1);
    let (caller, callee) = net.connect(PEER, SWITCH);
    net.command(PEER, Command::Reoffer { session: caller, body: Some(sdp("from caller")) });
    net.command(SWITCH, Command::Reoffer { session: callee, body: Some(sdp("from switch")) });
    net.run_ms(100);
    assert_eq!((net.count("0>1 SIP/2.0 491"), net.count("1>0 SIP/2.0 491")), (1, 1));
    let mut seen = Vec::new();
    for _ in 0..50 {
        net.run_ms(100);
        for (node, session) in [(SWITCH, callee), (PEER, caller)] {
            for event in net.take(node) {
                if let Event::Reoffer { body, .. } = &event {
                    seen.push((node, body.clone()));
                    net.command(node, Command::AnswerReoffer { session, answer: Ok(Some(sdp("yes"))) });
                }
            }
        }
    }
    // The switch did not make the Call-ID, so its turn comes first.
    assert_eq!(seen, [(PEER, Some(sdp("from switch"))), (SWITCH, Some(sdp("from caller")))]);
    net.command(PEER, Command::Hangup { session: caller, reason: HangupReason::Normal });
    net.finish();
    net.assert_empty();
}

#[test]
fn hanging_up_during_an_offer_ends_both() {
    let mut net = Net::new(14, 1);
    let (caller, callee) = net.connect(PEER, SWITCH);
    net.command(PEER, Command::Reoffer { session: caller, body: Some(sdp("hold")) });
    net.run_ms(50);
    net.take(SWITCH);
    net.command(PEER, Command::Hangup { session: caller, reason: HangupReason::Normal });
    net.run_ms(50);
    net.command(SWITCH, Command::AnswerReoffer { session: callee, answer: Ok(Some(sdp("late"))) });
    net.finish();
    assert_eq!(net.take(SWITCH), [ended(callee, true, EndReason::Bye)]);
    assert_eq!(net.count("0>1 SIP/2.0 487"), 1);
    net.assert_empty();
}

#[test]
fn commands_for_calls_that_are_over_do_nothing() {
    let mut net = Net::new(15, 1);
    let (caller, callee) = net.connect(PEER, SWITCH);
    net.command(PEER, Command::Hangup { session: caller, reason: HangupReason::Normal });
    net.finish();
    net.take(SWITCH);
    net.take(PEER);
    let sent = net.trace.len();
    let session = callee;
    for command in [
        Command::Hangup { session, reason: HangupReason::Normal },
        Command::Accept { session, body: None },
        Command::Reject { session, status: 486, reason: None, headers: vec![] },
        Command::Provisional { session, status: 180, body: None },
        Command::Reoffer { session, body: None },
        Command::AnswerReoffer { session, answer: Ok(None) },
        Command::Acknowledge { session, body: sdp("x") },
        Command::Info { session, body: sdp("x") },
    ] {
        net.command(SWITCH, command);
    }
    assert_eq!(net.trace.len(), sent);
    assert_eq!(net.take(SWITCH), []);
}

#[test]
fn a_host_name_is_looked_up_and_the_next_address_tried() {
    let mut net = Net::new(16, 1);
    let session = net.at(SWITCH).new_session();
    let uri = "sip:100@pbx.example;transport=udp".to_owned();
    let invite = Invite { ring_timeout: None, ..invite(session, Destination::Uri(uri)) };
    net.command(SWITCH, Command::Invite(Box::new(invite)));
    let (node, id, host) = net.resolves.pop().expect("a look-up is asked for");
    assert_eq!((node, host.as_str()), (SWITCH, "pbx.example"));
    let target = |ip: &str| Target {
        transport: Transport::Udp,
        remote: format!("{ip}:5060").parse().expect("an address written in this file"),
        local: None,
        connection: None,
        server_name: None,
    };
    let now = net.now;
    net.at(SWITCH).handle_resolved(id, vec![target("203.0.113.1"), target("198.51.100.1")], now);
    net.drain(SWITCH);
    net.run_ms(31_000);
    assert_eq!(net.take(PEER), []);
    net.run_ms(1_500);
    assert_eq!(net.incoming(PEER).called, "100");
}

#[test]
fn a_name_that_leads_nowhere_fails_the_call() {
    let mut net = Net::new(17, 0);
    let session = net.at(SWITCH).new_session();
    let invite = invite(session, Destination::Uri("sip:100@nowhere.example".to_owned()));
    net.command(SWITCH, Command::Invite(Box::new(invite)));
    let (_, id, _) = net.resolves.pop().expect("a look-up is asked for");
    let now = net.now;
    net.at(SWITCH).handle_resolved(id, vec![], now);
    net.drain(SWITCH);
    let reason = "Service Unavailable".to_owned();
    assert_eq!(net.take(SWITCH), [Event::Failed { session, status: 503, reason, by: FailedBy::Unreachable }]);
    net.finish();
    net.assert_empty();
}
