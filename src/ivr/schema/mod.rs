//! The JSON Schema of flow files, for editors that complete and underline YAML while it is written.
//!
//! It is made from the tables that the reader follows, so it cannot say something else. It knows shapes, words and
//! ranges; names, paths and sense are the checker's.

mod shape;
mod top;

pub use top::json_schema;
