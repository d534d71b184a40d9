//! Layer 1: session descriptions (RFC 4566, RFC 8866) and the offer/answer model (RFC 3264).
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]
