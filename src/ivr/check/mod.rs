//! The checks of a flow, and everything they say: a pure function from a file and what exists around it to findings.
//!
//! [`check`] reads a file and runs every check in one pass. Each finding has a stable [`Code`], its place, a sentence in
//! two languages, and help. [`render`] shows them to people, editors and code hosts; [`explain`](explain::explain) tells
//! what a code means.

mod code;
mod coverage;
mod diagnostic;
mod environment;
pub mod explain;
mod graph;
mod pass;
pub mod render;
mod run;
mod source;
mod suggest;
mod text;
mod unspoken;
mod uses;

pub use code::{Code, Severity, UnknownCode};
pub use coverage::{Coverage, uncovered};
pub use diagnostic::{Diagnostic, Findings, MAX_FINDINGS, Note};
pub use environment::{AudioFlaw, AudioInfo, Environment, FlowInfo, GroupInfo, Hosts, Known};
pub use pass::{bindings, used_audio};
pub use run::{Checked, check};
pub use source::{MAX_FILE_BYTES, SourceFault, SourceFile};
pub(crate) use text::say;
pub use text::{Locale, Text, UnknownLocale};
pub use unspoken::unspoken;
