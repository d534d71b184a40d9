//! Layer 1: phone boxes: bytes and time in, line events out.
//!
//! A phone box sits between an analog line and the computer and tells who calls. Boxes differ in everything, so each
//! kind has a [`Profile`] (`hardware/*.yaml`), and one [`Engine`] runs them all: a framer cuts the stream into records,
//! the profile's grammar says what a record means, an assembler puts the lines of a modem's caller ID together, and a
//! session a line makes calls of it.
//!
//! Contract: one input (`handle_*`), then drain [`Engine::poll_output`] until it is None; call
//! [`Engine::handle_timeout`] when [`Engine::poll_timeout`] is reached. A late timeout changes nothing but its moment.
//! No input can make it panic or grow without bound, and after any damage the next whole record is read.
//!
//! Only a number that a checksum protected from the exchange to here is `verified`. What the device did not say but the
//! session concluded is marked `inferred`; that a call was missed is never concluded where the hook is not told.
//!
//! Sources: GR-30-CORE and EN 300 659 as far as NCID-API, BT SIN 227, spandsp and Asterisk print them; ITU-T V.250 and
//! V.253 for modems; the makers' manuals.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod assembler;
mod charset;
mod decode;
mod engine;
mod event;
mod flood;
mod frame;
mod grammar;
mod item;
mod number;
mod player;
mod profile;
pub mod replay;
mod session;
mod sound;
mod stamp;
mod talk;

pub use charset::Charset;
pub use engine::{Counters, Engine, EngineOptions, LineStatus, Output};
pub use event::{
    CallRecord, CallType, CallerId, DecodeFault, DeviceFault, DialFailure, Direction, Event, EventKind, EventSource,
    HookLevel, LostReason, NumberStatus, Prompt, RingEndReason, Tone,
};
pub use number::NumberOptions;
pub use player::Player;
pub use profile::{
    Action, Answer, AssembleOptions, CharOptions, DatagramOptions, DecodeForm, DelimitedOptions, Dial, DialMethod,
    DleCode, Emit, EmitKind, Field, FlowControl, Framing, HidOptions, Keepalive, Library, LineOptions, LoadFault,
    Loaded, Parity, Profile, Rule, SerialOptions, SessionOptions, Step, Template, TemplateError, Transport, UsbId,
    XdmfOptions, builtin_texts, load,
};
pub use sound::LineEar;
