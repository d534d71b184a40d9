use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::*;
use crate::base::{Instant, Rng};

const REALM: &str = "hotline.example";

fn counted(qop: &'static str) -> Option<Counted<'static>> {
    Some(Counted { qop, nc: "00000001", cnonce: "0a4f113b" })
}

#[test]
fn computes_the_examples_of_the_rfcs() {
    // RFC 2617 3.5.
    let question = Question {
        method: "GET",
        uri: "/dir/index.html",
        nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
        counted: counted("auth"),
        body: b"",
    };
    let secret = user_hash(Algorithm::Md5, "Mufasa", "testrealm@host.com", "Circle Of Life");
    assert_eq!(secret, "939e7578ed9e3c518a452acee763bce9");
    assert_eq!(answer(Algorithm::Md5, &secret, &question), "6629fae49393a05397450978507c4ef1");
    // RFC 7616 3.9.1.
    let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    let counted = Some(Counted { qop: "auth", nc: "00000001", cnonce });
    let question = Question { method: "GET", uri: "/dir/index.html", nonce, counted, body: b"" };
    let expected = [
        (Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
        (Algorithm::Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ];
    for (algorithm, response) in expected {
        let secret = user_hash(algorithm, "Mufasa", "http-auth@example.org", "Circle of Life");
        assert_eq!(answer(algorithm, &secret, &question), response);
    }
}

#[test]
fn reads_algorithm_names_in_any_case_and_takes_none_as_md5() {
    assert_eq!(Algorithm::from_name(None), Some(Algorithm::Md5));
    assert_eq!(Algorithm::from_name(Some("sha-256")), Some(Algorithm::Sha256));
    assert_eq!(Algorithm::from_name(Some("SHA-512-256")), None);
    assert_eq!(Algorithm::from_name(Some("MD5-sess")), None);
}

struct Case {
    verifier: Verifier,
    credentials: Credentials,
    nonce: String,
}

/// The phone.
const SOURCE: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));

fn asked(method: &str) -> Asked<'_> {
    Asked { method, body: b"", realm: REALM, source: SOURCE }
}

const START: Instant = Instant::from_millis(1000);

fn case() -> Case {
    let mut verifier = Verifier::new(Duration::from_secs(300), &mut Rng::from_number(1));
    let challenges = verifier.challenges(SOURCE, REALM, &Algorithm::ALL, false, START);
    assert!(challenges[0].contains("algorithm=MD5") && challenges[1].contains("algorithm=SHA-256"), "{challenges:?}");
    let nonce = challenges[0].split("nonce=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    Case { nonce: nonce.to_owned(), verifier, credentials: Credentials::Clear("secret".to_owned()) }
}

impl Case {
    fn presented(&self, algorithm: Algorithm, password: &str, nc: &str) -> Presented {
        let secret = user_hash(algorithm, "1001", REALM, password);
        let counted = Some(Counted { qop: "auth", nc, cnonce: "abc" });
        let uri = "sip:hotline.example;transport=tcp";
        let question = Question { method: "REGISTER", uri, nonce: &self.nonce, counted, body: b"" };
        Presented {
            username: "1001".to_owned(),
            realm: REALM.to_owned(),
            nonce: self.nonce.clone(),
            uri: uri.to_owned(),
            response: answer(algorithm, &secret, &question),
            algorithm: Some(algorithm.name().to_owned()),
            qop: Some("auth".to_owned()),
            nc: Some(nc.to_owned()),
            cnonce: Some("abc".to_owned()),
        }
    }

    fn verify(&mut self, presented: &Presented, after_s: u64) -> Verdict {
        let now = START + Duration::from_secs(after_s);
        self.verifier.verify(presented, &asked("REGISTER"), Some(&self.credentials.clone()), now)
    }
}

#[test]
fn accepts_both_algorithms_and_rising_counts() {
    let mut case = case();
    assert_eq!(case.verify(&case.presented(Algorithm::Sha256, "secret", "00000001"), 1), Verdict::Proven);
    assert_eq!(case.verify(&case.presented(Algorithm::Md5, "secret", "0000000a"), 2), Verdict::Proven);
    assert_eq!(case.verify(&case.presented(Algorithm::Md5, "secret", "0000000B"), 3), Verdict::Proven);
}

#[test]
fn a_replayed_or_lower_count_is_stale() {
    let mut case = case();
    let second = case.presented(Algorithm::Md5, "secret", "00000002");
    assert_eq!(case.verify(&second, 1), Verdict::Proven);
    assert_eq!(case.verify(&second, 1), Verdict::Stale);
    assert_eq!(case.verify(&case.presented(Algorithm::Md5, "secret", "00000001"), 1), Verdict::Stale);
}

#[test]
fn an_answer_without_qop_is_good_once() {
    let mut case = case();
    let mut old = case.presented(Algorithm::Md5, "secret", "00000001");
    (old.qop, old.nc, old.cnonce) = (None, None, None);
    let secret = user_hash(Algorithm::Md5, "1001", REALM, "secret");
    let question = Question { method: "REGISTER", uri: &old.uri, nonce: &old.nonce, counted: None, body: b"" };
    old.response = answer(Algorithm::Md5, &secret, &question);
    assert_eq!(case.verify(&old, 1), Verdict::Proven);
    assert_eq!(case.verify(&old, 1), Verdict::Stale);
}

#[test]
fn old_and_foreign_nonces_are_stale_for_those_who_know_the_password_only() {
    let mut case = case();
    assert_eq!(case.verify(&case.presented(Algorithm::Md5, "secret", "00000001"), 301), Verdict::Stale);
    case.nonce = "0".repeat(64);
    assert_eq!(case.verify(&case.presented(Algorithm::Md5, "secret", "00000001"), 1), Verdict::Stale);
    assert_eq!(case.verify(&case.presented(Algorithm::Md5, "guess", "00000001"), 1), Verdict::Wrong);
}

#[test]
fn wrong_password_unknown_user_missing_hash_and_foreign_realm_are_the_same() {
    let mut case = case();
    assert_eq!(case.verify(&case.presented(Algorithm::Md5, "guess", "00000001"), 1), Verdict::Wrong);
    let right = case.presented(Algorithm::Md5, "secret", "00000001");
    assert_eq!(case.verifier.verify(&right, &asked("REGISTER"), None, START), Verdict::Wrong);
    assert_eq!(case.verifier.verify(&right, &asked("INVITE"), Some(&case.credentials), START), Verdict::Wrong);
    let foreign = Presented { realm: "other.example".to_owned(), ..right.clone() };
    assert_eq!(case.verify(&foreign, 1), Verdict::Wrong);
    case.credentials =
        Credentials::Hashed { md5: None, sha256: Some(user_hash(Algorithm::Sha256, "1001", REALM, "secret")) };
    assert_eq!(case.verify(&right, 1), Verdict::Wrong);
    assert_eq!(case.verify(&case.presented(Algorithm::Sha256, "secret", "00000002"), 1), Verdict::Proven);
}

#[test]
fn nonsense_is_malformed() {
    let mut case = case();
    let right = case.presented(Algorithm::Md5, "secret", "00000001");
    let nonsense = [
        Presented { nc: None, ..right.clone() },
        Presented { nc: Some("1".to_owned()), ..right.clone() },
        Presented { nc: Some("+0000001".to_owned()), ..right.clone() },
        Presented { cnonce: None, ..right.clone() },
        Presented { qop: Some("auth-conf".to_owned()), ..right.clone() },
        Presented { algorithm: Some("MD5-sess".to_owned()), ..right.clone() },
    ];
    for presented in nonsense {
        assert_eq!(case.verify(&presented, 1), Verdict::Malformed, "{presented:?}");
    }
}

#[test]
fn wrong_answers_leave_nothing_behind() {
    let mut case = case();
    for n in 1..=1000 {
        let guess = case.presented(Algorithm::Md5, "guess", &format!("{n:08x}"));
        assert_eq!(case.verify(&guess, 1), Verdict::Wrong);
    }
    assert_eq!(case.verifier.remembered(), 0);
}

fn challenge(text: &str) -> Option<Challenge> {
    Challenge::parse(&crate::sip::Auth::parse(&crate::sip::Text::from(text)).expect("a challenge written in this file"))
}

#[test]
fn our_answers_satisfy_our_own_verifier() {
    let mut case = case();
    let challenges = case.verifier.challenges(SOURCE, REALM, &Algorithm::ALL, false, START);
    let parsed = challenges.iter().filter_map(|text| challenge(text));
    let strongest = Challenge::strongest(parsed, REALM).expect("a challenge of our realm");
    let login = Login { user: "1001", password: "secret" };
    let request = Challenged { method: "REGISTER", uri: "sip:hotline.example", body: b"" };
    let auth = strongest.answer(login, request, "abc");
    assert_eq!(auth.get("algorithm").map(|name| name.to_clean_string()).as_deref(), Some("SHA-256"));
    let text = |name: &str| auth.get(name).map(|value| value.to_clean_string());
    let presented = Presented {
        username: text("username").unwrap_or_default(),
        realm: text("realm").unwrap_or_default(),
        nonce: text("nonce").unwrap_or_default(),
        uri: text("uri").unwrap_or_default(),
        response: text("response").unwrap_or_default(),
        algorithm: text("algorithm"),
        qop: text("qop"),
        nc: text("nc"),
        cnonce: text("cnonce"),
    };
    assert_eq!(case.verify(&presented, 1), Verdict::Proven);
}

#[test]
fn challenges_that_we_cannot_answer_are_left_alone() {
    assert!(challenge("Digest realm=\"a\", nonce=\"n\", qop=\"auth-int\"").is_some());
    assert!(challenge("Digest realm=\"a\", nonce=\"n\"").is_some());
    for text in [
        "Basic realm=\"a\"",
        "Digest realm=\"a\"",
        "Digest nonce=\"n\"",
        "Digest realm=\"a\", nonce=\"n\", algorithm=SHA-512-256",
        "Digest realm=\"a\", nonce=\"n\", qop=\"token\"",
    ] {
        assert_eq!(challenge(text), None, "{text}");
    }
    let other = challenge("Digest realm=\"a\", nonce=\"n\"");
    assert_eq!(Challenge::strongest(other.into_iter(), "b"), None);
}

#[test]
fn a_nonce_is_good_at_the_address_that_it_was_given_to_only() {
    let mut case = case();
    let right = case.presented(Algorithm::Md5, "secret", "00000001");
    let elsewhere = Asked { source: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 10)), ..asked("REGISTER") };
    let credentials = case.credentials.clone();
    assert_eq!(case.verifier.verify(&right, &elsewhere, Some(&credentials), START), Verdict::Stale);
    assert!(case.verifier.was_given_to(&case.nonce, SOURCE, START));
    assert!(!case.verifier.was_given_to(&case.nonce, elsewhere.source, START));
    assert!(!case.verifier.was_given_to(&case.nonce, SOURCE, START + Duration::from_secs(301)));
    assert!(!case.verifier.was_given_to("abc", SOURCE, START));
    assert_eq!(case.verify(&right, 1), Verdict::Proven);
}
