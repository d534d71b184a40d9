//! Calls: lists, one with everything known of it, and what a supervisor may do to one.

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::auth::Who;
use super::error::{ApiError, ApiResult};
use super::state::ApiState;
use crate::base::{CallId, UtcMillis};
use crate::call::event::{CallEvent, SuperviseMode, What};
use crate::call::switch::DeskCommand;
use crate::call::view::View;
use crate::store::{CallFilter, CallRow, CallSort, Order, Page, PageRequest, RecordingRow, SegmentRow};

/// Which calls, in which order, from where on.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    limit: Option<u32>,
    after: Option<String>,
    order: Option<String>,
    sort: Option<String>,
    state: Option<String>,
    result: Option<String>,
    remote: Option<String>,
    called: Option<String>,
    flow: Option<String>,
    customer: Option<i64>,
    skill_group: Option<String>,
    agent: Option<String>,
    from: Option<i64>,
    to: Option<i64>,
}

pub(super) fn order(text: Option<&str>) -> ApiResult<Order> {
    Ok(text.map(str::parse).transpose()?.unwrap_or_default())
}

pub async fn list(
    State(state): State<ApiState>,
    who: Who,
    Query(wanted): Query<Wanted>,
) -> ApiResult<Json<Page<CallRow>>> {
    let filter = CallFilter {
        state: wanted.state.as_deref().map(str::parse).transpose()?,
        result: wanted.result.as_deref().map(str::parse).transpose()?,
        direction: None,
        remote: wanted.remote,
        called: wanted.called,
        flow: wanted.flow,
        customer: wanted.customer,
        skill_group: wanted.skill_group,
        agent: who.only().or(wanted.agent),
        end_cause: None,
        from: wanted.from.map(UtcMillis),
        to: wanted.to.map(UtcMillis),
    };
    let sort = wanted.sort.as_deref().map(str::parse).transpose()?.unwrap_or(CallSort::Started);
    let page = PageRequest { limit: wanted.limit, after: wanted.after };
    Ok(Json(state.store.calls(&filter, sort, order(wanted.order.as_deref())?, &page).await?))
}

pub async fn live(State(state): State<ApiState>) -> ApiResult<Json<View>> {
    Ok(Json(state.look().await?.as_ref().clone()))
}

/// A call with everything that is known of it.
#[derive(Serialize)]
pub struct CallDetail {
    #[serde(flatten)]
    row: CallRow,
    /// Nodes and keys with their times.
    path: Vec<Value>,
    events: Vec<CallEvent>,
    segments: Vec<SegmentRow>,
    recordings: Vec<RecordingRow>,
}

pub(super) fn call_id(text: &str) -> ApiResult<CallId> {
    text.parse().map_err(|error| ApiError::Invalid(format!("{error}")))
}

/// A call that this holder may see.
pub(super) async fn visible(state: &ApiState, who: &Who, id: &str) -> ApiResult<CallRow> {
    let row = state.store.call(call_id(id)?).await?;
    who.must_own(row.agent.as_deref())?;
    Ok(row)
}

pub async fn get(State(state): State<ApiState>, who: Who, Path(id): Path<String>) -> ApiResult<Json<CallDetail>> {
    let row = visible(&state, &who, &id).await?;
    let events = state.store.events(row.id).await?;
    let path = path_of(&events);
    let segments = state.store.segments(row.id).await?;
    let recordings = state.store.recordings(row.id).await?;
    Ok(Json(CallDetail { row, path, events, segments, recordings }))
}

/// The nodes that the caller came through, each with the keys pressed there.
fn path_of(events: &[CallEvent]) -> Vec<Value> {
    let mut path: Vec<(Value, String)> = Vec::new();
    for event in events {
        match &event.what {
            What::NodeEntered { node, kind, label } => {
                let step =
                    json!({ "node": node, "kind": kind, "label": label, "at": event.at, "offset_us": event.offset_us });
                path.push((step, String::new()));
            }
            What::Key { digit, .. } => {
                if let Some((_, keys)) = path.last_mut() {
                    keys.push(*digit);
                }
            }
            _ => {}
        }
    }
    path.into_iter()
        .map(|(mut step, keys)| {
            step["keys"] = Value::from(keys);
            step
        })
        .collect()
}

pub async fn hang_up(State(state): State<ApiState>, Path(id): Path<String>) -> ApiResult<Json<Value>> {
    let call = call_id(&id)?;
    state.ask(|reply| DeskCommand::HangUp { call, reply }).await?;
    Ok(Json(json!({ "done": true })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    agent: String,
}

pub async fn assign(
    State(state): State<ApiState>,
    Path(id): Path<String>,
    Json(wanted): Json<Assign>,
) -> ApiResult<Json<Value>> {
    let call = call_id(&id)?;
    state.ask(|reply| DeskCommand::Assign { call, agent: wanted.agent, reply }).await?;
    Ok(Json(json!({ "done": true })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Supervise {
    /// Whose phone is rung.
    agent: String,
    mode: SuperviseMode,
}

pub async fn supervise(
    State(state): State<ApiState>,
    who: Who,
    Path(id): Path<String>,
    Json(wanted): Json<Supervise>,
) -> ApiResult<Json<Value>> {
    let call = call_id(&id)?;
    let Supervise { agent, mode } = wanted;
    state.ask(|reply| DeskCommand::Supervise { call, agent, mode, reply }).await?;
    state.store.note_act(&who.actor(), "supervise", "call", id, state.clock.now().utc).await?;
    Ok(Json(json!({ "done": true })))
}
