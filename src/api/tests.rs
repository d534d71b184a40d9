use std::collections::BTreeSet;

use super::openapi;
use super::routes::{ROUTES, find};

#[test]
fn every_operation_stands_once_in_the_table_and_in_the_document() {
    let document = openapi::build();
    let mut seen = BTreeSet::new();
    for route in ROUTES {
        assert!(seen.insert((route.method, route.path)), "{} {} stands twice", route.method, route.path);
        let path = route.path.replace("{*", "{");
        let operation = &document["paths"][&path][route.method.to_lowercase()];
        assert_eq!(operation["summary"], route.summary, "{} {path}", route.method);
        assert_eq!(operation["x-role"], serde_json::to_value(route.role).expect("a name"), "{path}");
    }
}

#[test]
fn every_schema_that_the_document_names_is_in_it() {
    let document = openapi::build();
    let text = document.to_string();
    for (at, prefix) in text.match_indices("#/components/schemas/") {
        let name: String = text[at + prefix.len()..].chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(document["components"]["schemas"][&name].is_object(), "{name}");
    }
}

#[test]
fn what_is_not_in_the_table_is_no_operation() {
    assert!(find("GET", "/api/v1/calls").is_some());
    assert!(find("HEAD", "/api/v1/recordings/{*name}").is_some(), "HEAD is a GET without its body");
    assert!(find("POST", "/api/v1/calls").is_none());
    assert!(find("GET", "/api/v1/secrets").is_none());
}

#[test]
fn bans_can_be_listed_and_are_written_as_the_document_says() {
    assert!(find("GET", "/api/v1/bans").is_some());
    let ban = crate::sip::endpoint::Ban {
        source: std::net::IpAddr::from([203, 0, 113, 9]),
        scope: crate::sip::endpoint::BanScope::Unproven,
        remaining_s: 59,
        times: 2,
    };
    let written = serde_json::to_value(super::setup::BanView::from(ban)).expect("plain values");
    let expected = serde_json::json!({ "address": "203.0.113.9", "scope": "unproven", "remaining_s": 59, "times": 2 });
    assert_eq!(written, expected);
}
