//! SIP messages as they are on the wire (RFC 3261 7): the bytes are kept, headers are ranges into them.
//!
//! [`Message::parse`] finds the start line, the header fields and the body and copies nothing. Folded lines are the one
//! exception: the head is copied once with every fold turned into spaces, so that no value ever holds a line end.
//! Values are read on demand by the types in [`crate::sip::header`]; what cannot be read is an error of that header only.
//! [`validate()`] asks the questions of RFC 3261 8.2 of a whole message. [`MessageBuilder`] writes messages; nothing that
//! is put into one can start another line.
//!
//! Every length is bounded by the constants in [`limits`].

mod build;
mod fault;
mod field;
pub mod limits;
mod method;
mod multipart;
mod name;
mod parse;
mod response;
mod stamp;
mod text;
mod validate;
mod values;
mod view;

#[cfg(test)]
mod tests;

pub use build::MessageBuilder;
pub use fault::{Fault, ParseError};
pub use field::Message;
pub use field::StartLine;
pub use method::Method;
pub use multipart::{Part, parts};
pub use name::HeaderName;
pub(crate) use parse::{framed_body_len, head_end};
pub use text::Text;
pub(crate) use text::u32_saturating;
pub use validate::{unsupported_options, validate};
pub use values::Values;
