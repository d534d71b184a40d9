//! What is set for phone boxes: who is told of a line's calls.

use std::collections::BTreeMap;

/// A box and its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BoxRules {
    /// What counts for lines without rules of their own.
    pub line: LineRules,
    pub lines: BTreeMap<u32, LineRules>,
    /// A call on the box is the agent's one call (A9).
    pub counts_as_call: bool,
    /// Where the box cannot tell the hook: how long the agent counts as on the call after the ringing, in milliseconds.
    pub busy_after_ring_ms: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineRules {
    /// Whose telephone it is.
    pub agent: Option<String>,
    /// Whose ready agents are told, and whose ticket a call becomes.
    pub group: Option<String>,
    /// The line's own telephone number, as records show it.
    pub number: Option<String>,
}

impl BoxRules {
    /// The rules of one line; what its own do not say, the box's do.
    pub fn of(&self, line: Option<u32>) -> LineRules {
        let own = line.and_then(|line| self.lines.get(&line)).cloned().unwrap_or_default();
        LineRules {
            agent: own.agent.or_else(|| self.line.agent.clone()),
            group: own.group.or_else(|| self.line.group.clone()),
            number: own.number.or_else(|| self.line.number.clone()),
        }
    }
}
