//! The flow: what a YAML file of the IVR format says, decoded and with its places.
//!
//! A [`Flow`] is a flat map of named nodes; every edge is a name. A file is read and checked by [`check`](crate::ivr::check::check),
//! which collects every finding in one pass. Values that a finding may point at are kept as [`At`]: a value and its place.

mod at;
mod calendar;
mod condition;
mod definition;
mod name;
pub mod node;
mod prompt;
pub(crate) mod read;
pub(crate) mod template;
pub(crate) mod value;

pub use at::{At, Span};
pub use calendar::{Calendar, DaySpan, Exception, Weekly};
pub use condition::{Comparison, Condition, Operand};
pub use definition::{Defaults, Flow, ParamType, Requires};
pub use name::{AudioId, CalendarName, FlowId, GroupId, Language, NodeName, ParamName, PromptName, TrunkName, VarName};
pub use node::{Edge, Node, NodeKind, Pace};
pub use prompt::{Part, Prompt, Wording};
pub use template::{Piece, Template};
pub use value::{Assignment, SystemVar, Value, VarDecl, VarType};
