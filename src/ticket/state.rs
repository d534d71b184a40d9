//! The life of a ticket (C3 to C8, B8).
//!
//! | from \ action | assign agent | reply | customer replies | pause | resume | solve | reopen | close | delete | restore | quarantine | retrieve |
//! |---|---|---|---|---|---|---|---|---|---|---|---|---|
//! | unassigned | open | open | – | no | no | solved | no | no | deleted | no | quarantined | no |
//! | open | – | – | – | paused | no | solved | no | no | deleted | no | no | no |
//! | paused | – | open | open, if it waits for that | – (new reason) | open | solved | no | no | deleted | no | no | no |
//! | solved | – | open | open | no | no | no | open | closed | deleted | no | no | no |
//! | closed | no | no | no | no | no | no | no | no | deleted | no | no | no |
//! | deleted | no | no | no | no | no | no | no | no | no | as before, for 30 days | no | no |
//! | quarantined | no | no | – | no | no | no | no | no | deleted | no | no | unassigned |
//!
//! "–" is allowed and changes nothing. The clock alone closes what is solved, and deletes what stays in quarantine.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::UtcMillis;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Where a ticket stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TicketState {
    /// 未分派.
    Unassigned,
    /// 处理中.
    Open,
    /// 暂停: the service-level clock stands still.
    Paused { pause: Pause },
    /// 处理完毕: closes by itself unless it is opened again.
    Solved { at: UtcMillis },
    /// 已关闭.
    Closed,
    /// 已删除.
    Deleted { at: UtcMillis, why: Deletion, before: Box<TicketState> },
    /// 隔离.
    Quarantined { at: UtcMillis },
}

/// What a paused ticket waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pause {
    /// The customer's next reply ends it.
    Customer,
    /// Something else, which must be named.
    Condition(Reason),
}

/// Why a ticket was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deletion {
    /// A person's reason, for the auditor (B8).
    Reason(Reason),
    /// Nobody fetched it out of quarantine in time.
    QuarantineIgnored,
}

/// A reason that was really given: 1 to 500 characters, not all blank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reason(String);

impl Reason {
    pub const MAX_CHARS: usize = 500;

    pub fn new(text: &str) -> Result<Self, ReasonError> {
        let text = text.trim();
        let chars = text.chars().count();
        match chars {
            0 => Err(ReasonError::Missing),
            1..=Self::MAX_CHARS => Ok(Reason(text.to_owned())),
            _ => Err(ReasonError::TooLong(chars)),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Reason {
    type Error = ReasonError;
    fn try_from(text: String) -> Result<Self, ReasonError> {
        Reason::new(&text)
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> String {
        reason.0
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReasonError {
    #[error("a reason is required: say why in a few words")]
    Missing,
    #[error("a reason of {0} characters is too long: at most {max} are kept", max = Reason::MAX_CHARS)]
    TooLong(usize),
}

/// What happens to a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A person is made responsible. Giving it to a group alone changes no state.
    AssignAgent,
    /// An agent's reply to the customer; the first one answers for the response time (C4).
    Reply,
    CustomerReply,
    Pause(Pause),
    Resume,
    Solve,
    /// The customer or an agent is not content.
    Reopen,
    /// The customer evaluated it, or somebody closes it by hand.
    Close,
    Delete(Reason),
    Restore,
    Quarantine,
    /// 提取.
    Retrieve,
}

impl Action {
    fn name(&self) -> &'static str {
        match self {
            Action::AssignAgent => "assign",
            Action::Reply => "reply",
            Action::CustomerReply => "customer reply",
            Action::Pause(_) => "pause",
            Action::Resume => "resume",
            Action::Solve => "solve",
            Action::Reopen => "reopen",
            Action::Close => "close",
            Action::Delete(_) => "delete",
            Action::Restore => "restore",
            Action::Quarantine => "quarantine",
            Action::Retrieve => "retrieve",
        }
    }
}

/// How long things stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Solved becomes closed (C5).
    pub auto_close_after: Duration,
    /// Deleted can be restored (C6), then it may be erased.
    pub restorable_for: Duration,
    /// Quarantined becomes deleted (C7).
    pub quarantine_for: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Policy { auto_close_after: 3 * DAY, restorable_for: 30 * DAY, quarantine_for: 30 * DAY }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    #[error("a ticket that is {state} has no {action:?} action")]
    NotAllowed { state: &'static str, action: &'static str },
    #[error("the ticket was deleted more than {days} days ago and can no longer be restored")]
    TooLate { days: u64 },
}

impl TicketState {
    /// The state after `action`; an error leaves it as it was. What the clock brings (`after_clock`) comes first.
    pub fn apply(&self, action: Action, now: UtcMillis, policy: &Policy) -> Result<TicketState, TransitionError> {
        let state = self.after_clock(now, policy);
        if let Action::Delete(reason) = action {
            return state.delete(Deletion::Reason(reason), now);
        }
        match (&state, action) {
            (TicketState::Unassigned, Action::AssignAgent | Action::Reply) => Ok(TicketState::Open),
            (TicketState::Unassigned, Action::Quarantine) => Ok(TicketState::Quarantined { at: now }),
            (TicketState::Unassigned | TicketState::Open | TicketState::Paused { .. }, Action::Solve) => {
                Ok(TicketState::Solved { at: now })
            }
            (TicketState::Open | TicketState::Paused { .. }, Action::Pause(pause)) => Ok(TicketState::Paused { pause }),
            (TicketState::Paused { .. }, Action::Reply | Action::Resume)
            | (TicketState::Paused { pause: Pause::Customer }, Action::CustomerReply)
            | (TicketState::Solved { .. }, Action::Reply | Action::CustomerReply | Action::Reopen) => {
                Ok(TicketState::Open)
            }
            (TicketState::Solved { .. }, Action::Close) => Ok(TicketState::Closed),
            (TicketState::Quarantined { .. }, Action::Retrieve) => Ok(TicketState::Unassigned),
            (TicketState::Deleted { at, before, .. }, Action::Restore) => restore(*at, before, now, policy),
            (TicketState::Open, Action::AssignAgent | Action::Reply | Action::CustomerReply)
            | (TicketState::Unassigned | TicketState::Quarantined { .. }, Action::CustomerReply)
            | (TicketState::Paused { pause: Pause::Condition(_) }, Action::CustomerReply)
            | (TicketState::Paused { .. } | TicketState::Solved { .. }, Action::AssignAgent) => Ok(state),
            (_, action) => Err(TransitionError::NotAllowed { state: state.name(), action: action.name() }),
        }
    }

    /// The state as time alone has changed it by `now`.
    pub fn after_clock(&self, now: UtcMillis, policy: &Policy) -> TicketState {
        match self {
            TicketState::Solved { at } if is_over(*at, policy.auto_close_after, now) => TicketState::Closed,
            TicketState::Quarantined { at } if is_over(*at, policy.quarantine_for, now) => TicketState::Deleted {
                at: after(*at, policy.quarantine_for),
                why: Deletion::QuarantineIgnored,
                before: Box::new(self.clone()),
            },
            TicketState::Unassigned
            | TicketState::Open
            | TicketState::Paused { .. }
            | TicketState::Solved { .. }
            | TicketState::Closed
            | TicketState::Deleted { .. }
            | TicketState::Quarantined { .. } => self.clone(),
        }
    }

    /// When time alone changes it (or, once deleted, when it may be erased).
    pub fn due_at(&self, policy: &Policy) -> Option<UtcMillis> {
        match self {
            TicketState::Solved { at } => Some(after(*at, policy.auto_close_after)),
            TicketState::Quarantined { at } => Some(after(*at, policy.quarantine_for)),
            TicketState::Deleted { at, .. } => Some(after(*at, policy.restorable_for)),
            TicketState::Unassigned | TicketState::Open | TicketState::Paused { .. } | TicketState::Closed => None,
        }
    }

    /// The name that the store and the API use.
    pub fn name(&self) -> &'static str {
        match self {
            TicketState::Unassigned => "unassigned",
            TicketState::Open => "open",
            TicketState::Paused { .. } => "paused",
            TicketState::Solved { .. } => "solved",
            TicketState::Closed => "closed",
            TicketState::Deleted { .. } => "deleted",
            TicketState::Quarantined { .. } => "quarantined",
        }
    }

    fn delete(self, why: Deletion, now: UtcMillis) -> Result<TicketState, TransitionError> {
        match self {
            TicketState::Deleted { .. } => Err(TransitionError::NotAllowed { state: self.name(), action: "delete" }),
            before => Ok(TicketState::Deleted { at: now, why, before: Box::new(before) }),
        }
    }
}

fn restore(
    at: UtcMillis,
    before: &TicketState,
    now: UtcMillis,
    policy: &Policy,
) -> Result<TicketState, TransitionError> {
    if is_over(at, policy.restorable_for, now) {
        return Err(TransitionError::TooLate { days: policy.restorable_for.as_secs() / DAY.as_secs() });
    }
    Ok(match before {
        // Whoever restores it has looked at it: its time in quarantine starts anew.
        TicketState::Quarantined { .. } => TicketState::Quarantined { at: now },
        before => before.clone(),
    })
}

fn after(at: UtcMillis, time: Duration) -> UtcMillis {
    UtcMillis(at.0.saturating_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX)))
}

fn is_over(at: UtcMillis, time: Duration, now: UtcMillis) -> bool {
    after(at, time) <= now
}

#[cfg(test)]
mod tests;
