//! Device profiles: `hardware/*.yaml` say how a box talks, so that a new box needs no code.
//!
//! [`load()`] reads one and tells every fault at its place; [`builtin`] has the profiles that come with the binary.

mod builtin;
mod dial;
mod framing;
mod library;
mod load;
mod load_rules;
mod load_script;
mod reader;
mod rule;
mod script;
mod sections;
mod types;

pub use builtin::builtin_texts;
pub use dial::{Dial, DialMethod};
pub use framing::{CharOptions, DatagramOptions, DelimitedOptions, Framing, HidOptions, LineOptions, XdmfOptions};
pub use library::{Library, LoadFault};
pub use load::{Loaded, load};
pub use rule::{Action, DecodeForm, DleCode, Emit, EmitKind, Field, Rule};
pub(in crate::phonebox) use script::Values;
pub use script::{Answer, Keepalive, Step, Template, TemplateError};
pub use types::{AssembleOptions, FlowControl, Parity, Profile, SerialOptions, SessionOptions, Transport, UsbId};
