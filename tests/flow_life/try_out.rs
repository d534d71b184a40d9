//! Drafts on test numbers, simulated calls, tests, and past calls walked again.

use std::time::Duration;

use hotline::driver::phone::PhoneError;
use hotline::store::{CallFilter, CallSort, Order, PageRequest};
use serde_json::{Value, json};

use crate::house::{HIGH_HZ, House, LOW_HZ, PASSWORD, TEST_NUMBER, flow, heard};

#[tokio::test(flavor = "multi_thread")]
async fn signed_in_testers_alone_hear_the_draft() {
    let house = House::open().await;
    house.save(&flow("high")).await;
    let mut tester = house.phone("1001").await;
    tester.register(PASSWORD).await.expect("registered");
    // The switch reads the draft beside the calls: it may take a moment.
    let mut answered = false;
    for _ in 0..50 {
        match tester.call_as_agent(TEST_NUMBER, PASSWORD).await {
            Ok(()) => {
                answered = true;
                break;
            }
            Err(PhoneError::Refused { status: 480, .. }) => tokio::time::sleep(Duration::from_millis(100)).await,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(answered, "the draft does not run");
    assert_eq!(heard(&tester, &[LOW_HZ, HIGH_HZ]).await, HIGH_HZ);
    tester.hang_up().await.expect("hung up");

    let mut stranger = house.phone("13800138000").await;
    let refused = stranger.call(TEST_NUMBER).await;
    assert!(matches!(refused, Err(PhoneError::Refused { status: 403, .. })), "{refused:?}");
    let caller = house.caller().await;
    assert_eq!(heard(&caller, &[LOW_HZ, HIGH_HZ]).await, LOW_HZ, "the published version stays");
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_is_played_and_tested_without_a_phone() {
    let house = House::open().await;
    let (status, played) = house.api("POST", "/flows/main/simulate", json!({ "lines": ["+30s"] })).await;
    assert_eq!(status, 200, "{played}");
    let replies = played["replies"].as_array().expect("replies");
    assert_eq!(replies.last().expect("one")["over"], true, "{played}");
    let tests =
        "test: main\ncases:\n  - { name: it ends, steps: [{ hears: hello }], ends: { node: bye, reason: flow_end } }\n";
    let (status, report) = house.api("POST", "/flows/main/test", json!({ "tests": tests })).await;
    assert_eq!(status, 200, "{report}");
    assert!(report["files"][0]["cases"].as_array().is_some_and(|cases| cases.len() == 1), "{report}");
    let (status, wrong) = house.api("POST", "/flows/main/simulate", json!({ "content": "ivr: 1\n" })).await;
    assert_eq!(status, 409, "{wrong}");
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_past_call_is_walked_again_over_its_version_and_over_another() {
    let house = House::open().await;
    let mut caller = house.caller().await;
    caller.wait_for_end(Duration::from_secs(20)).await.expect("the flow ends it");
    let mut call = None;
    for _ in 0..100 {
        let page = house
            .running
            .store
            .calls(&CallFilter::default(), CallSort::Started, Order::Descending, &PageRequest::default())
            .await;
        call = page.expect("listed").items.iter().find(|row| row.ended_at.is_some()).map(|row| row.id);
        if call.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let call = call.expect("its record");
    let (status, walk) = house.api("GET", &format!("/calls/{call}/replay"), Value::Null).await;
    assert_eq!(status, 200, "{walk}");
    assert_eq!(walk["walked"], json!(["hello", "hello: next", "bye", "end: flow_end"]), "{walk}");
    assert_eq!(walk["difference"], Value::Null, "{walk}");

    let other = flow("low")
        .replace("next: bye", "next: again")
        .replace("  bye:", "  again: { type: play, prompt: hello, next: bye }\n  bye:");
    house.save(&other).await;
    let (status, walk) = house.api("GET", &format!("/calls/{call}/replay?over=draft"), Value::Null).await;
    assert_eq!(status, 200, "{walk}");
    assert_eq!(
        (walk["difference"]["recorded"].as_str(), walk["difference"]["walked"].as_str()),
        (Some("bye"), Some("again")),
        "{walk}"
    );
    house.running.stop().await;
}
