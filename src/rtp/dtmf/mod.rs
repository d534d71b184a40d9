//! Keys as named telephone events in RTP (RFC 4733), received and sent on outgoing legs, and as tones in the audio.

mod receiver;
mod sender;
mod tones;

pub use receiver::{Key, KeyReceiver};
pub use sender::{DigitSender, EventPayload, Step};
pub use tones::{ToneEvent, ToneReceiver, frequencies_of};

/// The keys by event code, 0 to 15 (RFC 4733 table 7).
const DIGITS: &[u8; 16] = b"0123456789*#ABCD";

/// The key of an event code; `None` for events that are no keys (flash hook, fax tones).
pub fn digit_of(event: u8) -> Option<char> {
    DIGITS.get(usize::from(event)).map(|digit| char::from(*digit))
}

/// The event code of a key, in either case.
pub fn event_of(digit: char) -> Option<u8> {
    let digit = u8::try_from(digit.to_ascii_uppercase()).ok()?;
    DIGITS.iter().position(|d| *d == digit).map(|at| at as u8)
}
