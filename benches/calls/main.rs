//! What calls cost: `cargo bench --bench calls [-- playing bridged recorded short keys]`; numbers behind them are the calls,
//! and calls per second, that are wanted of those it has (`-- bridged 400`).
//!
//! The switch runs as a process of its own; its processor time is read from the kernel's clock of that process, so
//! that the load, which runs here, does not count. The floor is measured in the same run.

mod cpu;
mod floor;
mod pump;
mod server;
mod sip;

use std::time::{Duration, Instant};

use floor::Floor;
use pump::Pump;
use server::Server;
use sip::Callers;

const CALLS: [u32; 4] = [50, 200, 400, 1000];
const RATES: [u32; 4] = [250, 500, 1000, 2500];
const MEASURE: Duration = Duration::from_secs(6);
const SETTLE: Duration = Duration::from_secs(1);
/// Between two looks of the load at its sockets.
const REST: Duration = Duration::from_micros(300);
const SHORT: Duration = Duration::from_secs(4);
const PATIENCE: Duration = Duration::from_secs(60);
const KEY_CALLS: usize = 200;
const KEY_ROUNDS: usize = 10;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let (numbers, names): (Vec<&String>, Vec<&String>) = wanted.iter().partition(|word| word.parse::<u32>().is_ok());
    let wants = |what: &str| names.is_empty() || names.iter().any(|word| *word == what);
    let sized = |size: &u32| numbers.is_empty() || numbers.iter().any(|word| **word == size.to_string());
    let floor = floor::measure(400).expect("the floor can be measured");
    println!(
        "floor, us per packet at 400 streams: send {:.2}, io_uring {}, receive at each arrival {:.2}, drained {:.2}",
        floor.send,
        floor.uring.map_or("not allowed".to_owned(), |uring| format!("{uring:.2}")),
        floor.receive_each,
        floor.receive_drained
    );
    for (name, number) in [("playing", server::PLAYING), ("bridged", server::BRIDGED), ("recorded", server::RECORDED)] {
        if wants(name) {
            CALLS.into_iter().filter(sized).for_each(|calls| stream(name, number, calls as usize, floor));
        }
    }
    if wants("keys") {
        keys();
    }
    if wants("short") {
        RATES.into_iter().filter(sized).for_each(short);
    }
}

/// `calls` calls at once: their cost, memory and pacing.
fn stream(name: &str, number: &str, calls: usize, floor: Floor) {
    let is_bridged = name != "playing";
    let server = Server::start(if is_bridged { calls } else { 0 });
    let mut pump = Pump::new();
    let mut callers = Callers::new(server.sip, pump.address());
    if is_bridged {
        callers.register(calls, server::PASSWORD);
    }
    callers.never_wait();
    let idle_kb = server.memory_kb();
    let before = server.cpu();
    let legs = if is_bridged { 2 * calls } else { calls };
    set_up(&mut callers, &mut pump, number, calls, legs, is_bridged);
    let set_up = server.cpu() - before;
    let to = if is_bridged { callers.media.clone() } else { Vec::new() };
    run(&mut callers, &mut pump, &to, SETTLE);
    pump.forget();
    let (before, began) = (server.cpu(), Instant::now());
    run(&mut callers, &mut pump, &to, MEASURE);
    let (spent, seconds) = (server.cpu() - before, began.elapsed().as_secs_f64());
    let memory = (server.memory_kb() - idle_kb) / calls as f64;
    let before = server.cpu();
    callers.hang_up_all();
    run(&mut callers, &mut pump, &[], SETTLE);
    let tear_down = server.cpu() - before;
    let cost = spent.as_secs_f64() * 1e3 / seconds / calls as f64;
    let floor = if is_bridged { floor.call_second(2.0, 2.0) } else { floor.call_second(1.0, 0.0) };
    println!(
        "{name:8} {calls:5} calls: {cost:.3} ms per call-second ({:.2} x the floor of {floor:.3}), {memory:.0} kB per call, \
         set-up {:.2} ms, tear-down {:.2} ms, {} packets, {} missing ({} dropped by our own socket), {}",
        cost / floor,
        set_up.as_secs_f64() * 1e3 / calls as f64,
        tear_down.as_secs_f64() * 1e3 / calls as f64,
        pump.received,
        pump.missing,
        pump.dropped(),
        pacing(&mut pump.intervals)
    );
}

/// From the end of a key to the first packet of the next prompt, in [`KEY_CALLS`] calls at once.
fn keys() {
    let server = Server::start(0);
    let mut pump = Pump::new();
    let mut callers = Callers::new(server.sip, pump.address());
    callers.never_wait();
    set_up(&mut callers, &mut pump, server::MENU, KEY_CALLS, KEY_CALLS, false);
    run(&mut callers, &mut pump, &[], SETTLE);
    let legs = callers.media.clone();
    for _ in 0..KEY_ROUNDS {
        // Spread over a second, so that presses fall anywhere in a frame; the tone of 400 ms is over by the next round.
        for leg in &legs {
            pump.press(*leg);
            run(&mut callers, &mut pump, &[], Duration::from_secs(1) / KEY_CALLS as u32);
        }
        run(&mut callers, &mut pump, &[], SETTLE);
    }
    let unheard = pump.unheard();
    let reactions = &mut pump.reactions;
    reactions.sort_unstable();
    assert!(!reactions.is_empty(), "nothing is heard after {unheard} keys");
    let at = |share: usize| f64::from(reactions[(reactions.len() - 1) * share / 1000]) / 1000.0;
    println!(
        "key to packet at {KEY_CALLS} calls, {} keys: p50 {:.1} ms, p99 {:.1} ms, p99.9 {:.1} ms, max {:.1} ms; {unheard} without sound",
        reactions.len(),
        at(500),
        at(990),
        at(999),
        at(1000)
    );
}

fn set_up(callers: &mut Callers, pump: &mut Pump, number: &str, calls: usize, legs: usize, is_bridged: bool) {
    let until = Instant::now() + PATIENCE;
    let mut placed = 0;
    while callers.media.len() < legs || callers.counts.answered < calls as u64 {
        assert!(Instant::now() < until, "{} of {legs} legs are up: {:?}", callers.media.len(), callers.counts);
        if placed < calls {
            callers.call(number);
            placed += 1;
        }
        let to = if is_bridged { callers.media.clone() } else { Vec::new() };
        callers.drain();
        pump.turn(&to);
        std::thread::sleep(REST);
    }
}

fn run(callers: &mut Callers, pump: &mut Pump, to: &[std::net::SocketAddr], time: Duration) {
    let until = Instant::now() + time;
    while Instant::now() < until {
        pump.turn(to);
        callers.drain();
        std::thread::sleep(REST);
    }
}

fn pacing(intervals: &mut [u32]) -> String {
    if intervals.is_empty() {
        return "no packets".to_owned();
    }
    for interval in intervals.iter_mut() {
        *interval = interval.abs_diff(20_000);
    }
    intervals.sort_unstable();
    let at = |share: f64| f64::from(intervals[((intervals.len() - 1) as f64 * share) as usize]) / 1e3;
    let within = intervals.partition_point(|off| *off <= 1000) as f64 / intervals.len() as f64;
    format!(
        "off 20 ms by p50 {:.2}, p99 {:.2}, max {:.2} ms, {:.2} % within 1 ms",
        at(0.5),
        at(0.99),
        at(1.0),
        within * 100.0
    )
}

/// `rate` calls per second of INVITE, 200, ACK, BYE, each with its record written.
fn short(rate: u32) {
    let server = Server::start(0);
    let pump = Pump::new();
    let mut callers = Callers::new(server.sip, pump.address());
    callers.hang_up_at_once = true;
    callers.never_wait();
    let written = || server.metric("hotline_recorder_events_written_total");
    let (before, events, began) = (server.cpu(), written(), Instant::now());
    let total = u64::from(rate) * SHORT.as_secs();
    let mut placed = 0;
    while callers.counts.ended + callers.counts.refused < total && began.elapsed() < SHORT * 3 {
        let due = (began.elapsed().as_secs_f64() * f64::from(rate)) as u64;
        while placed < due.min(total) {
            callers.call(server::PLAYING);
            placed += 1;
        }
        callers.drain();
        std::thread::sleep(REST);
    }
    let lasted = began.elapsed().as_secs_f64();
    let deadline = Instant::now() + PATIENCE;
    let mut last = written();
    loop {
        std::thread::sleep(Duration::from_millis(500));
        let now = written();
        if now == last || Instant::now() > deadline {
            break;
        }
        last = now;
    }
    let cost = (server.cpu() - before).as_secs_f64() * 1e3 / total as f64;
    let counts = callers.counts;
    println!(
        "short    {rate:5} per second: {cost:.3} ms per call, {:.0} per second held, {} of {total} ended, {} refused, \
         {} sent again, {:.1} events written per call",
        counts.ended as f64 / lasted,
        counts.ended,
        counts.refused,
        counts.repeated,
        (last - events) / total as f64
    );
}
