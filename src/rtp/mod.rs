//! Layer 1: RTP and RTCP packets, jitter buffer, telephone events, codecs (RFC 3550, RFC 4733).
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]
