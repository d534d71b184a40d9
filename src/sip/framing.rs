//! Cuts SIP messages out of a byte stream: TCP and TLS (RFC 3261 18.3), with the keep-alive of RFC 5626 4.4.1.
//!
//! Contract: [`StreamFramer::push`] what was read, then [`StreamFramer::next_item`] until None. After
//! [`Framed::Broken`] nothing more comes: send its answer, if it has one, and close the connection, because where the
//! next message begins is unknown. What is buffered never exceeds one message of the largest size.

use bytes::{Buf, Bytes, BytesMut};

use super::header::scan::is_token;
use super::message::limits::{MAX_BODY_BYTES, MAX_HEAD_BYTES};
use super::message::{Fault, Message, ParseError, framed_body_len, head_end};

#[cfg(test)]
mod tests;

/// What a stream held next.
#[derive(Clone, Debug)]
pub enum Framed {
    Message(Message),
    /// A whole message that cannot be read; the stream goes on behind it.
    Bad(ParseError),
    /// One CRLF between messages: the peer's answer to our ping, or the first half of its own.
    Pong,
    /// The second CRLF in a row: answer with [`PONG`].
    Ping,
    /// The end of a message cannot be known.
    Broken(ParseError),
}

/// What we send to keep a connection open (RFC 5626 3.5.1).
pub const PING: &[u8] = b"\r\n\r\n";
/// The answer to a ping.
pub const PONG: &[u8] = b"\r\n";

/// The state of one stream.
#[derive(Debug, Default)]
pub struct StreamFramer {
    buffer: BytesMut,
    state: State,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    /// Before a message; whether the last thing was an odd CRLF.
    #[default]
    Between,
    HalfPing,
    /// In a head, of which `searched` bytes hold no end.
    InHead {
        searched: usize,
    },
    /// The head is there; the message ends at `total`.
    InBody {
        total: usize,
    },
    Broken,
}

impl StreamFramer {
    pub fn new() -> StreamFramer {
        StreamFramer::default()
    }

    /// Adds what was read from the stream. Nothing is kept once the stream is broken.
    pub fn push(&mut self, bytes: &[u8]) {
        match self.state {
            State::Broken => {}
            State::Between | State::HalfPing | State::InHead { .. } | State::InBody { .. } => {
                self.buffer.extend_from_slice(bytes);
            }
        }
    }

    /// Bytes that wait for the rest of their message.
    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }

    /// The next message, keep-alive or error; None when more must be read.
    pub fn next_item(&mut self) -> Option<Framed> {
        match self.state {
            State::Between => self.begin(false),
            State::HalfPing => self.begin(true),
            State::InHead { searched } => self.read_head(searched),
            State::InBody { total } => self.read_body(total),
            State::Broken => None,
        }
    }

    fn begin(&mut self, after_crlf: bool) -> Option<Framed> {
        let len = match self.buffer.as_ref() {
            [] | [b'\r'] => return None,
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            [first, ..] if is_token(&[*first]) => return self.read_head(0),
            _ => return Some(self.broken(Fault::NotSip)),
        };
        self.buffer.advance(len);
        self.state = if after_crlf { State::Between } else { State::HalfPing };
        Some(if after_crlf { Framed::Ping } else { Framed::Pong })
    }

    fn read_head(&mut self, searched: usize) -> Option<Framed> {
        // The end is at most three bytes long, so its first bytes may be the last that were searched.
        let from = searched.saturating_sub(3);
        let Some(end) = head_end(&self.buffer[from..]).map(|end| from + end) else {
            self.state = State::InHead { searched: self.buffer.len() };
            return (self.buffer.len() > MAX_HEAD_BYTES).then(|| self.broken(Fault::HeadTooLong));
        };
        if end > MAX_HEAD_BYTES {
            return Some(self.broken(Fault::HeadTooLong));
        }
        match framed_body_len(&self.buffer[..end]) {
            Ok(body_len) if body_len > MAX_BODY_BYTES => Some(self.broken(Fault::BodyTooLong)),
            Ok(body_len) => self.read_body(end + body_len),
            Err(fault) => Some(self.broken(fault)),
        }
    }

    fn read_body(&mut self, total: usize) -> Option<Framed> {
        if self.buffer.len() < total {
            self.state = State::InBody { total };
            return None;
        }
        self.state = State::Between;
        // A copy of its own: a message kept for long keeps nothing else of the stream alive.
        let bytes = Bytes::copy_from_slice(&self.buffer[..total]);
        self.buffer.advance(total);
        Some(match Message::parse(bytes) {
            Ok(message) => Framed::Message(message),
            Err(error) => Framed::Bad(error),
        })
    }

    fn broken(&mut self, fault: Fault) -> Framed {
        self.state = State::Broken;
        let kept = self.buffer.len().min(MAX_HEAD_BYTES);
        let head = Bytes::copy_from_slice(&self.buffer[..kept]);
        self.buffer = BytesMut::new();
        Framed::Broken(Message::salvage(head, fault))
    }
}
