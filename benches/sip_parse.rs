//! How long a carrier's INVITE of 1951 bytes takes to read, and how many allocations: `cargo bench --bench sip_parse`.
//!
//! The message alone, with four typed headers, with ten, validated, and with a response built. A counting allocator
//! counts; the time is the best of many rounds, as other work on the machine only adds. The word behind `--` chooses.

#[path = "../tests/support/counting.rs"]
mod counting;

use std::hint::black_box;
use std::time::Instant;

use bytes::Bytes;
use hotline::sip::header::SessionExpires;
use hotline::sip::message::validate;
use hotline::sip::{HeaderName, Message};

const INVITE: &[u8] = include_bytes!("../tests/torture/carrier/invite.dat");
/// Rounds, of which the fastest counts.
const ROUNDS: u32 = 20_000;
/// Datagrams of a round: as few as the caches hold, because a datagram that was just received is there too.
const RUNS: u32 = 16;

fn main() {
    assert_eq!(INVITE.len(), 1951);
    measure("message alone", |bytes| {
        black_box(Message::parse(bytes).expect("an INVITE"));
    });
    measure("with Via, From, To and CSeq", |bytes| {
        let message = Message::parse(bytes).expect("an INVITE");
        black_box(message.top_via().expect("a Via"));
        black_box(message.from().expect("From"));
        black_box(message.to().expect("To"));
        black_box(message.cseq().expect("CSeq"));
    });
    measure("with ten headers of a call", |bytes| {
        let message = Message::parse(bytes).expect("an INVITE");
        usual_headers(&message);
    });
    measure("validated, and with these ten", |bytes| {
        let message = Message::parse(bytes).expect("an INVITE");
        validate(&message).expect("a good INVITE");
        usual_headers(&message);
    });
    // The yardstick of the machine: what `rsip` 0.4 takes for the same bytes.
    measure("the same bytes by rsip 0.4", |bytes| {
        black_box(rsip::SipMessage::try_from(bytes).expect("rsip reads it"));
    });
    measure("parsed, and a 180 built", |bytes| {
        let message = Message::parse(bytes).expect("an INVITE");
        black_box(Message::response(&message, 180, "Ringing", Some("a6c85cf")).finish());
    });
}

/// What a call reads of its INVITE.
fn usual_headers(message: &Message) {
    black_box(message.top_via().expect("a Via"));
    black_box(message.from().expect("From"));
    black_box(message.to().expect("To"));
    black_box(message.call_id().expect("Call-ID"));
    black_box(message.cseq().expect("CSeq"));
    black_box(message.contact_uri().expect("a contact"));
    black_box(message.first(HeaderName::MaxForwards).and_then(|hops| hops.to_u32_saturating()));
    black_box(message.typed::<SessionExpires>().expect("Session-Expires").expect("readable"));
    black_box(message.content_type().expect("Content-Type").expect("readable"));
    black_box(message.body());
}

/// Measures `run`, unless the command line names something else.
fn measure(what: &str, run: impl Fn(Bytes)) {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    if wanted.is_some_and(|wanted| !what.contains(&wanted)) {
        return;
    }
    let mut best_ns = f64::MAX;
    let mut allocations = 0;
    for _ in 0..ROUNDS {
        // The datagrams are there before the clock starts: reading is measured, not receiving.
        let datagrams: Vec<Bytes> = (0..RUNS).map(|_| Bytes::copy_from_slice(INVITE)).collect();
        let before = counting::allocations();
        let start = Instant::now();
        for datagram in datagrams {
            run(datagram);
        }
        let ns = start.elapsed().as_nanos() as f64 / f64::from(RUNS);
        allocations = counting::allocations() - before;
        best_ns = best_ns.min(ns);
    }
    let each = allocations as f64 / f64::from(RUNS);
    println!("{what:<42} {best_ns:>8.0} ns {each:>6.2} allocations");
}
