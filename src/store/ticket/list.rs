//! Lists of tickets.

use super::row::{SELECT, TicketRow, TicketStateName};
use crate::base::{CallId, UtcMillis};
use crate::store::error::StoreError;
use crate::store::open::Store;
use crate::store::page::{Order, Page, PageRequest, Place};
use crate::store::row::name_enum;
use crate::store::sql::{Sql, contains_pattern, fold, sql};

/// Which tickets; what is `None` does not limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TicketFilter {
    pub state: Option<TicketStateName>,
    pub customer: Option<i64>,
    pub agent: Option<String>,
    pub skill_group: Option<String>,
    pub call: Option<CallId>,
    pub source: Option<String>,
    pub priority: Option<i64>,
    /// Made at or after.
    pub from: Option<UtcMillis>,
    /// Made before.
    pub to: Option<UtcMillis>,
    /// Part of the subject.
    pub text: Option<String>,
}

name_enum! {
    /// What a list of tickets may be sorted by.
    TicketSort { Number = "number", Created = "created_at", Updated = "updated_at", Priority = "priority" }
}

impl TicketSort {
    fn column(self) -> &'static str {
        self.name()
    }

    fn of(self, row: &TicketRow) -> i64 {
        match self {
            TicketSort::Number => row.number,
            TicketSort::Created => row.created_at.0,
            TicketSort::Updated => row.updated_at.0,
            TicketSort::Priority => row.priority,
        }
    }
}

impl Store {
    /// A list of tickets.
    pub async fn tickets(
        &self,
        filter: &TicketFilter,
        sort: TicketSort,
        order: Order,
        page: &PageRequest,
    ) -> Result<Page<TicketRow>, StoreError> {
        let mut statement = sql(SELECT);
        statement.push("1 = 1");
        conditions(&mut statement, filter);
        page.finish(&mut statement, sort.column(), "number", order)?;
        Ok(page.page(self.db.all(statement).await?, |row| Place { key: sort.of(row), id: row.number }))
    }

    /// One ticket.
    pub async fn ticket(&self, number: i64) -> Result<TicketRow, StoreError> {
        let mut statement = sql(SELECT);
        statement.push("number = ").push_bind(number);
        self.db.optional(statement).await?.ok_or_else(|| StoreError::not_found("ticket", number))
    }
}

fn conditions(statement: &mut Sql, filter: &TicketFilter) {
    statement.push_if(" AND state = ", filter.state);
    statement.push_if(" AND customer = ", filter.customer);
    statement.push_if(" AND agent = ", filter.agent.as_deref());
    statement.push_if(" AND skill_group = ", filter.skill_group.as_deref());
    statement.push_if(" AND source = ", filter.source.as_deref());
    statement.push_if(" AND priority = ", filter.priority);
    statement.push_if(" AND created_at >= ", filter.from);
    statement.push_if(" AND created_at < ", filter.to);
    if let Some(call) = filter.call {
        statement.push(" AND (call = ").push_bind(call);
        statement.push(" OR number IN (SELECT ticket FROM ticket_calls WHERE call = ").push_bind(call).push("))");
    }
    if let Some(text) = &filter.text {
        statement.push(" AND search LIKE ").push_bind(contains_pattern(&fold(text))).push(" ESCAPE '!'");
    }
}
