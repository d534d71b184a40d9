//! A ticket's row.

use serde::Serialize;

use crate::base::{CallId, UtcMillis};
use crate::call::live::PathStep;
use crate::store::row::{Json, json, name_enum, name_of};
use crate::store::sql::{Value, fold};
use crate::ticket::{Kind, Text, TicketState};

/// 1 is the highest of five (C15).
pub const DEFAULT_PRIORITY: i64 = 3;

name_enum! {
    /// The states of C3 by name.
    TicketStateName {
        /// 未分派
        Unassigned = "unassigned",
        /// 处理中
        Open = "open",
        /// 暂停
        Paused = "paused",
        /// 处理完毕
        Solved = "solved",
        /// 已关闭
        Closed = "closed",
        /// 已删除
        Deleted = "deleted",
        /// 隔离
        Quarantined = "quarantined",
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow)]
pub struct TicketRow {
    pub number: i64,
    pub state: Json<TicketState>,
    /// What kind of call it was made of; `None` when a person or another system made it.
    pub kind: Option<Kind>,
    /// `call`, `flow`, `agent`, `api`.
    pub source: String,
    pub subject: Json<Text>,
    /// The customer's number, as it was shown or dialled.
    pub caller: Option<String>,
    pub customer: Option<i64>,
    /// The call that it was made of.
    pub call: Option<CallId>,
    pub agent: Option<String>,
    pub skill_group: Option<String>,
    /// 1 the highest to 5.
    pub priority: i64,
    /// How the caller came through the flow.
    pub path: Json<Vec<PathStep>>,
    /// The recordings of the call, in order.
    pub recordings: Json<Vec<String>>,
    pub created_at: UtcMillis,
    pub updated_at: UtcMillis,
    /// Since when it is in its state.
    pub state_at: UtcMillis,
    /// C17: when somebody first took it.
    pub first_open_at: Option<UtcMillis>,
    /// C18: when it was last solved.
    pub solved_at: Option<UtcMillis>,
    /// Time spent paused before now: the clocks of C17 and C18 stand meanwhile.
    pub paused_ms: i64,
}

pub(super) const SELECT: &str = "SELECT number, detail AS state, kind, source, subject, caller, customer, call, agent, \
     skill_group, priority, path, recordings, created_at, updated_at, state_at, first_open_at, solved_at, paused_ms \
     FROM tickets WHERE ";

pub const INSERT: &str = "INSERT INTO tickets (number, state, detail, kind, source, subject, search, caller, customer, \
     call, n, agent, skill_group, priority, path, recordings, touched, created_at, updated_at, state_at, first_open_at, \
     paused_ms) VALUES ";

/// The values of [`INSERT`]. `n` is the ticket's place among those of its call; `touched` when a person made it.
pub fn insert_values(row: &TicketRow, n: Option<u16>, touched: bool) -> Vec<Value> {
    vec![
        row.number.into(),
        row.state.0.name().into(),
        json(&row.state),
        row.kind.as_ref().and_then(name_of).into(),
        (&row.source).into(),
        json(&row.subject),
        search_text(&row.subject.0).into(),
        row.caller.as_deref().into(),
        row.customer.into(),
        row.call.into(),
        n.into(),
        row.agent.as_deref().into(),
        row.skill_group.as_deref().into(),
        row.priority.into(),
        json(&row.path),
        json(&row.recordings),
        touched.into(),
        row.created_at.into(),
        row.updated_at.into(),
        row.state_at.into(),
        row.first_open_at.into(),
        row.paused_ms.into(),
    ]
}

/// The text that searches look in.
pub fn search_text(subject: &Text) -> String {
    fold(&format!("{}\n{}", subject.zh, subject.en))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_name_in_the_filter() {
        let at = UtcMillis(0);
        let states = [
            TicketState::Unassigned,
            TicketState::Open,
            TicketState::Paused { pause: crate::ticket::Pause::Customer },
            TicketState::Solved { at },
            TicketState::Closed,
            TicketState::Quarantined { at },
            TicketState::Deleted {
                at,
                why: crate::ticket::Deletion::QuarantineIgnored,
                before: Box::new(TicketState::Open),
            },
        ];
        assert_eq!(states.len(), TicketStateName::ALL.len());
        for state in states {
            assert!(state.name().parse::<TicketStateName>().is_ok(), "{}", state.name());
        }
    }
}
