//! YAML as a tree whose every key and value remembers its place, read to the end whatever is wrong with it.
//!
//! The events come from `granit-parser`, which gives both ends of every token and keeps the place of a quoted text.
//! `marked-yaml` 0.8 stands on the same kind of parser but gives only the start, stops at the first key written twice,
//! and cannot be asked to go on. Here every key written twice is a finding that names both places, aliases, anchors and
//! tags are findings and not expanded (no alias bomb), and the usual slips (`*`, `#`, a tab, a full-width colon) are
//! mended in memory so that the rest of the file is still read: see [`mend`].

mod load;
mod mend;
mod tree;
pub mod wide_colon;

pub use load::load;
pub use tree::{Entry, Key, Kind, Style, Tree};
