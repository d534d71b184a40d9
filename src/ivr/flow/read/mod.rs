//! From the marked tree to a [`Flow`](super::Flow), by hand, so that every finding is collected in one pass.
//!
//! Each map of the file has a `Table`: its fields, what they hold and whether they must be there. The reader, the JSON
//! Schema for editors and the messages all follow the same table, so they cannot say different things.

mod calendar;
mod condition;
mod fields;
mod nodes;
mod options;
mod prompts;
mod shared;
mod table;
mod top;
mod vars;

pub(crate) use condition::read_condition;
pub(crate) use fields::{Fields, Reader};
pub(crate) use nodes::COMMON;
pub(crate) use options::{normalise_keyword, read_options};
pub(crate) use prompts::PART;
pub(crate) use shared::{OPTION, RETRIES, read_assignments, read_group_choice, read_retries};
pub(crate) use table::{Field, NameOf, Shape, Table, opt, req};
pub(crate) use top::{TOP, read};
