//! Statement 26: no operation without a token, none beyond the token's role.

use hotline::api::ROUTES;
use hotline::config::setup::Role;
use serde_json::{Value, json};

use crate::house::House;

/// A path of the table with something in its places.
fn path(written: &str) -> String {
    let parts = written.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
    parts.collect::<Vec<_>>().join("/").trim_start_matches("/api/v1").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_operation_is_done_without_a_token_or_beyond_its_role() {
    let house = House::open().await;
    let agent = house.token("somebody", Role::Agent).await;
    for route in ROUTES {
        let body = if route.body.is_empty() { Value::Null } else { json!({}) };
        let asked = format!("{} {}", route.method, route.path);
        let (status, told) = house.api_as("", route.method, &path(route.path), body.clone()).await;
        assert_eq!(status, 401, "{asked}: {told}");
        if route.role != Role::Agent {
            let (status, told) = house.api_as(&agent, route.method, &path(route.path), body).await;
            assert_eq!(status, 403, "{asked}: {told}");
        }
    }
    // A wrong token, and one that is no token at all, open nothing; guessing is slowed down in the end.
    for wrong in ["hl_1_wrong", "x", "Basic YWRtaW46YWRtaW4="] {
        let (status, told) = house.api_as(wrong, "GET", "/flows", Value::Null).await;
        assert_eq!(status, 401, "{wrong}: {told}");
    }
    let mut last = 0;
    for guess in 0..40 {
        last = house.api_as(&format!("hl_1_guess{guess}"), "GET", "/flows", Value::Null).await.0;
    }
    assert_eq!(last, 429, "guessing goes on unhindered");
    house.running.stop().await;
}
