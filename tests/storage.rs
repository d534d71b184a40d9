//! Whole calls while the storage is in trouble: the database locked, the disk full. Callers and agents notice nothing.

#[path = "support/server.rs"]
mod server;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use hotline::app;
use hotline::base::CallId;
use hotline::driver::phone::Phone;
use hotline::media::measure_tone;
use hotline::store::{CallFilter, CallSort, Order, PageRequest, Store, StoreUrl, TicketFilter, TicketSort};
use server::Server;
use sqlx::{Connection as _, SqliteConnection};

const PATIENCE: Duration = Duration::from_secs(30);

async fn phone(user: &str, server: &Server) -> Phone {
    Phone::bind(user, server.sip, app::seed().expect("randomness")).await.expect("a phone")
}

/// The agent's phone.
async fn agent(server: &Server) -> Phone {
    let mut agent = phone("1001", server).await;
    agent.register("secret").await.expect("registered");
    agent
}

/// A caller who presses 1 and hears the agent answer.
async fn talk(server: &Server, agent: &mut Phone) -> Phone {
    let mut caller = phone("13800138000", server).await;
    caller.call("4008123602").await.expect("answered");
    caller.press("1");
    agent.answer(PATIENCE, Duration::ZERO).await.expect("a call");
    agent.say_tone(880);
    caller.say_tone(440);
    hears(&caller, 880.0).await;
    hears(agent, 440.0).await;
    caller
}

async fn hears(phone: &Phone, hz: f64) {
    for _ in 0..150 {
        let samples = phone.heard();
        if measure_tone(&samples[samples.len().saturating_sub(4000)..], hz) > -35.0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{hz} Hz is not heard");
}

async fn store(folder: &Path) -> Store {
    let url: StoreUrl = "sqlite".parse().expect("a store");
    Store::open(&url, &folder.join("data")).await.expect("the store")
}

/// The only call, once its record and its ticket are complete.
async fn the_call(store: &Store) -> CallId {
    let page = PageRequest::default();
    for _ in 0..300 {
        let calls = store.calls(&CallFilter::default(), CallSort::Started, Order::Descending, &page).await;
        let tickets = store.tickets(&TicketFilter::default(), TicketSort::Number, Order::Descending, &page).await;
        let (calls, tickets) = (calls.expect("calls").items, tickets.expect("tickets").items);
        if let ([call], [ticket]) = (calls.as_slice(), tickets.as_slice())
            && serde_json::to_value(call).expect("a row")["state"] == "closed"
        {
            assert_eq!(ticket.call, Some(call.id));
            return call.id;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no call with its ticket is in the store");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_call_goes_by_while_the_database_is_locked_and_is_written_once_when_it_is_free() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path());
    let mut agent = agent(&server).await;
    let file = folder.path().join("data/hotline.db");
    let mut lock = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.expect("the database");
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut lock).await.expect("locked");
    let mut caller = talk(&server, &mut agent).await;
    caller.hang_up().await.expect("hung up");
    agent.wait_for_end(PATIENCE).await.expect("the agent's phone is hung up");
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM events").fetch_one(&mut lock).await.expect("read");
    assert_eq!(count, 0, "nothing could be written while it was locked");
    sqlx::query("ROLLBACK").execute(&mut lock).await.expect("free");

    let store = store(folder.path()).await;
    let call = the_call(&store).await;
    let events = store.events(call).await.expect("events");
    let numbers: Vec<u32> = events.iter().map(|event| event.seq).collect();
    assert_eq!(numbers, (1..=events.len() as u32).collect::<Vec<_>>(), "each event once, none missing");
}

/// The binary in a mount namespace of its own, where the recordings lie on a disk of 128 kB.
fn on_a_small_disk(recordings: &Path) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    command.arg("mount -t tmpfs -o size=128k small \"$0\" && exec \"$@\"");
    command.arg(recordings).arg(env!("CARGO_BIN_EXE_hotline"));
    command
}

fn can_mount() -> bool {
    let tried = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs none /mnt"])
        .status();
    tried.is_ok_and(|status| status.success())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_the_recording_with_an_alarm_and_not_the_call() {
    if !can_mount() {
        eprintln!("skipped: this system lets no user mount in a namespace, so there is no small disk to fill");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let recordings = folder.path().join("data/recordings");
    std::fs::create_dir_all(&recordings).expect("a folder");
    let server = Server::start_by(on_a_small_disk(&recordings), folder.path());
    let mut agent = agent(&server).await;
    let mut caller = talk(&server, &mut agent).await;
    // 32 kB a second: the disk is full after four.
    let log = || std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
    for _ in 0..150 {
        if log().contains("recordings cannot be written") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(log().contains("make room on the disk"), "an alarm says so: {}", log());
    hears(&caller, 880.0).await;
    hears(&agent, 440.0).await;
    caller.hang_up().await.expect("hung up");
    agent.wait_for_end(PATIENCE).await.expect("the agent's phone is hung up");
    let store = store(folder.path()).await;
    let call = the_call(&store).await;
    let kept = store.recordings(call).await.expect("recordings");
    let [recording] = kept.as_slice() else { panic!("what there was room for is told: {kept:?}") };
    assert!(!recording.complete, "what is missing is silent, and it is told: {recording:?}");
    // The next call is taken.
    talk(&server, &mut agent).await;
}
