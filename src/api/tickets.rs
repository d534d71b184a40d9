//! Tickets.

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};

use super::auth::Who;
use super::calls::{call_id, order};
use super::error::ApiResult;
use super::state::ApiState;
use crate::store::{NoteRow, Page, PageRequest, TicketFilter, TicketRow, TicketSort, TicketUpdate};
use crate::ticket::Policy;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    limit: Option<u32>,
    after: Option<String>,
    order: Option<String>,
    state: Option<String>,
    customer: Option<i64>,
    agent: Option<String>,
    skill_group: Option<String>,
    call: Option<String>,
}

pub async fn list(
    State(state): State<ApiState>,
    who: Who,
    Query(wanted): Query<Wanted>,
) -> ApiResult<Json<Page<TicketRow>>> {
    let filter = TicketFilter {
        state: wanted.state.as_deref().map(str::parse).transpose()?,
        customer: wanted.customer,
        agent: who.only().or(wanted.agent),
        skill_group: wanted.skill_group,
        call: wanted.call.as_deref().map(call_id).transpose()?,
        ..TicketFilter::default()
    };
    let page = PageRequest { limit: wanted.limit, after: wanted.after };
    let order = order(wanted.order.as_deref())?;
    Ok(Json(state.store.tickets(&filter, TicketSort::Number, order, &page).await?))
}

#[derive(Serialize)]
pub struct TicketDetail {
    #[serde(flatten)]
    row: TicketRow,
    notes: Vec<NoteRow>,
}

pub async fn get(State(state): State<ApiState>, who: Who, Path(number): Path<i64>) -> ApiResult<Json<TicketDetail>> {
    let row = state.store.ticket(number).await?;
    who.must_own(row.agent.as_deref())?;
    let notes = state.store.notes(number).await?;
    Ok(Json(TicketDetail { row, notes }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    subject: Option<String>,
    priority: Option<i64>,
    agent: Option<String>,
    skill_group: Option<String>,
    customer: Option<i64>,
    #[serde(default)]
    only_if_unassigned: bool,
}

pub async fn update(
    State(state): State<ApiState>,
    who: Who,
    Path(number): Path<i64>,
    Json(change): Json<Change>,
) -> ApiResult<Json<TicketRow>> {
    let before = state.store.ticket(number).await?;
    if before.agent.is_some() {
        who.must_own(before.agent.as_deref())?;
    }
    let update = TicketUpdate {
        subject: change.subject,
        priority: change.priority,
        agent: change.agent,
        skill_group: change.skill_group,
        customer: change.customer,
        only_if_unassigned: change.only_if_unassigned,
    };
    let now = state.clock.now().utc;
    Ok(Json(state.store.update_ticket(number, &update, &Policy::default(), &who.actor(), now).await?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    body: String,
    #[serde(default)]
    private: bool,
}

pub async fn note(
    State(state): State<ApiState>,
    who: Who,
    Path(number): Path<i64>,
    Json(new): Json<NewNote>,
) -> ApiResult<Json<NoteRow>> {
    let now = state.clock.now().utc;
    let row = state.store.ticket(number).await?;
    if row.agent.is_some() {
        who.must_own(row.agent.as_deref())?;
    }
    Ok(Json(state.store.add_note(number, &new.body, new.private, &Policy::default(), &who.actor(), now).await?))
}
