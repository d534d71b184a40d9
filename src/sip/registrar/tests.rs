use std::net::SocketAddr;
use std::time::Duration;

use super::*;
use crate::base::{Instant, Now, UtcMillis};
use crate::sip::Uri;
use crate::sip::transaction::{ConnectionId, Flow, Transport};

const START: Instant = Instant::from_millis(5_000);

fn after(seconds: u64) -> Instant {
    START + Duration::from_secs(seconds)
}

fn flow(remote: &str, connection: Option<u64>) -> Flow {
    let address = |text: &str| -> SocketAddr { text.parse().expect("an address written in this file") };
    Flow {
        transport: if connection.is_some() { Transport::Tcp } else { Transport::Udp },
        local: address("192.0.2.1:5060"),
        remote: address(remote),
        connection: connection.map(ConnectionId),
    }
}

fn contact(uri: &str, expires_s: Option<u32>) -> ContactWish {
    let uri: Uri = uri.parse().expect("a URI written in this file");
    ContactWish { uri, expires_s, q_milli: 1000, instance: None }
}

fn wish(cseq: u32, contacts: Vec<ContactWish>) -> Registration {
    Registration {
        contacts: Contacts::Some(contacts),
        expires_s: None,
        call_id: "call@phone".to_owned(),
        cseq,
        flow: flow("198.51.100.7:40000", None),
        path: Vec::new(),
        user_agent: None,
    }
}

fn contacts(registrar: &Registrar, now: Instant) -> Vec<(String, u32)> {
    registrar.of("1001", now).map(|b| (b.contact.to_string(), b.remaining_s(now))).collect()
}

const PHONE: &str = "sip:1001@10.0.0.5:5060";

#[test]
fn registers_refreshes_and_expires() {
    let mut registrar = Registrar::new(RegistrationPolicy::default());
    let applied = registrar.register("1001", &wish(1, vec![contact(PHONE, Some(60))]), after(0)).expect("well formed");
    assert!(applied.came && applied.changed && !applied.went);
    assert_eq!(applied.refreshed, Some((PHONE.to_owned(), 60)));
    assert_eq!(contacts(&registrar, after(30)), [(PHONE.to_owned(), 30)]);
    let again = registrar.register("1001", &wish(2, vec![contact(PHONE, Some(60))]), after(50)).expect("well formed");
    assert!(!again.came);
    assert_eq!(registrar.handle_timeout(after(61)), [] as [&str; 0]);
    assert_eq!(registrar.poll_timeout(), Some(after(110)));
    assert_eq!(registrar.handle_timeout(after(110)), ["1001"]);
    assert!(!registrar.is_registered("1001"));
    assert_eq!(registrar.poll_timeout(), None);
}

#[test]
fn a_query_changes_nothing() {
    let mut registrar = Registrar::new(RegistrationPolicy::default());
    registrar.register("1001", &wish(1, vec![contact(PHONE, None)]), after(0)).expect("well formed");
    let applied = registrar.register("1001", &wish(2, vec![]), after(1)).expect("well formed");
    assert_eq!(applied, Applied::default());
    assert_eq!(contacts(&registrar, after(1)), [(PHONE.to_owned(), 3599)]);
}

#[test]
fn takes_the_longest_expiry_as_the_longest_allowed_and_refuses_brief_ones() {
    let mut registrar = Registrar::new(RegistrationPolicy::default());
    let brief = registrar.register("1001", &wish(1, vec![contact(PHONE, Some(29))]), after(0));
    assert_eq!(brief, Err(RegisterError::TooBrief { min_expires_s: 30 }));
    assert!(!registrar.is_registered("1001"));
    registrar.register("1001", &wish(2, vec![contact(PHONE, Some(u32::MAX))]), after(0)).expect("well formed");
    assert_eq!(contacts(&registrar, after(0)), [(PHONE.to_owned(), 3600)]);
}

#[test]
fn the_star_takes_all_away_with_expires_zero_only() {
    let mut registrar = Registrar::new(RegistrationPolicy::default());
    let two = vec![contact(PHONE, None), contact("sip:1001@10.0.0.6", None)];
    registrar.register("1001", &wish(1, two), after(0)).expect("well formed");
    let star = |expires_s| Registration { contacts: Contacts::All, expires_s, ..wish(2, vec![]) };
    assert_eq!(registrar.register("1001", &star(None), after(1)), Err(RegisterError::StarNeedsZero));
    assert_eq!(registrar.register("1001", &star(Some(60)), after(1)), Err(RegisterError::StarNeedsZero));
    let applied = registrar.register("1001", &star(Some(0)), after(1)).expect("well formed");
    assert!(applied.went && applied.changed);
    assert!(!registrar.is_registered("1001"));
}

#[test]
fn an_old_register_changes_nothing_at_all() {
    let mut registrar = Registrar::new(RegistrationPolicy::default());
    registrar.register("1001", &wish(5, vec![contact(PHONE, Some(600))]), after(0)).expect("well formed");
    let late = wish(4, vec![contact("sip:1001@10.0.0.6", None), contact(PHONE, Some(0))]);
    assert_eq!(registrar.register("1001", &late, after(1)), Err(RegisterError::OutOfOrder(4)));
    assert_eq!(contacts(&registrar, after(0)), [(PHONE.to_owned(), 600)]);
    let rebooted = Registration { call_id: "other".to_owned(), ..wish(1, vec![contact(PHONE, Some(60))]) };
    registrar.register("1001", &rebooted, after(1)).expect("a new Call-ID begins anew");
    assert_eq!(contacts(&registrar, after(1)), [(PHONE.to_owned(), 60)]);
}

#[test]
fn one_device_has_one_binding_however_its_address_changes() {
    let mut registrar = Registrar::new(RegistrationPolicy::default());
    for (cseq, uri) in ["sip:1001@10.0.0.5:1000", "sip:1001@10.0.0.5:2000"].into_iter().enumerate() {
        let instance = Some("<urn:uuid:1>".to_owned());
        let wish = wish(cseq as u32 + 1, vec![ContactWish { instance, ..contact(uri, None) }]);
        registrar.register("1001", &wish, after(0)).expect("well formed");
    }
    assert_eq!(contacts(&registrar, after(0)), [("sip:1001@10.0.0.5:2000".to_owned(), 3600)]);
}

#[test]
fn a_contact_beyond_the_limit_takes_the_place_of_the_stalest() {
    let policy = RegistrationPolicy { contacts_per_account: 2, ..RegistrationPolicy::default() };
    let mut registrar = Registrar::new(policy);
    for n in 1..=3 {
        let uri = format!("sip:1001@10.0.0.{n}");
        registrar.register("1001", &wish(n, vec![contact(&uri, None)]), after(n.into())).expect("well formed");
    }
    let left: Vec<String> = contacts(&registrar, after(3)).into_iter().map(|(uri, _)| uri).collect();
    assert_eq!(left, ["sip:1001@10.0.0.2", "sip:1001@10.0.0.3"]);
    let many = (0..3).map(|n| contact(&format!("sip:1001@10.1.0.{n}"), None)).collect();
    assert_eq!(registrar.register("1001", &wish(9, many), after(4)), Err(RegisterError::TooManyContacts(2)));
}

#[test]
fn a_closed_connection_takes_its_bindings_with_it() {
    let mut registrar = Registrar::new(RegistrationPolicy::default());
    let over = |n| Registration { flow: flow("198.51.100.7:40000", Some(n)), ..wish(1, vec![contact(PHONE, None)]) };
    registrar.register("1001", &over(1), after(0)).expect("well formed");
    registrar.register("1002", &over(2), after(0)).expect("well formed");
    assert!(registrar.has_source(flow("198.51.100.7:1", None).remote.ip()));
    assert_eq!(registrar.drop_connection(ConnectionId(1)), ["1001"]);
    assert!(registrar.is_registered("1002"));
    assert_eq!(registrar.drop_unknown(|user| user == "1001"), ["1002"]);
    assert!(!registrar.has_source(flow("198.51.100.7:1", None).remote.ip()));
}

#[test]
fn a_phone_that_can_be_reached_at_its_contact_outlives_its_connection() {
    let mut registrar = Registrar::new(RegistrationPolicy::default());
    let over = |user: &str, contacts, path: &[&str]| {
        let path = path.iter().map(|&path| path.to_owned()).collect();
        let wish = Registration { flow: flow("10.0.0.5:40000", Some(1)), path, ..wish(1, contacts) };
        (user.to_owned(), wish)
    };
    let direct = contact("sip:1001@10.0.0.5:5070;transport=tcp", None);
    let elsewhere = contact("sip:1002@10.9.9.9:5070;transport=tcp", None);
    let proxied = contact("sip:1003@10.0.0.5:5070;transport=tcp", None);
    for (user, wish) in [
        over("1001", vec![direct], &[]),
        over("1002", vec![elsewhere], &[]),
        over("1003", vec![proxied], &["<sip:10.0.0.5;lr>"]),
    ] {
        registrar.register(&user, &wish, after(0)).expect("well formed");
    }
    let now = Now::new(after(0), UtcMillis(1_000_000));
    let mut restarted = Registrar::new(RegistrationPolicy::default());
    restarted.restore(registrar.rows(now), now);
    assert_eq!(registrar.drop_connection(ConnectionId(1)), ["1002", "1003"]);
    for registrar in [registrar, restarted] {
        let reached: Vec<_> = registrar.of("1001", after(1)).map(|b| b.flow).collect();
        assert_eq!(reached, [Flow { connection: None, ..flow("10.0.0.5:5070", Some(1)) }]);
        assert!(!registrar.is_registered("1002"), "its address was translated: no new connection finds it");
        assert!(!registrar.is_registered("1003"), "the way through the proxy is not known");
    }
}

#[test]
fn survives_a_restart_with_what_time_has_left() {
    let mut registrar = Registrar::new(RegistrationPolicy::default());
    let now = Now::new(after(0), UtcMillis(1_000_000));
    let two = vec![contact(PHONE, Some(600)), contact("sip:1001@10.0.0.6", Some(60))];
    registrar.register("1001", &wish(1, two), now.instant).expect("well formed");
    let rows = registrar.rows(now);
    let text = serde_json::to_string(&rows).expect("rows are plain data");
    let rows: Vec<BindingRow> = serde_json::from_str(&text).expect("rows are plain data");
    let mut restarted = Registrar::new(RegistrationPolicy::default());
    let later = Now::new(Instant::from_millis(7), UtcMillis(1_000_000 + 100_000));
    restarted.restore(rows, later);
    assert_eq!(contacts(&restarted, later.instant), [(PHONE.to_owned(), 500)]);
    let refresh = restarted.register("1001", &wish(1, vec![contact(PHONE, None)]), later.instant);
    assert_eq!(refresh, Err(RegisterError::OutOfOrder(1)), "the order is remembered too");
}
