//! Findings for people in a terminal, for editors, and for code hosts.

mod json;
mod sarif;
mod text;

pub use json::json;
pub use sarif::sarif;
pub use text::text;

use super::{Diagnostic, SourceFile};

/// The findings of one file.
#[derive(Clone, Copy, Debug)]
pub struct Report<'r> {
    pub source: &'r SourceFile,
    pub diagnostics: &'r [Diagnostic],
}
