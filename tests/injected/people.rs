//! Phones and desks that vanish, come all at once, or do not read (faults 8, 9, 10, 13, 17).

use std::time::Duration;

use hotline::driver::phone::Phone;
use serde_json::Value;

use crate::house::{House, PATIENCE, RTP_TIMEOUT, Talk, hears};

async fn state_of(house: &House, agent: &str) -> Value {
    let live = house.get("/calls/live").await;
    let agents = live["agents"].as_array().cloned().unwrap_or_default();
    agents.into_iter().find(|view| view["no"] == agent).unwrap_or_default()
}

async fn becomes(house: &House, agent: &str, wanted: impl Fn(&Value) -> bool) {
    for _ in 0..200 {
        if wanted(&state_of(house, agent).await) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{}", state_of(house, agent).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_vanishes_before_it_rings_costs_the_caller_a_few_seconds_and_its_agent_is_unreachable() {
    let house = House::open().await;
    // It registered first, so its agent has waited longer and is rung first; then it is gone.
    drop(house.agent("1001").await);
    let mut second = house.agent("1002").await;
    let mut caller = house.phone("13800138000").await;
    caller.call("400").await.expect("answered");
    second.answer(PATIENCE, Duration::ZERO).await.expect("the next agent is rung");
    becomes(&house, "1001", |agent| agent["state"] != "on_call" && agent["state"] != "ringing").await;
    Talk { caller, agent: second }.end().await;
    house.leaves_nothing(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_who_loses_the_network_in_a_call_is_given_up_and_the_record_says_why() {
    let house = House::open().await;
    let Talk { mut caller, agent } = house.talk().await;
    drop(agent);
    caller.wait_for_end(RTP_TIMEOUT * 5).await.expect("the caller is told");
    becomes(&house, "1001", |agent| agent["state"] != "on_call").await;
    house.leaves_nothing(1).await;
    let rows = house.records().await;
    let call = house.get(&format!("/calls/{}", rows[0]["id"].as_str().expect("an id"))).await;
    let why = call["events"].as_array().expect("events").iter().any(|event| event["cause"] == "rtp_timeout");
    assert!(why, "{call}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_vanishes_frees_the_agent() {
    let house = House::open().await;
    let Talk { caller, mut agent } = house.talk().await;
    drop(caller);
    agent.wait_for_end(RTP_TIMEOUT * 5).await.expect("the agent's phone is hung up");
    house.leaves_nothing(1).await;
    assert_eq!(house.records().await[0]["end_cause"], "rtp_timeout");
    let mut caller = house.phone("13800138001").await;
    caller.call("400").await.expect("answered");
    agent.answer(PATIENCE, Duration::ZERO).await.expect("the agent takes the next call");
    Talk { caller, agent }.end().await;
    house.leaves_nothing(2).await;
}

/// Phones that register at once, as after a power cut.
const CROWD: usize = 300;

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_phones_register_at_once_while_a_call_goes_on_and_another_is_taken() {
    let mut more = "skill_groups: [{ id: crowd, name: Crowd }]\nagents:\n".to_owned();
    for n in 0..CROWD {
        more += &format!("  - {{ no: \"2{n:03}\", name: A, groups: [crowd], password: \"secret-{n}\" }}\n");
    }
    let house = House::open().await;
    house.apply(more).await;
    let talk = house.talk().await;
    let mut phones = Vec::new();
    for n in 0..CROWD {
        phones.push(house.phone(&format!("2{n:03}")).await);
    }
    let began = std::time::Instant::now();
    let registering: Vec<_> = phones
        .into_iter()
        .enumerate()
        .map(|(n, mut phone)| tokio::spawn(async move { phone.register(&format!("secret-{n}")).await.map(|()| phone) }))
        .collect();
    let mut caller: Phone = house.phone("13800138002").await;
    caller.call("401").await.expect("a call is taken meanwhile");
    caller.hang_up().await.expect("hung up");
    for phone in registering {
        phone.await.expect("no panic").expect("registered");
    }
    let took = began.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
    talk.hear().await;
    talk.end().await;
    house.leaves_nothing(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn desks_that_never_read_are_dropped_and_calls_notice_nothing() {
    use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
    let house = House::open().await;
    let url = format!("{}/api/v1/live", house.http.replace("http://", "ws://"));
    let mut stalled = Vec::new();
    for _ in 0..100 {
        let mut request = url.as_str().into_client_request().expect("a request");
        let proof = format!("Bearer {}", house.token).parse().expect("a header");
        request.headers_mut().insert("authorization", proof);
        let (socket, _) = tokio_tungstenite::connect_async(request).await.expect("connected");
        stalled.push(socket);
    }
    let talk = house.talk().await;
    for n in 0..20 {
        let mut caller = house.phone(&format!("1380013{n:04}")).await;
        let began = std::time::Instant::now();
        caller.call("401").await.expect("answered");
        let took = began.elapsed();
        assert!(took < Duration::from_secs(2), "{took:?}");
        hears(&caller, 1004).await;
        caller.hang_up().await.expect("hung up");
    }
    talk.hear().await;
    talk.end().await;
    drop(stalled);
    house.leaves_nothing(21).await;
}
