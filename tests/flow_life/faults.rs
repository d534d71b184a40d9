//! Fault 15: services that are slow, hang, fail or never end. No caller hears nothing for two seconds, and every call
//! goes on.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::routing::{get, post};
use hotline::config::{SpeechEngineName, SpeechSection};
use hotline::driver::phone::Phone;
use serde_json::json;

use crate::house::{HIGH_HZ, House, flow, heard};

const RATE: usize = 8000;
/// What is below is silence: a quiet tone is louder.
const QUIET: u16 = 30;

/// A service that answers each path in its own wrong way.
async fn service() -> std::net::SocketAddr {
    let drip = || async {
        let piece = |n: u64| async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            Some((Ok::<_, String>(" "), n + 1))
        };
        Body::from_stream(futures::stream::unfold(0, piece))
    };
    let endless = || async { Body::from_stream(futures::stream::repeat_with(|| Ok::<_, String>(vec![b' '; 1 << 16]))) };
    let says = |body: String| async move {
        if body.contains("Hello") {
            Ok(crate::house::tone(500.0, 1, 8000))
        } else {
            std::future::pending::<Result<_, StatusCode>>().await
        }
    };
    let router = Router::new()
        .route("/hang", get(std::future::pending::<()>))
        .route("/drip", get(drip))
        .route("/endless", get(endless))
        .route("/failing", get(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
        .route("/says", post(says));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// A flow that asks the service at once, and plays `high` when that fails.
fn asking(url: &str, music: &str) -> String {
    let ask = format!(
        "nodes:\n  ask:\n    type: http\n    request: {{ method: GET, url: \"{url}\", timeout_s: 5 }}\n    result: {{ ok: /ok }}\n\
         {music}    next: bye\n    on_failure: hello\n"
    );
    flow("high")
        .replace("start: hello", "start: ask\nvars: { ok: { type: bool, default: false } }")
        .replace("nodes:\n", &ask)
        .replace("audio: [high]", "audio: [high, low]")
}

/// The longest silence that a caller has heard, in milliseconds.
fn longest_silence_ms(samples: &[i16]) -> usize {
    let (mut longest, mut now) = (0, 0);
    for sample in samples {
        now = if sample.unsigned_abs() < QUIET { now + 1 } else { 0 };
        longest = longest.max(now);
    }
    longest * 1000 / RATE
}

async fn goes_on(caller: &Phone, what: &str) {
    assert_eq!(heard(caller, &[HIGH_HZ]).await, HIGH_HZ, "{what}");
    let silence = longest_silence_ms(&caller.heard());
    assert!(silence <= 2000, "{what}: {silence} ms of silence");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_service_that_hangs_drips_floods_or_fails_costs_no_caller_two_seconds_of_silence() {
    let service = service().await;
    let house = House::open().await;
    house.apply(&format!("http_allow: [\"{service}\"]\n")).await;
    for path in ["hang", "drip", "endless", "failing"] {
        for music in ["    hold_music: low\n", ""] {
            house.publish(&asking(&format!("http://{service}/{path}"), music)).await;
            let mut caller = house.caller().await;
            goes_on(&caller, &format!("{path} with {music:?}")).await;
            caller.hang_up().await.expect("hung up");
        }
    }
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_speech_service_that_hangs_is_told_at_publication_and_costs_no_caller_two_seconds_of_silence() {
    let service = service().await;
    let house = House::open_with(|config| {
        config.speech = SpeechSection {
            engine: SpeechEngineName::Http,
            url: Some(format!("http://{service}/says")),
            voices: BTreeMap::from([("en-US".to_owned(), "bob".to_owned())]),
            token: None,
        };
    })
    .await;
    let spoken = |text: &str| {
        flow("high")
            .replace("start: hello", "start: hello\nvars: { who: { type: string, default: \"friend\" } }")
            .replace("[{ audio: high }]", &format!("[{{ tts: \"{text}\" }}, {{ audio: high }}]"))
    };
    house.save(&spoken("never said")).await;
    let (status, refused) = house.api("POST", "/flows/main/publish", json!({})).await;
    assert_eq!(status, 409, "{refused}");
    let found = refused["diagnostics"].as_array().expect("findings").iter().find(|one| one["code"] == "E122");
    let told = found.and_then(|one| one["message"].as_str()).expect("a finding that names the prompt");
    assert!(told.contains("`hello`") && told.contains("10 s"), "{told}");

    // What has no variable is spoken at publication; the caller's part of it never comes.
    house.publish(&spoken("Hello ${who}")).await;
    let caller = house.caller().await;
    goes_on(&caller, "live speech").await;
    house.running.stop().await;
}
