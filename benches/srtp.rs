//! What encryption costs a packet of 20 ms of G.711 (172 bytes): `cargo bench --bench srtp`.
//!
//! Protecting and unprotecting in the caller's buffer, for each suite, and the allocations of both. The time is the best
//! of many rounds, as other work on the machine only adds.

#[path = "../tests/support/counting.rs"]
mod counting;

use std::hint::black_box;
use std::time::Instant;

use hotline::base::Rng;
use hotline::rtp::srtp::{MAX_TRAILER, MasterKey, Protector, SrtpSuite, Unprotector};
use hotline::rtp::write_header;

const PAYLOAD: usize = 160;
const LEN: usize = 12 + PAYLOAD;
/// Rounds, of which the fastest counts.
const ROUNDS: u32 = 3_000;
/// Packets of a round.
const RUNS: u32 = 64;

type Packet = [u8; LEN + MAX_TRAILER];

fn main() {
    let suites = [
        SrtpSuite::AesCm128HmacSha1_80,
        SrtpSuite::AesCm128HmacSha1_32,
        SrtpSuite::AeadAes128Gcm,
        SrtpSuite::AeadAes256Gcm,
    ];
    for suite in suites {
        measure(suite);
    }
}

fn measure(suite: SrtpSuite) {
    let master = MasterKey::random(suite, &mut Rng::from_number(1));
    let (mut ours, mut theirs) = (Protector::new(&master), Unprotector::new(&master));
    let (mut protect_ns, mut unprotect_ns, mut seq) = (f64::MAX, f64::MAX, 0u16);
    let mut packets: Vec<Packet> = vec![[0; LEN + MAX_TRAILER]; RUNS as usize];
    let mut lengths = vec![0; RUNS as usize];
    let mut allocations = 0;
    for _ in 0..ROUNDS {
        for packet in &mut packets {
            seq = seq.wrapping_add(1);
            packet[..12].copy_from_slice(&write_header(false, 0, seq, u32::from(seq) * 160, 9));
        }
        let before = counting::allocations();
        let start = Instant::now();
        for (packet, len) in packets.iter_mut().zip(&mut lengths) {
            *len = ours.protect_rtp(black_box(packet), LEN).expect("a new number");
        }
        protect_ns = f64::min(protect_ns, start.elapsed().as_nanos() as f64 / f64::from(RUNS));
        let start = Instant::now();
        for (packet, len) in packets.iter_mut().zip(&lengths) {
            let plain = theirs.unprotect_rtp(black_box(&mut packet[..*len])).expect("the packet of a moment ago");
            assert_eq!(plain, LEN);
        }
        unprotect_ns = f64::min(unprotect_ns, start.elapsed().as_nanos() as f64 / f64::from(RUNS));
        allocations += counting::allocations() - before;
    }
    let name = format!("{suite:?}");
    println!("{name:<22} protect {protect_ns:>6.0} ns, unprotect {unprotect_ns:>6.0} ns, {allocations} allocations");
}
