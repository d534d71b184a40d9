//! Phones register, are rung, and move.

use super::net::*;
use crate::sip::digest::{Algorithm, Counted, Question, answer, user_hash};
use crate::sip::endpoint::*;
use crate::sip::{HeaderName, Message};

const REALM: &str = "hotline.example";
const CONTACT: &str = "Contact: <sip:1001@10.0.0.5:5060>\n";

pub fn register(user: &str, cseq: u32, extra: &str) -> String {
    format!(
        "REGISTER sip:hotline.example SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.5:5060;rport;branch=z9hG4bKr{cseq}{user}\n\
         From: <sip:{user}@hotline.example>;tag=phone\nTo: <sip:{user}@hotline.example>\nCall-ID: reg{user}\n\
         CSeq: {cseq} REGISTER\nMax-Forwards: 70\n{extra}Content-Length: 0\n\n"
    )
}

/// The credentials of `user` for a challenge.
pub fn authorization(
    challenged: &Message,
    algorithm: Algorithm,
    method: &str,
    user: &str,
    password: &str,
    nc: &str,
) -> String {
    authorization_for(challenged, algorithm, method, "sip:hotline.example;transport=udp", (user, password), nc)
}

/// The same for another `uri`.
pub fn authorization_for(
    challenged: &Message,
    algorithm: Algorithm,
    method: &str,
    uri: &str,
    (user, password): (&str, &str),
    nc: &str,
) -> String {
    let challenge = challenged
        .auths(HeaderName::WwwAuthenticate)
        .flatten()
        .find(|auth| auth.get("algorithm").is_some_and(|name| *name == algorithm.name()))
        .expect("a challenge for this algorithm");
    let nonce = challenge.get("nonce").expect("a nonce").to_clean_string();
    let secret = user_hash(algorithm, user, REALM, password);
    let counted = Some(Counted { qop: "auth", nc, cnonce: "c" });
    let response = answer(algorithm, &secret, &Question { method, uri, nonce: &nonce, counted, body: b"" });
    let name = algorithm.name();
    format!(
        "Authorization: Digest username=\"{user}\", realm=\"{REALM}\", nonce=\"{nonce}\", uri=\"{uri}\", \
         response=\"{response}\", algorithm={name}, qop=auth, nc={nc}, cnonce=\"c\"\n"
    )
}

/// Registers `user` from the peer, with these headers; the final response.
pub fn register_with(net: &mut Net, user: &str, password: &str, cseq: u32, extra: &str) -> Message {
    net.mail(PEER);
    net.send(PEER, &register(user, cseq, extra));
    net.run_ms(50);
    let challenged = net.mail(PEER).pop().expect("a challenge");
    assert_eq!(challenged.status(), Some(401));
    let credentials = authorization(&challenged, Algorithm::Sha256, "REGISTER", user, password, "00000001");
    net.send(PEER, &register(user, cseq + 1, &format!("{extra}{credentials}")));
    net.run_ms(50);
    net.mail(PEER).pop().expect("an answer")
}

#[test]
fn a_phone_registers_and_is_rung_at_its_nat_address() {
    let mut net = Net::raw(1);
    let ok = register_with(&mut net, "1001", "one", 1, &format!("{CONTACT}Expires: 600\n"));
    assert_eq!(ok.status(), Some(200));
    assert_eq!(value(&ok, HeaderName::Contact), "<sip:1001@10.0.0.5:5060>;expires=600");
    assert!(net.at(SWITCH).is_registered("1001"));
    let events = net.take(SWITCH);
    assert!(
        matches!(&events[0], Event::Registered { user, expires_s: 600, first: true, .. } if user == "1001"),
        "{events:?}"
    );
    let session = net.at(SWITCH).new_session();
    net.command(SWITCH, Command::Invite(Box::new(invite(session, Destination::Account("1001".to_owned())))));
    net.run_ms(50);
    let invite = net.mail(PEER).pop().expect("the phone is rung, though its contact is an inside address");
    assert_eq!(invite.uri().map(|uri| uri.to_string()).as_deref(), Some("sip:1001@10.0.0.5:5060"));
    assert_eq!(value(&invite, HeaderName::To), "<sip:1001@hotline.example>");
}

#[test]
fn an_account_without_a_phone_cannot_be_called() {
    let mut net = Net::raw(2);
    let session = net.at(SWITCH).new_session();
    net.command(SWITCH, Command::Invite(Box::new(invite(session, Destination::Account("1001".to_owned())))));
    let reason = "Not Registered".to_owned();
    assert_eq!(net.take(SWITCH), [Event::Failed { session, status: 480, reason, by: FailedBy::Unreachable }]);
}

#[test]
fn md5_comes_first_for_old_phones_and_sha_256_is_offered_too() {
    let mut net = Net::raw(3);
    net.send(PEER, &register("1001", 1, CONTACT));
    net.run_ms(50);
    let challenged = net.mail(PEER).pop().expect("a challenge");
    let names: Vec<String> = challenged
        .auths(HeaderName::WwwAuthenticate)
        .flatten()
        .filter_map(|auth| auth.get("algorithm").map(|name| name.to_clean_string()))
        .collect();
    assert_eq!(names, ["MD5", "SHA-256"]);
    let credentials = authorization(&challenged, Algorithm::Md5, "REGISTER", "1001", "one", "00000001");
    net.send(PEER, &register("1001", 2, &format!("{CONTACT}{credentials}")));
    net.run_ms(50);
    assert_eq!(statuses(&net.mail(PEER)), [200]);
}

#[test]
fn a_phone_that_gives_up_at_sha_256_is_asked_for_md5_alone() {
    let mut net = Net::raw(3);
    net.send(PEER, &register("1001", 1, &format!("{CONTACT}User-Agent: baresip v1.0.0 (x86_64/linux)\n")));
    net.run_ms(50);
    let challenged = net.mail(PEER).pop().expect("a challenge");
    let names: Vec<String> = challenged
        .auths(HeaderName::WwwAuthenticate)
        .flatten()
        .filter_map(|auth| auth.get("algorithm").map(|name| name.to_clean_string()))
        .collect();
    assert_eq!(names, ["MD5"]);
}

#[test]
fn a_replayed_answer_is_stale_and_a_higher_count_is_good() {
    let mut net = Net::raw(4);
    net.send(PEER, &register("1001", 1, CONTACT));
    net.run_ms(50);
    let challenged = net.mail(PEER).pop().expect("a challenge");
    let with = |nc: &str| authorization(&challenged, Algorithm::Sha256, "REGISTER", "1001", "one", nc);
    let mut attempt = |cseq, nc: &str| {
        net.send(PEER, &register("1001", cseq, &format!("{CONTACT}{}", with(nc))));
        net.run_ms(50);
        net.mail(PEER).pop().expect("an answer")
    };
    assert_eq!(attempt(2, "00000001").status(), Some(200));
    assert_eq!(attempt(3, "00000002").status(), Some(200));
    let replayed = attempt(4, "00000002");
    assert_eq!(replayed.status(), Some(401));
    assert!(value(&replayed, HeaderName::WwwAuthenticate).contains("stale=true"));
}

#[test]
fn wrong_passwords_and_unknown_users_look_alike() {
    let look = |user: &str, password: &str| {
        let mut net = Net::raw(5);
        let mut looks = Vec::new();
        for cseq in 0..8 {
            let answer = register_with(&mut net, user, password, cseq * 2 + 1, CONTACT);
            let names: Vec<String> = answer.lines().map(|(_, name, _)| name.to_clean_string()).collect();
            looks.push((answer.status(), answer.reason().map(|reason| reason.to_clean_string()), names));
        }
        looks
    };
    let known = look("1001", "wrong");
    assert_eq!(known, look("7777", "wrong"));
    assert_eq!(known.first().map(|(status, ..)| *status), Some(Some(401)));
    assert_eq!(known.last().map(|(status, ..)| *status), Some(Some(403)), "and when it goes on, 403");
}

#[test]
fn a_user_registers_only_himself() {
    let mut net = Net::raw(6);
    net.send(PEER, &register("1001", 1, CONTACT));
    net.run_ms(50);
    let challenged = net.mail(PEER).pop().expect("a challenge");
    let credentials = authorization(&challenged, Algorithm::Sha256, "REGISTER", "1002", "two", "00000001");
    // To, From or both are another's.
    let mine = register("1002", 2, &format!("{CONTACT}{credentials}"));
    let cases = [
        mine.replace("sip:1002@", "sip:1001@"),
        mine.replace("To: <sip:1002@", "To: <sip:1001@").replace("z9hG4bKr", "z9hG4bKs"),
        mine.replace("From: <sip:1002@", "From: <sip:1001@").replace("z9hG4bKr", "z9hG4bKt"),
    ];
    for case in cases {
        net.send(PEER, &case);
        net.run_ms(50);
        let mail = net.mail(PEER);
        assert!(matches!(statuses(&mail)[..], [401 | 403]), "{case}");
    }
    assert!(!net.at(SWITCH).is_registered("1001") && !net.at(SWITCH).is_registered("1002"));
}

#[test]
fn brief_wishes_get_423_and_huge_ones_the_maximum() {
    let mut net = Net::raw(7);
    let brief = register_with(&mut net, "1001", "one", 1, &format!("{CONTACT}Expires: 5\n"));
    assert_eq!((brief.status(), value(&brief, HeaderName::MinExpires).as_str()), (Some(423), "30"));
    let huge = register_with(&mut net, "1001", "one", 3, &format!("{CONTACT}Expires: 4294967296\n"));
    assert_eq!(huge.status(), Some(200));
    assert!(value(&huge, HeaderName::Contact).ends_with("expires=3600"));
    let gone = register_with(&mut net, "1001", "one", 5, "Contact: *\nExpires: 0\n");
    assert_eq!((gone.status(), gone.has(HeaderName::Contact)), (Some(200), false));
    assert!(net.take(SWITCH).contains(&Event::Unregistered { user: "1001".to_owned() }));
}

#[test]
fn registrations_expire_and_survive_restarts_and_clock_jumps() {
    let mut net = Net::raw(8);
    register_with(&mut net, "1001", "one", 1, &format!("{CONTACT}Expires: 600\n"));
    net.now.utc = UtcMillisAhead::hour(net.now.utc);
    net.run_ms(300_000);
    assert!(net.at(SWITCH).is_registered("1001"), "the wall clock jumped, the registration did not");
    let now = net.now;
    let rows = net.at(SWITCH).bindings(now);
    let mut restarted = Endpoint::new(config(SWITCH), crate::base::Rng::from_number(9));
    restarted.set_directory(directory(&["198.51.100.0/24"]), now);
    restarted.restore_bindings(rows, now);
    *net.at(SWITCH) = restarted;
    assert!(net.at(SWITCH).is_registered("1001"));
    net.run_ms(301_000);
    assert!(!net.at(SWITCH).is_registered("1001"));
    assert!(net.take(SWITCH).contains(&Event::Unregistered { user: "1001".to_owned() }));
}

struct UtcMillisAhead;

impl UtcMillisAhead {
    fn hour(utc: crate::base::UtcMillis) -> crate::base::UtcMillis {
        crate::base::UtcMillis(utc.0 + 3_600_000)
    }
}

#[test]
fn a_closed_connection_ends_its_registrations() {
    let mut net = Net::raw(10);
    net.transport = Transport::Tcp;
    let ok = register_with(&mut net, "1001", "one", 1, CONTACT);
    assert_eq!(ok.status(), Some(200));
    let now = net.now;
    net.at(SWITCH).handle_closed(ConnectionId(1), now);
    net.drain(SWITCH);
    assert!(!net.at(SWITCH).is_registered("1001"));
}

#[test]
fn all_phones_of_a_user_ring_and_the_first_answer_wins() {
    let mut net = Net::raw(11);
    let two = "Contact: <sip:1001@10.0.0.5>, <sip:1001@10.0.0.6>\n";
    assert_eq!(register_with(&mut net, "1001", "one", 1, two).status(), Some(200));
    net.take(SWITCH);
    let session = net.at(SWITCH).new_session();
    net.command(SWITCH, Command::Invite(Box::new(invite(session, Destination::Account("1001".to_owned())))));
    net.run_ms(50);
    let invites = net.mail(PEER);
    assert_eq!(invites.len(), 2);
    let reply = |invite: &Message, status: u16, tag: &str| {
        let response = Message::response(invite, status, "Any", Some(tag))
            .header(HeaderName::Contact, "<sip:1001@10.0.0.5>")
            .finish();
        String::from_utf8_lossy(response.raw()).replace("\r\n", "\n")
    };
    for (invite, tag) in invites.iter().zip(["a", "b"]) {
        net.send(PEER, &reply(invite, 180, tag));
    }
    net.send(PEER, &reply(&invites[0], 200, "a"));
    net.run_ms(50);
    assert!(matches!(net.take(SWITCH).last(), Some(Event::Answered { .. })));
    let mail = net.mail(PEER);
    let methods: Vec<String> = mail.iter().filter_map(|m| m.method().map(|m| m.to_string())).collect();
    assert_eq!(methods, ["ACK", "CANCEL"], "{:?}", net.trace);
    // The other phone was answered in the same moment: it is acknowledged and hung up.
    net.send(PEER, &reply(&invites[1], 200, "b"));
    net.run_ms(50);
    let methods: Vec<String> = net.mail(PEER).iter().filter_map(|m| m.method().map(|m| m.to_string())).collect();
    assert_eq!(methods, ["ACK", "BYE"]);
    assert_eq!(net.take(SWITCH), []);
}

#[test]
fn a_dead_phone_is_told_apart_from_a_busy_one() {
    let mut net = Net::raw(12);
    register_with(&mut net, "1001", "one", 1, CONTACT);
    net.take(SWITCH);
    let session = net.at(SWITCH).new_session();
    net.command(SWITCH, Command::Invite(Box::new(invite(session, Destination::Account("1001".to_owned())))));
    net.run_ms(20_100);
    let reason = "Request Timeout".to_owned();
    let unreachable = Event::AccountUnreachable { user: "1001".to_owned() };
    let failed = Event::Failed { session, status: 408, reason, by: FailedBy::Unreachable };
    assert_eq!(net.take(SWITCH), [unreachable, failed]);
}

#[test]
fn an_offer_with_keys_rings_no_contact_that_registered_in_the_clear() {
    let mut net = Net::raw(21);
    let ring = |net: &mut Net| {
        net.mail(PEER);
        net.take(SWITCH);
        let session = net.at(SWITCH).new_session();
        let invite = Invite { secure_only: true, ..invite(session, Destination::Account("1001".to_owned())) };
        net.command(SWITCH, Command::Invite(Box::new(invite)));
        net.run_ms(50);
        let rung: Vec<String> = net.mail(PEER).iter().filter_map(|m| m.uri().map(|uri| uri.to_string())).collect();
        let now = net.now.instant;
        (rung, net.at(SWITCH).is_secure("1001", now))
    };
    register_with(&mut net, "1001", "one", 1, CONTACT);
    assert_eq!(ring(&mut net), (vec![], false));
    let why = net.take(SWITCH);
    assert!(
        matches!(&why[..], [Event::Failed { status: 480, reason, .. }] if reason == "Not Registered by TLS"),
        "{why:?}"
    );
    net.transport = crate::sip::transaction::Transport::Tls;
    let secure = "sip:1001@10.0.0.5:5061;transport=tls".to_owned();
    register_with(&mut net, "1001", "one", 3, &format!("Contact: <{secure}>\n"));
    assert_eq!(ring(&mut net), (vec![secure.clone()], false), "the other contact is still there");
    net.transport = crate::sip::transaction::Transport::Udp;
    register_with(&mut net, "1001", "one", 5, &format!("{}Expires: 0\n", CONTACT));
    assert_eq!(ring(&mut net), (vec![secure], true));
}
