//! The tickets of calls that are over.

use std::collections::BTreeMap;

use super::cache::{Identity, Ticketed};
use super::write::Followed;
use crate::base::{CallId, UtcMillis};
use crate::store::db::Tx;
use crate::store::error::StoreError;
use crate::store::row::{Json, json, name_of};
use crate::store::sql::{Value, sql};
use crate::store::ticket::{DEFAULT_PRIORITY, INSERT, TicketRow, insert_values, search_text};
use crate::ticket::{Draft, Kind, TicketRule, TicketState, tickets_for};

/// A draft that has no row yet, and the place of its call among the followed.
type New = (usize, Draft);

#[derive(Clone, Copy, Debug, Default)]
struct Decided {
    /// Whose call it is.
    customer: Option<i64>,
    /// The older ticket that the call was made part of (B9).
    linked: Option<i64>,
}

impl Tx<'_> {
    /// Makes the tickets that follow from finished calls, and brings those that nobody worked on up to what came after
    /// the end, such as a recording that was closed late.
    pub(super) async fn put_tickets(&mut self, followed: &mut [Followed]) -> Result<(), StoreError> {
        let over: Vec<CallId> =
            followed.iter().filter(|call| call.known.record.ended.is_some()).map(Followed::call).collect();
        if over.is_empty() {
            return Ok(());
        }
        let decided = self.decided(&over).await?;
        let mut new: Vec<New> = Vec::new();
        for (place, call) in followed.iter_mut().enumerate().filter(|(_, call)| call.known.record.ended.is_some()) {
            let decided = decided.get(&call.call()).copied().unwrap_or_default();
            call.known.customer = decided.customer.map_or(call.known.customer, Identity::One);
            let facts = call.known.record.ticket_facts(decided.linked);
            for rule in tickets_for(&facts) {
                let TicketRule::Create(draft) = rule else { continue };
                match call.known.tickets.get_mut(&draft.n) {
                    None => new.push((place, draft)),
                    Some(ticketed) if ticketed.draft.as_ref() == Some(&draft) => {}
                    Some(ticketed) => {
                        ticketed.draft = Some(draft.clone());
                        let number = ticketed.number;
                        self.refresh_ticket(number, call, &draft).await?;
                    }
                }
            }
        }
        self.insert_tickets(followed, new).await
    }

    /// What people decided about these calls while they were up.
    async fn decided(&mut self, calls: &[CallId]) -> Result<BTreeMap<CallId, Decided>, StoreError> {
        let mut statement =
            sql("SELECT c.id, c.customer, l.ticket FROM calls c LEFT JOIN ticket_calls l ON l.call = c.id \
             WHERE c.id IN ");
        statement.push_set(calls.iter().map(|call| Value::from(*call)));
        let rows: Vec<(CallId, Option<i64>, Option<i64>)> = self.all(statement).await?;
        Ok(rows.into_iter().map(|(call, customer, linked)| (call, Decided { customer, linked })).collect())
    }

    async fn insert_tickets(&mut self, followed: &mut [Followed], new: Vec<New>) -> Result<(), StoreError> {
        if new.is_empty() {
            return Ok(());
        }
        let count = i64::try_from(new.len()).unwrap_or(i64::MAX);
        let first = self.next_numbers("ticket", count).await?;
        let mut rows = Vec::with_capacity(new.len());
        for (number, (place, draft)) in (first..).zip(new) {
            let Some(call) = followed.get_mut(place) else { continue };
            let row = ticket_row(number, call, &draft);
            rows.push(insert_values(&row, Some(draft.n), false));
            call.known.tickets.insert(draft.n, Ticketed { number, draft: Some(draft) });
            call.tickets.push(row);
        }
        self.insert_rows(INSERT, rows, " ON CONFLICT (call, n) DO NOTHING").await
    }

    async fn refresh_ticket(&mut self, number: i64, call: &Followed, draft: &Draft) -> Result<(), StoreError> {
        let row = ticket_row(number, call, draft);
        let statement = sql("UPDATE tickets SET kind = $1, caller = $2, path = $3, recordings = $4, \
             subject = CASE WHEN touched THEN subject ELSE $5 END, search = CASE WHEN touched THEN search ELSE $6 END, \
             agent = CASE WHEN touched THEN agent ELSE $7 END, \
             skill_group = CASE WHEN touched THEN skill_group ELSE $8 END WHERE number = $9");
        let statement = statement
            .bind(row.kind.as_ref().and_then(name_of))
            .bind(row.caller)
            .bind(json(&row.path))
            .bind(json(&row.recordings))
            .bind(json(&row.subject))
            .bind(search_text(&row.subject.0))
            .bind(row.agent)
            .bind(row.skill_group)
            .bind(number);
        self.execute(statement).await.map(|_| ())
    }
}

fn ticket_row(number: i64, call: &Followed, draft: &Draft) -> TicketRow {
    let record = &call.known.record;
    let at = record.ended.as_ref().map_or(record.started_at, |ended| ended.at);
    let source = match draft.kind {
        Kind::Flow => "flow",
        Kind::AnsweredCall
        | Kind::AbandonedCall
        | Kind::UnservedCall
        | Kind::FailedCall
        | Kind::Voicemail
        | Kind::OutgoingCall
        | Kind::LineCall
        | Kind::CallbackGivenUp => "call",
    };
    TicketRow {
        number,
        state: Json(draft.state.clone()),
        kind: Some(draft.kind),
        source: source.to_owned(),
        subject: Json(draft.subject.clone()),
        caller: draft.number.clone(),
        customer: call.known.customer.id(),
        call: Some(record.call),
        agent: draft.agent.clone(),
        skill_group: draft.group.clone(),
        priority: DEFAULT_PRIORITY,
        path: Json(record.path_steps()),
        recordings: Json(draft.recordings.clone()),
        created_at: at,
        updated_at: at,
        state_at: at,
        first_open_at: opened(&draft.state, at),
        solved_at: None,
        paused_ms: 0,
    }
}

/// C17: the clock of the response stops when somebody takes the ticket.
fn opened(state: &TicketState, at: UtcMillis) -> Option<UtcMillis> {
    (*state == TicketState::Open).then_some(at)
}
