//! The recording pauses while a card number is said (P8).

use std::time::Duration;

use hotline::call::event::What;
use hotline::config::setup::Role;
use hotline::media::measure_tone;
use hotline::store::{AuditFilter, PageRequest};
use serde_json::json;

use crate::house::{AGENT_HZ, CALLER_HZ, HEARD_DB, House, SILENT_DB};

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_pauses_their_own_recording_and_the_pause_is_silent_and_marked() {
    let house = House::open().await;
    let mut talk = house.talk().await;
    let own = house.token("own", Role::Agent, Some("1001")).await;
    let other = house.token("other", Role::Agent, Some("1002")).await;
    let path = format!("/calls/{}/recording", talk.call);
    assert_eq!(house.post(&other, &path, json!({ "state": "paused" })).await.0, 403, "another agent's call");
    assert_eq!(house.post(&own, &path, json!({ "state": "stopped" })).await.0, 400);
    assert_eq!(house.post(&own, &path, json!({ "state": "paused", "resume_after_s": 0 })).await.0, 400);
    assert_eq!(house.post(&own, "/calls/0000000000001/recording", json!({ "state": "paused" })).await.0, 404);

    tokio::time::sleep(Duration::from_millis(1200)).await;
    for _ in 0..2 {
        let (status, done) = house.post(&own, &path, json!({ "state": "paused" })).await;
        assert_eq!(status, 200, "{done}");
    }
    let boss = house.token("boss", Role::Supervisor, None).await;
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(house.get(&boss, "/calls/live").await.1["calls"][0]["recording"], "paused");
    assert_eq!(house.post(&own, &path, json!({ "state": "running" })).await.0, 200);
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert_eq!(house.get(&boss, "/calls/live").await.1["calls"][0]["recording"], "running");
    talk.caller.hang_up().await.expect("hung up");

    let events = house.record(talk.call, |what| matches!(what, What::RecordingEnded { .. })).await;
    let at = |wanted: fn(&What) -> bool| {
        let all: Vec<u64> = events.iter().filter(|event| wanted(&event.what)).map(|event| event.offset_us).collect();
        assert_eq!(all.len(), 1, "{events:?}");
        all[0] * 8 / 1000
    };
    let begun = at(|what| matches!(what, What::RecordingStarted { .. }));
    let paused = at(|what| matches!(what, What::RecordingPaused { .. })) - begun;
    let resumed = at(|what| matches!(what, What::RecordingResumed { .. })) - begun;
    let name = &house.running.store.recordings(talk.call).await.expect("listed")[0].id;
    let mut reader = hound::WavReader::open(house.recording(name)).expect("a WAV file");
    let samples: Vec<i16> = reader.samples().map(|sample| sample.expect("a sample")).collect();
    for (channel, hz) in [(0, CALLER_HZ), (1, AGENT_HZ)] {
        let channel: Vec<i16> = samples.iter().skip(channel).step_by(2).copied().collect();
        let level = |from: u64, to: u64| measure_tone(&channel[from as usize..to as usize], f64::from(hz));
        assert!(level(paused - 4000, paused - 1600) > HEARD_DB, "before");
        assert!(level(paused + 1600, resumed - 800) < SILENT_DB, "while it is paused");
        assert!(channel[paused as usize + 1600..resumed as usize - 800].iter().all(|sample| *sample == 0), "silence");
        assert!(level(resumed + 1600, resumed + 4000) > HEARD_DB, "after");
    }
    let filter = AuditFilter { kind: Some("recording".to_owned()), ..AuditFilter::default() };
    let log = house.running.store.audit_log(&filter, &PageRequest::default()).await.expect("a log");
    let acts: Vec<(&str, &str)> = log.items.iter().map(|row| (row.who.as_str(), row.action.as_str())).collect();
    assert_eq!(acts, [("own", "resume"), ("own", "pause"), ("own", "pause")]);
    assert_eq!(house.post(&own, &path, json!({ "state": "paused" })).await.0, 404, "the call is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_is_forgotten_ends_by_itself() {
    let house = House::open().await;
    let talk = house.talk().await;
    let boss = house.token("boss", Role::Supervisor, None).await;
    let path = format!("/calls/{}/recording", talk.call);
    assert_eq!(house.post(&boss, &path, json!({ "state": "paused", "resume_after_s": 1 })).await.0, 200);
    let events = house.record(talk.call, |what| matches!(what, What::RecordingResumed { .. })).await;
    let at = |wanted: fn(&What) -> bool| events.iter().find(|event| wanted(&event.what)).map(|event| event.offset_us);
    let paused = at(|what| matches!(what, What::RecordingPaused { .. })).expect("paused");
    let resumed = at(|what| matches!(what, What::RecordingResumed { .. })).expect("resumed");
    assert!((1_000_000..1_200_000).contains(&(resumed - paused)), "{} us", resumed - paused);
}
