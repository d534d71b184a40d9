mod build;
mod multipart;
mod parse;
mod security;
mod stamp;

use bytes::Bytes;

use super::{Fault, Message, ParseError};

/// The headers that every request has.
pub(super) const USUAL: &str = "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport\r\nMax-Forwards: 70\r\n\
    From: \"Alice\" <sip:alice@example.com>;tag=a1\r\nTo: <sip:bob@example.com>\r\nCall-ID: call-1\r\nCSeq: 7 INVITE\r\n";

pub(super) fn parse(text: impl AsRef<[u8]>) -> Result<Message, ParseError> {
    Message::parse(Bytes::copy_from_slice(text.as_ref()))
}

/// An INVITE with `USUAL` and more lines.
pub(super) fn invite(lines: &str) -> Message {
    let text = format!("INVITE sip:bob@example.com SIP/2.0\r\n{USUAL}{lines}\r\n");
    parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The fault of a text that cannot be read, and whether it can be answered.
pub(super) fn fault(text: impl AsRef<[u8]>) -> (Fault, bool) {
    let text = text.as_ref();
    match parse(text) {
        Ok(message) => panic!("read as {message:?}"),
        Err(error) => (error.fault, error.answerable.is_some()),
    }
}
