//! Listening in, whispering and joining through the API, with real phones and tones (P20).

use std::time::Duration;

use hotline::call::event::{SuperviseMode, What};
use hotline::config::setup::Role;
use hotline::rtp::Codec;
use serde_json::json;

use crate::house::{AGENT_HZ, CALLER_HZ, House, PATIENCE, SILENT_DB, hears, hears_no_more, level};

const SUPERVISOR_HZ: u32 = 1500;

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_listens_whispers_and_joins_and_is_heard_only_where_meant() {
    let house = House::open().await;
    let mut boss_phone = house.agent("1003", "third-secret").await;
    boss_phone.speak_only(&[Codec::Pcmu]);
    let mut talk = house.talk().await;
    let boss = house.token("boss", Role::Supervisor, None).await;
    let agent = house.token("own", Role::Agent, Some("1001")).await;
    let path = format!("/calls/{}/supervise", talk.call);
    let as_mode = |mode: &str| json!({ "agent": "1003", "mode": mode });
    assert_eq!(house.post(&agent, &path, as_mode("listen")).await.0, 403, "supervisors only");
    assert_eq!(house.post(&boss, &path, as_mode("sing")).await.0, 422);
    assert_eq!(house.post(&boss, &path, json!({ "agent": "1001", "mode": "listen" })).await.0, 409, "talks there");
    assert_eq!(house.post(&boss, &path, json!({ "agent": "1002", "mode": "listen" })).await.0, 409, "has no phone");
    assert_eq!(house.post(&boss, &path, json!({ "agent": "9", "mode": "listen" })).await.0, 404);

    let (status, done) = house.post(&boss, &path, as_mode("listen")).await;
    assert_eq!(status, 200, "{done}");
    boss_phone.answer(PATIENCE, Duration::from_millis(50)).await.expect("it rings");
    boss_phone.say_tone(SUPERVISOR_HZ);
    hears(&boss_phone, CALLER_HZ).await;
    hears(&boss_phone, AGENT_HZ).await;
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        for phone in [&talk.caller, &talk.agent] {
            assert!(level(phone, SUPERVISOR_HZ) < SILENT_DB, "the listener is heard");
        }
    }
    assert_eq!(house.post(&boss, &path, json!({ "agent": "1003", "mode": "listen" })).await.0, 200, "as it is");

    assert_eq!(house.post(&boss, &path, as_mode("whisper")).await.0, 200);
    hears(&talk.agent, SUPERVISOR_HZ).await;
    hears(&talk.agent, CALLER_HZ).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(level(&talk.caller, SUPERVISOR_HZ) < SILENT_DB, "the caller hears the whisper");
    hears(&talk.caller, AGENT_HZ).await;

    assert_eq!(house.post(&boss, &path, as_mode("barge")).await.0, 200);
    hears(&talk.caller, SUPERVISOR_HZ).await;
    hears(&talk.caller, AGENT_HZ).await;
    hears(&boss_phone, CALLER_HZ).await;

    boss_phone.hang_up().await.expect("hung up");
    hears_no_more(&talk.caller, SUPERVISOR_HZ).await;
    hears_no_more(&talk.agent, SUPERVISOR_HZ).await;
    hears(&talk.caller, AGENT_HZ).await;
    hears(&talk.agent, CALLER_HZ).await;
    let events = house.record(talk.call, |what| matches!(what, What::SupervisionEnded { .. })).await;
    let modes: Vec<SuperviseMode> = events
        .iter()
        .filter_map(|event| match &event.what {
            What::Supervised { agent, mode } if agent == "1003" => Some(*mode),
            _ => None,
        })
        .collect();
    assert_eq!(modes, [SuperviseMode::Listen, SuperviseMode::Whisper, SuperviseMode::Barge]);

    // Again, and this time the conversation ends first.
    assert_eq!(house.post(&boss, &path, as_mode("listen")).await.0, 200);
    boss_phone.answer(PATIENCE, Duration::from_millis(50)).await.expect("it rings again");
    talk.caller.hang_up().await.expect("hung up");
    boss_phone.wait_for_end(PATIENCE).await.expect("the supervisor's phone is hung up too");
    assert_eq!(house.post(&boss, &path, as_mode("listen")).await.0, 404, "the call is over");
}
