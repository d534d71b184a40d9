//! Phones ask us to call somebody else: REFER within a call, and the NOTIFYs that follow (RFC 3515, RFC 4488).

use super::net::*;
use super::uas::{answered, within as within_trunk};
use crate::base::UtcMillis;
use crate::sip::endpoint::*;
use crate::sip::{HeaderName, Message, Method};

/// A call of ours to the phone of account 1001, which is up.
pub struct Phone {
    pub session: SessionId,
    call_id: String,
    our_tag: String,
}

impl Phone {
    pub fn talks(net: &mut Net) -> Phone {
        let flow = Flow { transport: Transport::Udp, local: address(SWITCH), remote: address(PEER), connection: None };
        let binding = BindingRow {
            user: "1001".to_owned(),
            contact: format!("sip:1001@{}", address(PEER)),
            flow,
            path: Vec::new(),
            call_id: "registered".to_owned(),
            cseq: 1,
            q_milli: 1000,
            expires_at: UtcMillis(net.now.utc.0 + 3_600_000),
            user_agent: None,
            instance: None,
        };
        let now = net.now;
        net.at(SWITCH).restore_bindings(vec![binding], now);
        let session = net.at(SWITCH).new_session();
        net.command(SWITCH, Command::Invite(Box::new(invite(session, Destination::Account("1001".to_owned())))));
        net.run_ms(30);
        let rung = net.mail(PEER).pop().expect("an INVITE");
        net.send(PEER, &answer(&rung, "200 OK"));
        net.run_ms(30);
        net.take(SWITCH);
        net.mail(PEER);
        let call_id = rung.call_id().expect("an id").to_clean_string();
        Phone { session, call_id, our_tag: rung.from_tag().expect("our tag").to_clean_string() }
    }

    pub fn request(&self, method: &str, cseq: u32, extra: &str) -> String {
        let ip = address(PEER).ip();
        format!(
            "{method} sip:02155555555@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP {ip}:5060;branch=z9hG4bK{method}{cseq}\n\
             From: <sip:1001@hotline.example>;tag=phone\nTo: <sip:x@hotline.example>;tag={}\n\
             Call-ID: {}\nCSeq: {cseq} {method}\nMax-Forwards: 70\nContact: <sip:1001@{ip}>\n{extra}Content-Length: 0\n\n",
            self.our_tag, self.call_id
        )
    }

    /// Sends REFER with these lines; its final status.
    pub fn refers(&self, net: &mut Net, cseq: u32, extra: &str) -> Option<u16> {
        net.send(PEER, &self.request("REFER", cseq, extra));
        net.run_ms(20);
        let asked = net.take(SWITCH);
        if let [Event::ReferRequested { session, .. }] = asked.as_slice() {
            net.command(SWITCH, Command::AnswerRefer { session: *session, answer: Ok(()) });
            net.run_ms(20);
        }
        net.received[PEER].iter().filter(|m| m.status().is_some()).find_map(Message::status)
    }
}

/// The phone's response to a request of ours.
pub fn answer(request: &Message, status: &str) -> String {
    let all = |name: HeaderName| values(request, name).join(", ");
    let tag = if request.to_tag().is_some() { "" } else { ";tag=phone" };
    format!(
        "SIP/2.0 {status}\nVia: {}\nFrom: {}\nTo: {}{tag}\nCall-ID: {}\nCSeq: {}\nContact: <sip:1001@{}>\n\
         Content-Length: 0\n\n",
        all(HeaderName::Via),
        all(HeaderName::From),
        all(HeaderName::To),
        all(HeaderName::CallId),
        all(HeaderName::CSeq),
        address(PEER),
    )
}

/// The NOTIFYs that came: event, state, and the first line of the body. Each is answered with `status`.
fn told(net: &mut Net, status: &str) -> Vec<(String, String, String)> {
    let mail = net.mail(PEER);
    let notifies: Vec<Message> = mail.into_iter().filter(|m| m.method() == Some(&Method::Notify)).collect();
    let mut told = Vec::new();
    for notify in notifies {
        net.send(PEER, &answer(&notify, status));
        assert_eq!(value(&notify, HeaderName::ContentType), "message/sipfrag;version=2.0");
        let body = String::from_utf8_lossy(notify.body()).trim_end().to_owned();
        told.push((value(&notify, HeaderName::Event), value(&notify, HeaderName::SubscriptionState), body));
    }
    net.run_ms(20);
    told
}

fn row(event: &str, state: &str, body: &str) -> (String, String, String) {
    (event.to_owned(), state.to_owned(), body.to_owned())
}

const REFER_TO: &str = "Refer-To: <sip:1002@hotline.example>\n";
const OVER: &str = "terminated;reason=noresource";

#[test]
fn a_phone_is_told_how_its_wish_goes_and_each_wish_is_told_apart() {
    let mut net = Net::raw(1);
    let phone = Phone::talks(&mut net);
    let session = phone.session;
    net.send(PEER, &phone.request("REFER", 2, "Refer-To: \"Lee\" <sip:1002;x=y@192.0.2.1>;a=b\n"));
    net.run_ms(20);
    let wanted = Event::ReferRequested { session, called: "1002".to_owned(), replaces: None };
    assert_eq!(net.take(SWITCH), [wanted]);
    net.command(SWITCH, Command::AnswerRefer { session, answer: Ok(()) });
    net.run_ms(20);
    let accepted = net.mail(PEER);
    assert_eq!(statuses(&accepted), [202]);
    assert!(value(&accepted[0], HeaderName::Contact).contains("192.0.2.1"));
    // The first NOTIFY has no answer so far: what follows waits, and only the newest is told.
    for status in [180, 183, 180, 200, 486] {
        net.command(SWITCH, Command::NotifyRefer { session, status });
    }
    net.received[PEER] = accepted;
    assert_eq!(told(&mut net, "200 OK"), [row("refer", "active;expires=180", "SIP/2.0 100 Trying")]);
    assert_eq!(net.take(SWITCH), []);
    assert_eq!(told(&mut net, "200 OK"), [row("refer", OVER, "SIP/2.0 200 OK")]);
    assert_eq!(net.take(SWITCH), [Event::ReferOver { session }]);
    // Another wish in the same call carries an id (RFC 3515 2.4.6).
    assert_eq!(phone.refers(&mut net, 3, REFER_TO), Some(202));
    assert_eq!(told(&mut net, "200 OK")[0].0, "refer;id=3");
    net.command(SWITCH, Command::NotifyRefer { session, status: 180 });
    net.run_ms(20);
    assert_eq!(told(&mut net, "200 OK"), [row("refer;id=3", "active;expires=179", "SIP/2.0 180 Ringing")]);
    net.command(SWITCH, Command::NotifyRefer { session, status: 603 });
    net.run_ms(20);
    assert_eq!(told(&mut net, "200 OK"), [row("refer;id=3", OVER, "SIP/2.0 603 Decline")]);
}

#[test]
fn only_the_phone_of_an_account_may_wish_and_only_for_names_of_ours() {
    let mut net = Net::raw(2);
    let phone = Phone::talks(&mut net);
    let rows = [
        ("", 400),
        ("Refer-To: <sip:1002@hotline.example>, <sip:1003@hotline.example>\n", 400),
        ("Refer-To: <sip:1002@hotline.example>\nRefer-To: <sip:1003@hotline.example>\n", 400),
        ("Refer-To: <\n", 400),
        ("Refer-To: <sip:1002@hotline.example?Replaces=a>\n", 400),
        ("Refer-To: <tel:+442071838750>\n", 416),
        ("Refer-To: <http://hotline.example/>\n", 416),
        ("Refer-To: <sip:1002@elsewhere.example>\n", 403),
        ("Refer-To: <sip:1002@203.0.113.9>\n", 403),
        ("Refer-To: <sip:1002@hotline.example;method=BYE>\n", 403),
        ("Require: x-nothing\nRefer-To: <sip:1002@hotline.example>\n", 420),
    ];
    for (cseq, (refer_to, status)) in (2..).zip(rows) {
        assert_eq!(phone.refers(&mut net, cseq, refer_to), Some(status), "{refer_to}");
        assert_eq!(told(&mut net, "200 OK"), []);
    }
    assert_eq!(net.take(SWITCH), [], "the switch hears of none");
    // From another address, although every name is right.
    let other = net.add_raw();
    net.send(other, &phone.request("REFER", 40, REFER_TO));
    net.run_ms(20);
    assert_eq!(statuses(&net.mail(other)), [403]);
    // A caller from a trunk.
    let mut net = Net::raw(3);
    let (_, tag) = answered(&mut net);
    net.send(PEER, &within_trunk(&net, &tag, "REFER", 2, REFER_TO));
    net.run_ms(20);
    assert_eq!(statuses(&net.mail(PEER)), [403]);
    net.send(PEER, &raw_request("REFER", PEER, 9, "z9hG4bKoutside", REFER_TO));
    net.run_ms(20);
    assert_eq!(statuses(&net.mail(PEER)), [405], "no call, no wish");
    assert_eq!(net.take(SWITCH), []);
}

#[test]
fn one_wish_at_a_time_and_the_switch_may_refuse_it() {
    let mut net = Net::raw(4);
    let phone = Phone::talks(&mut net);
    net.send(PEER, &phone.request("REFER", 2, REFER_TO));
    net.run_ms(20);
    net.command(SWITCH, Command::AnswerRefer { session: phone.session, answer: Err(603) });
    net.run_ms(20);
    assert_eq!(statuses(&net.mail(PEER)), [603]);
    net.take(SWITCH);
    assert_eq!(phone.refers(&mut net, 3, REFER_TO), Some(202));
    told(&mut net, "200 OK");
    assert_eq!(phone.refers(&mut net, 4, REFER_TO), Some(491));
    // What comes when it is over is nothing.
    net.command(SWITCH, Command::NotifyRefer { session: phone.session, status: 486 });
    net.run_ms(20);
    assert_eq!(told(&mut net, "200 OK").len(), 1);
    net.command(SWITCH, Command::NotifyRefer { session: phone.session, status: 200 });
    net.run_ms(20);
    assert_eq!(told(&mut net, "200 OK"), []);
}

#[test]
fn who_wants_no_notify_gets_none() {
    let mut net = Net::raw(5);
    let phone = Phone::talks(&mut net);
    let wish = format!("Require: norefersub\nRefer-Sub: false;x=y\n{REFER_TO}");
    assert_eq!(phone.refers(&mut net, 2, &wish), Some(202));
    let accepted = net.mail(PEER);
    let says: Vec<String> = accepted[0].header_named("Refer-Sub").map(|value| value.to_clean_string()).collect();
    assert_eq!(says, ["false"]);
    net.command(SWITCH, Command::NotifyRefer { session: phone.session, status: 180 });
    net.command(SWITCH, Command::NotifyRefer { session: phone.session, status: 200 });
    net.run_ms(1000);
    assert!(net.mail(PEER).is_empty());
    assert_eq!(net.take(SWITCH), [Event::ReferOver { session: phone.session }]);
}

#[test]
fn a_phone_that_does_not_want_to_hear_is_told_no_more_and_keeps_its_call() {
    let mut net = Net::raw(6);
    let phone = Phone::talks(&mut net);
    phone.refers(&mut net, 2, REFER_TO);
    assert_eq!(told(&mut net, "481 Subscription Does Not Exist").len(), 1);
    net.command(SWITCH, Command::NotifyRefer { session: phone.session, status: 180 });
    net.run_ms(20);
    assert!(net.mail(PEER).is_empty());
    net.command(SWITCH, Command::NotifyRefer { session: phone.session, status: 200 });
    net.run_ms(20);
    assert_eq!(net.take(SWITCH), [Event::ReferOver { session: phone.session }]);
    // Nobody answers at all: the last word is given up after 32 s.
    phone.refers(&mut net, 3, REFER_TO);
    net.command(SWITCH, Command::NotifyRefer { session: phone.session, status: 200 });
    net.run_ms(33_000);
    assert_eq!(net.take(SWITCH), [Event::ReferOver { session: phone.session }]);
    assert_eq!(net.at(SWITCH).session_count(), 1, "the call is up");
}

#[test]
fn a_wish_that_the_switch_forgets_ends_by_itself_and_a_hang_up_ends_it_at_once() {
    let mut net = Net::raw(7);
    let phone = Phone::talks(&mut net);
    phone.refers(&mut net, 2, REFER_TO);
    told(&mut net, "200 OK");
    net.run_ms(181_000);
    assert_eq!(told(&mut net, "200 OK").first(), Some(&row("refer", OVER, "SIP/2.0 408 Request Timeout")));
    assert_eq!(net.take(SWITCH), [Event::ReferOver { session: phone.session }]);
    net.send(PEER, &phone.request("REFER", 3, REFER_TO));
    net.send(PEER, &phone.request("BYE", 4, ""));
    net.run_ms(20);
    assert_eq!(statuses(&net.mail(PEER)), [200, 487]);
    net.take(SWITCH);
    net.command(SWITCH, Command::AnswerRefer { session: phone.session, answer: Ok(()) });
    net.command(SWITCH, Command::NotifyRefer { session: phone.session, status: 200 });
    net.finish();
    assert!(net.mail(PEER).is_empty());
    net.assert_empty();
}

#[test]
fn over_a_bad_link_one_wish_is_one_wish_and_its_end_is_told_once() {
    for seed in 0..40 {
        let mut net = Net::raw(100 + seed);
        let phone = Phone::talks(&mut net);
        net.faults = Faults { loss: 20, twice: 20, jitter_ms: 200 };
        let (mut asked, mut over, mut accepted, mut told) = (0, 0, false, Vec::new());
        for step in 0..600_u64 {
            if !accepted && step % 5 == 0 {
                net.send(PEER, &phone.request("REFER", 2, REFER_TO));
            }
            net.run_ms(100);
            for message in net.mail(PEER) {
                accepted |= message.status() == Some(202);
                if message.method() == Some(&Method::Notify) {
                    told.push((message.cseq().expect("a number").number, message.body().to_vec()));
                    net.send(PEER, &answer(&message, "200 OK"));
                }
            }
            for event in net.take(SWITCH) {
                match event {
                    Event::ReferRequested { session, .. } => {
                        asked += 1;
                        net.command(SWITCH, Command::AnswerRefer { session, answer: Ok(()) });
                        net.command(SWITCH, Command::NotifyRefer { session, status: 180 });
                        net.command(SWITCH, Command::NotifyRefer { session, status: 200 });
                    }
                    Event::ReferOver { .. } => over += 1,
                    other => panic!("{other:?}"),
                }
            }
        }
        assert_eq!((asked, over), (1, 1), "seed {seed}: {:?}", net.trace);
        told.sort();
        told.dedup();
        let bodies: Vec<_> = told.iter().map(|(_, body)| String::from_utf8_lossy(body)).collect();
        assert_eq!(bodies, ["SIP/2.0 100 Trying\r\n", "SIP/2.0 200 OK\r\n"], "seed {seed}");
    }
}
