use std::fs;

use bytes::Bytes;
use hotline::sip::message::validate;
use hotline::sip::{Fault, Message};

/// One of the files, as it is.
pub fn bytes(rfc: &str, name: &str) -> Bytes {
    let path = format!("{}/tests/torture/{rfc}/{name}.dat", env!("CARGO_MANIFEST_DIR"));
    Bytes::from(fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}")))
}

/// What the message layer says of a message.
#[derive(Debug)]
pub enum Verdict {
    Accepted(Message),
    /// A request that is answered with the fault's status.
    Refused(Fault, Message),
    Dropped(Fault),
}

pub fn verdict(bytes: Bytes) -> Verdict {
    let (message, fault) = match Message::parse(bytes) {
        Ok(message) => match validate(&message) {
            Ok(()) => return Verdict::Accepted(message),
            Err(fault) => (message, fault),
        },
        Err(error) => match error.answerable {
            Some(message) => (*message, error.fault),
            None => return Verdict::Dropped(error.fault),
        },
    };
    if message.is_request() { Verdict::Refused(fault, message) } else { Verdict::Dropped(fault) }
}

/// A message of RFC 4475 that must be accepted.
pub fn accepted(name: &str) -> Message {
    match verdict(bytes("rfc4475", name)) {
        Verdict::Accepted(message) => message,
        other => panic!("{name}: {other:?}"),
    }
}
