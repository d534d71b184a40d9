//! The interpreter: one session runs one call through one published flow.
//!
//! Sans-IO: the owner feeds [`Input`]s with the time, then drains [`Output`]s until `None`, and calls back at the time that
//! `poll_timeout` names. Same inputs, same outputs. A session can be saved at every wait and restored over the same
//! flows. Nothing a caller, an agent, a web service or a late driver sends can make it panic, wait without a deadline
//! of its own, or run on for ever: see the limits.

mod event;
mod input;
mod limits;
mod output;

pub use event::{EndReason, FlowEvent, Limit, PromptEnd};
pub use input::{CallFacts, DialResult, HttpResult, Input, MAX_HTTP_BODY_BYTES, VoicemailEnd};
pub use limits::{MAX_IVR_MINUTES, MAX_NODE_ENTRIES, MAX_STEPS_WITHOUT_WAIT, MAX_SUBFLOW_DEPTH, MAX_VALUE_CHARS};
pub use output::{DialId, Output, PlayId, QueueExit, RequestId, Sound, VoicemailId};
