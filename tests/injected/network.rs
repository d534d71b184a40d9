//! The network loses, doubles and delays (fault 12), and name servers are dead (18).

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hotline::app;
use hotline::driver::phone::Phone;
use tokio::net::UdpSocket;

use crate::house::House;

/// Between callers and the switch: of a hundred datagrams 30 are lost, 10 doubled and each is late by up to 200 ms.
struct Relay {
    address: SocketAddr,
    lost: Arc<AtomicU64>,
}

impl Relay {
    /// A relay for one caller: what comes from the switch goes to whoever wrote last.
    async fn to(switch: SocketAddr, seed: u64) -> Relay {
        let outer = Arc::new(UdpSocket::bind("127.0.0.1:0").await.expect("a port"));
        let inner = Arc::new(UdpSocket::bind("127.0.0.1:0").await.expect("a port"));
        inner.connect(switch).await.expect("connected");
        let relay = Relay { address: outer.local_addr().expect("an address"), lost: Arc::default() };
        let lost = relay.lost.clone();
        tokio::spawn(async move {
            let mut rng = hotline::base::Rng::from_number(seed);
            let (mut there, mut back) = (vec![0; 65_536], vec![0; 65_536]);
            let mut caller = None;
            loop {
                let (bytes, to_switch) = tokio::select! {
                    Ok((length, from)) = outer.recv_from(&mut there) => {
                        caller = Some(from);
                        (there[..length].to_vec(), true)
                    }
                    Ok(length) = inner.recv(&mut back) => (back[..length].to_vec(), false),
                };
                let copies = match rng.below(100) {
                    0..30 => 0,
                    30..40 => 2,
                    _ => 1,
                };
                lost.fetch_add(u64::from(copies == 0), Ordering::Relaxed);
                for _ in 0..copies {
                    let late = Duration::from_millis(rng.below(200));
                    let (outer, inner, bytes, caller) = (outer.clone(), inner.clone(), bytes.clone(), caller);
                    tokio::spawn(async move {
                        tokio::time::sleep(late).await;
                        let _ = match (to_switch, caller) {
                            (true, _) => inner.send(&bytes).await,
                            (false, Some(caller)) => outer.send_to(&bytes, caller).await,
                            (false, None) => Ok(0),
                        };
                    });
                }
            }
        });
        relay
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifteen_calls_over_a_bad_network_thirteen_are_set_up_and_each_is_one_call() {
    let house = House::open().await;
    let mut callers = Vec::new();
    for n in 0..15 {
        let relay = Relay::to(house.sip, n).await;
        callers.push(tokio::spawn(async move {
            let user = format!("1380013{n:04}");
            let mut caller =
                Phone::bind(&user, relay.address, app::seed().expect("randomness")).await.expect("a phone");
            let up = caller.call("401").await.is_ok();
            // A BYE whose answers are all lost: the switch's own time-outs close the call.
            let _ = caller.hang_up().await;
            (up, relay.lost.load(Ordering::Relaxed))
        }));
    }
    let (mut up, mut lost) = (0, 0);
    for caller in callers {
        let (is_up, lost_here) = caller.await.expect("no panic");
        up += usize::from(is_up);
        lost += lost_here;
    }
    assert!(up >= 13, "{up} of 15 calls are set up");
    assert!(lost > 15, "the network lost {lost} datagrams: it was no bad one");
    // Each INVITE that arrived is one call, however often it came.
    let mut callers: Vec<String> = Vec::new();
    for _ in 0..200 {
        callers = house.records().await.iter().filter_map(|row| row["caller"].as_str().map(str::to_owned)).collect();
        if callers.len() >= up {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let all = callers.len();
    callers.sort_unstable();
    callers.dedup();
    assert_eq!(callers.len(), all, "a caller has two records");
    house.leaves_nothing(all).await;
}

/// The binary in a mount namespace of its own, where every name server is an address that nobody has.
fn without_names(folder: &std::path::Path) -> Option<Command> {
    let resolv = folder.join("resolv.conf");
    std::fs::write(&resolv, "nameserver 127.0.0.254\noptions timeout:5 attempts:2\n").expect("written");
    let script = "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"";
    let command = || {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]).arg(&resolv);
        command
    };
    let can = command().arg("true").status().is_ok_and(|status| status.success());
    can.then(|| {
        let mut command = command();
        command.arg(env!("CARGO_BIN_EXE_hotline"));
        command
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trunk_whose_name_cannot_be_looked_up_is_told_and_delays_no_other_call() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(command) = without_names(folder.path()) else {
        eprintln!("skipped: this system lets no user mount in a namespace, so the name servers cannot be taken away");
        return;
    };
    let house = House::open_by(command).await;
    let trunk = "trunks: [{ name: far, sources: [\"203.0.113.0/24\"], uri: \"sip:carrier.example\", options_s: 2 }]\n";
    house.apply(trunk.to_owned()).await;
    let mut down = false;
    for n in 0..300 {
        let mut caller = house.phone(&format!("139{n:08}")).await;
        let began = std::time::Instant::now();
        caller.call("401").await.expect("answered");
        let took = began.elapsed();
        assert!(took < Duration::from_secs(2), "{took:?}");
        caller.hang_up().await.expect("hung up");
        let trunks = house.get("/trunks").await;
        let far = trunks.as_array().and_then(|all| all.iter().find(|trunk| trunk["name"] == "far").cloned());
        down = far.is_some_and(|far| far["status"]["available"] == false);
        if down {
            // What is being looked up holds sockets.
            house.apply(trunk.replace("options_s: 2", "options_s: off")).await;
            house.leaves_nothing(n + 1).await;
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(down, "a trunk that cannot be found takes no calls: {}", house.log());
}
