//! Layer 3: sockets, threads and clocks: SIP transports, media workers, phone boxes, the event loop.

pub mod clock;
pub mod event_loop;
pub mod media;
pub mod phone;
pub mod phonebox;
pub mod sip;
pub mod sound;
pub mod speech;
pub mod web;
