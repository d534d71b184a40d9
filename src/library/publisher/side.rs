//! One of the texts that a flow has.

use std::fmt;
use std::str::FromStr;

/// A published version by its number, or the draft. Written `3`, `v3` or `draft`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Version(i64),
    Draft,
}

impl FromStr for Side {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix('v').unwrap_or(text).parse() {
            Ok(version) => Ok(Side::Version(version)),
            Err(_) if text == "draft" => Ok(Side::Draft),
            Err(_) => Err(format!("{text:?} is neither a version's number nor draft")),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Side::Version(version) => write!(f, "v{version}"),
            Side::Draft => f.write_str("draft"),
        }
    }
}
