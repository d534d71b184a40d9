//! One line of a phone box, as far as calls are concerned.

use std::collections::BTreeMap;

use crate::base::{CallId, Instant};

/// A line: the box's id, and the line's number where the box has several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::call::switch) struct LineKey {
    pub device: String,
    pub line: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::call::switch) enum LineState {
    /// It rings, and who calls may still be told: desks are told then, at the second ring, or at this time.
    Waiting { until: Instant },
    /// Desks were told; these agents' telephones may be the one that rings. Without another sign it is over by `until`.
    Ringing { call: CallId, popped: Vec<String>, until: Instant },
    /// A call that came in was answered, by this agent as far as that is known.
    Talking { call: CallId, agent: Option<String> },
    /// Somebody calls out.
    Out(Out),
}

/// A call that goes out. Its record is kept back until somebody says that it succeeded (A6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::call::switch) struct Out {
    pub call: CallId,
    pub agent: Option<String>,
    pub stage: Stage,
    /// The agent said that it succeeded.
    pub succeeded: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::call::switch) enum Stage {
    /// The box was told to dial; the handset may have to be lifted.
    Dialling,
    /// Off hook without a number so far: dialled on the telephone.
    OffHook,
    /// The number is out; it ends with the handset, or by this time where the hook is not told.
    Up { until: Option<Instant> },
    /// The handset is down again: did it succeed?
    Asked { until: Instant },
}

/// The lines on which something happens.
pub(in crate::call::switch) type Lines = BTreeMap<LineKey, LineState>;

impl LineState {
    /// The agent who calls out.
    pub fn caller_out(&self) -> Option<String> {
        match self {
            LineState::Out(out) => out.agent.clone(),
            LineState::Waiting { .. } | LineState::Ringing { .. } | LineState::Talking { .. } => None,
        }
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        match self {
            LineState::Waiting { until } | LineState::Ringing { until, .. } => Some(*until),
            LineState::Out(Out { stage: Stage::Up { until }, .. }) => *until,
            LineState::Out(Out { stage: Stage::Asked { until }, .. }) => Some(*until),
            LineState::Out(Out { stage: Stage::Dialling | Stage::OffHook, .. }) | LineState::Talking { .. } => None,
        }
    }
}

/// What a call on a line has beside other calls.
#[derive(Clone, Debug, Default)]
pub(in crate::call::switch) struct OnLine {
    /// The agent for whom it is the one call.
    pub seized: Option<String>,
    /// Recordings of a call that may be none: the handset is off and no number was dialled so far.
    pub untold: Vec<String>,
    /// The desks that were told that it rings.
    pub ringing: Vec<String>,
}
