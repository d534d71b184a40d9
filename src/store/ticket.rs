//! Tickets: numbered 1, 2, 3, …; made of calls by the recorder, worked on by agents.

use serde::Serialize;

use super::error::StoreError;
use super::open::Store;
use super::page::{Order, Page, PageRequest, Place};
use super::row::{Json, name_enum};
use super::sql::{Sql, contains_pattern, fold, sql};
use crate::base::{CallId, UtcMillis};
use crate::call::live::PathStep;

name_enum! {
    /// The states of C3.
    TicketState {
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
    pub state: TicketState,
    pub subject: String,
    /// `call`, `flow`, `agent`, `api`.
    pub source: String,
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
    /// Why it is paused or deleted.
    pub reason: Option<String>,
    pub created_at: UtcMillis,
    pub updated_at: UtcMillis,
    /// Since when it is in its state.
    pub state_at: UtcMillis,
    pub first_open_at: Option<UtcMillis>,
    pub solved_at: Option<UtcMillis>,
    /// Time spent paused before now: the clock of C17 and C18 stands meanwhile.
    pub paused_ms: i64,
}

/// Which tickets; what is `None` does not limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TicketFilter {
    pub state: Option<TicketState>,
    pub customer: Option<i64>,
    pub agent: Option<String>,
    pub skill_group: Option<String>,
    pub call: Option<CallId>,
    pub source: Option<String>,
    pub from: Option<UtcMillis>,
    pub to: Option<UtcMillis>,
    /// Words of the subject.
    pub text: Option<String>,
}

name_enum! {
    /// What a list of tickets may be sorted by.
    TicketSort { Number = "number", Created = "created_at", Updated = "updated_at", Priority = "priority" }
}

pub(super) const COLUMNS: &str = "SELECT number, state, subject, source, caller, customer, call, agent, skill_group, priority, \
     path, reason, created_at, updated_at, state_at, first_open_at, solved_at, paused_ms FROM tickets WHERE ";

impl Store {
    /// A list of tickets.
    pub async fn tickets(
        &self,
        filter: &TicketFilter,
        sort: TicketSort,
        order: Order,
        page: &PageRequest,
    ) -> Result<Page<TicketRow>, StoreError> {
        let mut statement = sql(COLUMNS);
        statement.push("1 = 1");
        conditions(&mut statement, filter);
        let key = match sort {
            TicketSort::Number => "number",
            TicketSort::Created => "created_at",
            TicketSort::Updated => "updated_at",
            TicketSort::Priority => "priority",
        };
        page.finish(&mut statement, key, "number", order)?;
        let place = |row: &TicketRow| {
            let key = match sort {
                TicketSort::Number => row.number,
                TicketSort::Created => row.created_at.0,
                TicketSort::Updated => row.updated_at.0,
                TicketSort::Priority => row.priority,
            };
            Place { key, id: row.number }
        };
        Ok(page.page(self.db.all(statement).await?, place))
    }

    /// One ticket.
    pub async fn ticket(&self, number: i64) -> Result<TicketRow, StoreError> {
        let mut statement = sql(COLUMNS);
        statement.push("number = ").push_bind(number);
        self.db.optional(statement).await?.ok_or_else(|| StoreError::not_found("ticket", number))
    }
}

fn conditions(statement: &mut Sql, filter: &TicketFilter) {
    statement.push_if(" AND state = ", filter.state);
    statement.push_if(" AND customer = ", filter.customer);
    statement.push_if(" AND agent = ", filter.agent.as_deref());
    statement.push_if(" AND skill_group = ", filter.skill_group.as_deref());
    statement.push_if(" AND call = ", filter.call);
    statement.push_if(" AND source = ", filter.source.as_deref());
    statement.push_if(" AND created_at >= ", filter.from);
    statement.push_if(" AND created_at < ", filter.to);
    if let Some(text) = &filter.text {
        statement.push(" AND search LIKE ").push_bind(contains_pattern(&fold(text))).push(" ESCAPE '!'");
    }
}
