//! Flows without a phone: a virtual caller, virtual agents and services, and a clock that jumps.
//!
//! [`World`] runs one call through the same interpreter that runs real ones. [`run_files`] runs test files against it and
//! tells which edges they walk; [`Conversation`] is a call typed by a person; [`replay()`] walks a past call again. Nothing
//! here reads a file, a clock or a socket.

mod caller;
mod case;
mod conversation;
mod coverage;
mod length;
mod obey;
mod replay;
mod report;
mod runner;
mod setup;
mod tests_run;
mod transcript;
mod voice;
mod world;

pub use case::{Action, Case, Ends, Step, TestFile, TestFileError, TicketExpected};
pub use conversation::{Command, Conversation, Reply, SavedConversation, UnknownCommand};
pub use coverage::{Coverage, Walks};
pub use replay::{Difference, Past, PastCall, Recorded, Replay, replay};
pub use report::{CaseReport, Failure, FileFault, FileReport, Report};
pub use setup::{AgentSetup, Answers, Callbacks, DialMock, GroupSetup, HttpFailure, HttpMock, Setup};
pub use tests_run::{Library, Options, run_file, run_files};
pub use transcript::{Happening, Line};
pub use world::{SavedWorld, World};
