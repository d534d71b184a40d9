//! Layer 1: RTP and RTCP packets, their encryption, telephone events, codecs (RFC 3550, RFC 3711, RFC 4733).
//!
//! Everything here is a function of bytes and of the times it is handed; nothing allocates per packet.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod codec;
pub mod dtmf;
mod packet;
pub mod quality;
mod reception;
pub mod rtcp;
pub mod srtp;
mod timeline;

pub use codec::Codec;
pub use packet::{HEADER_BYTES, Header, is_rtcp, write_header};
pub use reception::{Order, Reception, ReportNumbers};
pub use timeline::{Content, Cut, Stamp, Timeline};
