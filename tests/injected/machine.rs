//! The machine misbehaves: it stands still (fault 3), has no descriptors left (7), its clock is set (11), it is told to
//! stop (2).

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::house::{AGENT_HZ, House, PATIENCE, Talk, hears};

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_stands_still_for_six_seconds_loses_no_call() {
    let house = House::open().await;
    let talk = house.talk().await;
    house.signal(libc::SIGSTOP);
    // Longer than the RTP time-out: what is measured here is this very time.
    tokio::time::sleep(Duration::from_secs(6)).await;
    house.signal(libc::SIGCONT);
    talk.hear().await;
    let live = house.get("/calls/live").await;
    assert_eq!(live["calls"][0]["stage"], "talking", "{live}");
    talk.end().await;
    // The agent is still registered and takes the next call.
    let mut caller = house.phone("13800138001").await;
    let mut agent = house.agent("1001").await;
    caller.call("400").await.expect("answered");
    agent.answer(PATIENCE, Duration::ZERO).await.expect("a call");
    Talk { caller, agent }.end().await;
    house.leaves_nothing(2).await;
}

/// Sets how many descriptors the switch may have; gives the former number back.
fn limit_descriptors(pid: i32, limit: u64) -> u64 {
    let mut before = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: plain system calls with pointers to values that live long enough.
    unsafe {
        assert_eq!(libc::prlimit(pid, libc::RLIMIT_NOFILE, std::ptr::null(), &raw mut before), 0);
        let wanted = libc::rlimit { rlim_cur: limit, rlim_max: before.rlim_max };
        assert_eq!(libc::prlimit(pid, libc::RLIMIT_NOFILE, &raw const wanted, std::ptr::null_mut()), 0);
    }
    before.rlim_cur
}

#[tokio::test(flavor = "multi_thread")]
async fn without_descriptors_calls_are_refused_those_that_are_up_go_on_and_nothing_spins() {
    let house = House::open().await;
    let talk = house.talk().await;
    let before = limit_descriptors(house.pid(), 3);
    let waiting: Vec<_> = (0..20).filter_map(|_| std::net::TcpStream::connect(house.sip_tcp).ok()).collect();
    let http = house.http.trim_start_matches("http://").to_owned();
    let asking: Vec<_> = (0..20).filter_map(|_| std::net::TcpStream::connect(&http).ok()).collect();
    assert!(!waiting.is_empty() && !asking.is_empty(), "the system takes connections that the switch cannot");
    let mut refused = house.phone("13800138001").await;
    let told = refused.call("400").await;
    assert!(matches!(told, Err(hotline::driver::phone::PhoneError::Refused { status: 503, .. })), "{told:?}");
    let used = house.cpu_ms();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let used = house.cpu_ms() - used;
    assert!(used < 1000, "{used} ms of processor time in 2 s: it spins");
    talk.hear().await;
    limit_descriptors(house.pid(), before);
    drop((waiting, asking));
    talk.end().await;
    house.talk().await.end().await;
    // The refused one has its record too.
    house.leaves_nothing(3).await;
}

/// The library that shows a process another clock, if it is installed.
fn libfaketime() -> Option<String> {
    let found = Command::new("sh").args(["-c", "ls /usr/lib/*/faketime/libfaketimeMT.so.1"]).output().ok()?;
    let text = String::from_utf8(found.stdout).ok()?;
    text.lines().next().map(str::to_owned).filter(|path| Path::new(path).exists())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wall_clock_that_is_set_by_an_hour_changes_no_call_no_registration_and_no_duration() {
    let Some(library) = libfaketime() else {
        eprintln!("skipped: libfaketime is not installed, so nobody can set the clock of one process");
        return;
    };
    let clock = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(clock.path(), "+0").expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_hotline"));
    command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", clock.path());
    command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    let house = House::open_by(command).await;
    let mut talk = house.talk().await;
    for (calls, jump) in [(1, "+1h"), (2, "-1h")] {
        std::fs::write(clock.path(), jump).expect("written");
        hears(&talk.caller, AGENT_HZ).await;
        let Talk { mut caller, mut agent } = talk;
        caller.hang_up().await.expect("hung up");
        agent.wait_for_end(PATIENCE).await.expect("hung up");
        house.leaves_nothing(calls).await;
        // The same phone, which has not registered again.
        let mut caller = house.phone("13800138000").await;
        caller.call("400").await.expect("answered");
        agent.answer(PATIENCE, Duration::ZERO).await.expect("the agent is still registered");
        talk = Talk { caller, agent };
        talk.say();
        hears(&talk.caller, AGENT_HZ).await;
    }
    talk.end().await;
    house.leaves_nothing(3).await;
    for row in house.records().await {
        let lasted = row["duration_ms"].as_i64().expect("a duration");
        assert!((0..60_000).contains(&lasted), "{lasted} ms: {row}");
    }
    let mut late = house.phone("1002").await;
    late.register("second-secret").await.expect("a fresh registration is taken after the jumps");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_that_is_told_to_stop_hangs_up_closes_its_records_and_ends_well() {
    let mut house = House::open().await;
    let talk = house.talk().await;
    let mut waiting = house.phone("13800138001").await;
    waiting.call("400").await.expect("answered");
    house.signal(libc::SIGTERM);
    let Talk { mut caller, mut agent } = talk;
    for phone in [&mut caller, &mut agent, &mut waiting] {
        phone.wait_for_end(PATIENCE).await.expect("BYE");
    }
    assert!(house.exit(PATIENCE).await.success(), "{}", house.log());
    let url = "sqlite".parse().expect("a store");
    let store = hotline::store::Store::open(&url, &house.folder.path().join("data")).await.expect("the store");
    let (filter, page) = (Default::default(), Default::default());
    let sort = (hotline::store::CallSort::Started, hotline::store::Order::Ascending);
    let rows = store.calls(&filter, sort.0, sort.1, &page).await.expect("listed").items;
    let causes: Vec<_> = rows.iter().map(|row| row.end_cause).collect();
    assert_eq!(causes, [Some(hotline::call::event::EndCause::SwitchShutdown); 2], "{rows:?}");
}
