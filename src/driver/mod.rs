//! Layer 3: sockets, threads and clocks: SIP transports, media workers, phone boxes, the event loop.

pub mod media;
pub mod phonebox_config;
