//! Layer 1: SIP as pure machines: messages, transactions, dialogs, registrar, digest (RFC 3261).
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod capture;
pub mod dialog;
pub mod digest;
pub mod endpoint;
pub mod framing;
pub mod header;
pub mod message;
pub mod registrar;
pub mod transaction;
pub mod uri;

pub use framing::StreamFramer;
pub use header::{
    Auth, CSeq, Contact, Contacts, ContentType, Event, Header, HeaderError, NameAddr, Params, RAck, Reason, Replaces,
    RetryAfter, SessionExpires, SubscriptionState, Via, Wire,
};
pub use message::{Fault, HeaderName, Message, MessageBuilder, Method, ParseError, StartLine, Text};
pub use uri::{Host, Scheme, Uri, UriError};
