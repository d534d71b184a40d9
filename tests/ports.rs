//! Calls that fail over real sockets: afterwards no RTP port is open, and each record is closed once. The ways that need
//! no socket are in `src/call/switch/faults.rs`.

#[path = "talk/house.rs"]
#[expect(dead_code, reason = "the house of the tests of conversations has more rooms than this one needs")]
mod house;

use std::collections::BTreeSet;
use std::time::Duration;

use hotline::call::event::{EndCause, What};
use hotline::call::live::Live;
use hotline::config::{PortRange, RtpSection};
use hotline::driver::phone::PhoneError;
use house::{House, PATIENCE};

/// The switch's RTP and RTCP ports; the phones of the tests have theirs above them.
const PORTS: std::ops::RangeInclusive<u16> = 10_000..=12_000;

/// How many of them this process holds open.
fn open_ports() -> usize {
    let is_socket =
        |link: std::path::PathBuf| link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']').map(str::to_owned);
    let folder = std::fs::read_dir("/proc/self/fd").expect("open files");
    let ours: BTreeSet<String> =
        folder.flatten().filter_map(|entry| std::fs::read_link(entry.path()).ok()).filter_map(is_socket).collect();
    let table = std::fs::read_to_string("/proc/self/net/udp").expect("the UDP sockets");
    let port_of = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let port = u16::from_str_radix(fields.get(1)?.rsplit(':').next()?, 16).ok()?;
        (PORTS.contains(&port) && ours.contains(*fields.get(9)?)).then_some(port)
    };
    // A port that is bound to its peer has two sockets.
    table.lines().filter_map(port_of).collect::<BTreeSet<u16>>().len()
}

async fn ports_become(wanted: usize, why: &str) {
    for _ in 0..200 {
        if open_ports() == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{why}: {} ports are open, not {wanted}", open_ports());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_that_fails_frees_its_ports() {
    let ports = PortRange { first: *PORTS.start(), last: *PORTS.end() };
    let house =
        House::open_with(|config| config.rtp = RtpSection { ports, timeout_s: 3, ..RtpSection::default() }).await;
    let mut live = house.running.live.subscribe();

    let mut caller = house.phone("13800138001").await;
    let refused = caller.call("401").await;
    assert!(matches!(refused, Err(PhoneError::Refused { status: 404, .. })), "{refused:?}");
    ports_become(0, "a number that nobody has").await;

    let mut agent = house.agent("1001", "first-secret").await;
    caller.call("400").await.expect("answered");
    agent.answer(PATIENCE, Duration::from_millis(50)).await.expect("it was rung");
    ports_become(4, "two legs").await;
    drop(caller);
    agent.wait_for_end(PATIENCE).await.expect("hung up");
    ports_become(0, "the caller's phone lost power").await;

    let mut caller = house.phone("13800138001").await;
    caller.call("400").await.expect("answered");
    agent.refuse(PATIENCE, 488, "Not Acceptable Here").await.expect("it was rung");
    ports_become(2, "a phone that refuses, and a caller who waits").await;
    caller.hang_up().await.expect("hung up");
    ports_become(0, "a caller who gives up").await;

    let mut causes = Vec::new();
    while let Ok(told) = live.try_recv() {
        let Live::Started { call, .. } = &*told else { continue };
        let events = house.record(*call, |what| matches!(what, What::Ended { .. })).await;
        causes.extend(events.iter().filter_map(|event| match event.what {
            What::Ended { cause, .. } => Some(cause),
            _ => None,
        }));
    }
    assert_eq!(causes, [EndCause::UnknownNumber, EndCause::RtpTimeout, EndCause::HungUp], "each closed once");
}
