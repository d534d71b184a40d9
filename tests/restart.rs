//! `kill -9` in the middle of a bridged call: what the next start makes of it.

#[path = "support/server.rs"]
mod server;

use std::time::Duration;

use hotline::app;
use hotline::driver::phone::Phone;
use hotline::store::{CallFilter, CallSort, Order, PageRequest, Store, StoreUrl, TicketFilter, TicketSort};
use server::Server;

const PATIENCE: Duration = Duration::from_secs(30);
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_switch_closes_its_calls_and_repairs_their_recordings_at_the_next_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path());
    let mut agent = Phone::bind("1001", server.sip, app::seed().expect("randomness")).await.expect("a phone");
    agent.register("secret").await.expect("registered");
    let mut caller = Phone::bind("13800138000", server.sip, app::seed().expect("randomness")).await.expect("a phone");
    caller.call("4008123602").await.expect("answered");
    caller.press("1");
    agent.answer(PATIENCE, Duration::ZERO).await.expect("a call");
    agent.say_tone(880);
    wait_for_tone(&caller, 880.0).await;
    let talked = Duration::from_secs(3);
    tokio::time::sleep(talked).await;
    drop(server);

    let again = Server::start(folder.path());
    let url: StoreUrl = "sqlite".parse().expect("a store");
    let store = Store::open(&url, &folder.path().join("data")).await.expect("the store");
    let page = PageRequest::default();
    let calls = store.calls(&CallFilter::default(), CallSort::Started, Order::Descending, &page).await.expect("calls");
    let [call] = calls.items.as_slice() else { panic!("one call: {calls:?}") };
    let json = serde_json::to_value(call).expect("a row");
    assert_eq!(json["state"], "closed");
    assert_eq!(json["end_cause"], "switch_restart");
    let recordings = store.recordings(call.id).await.expect("recordings");
    let [recording] = recordings.as_slice() else { panic!("one recording: {recordings:?}") };
    let reader = hound::WavReader::open(folder.path().join("data/recordings").join(&recording.id)).expect("it plays");
    let seconds = f64::from(reader.duration()) / 8000.0;
    assert!(seconds >= talked.as_secs_f64() - 1.0, "at most the last second is lost: {seconds} s");
    let tickets = store.tickets(&TicketFilter::default(), TicketSort::Number, Order::Descending, &page).await;
    assert_eq!(tickets.expect("tickets").items.len(), 1);

    // The agent is free: the same phone registers and takes the next call.
    let mut agent = Phone::bind("1001", again.sip, app::seed().expect("randomness")).await.expect("a phone");
    agent.register("secret").await.expect("registered");
    let mut caller = Phone::bind("13800138000", again.sip, app::seed().expect("randomness")).await.expect("a phone");
    caller.call("4008123602").await.expect("answered");
    caller.press("1");
    agent.answer(PATIENCE, Duration::ZERO).await.expect("the agent is free");
}

async fn wait_for_tone(phone: &Phone, hz: f64) {
    for _ in 0..150 {
        let samples = phone.heard();
        if hotline::media::measure_tone(&samples[samples.len().saturating_sub(4000)..], hz) > -35.0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{hz} Hz is not heard");
}
