//! What the host says to a device, and when: set-up, keep-alive, dialling. One voice at a time: dialling waits for the
//! set-up, the keep-alive for both.

mod dialer;
mod keepalive;
mod pacer;
mod script;

pub(super) use dialer::{DialStep, Dialer};
pub(super) use keepalive::{Alive, KeepaliveTimer};
pub(super) use pacer::Pacer;
pub(super) use script::{Outcome, Script};

use super::profile::Answer;

/// Whether `record` is the answer that is waited for.
fn answers(answer: Option<&Answer>, record: &[u8]) -> bool {
    match answer {
        Some(Answer::Record(re)) => re.is_match(record),
        Some(Answer::Byte(_)) | None => false,
    }
}
