//! `make soak`: many short calls, calls that last long, and a flood, with memory, descriptors and records looked at.
//! Sizes by environment: `HOTLINE_SOAK_CALLS`, `_RATE`, `_LONG_CALLS`, `_SECONDS`, `_FLOOD`.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::flood::call_under_flood;
use crate::house::House;

/// After so many seconds of the same load no transaction and no kept SIP is more than before.
const SETTLED_S: u64 = 40;
/// What the process may grow by from then on.
const GROWTH_KB: u64 = 16 * 1024;

fn size(name: &str, default: u64) -> u64 {
    std::env::var(format!("HOTLINE_SOAK_{name}")).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// SIPp with its own scenario of a caller: INVITE, ACK, a pause, BYE. Fails when one call fails.
async fn sipp(house: &House, calls: u64, per_second: u64, pause: Duration) {
    let mut sipp = Command::new("sipp");
    sipp.args(["-sn", "uac", "-s", "401", "-i", "127.0.0.1", "-nostdin", "-rtp_echo", "-l", "10000"]);
    sipp.args(["-m", &calls.to_string(), "-r", &per_second.to_string(), "-d", &pause.as_millis().to_string()]);
    sipp.arg(house.sip.to_string()).current_dir(house.folder.path()).stdin(Stdio::null());
    sipp.stdout(Stdio::null()).stderr(Stdio::piped());
    let ended = tokio::task::spawn_blocking(move || sipp.output()).await.expect("no panic").expect("sipp runs");
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make soak"]
async fn short_calls() {
    let (calls, rate) = (size("CALLS", 100_000), size("RATE", 100));
    let house = House::open().await;
    let first = (calls / 10).max(rate * SETTLED_S).min(calls / 2);
    sipp(&house, first, rate, Duration::ZERO).await;
    house.settles(first as usize).await;
    let (began, before, cpu) = (Instant::now(), house.memory_kb(), house.cpu_ms());
    sipp(&house, calls - first, rate, Duration::ZERO).await;
    let (took, after, cpu) = (began.elapsed(), house.memory_kb(), house.cpu_ms() - cpu);
    house.settles(calls as usize).await;
    println!(
        "{} short calls in {:.0} s: memory {before} to {after} kB, {:.2} ms of processor time a call, descriptors {}",
        calls - first,
        took.as_secs_f64(),
        cpu as f64 / (calls - first) as f64,
        house.descriptors()
    );
    // A run that is too short for that says nothing of growth.
    let grew = first >= rate * SETTLED_S && after >= before + GROWTH_KB;
    assert!(!grew, "memory grew from {before} to {after} kB");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make soak"]
async fn long_calls() {
    let (calls, seconds) = (size("LONG_CALLS", 200), size("SECONDS", 600));
    let house = House::open().await;
    let watched = async {
        let mut seen: Vec<(u64, usize)> = Vec::new();
        loop {
            tokio::time::sleep(Duration::from_secs(5)).await;
            seen.push((house.memory_kb(), house.descriptors()));
            println!("{} s: {} kB, {} descriptors", seen.len() * 5, house.memory_kb(), house.descriptors());
        }
    };
    tokio::select! {
        () = sipp(&house, calls, 20, Duration::from_secs(seconds)) => {}
        () = watched => {}
    }
    house.settles(calls as usize).await;
    let (mut sent, mut lost, mut late, mut short) = (0, 0, 0, 0);
    for row in house.records().await {
        let call = house.get(&format!("/calls/{}", row["id"].as_str().expect("an id"))).await;
        let events = call["events"].as_array().cloned().unwrap_or_default();
        let report = events.into_iter().find(|event| event["type"] == "media").unwrap_or_default();
        let count = |key: &str| report[key].as_u64().unwrap_or(0);
        sent += count("packets_sent");
        lost += count("packets_lost");
        late += count("frames_late");
        short += u64::from(row["duration_ms"].as_u64().unwrap_or(0) < seconds * 1000);
    }
    println!("{calls} calls of {seconds} s: {sent} packets sent, {late} frames late, {lost} of what came back lost");
    assert_eq!(short, 0, "calls that ended early");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "make soak"]
async fn a_flood() {
    let house = House::open().await;
    let sound = call_under_flood(&house, size("FLOOD", 20_000), 30).await;
    println!(
        "flood of {} requests in 30 s: {} packets heard, {} lost, {} frames late, {} kB",
        sound.flooded,
        sound.received,
        sound.lost,
        sound.late,
        house.memory_kb()
    );
    assert_eq!(sound.lost, 0);
}
