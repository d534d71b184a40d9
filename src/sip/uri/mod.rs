//! URIs (RFC 3261 19.1, RFC 3966): `sip`, `sips` and `tel` are read, any other scheme is kept as it came.
//!
//! A [`Uri`] keeps the text it was read from and writes it back byte for byte. Parts are given without their escapes.
//! [`Uri::is_equivalent`] compares as RFC 3261 19.1.4 asks; `==` compares the text.

mod compare;
mod escape;
mod host;
mod parse;
mod write;

#[cfg(test)]
mod tests;

pub use escape::{decode, encode_user};
pub use host::Host;
pub(crate) use parse::host_port;
pub use parse::{Scheme, Uri, UriError};
