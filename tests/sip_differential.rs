//! A second opinion: where `rsip` accepts a message that we accept too, both must have read the same.
//!
//! The messages are the torture messages, a carrier's, and changes of them. What rsip reads otherwise and is known to get
//! wrong is listed at [`is_known`], each with the rule.

#[path = "fuzz/mutate.rs"]
mod mutate;
#[path = "fuzz/seeds.rs"]
#[expect(dead_code, reason = "the fuzzer uses the rest")]
mod seeds;

use std::panic::catch_unwind;

use bytes::Bytes;
use hotline::base::Rng;
use hotline::sip::message::validate;
use hotline::sip::{HeaderName, Message, Text};
use mutate::Mutator;
use rsip::headers::ToTypedHeader;
use rsip::prelude::{HeadersExt, UntypedHeader};

/// Changed messages that are compared, beside the seeds.
const RUNS: usize = 20_000;

/// [`RUNS`], or what `HOTLINE_FUZZ_RUNS` says.
fn runs() -> usize {
    std::env::var("HOTLINE_FUZZ_RUNS").ok().map_or(RUNS, |text| text.parse().expect("a number"))
}

/// What both say of a message: a name and the text of each thing.
type Reading = Vec<(&'static str, Option<String>)>;

fn ours(bytes: &[u8]) -> Option<Reading> {
    let message = Message::parse(Bytes::copy_from_slice(bytes)).ok()?;
    validate(&message).ok()?;
    let text = |text: Option<Text>| text.map(|text| String::from_utf8_lossy(text.as_bytes()).into_owned());
    let cseq = message.cseq().ok()?;
    let via = message.top_via().ok()?;
    Some(vec![
        ("method", message.method().map(ToString::to_string)),
        ("status", message.status().map(|status| status.to_string())),
        ("call-id", text(message.call_id())),
        ("cseq", Some(format!("{} {}", cseq.number, cseq.method))),
        ("from tag", text(message.from_tag())),
        ("to tag", text(message.to_tag())),
        ("branch", text(via.branch())),
        ("max-forwards", text(message.first(HeaderName::MaxForwards))),
    ])
}

fn theirs(bytes: &[u8]) -> Option<Reading> {
    // It panics on some inputs: then it has no opinion.
    catch_unwind(|| read_by_rsip(bytes)).ok().flatten()
}

fn read_by_rsip(bytes: &[u8]) -> Option<Reading> {
    let message = rsip::SipMessage::try_from(bytes).ok()?;
    let cseq = message.cseq_header().ok()?.typed().ok()?;
    let from = message.from_header().ok()?.typed().ok()?;
    let to = message.to_header().ok()?.typed().ok()?;
    let via = message.via_header().ok()?.typed().ok()?;
    let (method, status) = match &message {
        rsip::SipMessage::Request(request) => (Some(request.method.to_string()), None),
        rsip::SipMessage::Response(response) => (None, Some(response.status_code.code().to_string())),
    };
    Some(vec![
        ("method", method),
        ("status", status),
        ("call-id", Some(message.call_id_header().ok()?.value().to_owned())),
        ("cseq", Some(format!("{} {}", cseq.seq, cseq.method))),
        ("from tag", from.tag().map(|tag| tag.value().to_owned())),
        ("to tag", to.tag().map(|tag| tag.value().to_owned())),
        ("branch", via.branch().map(|branch| branch.value().to_owned())),
        ("max-forwards", message.max_forwards_header().ok().map(|hops| hops.value().to_owned())),
    ])
}

/// What differs between the readings of one message, but for what is known.
fn differences(bytes: &[u8]) -> Option<Vec<String>> {
    if is_beyond_rsip(bytes) {
        return None;
    }
    let (ours, theirs) = (ours(bytes)?, theirs(bytes)?);
    let mut found = Vec::new();
    for ((name, ours), (_, theirs)) in ours.iter().zip(&theirs) {
        if ours != theirs && !is_known(name, ours.as_deref(), theirs.as_deref()) {
            found.push(format!("{name}: {ours:?} here, {theirs:?} there"));
        }
    }
    Some(found)
}

/// Line ends of one character, which rsip takes for text, and parameters that are there twice or without a value, of which
/// it takes any.
fn is_beyond_rsip(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "");
    text.contains(['\r', '\n']) || [";tag;", ";tag=;", ";branch;", ";branch=;"].iter().any(|odd| text.contains(odd))
}

/// What rsip reads otherwise.
fn is_known(name: &str, ours: Option<&str>, theirs: Option<&str>) -> bool {
    let token = |c: char| c.is_ascii_alphanumeric() || "-.!%*_+`'~".contains(c);
    match (name, ours, theirs) {
        // RFC 3261 7.1: methods are case-sensitive; it writes all in capitals.
        ("cseq", Some(ours), Some(theirs)) => ours.eq_ignore_ascii_case(theirs),
        // A value that is no token: it takes the part before, we keep the whole, which is then nobody else's.
        ("branch" | "from tag" | "to tag", Some(ours), Some(theirs)) => {
            ours.strip_prefix(theirs).is_some_and(|rest| rest.starts_with(|c| !token(c)))
        }
        // An empty value is none.
        (_, None, Some("")) => true,
        // It finds no parameter behind a space (RFC 3261 7.3.1 allows it) or behind a sent-by that it cannot read.
        ("branch" | "from tag" | "to tag", Some(_), None) => true,
        // RFC 3261 7.3.1: white space around a value means nothing.
        (_, Some(ours), Some(theirs)) => ours == theirs.trim(),
        (_, _, _) => false,
    }
}

#[test]
fn both_read_real_messages_alike() {
    let readings: Vec<_> = seeds::messages().iter().map(|message| (differences(message), message.clone())).collect();
    let compared = readings.iter().filter(|(differences, _)| differences.is_some()).count();
    for (differences, message) in &readings {
        let differences = differences.clone().unwrap_or_default();
        assert!(differences.is_empty(), "{differences:#?}\n{}", String::from_utf8_lossy(message));
    }
    println!("{compared} of {} compared", readings.len());
    assert!(compared >= 15, "{compared} of {}", readings.len());
}

#[test]
fn both_read_changed_messages_alike() {
    std::panic::set_hook(Box::new(|_| {}));
    let runs = runs();
    let mut mutator = Mutator::new(Rng::from_number(4), seeds::messages());
    let mut compared = 0;
    let mut all = Vec::new();
    for run in 0..runs {
        let input = mutator.next();
        if let Some(found) = differences(&input) {
            compared += 1;
            all.extend(
                found.into_iter().map(|found| format!("run {run}: {found}\n{}", String::from_utf8_lossy(&input))),
            );
        }
    }
    let _ = std::panic::take_hook();
    println!("{compared} of {runs} compared, {} differ", all.len());
    assert!(all.is_empty(), "{} differ, the first: {:#?}", all.len(), &all[..all.len().min(9)]);
    assert!(compared > runs / 50, "{compared} of {runs}");
}
