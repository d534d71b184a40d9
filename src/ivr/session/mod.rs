//! The interpreter: one session runs one call through one published flow.
//!
//! Sans-IO: the owner feeds [`Input`]s with the time, then drains [`Output`]s until `None`, and calls back at the time that
//! `poll_timeout` names. Same inputs, same outputs. A session can be saved at every wait and restored over the same
//! flows. Nothing a caller, an agent, a web service or a late driver sends can make it panic, wait for a machine without
//! a deadline of its own, or run on for ever: see the limits.
//!
//! What each node does is in `ivr::node`, one file a node; here is what they stand on.

mod context;
mod ear;
mod event;
mod flows;
mod input;
mod limits;
mod output;
mod run;
mod speech;
mod state;
mod walk;

pub(crate) use context::Cx;
pub use event::{EndReason, FlowEvent, Limit, PromptEnd};
pub use flows::Flows;
pub use input::{CallFacts, DialResult, HttpResult, Input, MAX_HTTP_BODY_BYTES, VoicemailEnd};
pub use limits::{
    BOOKING_TIMEOUT_S, FILLER_AFTER_MS, MAX_IVR_MINUTES, MAX_KEYS_AHEAD, MAX_NODE_ENTRIES, MAX_QUEUE_WAIT_S,
    MAX_STEPS_WITHOUT_WAIT, MAX_SUBFLOW_DEPTH, MAX_VALUE_CHARS, MUSIC_AFTER_MS, VOICEMAIL_GRACE_MS,
};
pub use output::{DialId, HeaderText, HttpHeader, Output, PlayId, QueueExit, RequestId, Sound, VoicemailId};
pub use run::{RestoreError, SavedSession, Session};
pub use speech::{fixed_pieces, fixed_speech};
pub(crate) use state::{BoundPrompt, LeftQueue, Swallow};
