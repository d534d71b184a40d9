//! What new calls run: published, planned, rolled back, withdrawn.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::diagnostics;
use crate::api::auth::Who;
use crate::api::error::ApiResult;
use crate::api::state::ApiState;
use crate::base::UtcMillis;
use crate::library::FlowFile;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Why {
    why: String,
}

/// 409 with what the check found.
fn refused(file: &FlowFile) -> Response {
    let body = json!({
        "error": { "code": "flow_has_errors", "message": "the flow has errors; the running version stays" },
        "diagnostics": diagnostics(file),
    });
    (StatusCode::CONFLICT, Json(body)).into_response()
}

fn done() -> Json<Value> {
    Json(json!({ "done": true }))
}

/// A draft with errors is not published.
pub async fn publish(
    State(state): State<ApiState>,
    who: Who,
    Path(id): Path<String>,
    Json(why): Json<Why>,
) -> ApiResult<Response> {
    let now = state.clock.now().utc;
    match state.publisher.publish_draft(&id, &why.why, &who.actor(), now).await? {
        Ok(version) => {
            state.changed();
            Ok(Json(version).into_response())
        }
        Err(file) => Ok(refused(&file)),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Milliseconds since 1970, UTC.
    at: i64,
    #[serde(default)]
    why: String,
}

/// The draft as it is now is published by itself at a set time; one that is edited meanwhile is not.
pub async fn schedule(
    State(state): State<ApiState>,
    who: Who,
    Path(id): Path<String>,
    Json(plan): Json<Plan>,
) -> ApiResult<Json<Value>> {
    let now = state.clock.now().utc;
    state.store.schedule_publication(&id, UtcMillis(plan.at), &plan.why, &who.actor(), now).await?;
    Ok(done())
}

pub async fn cancel(State(state): State<ApiState>, who: Who, Path(id): Path<String>) -> ApiResult<Json<Value>> {
    state.store.cancel_publication(&id, "taken back", &who.actor(), state.clock.now().utc).await?;
    Ok(done())
}

pub async fn withdraw(
    State(state): State<ApiState>,
    who: Who,
    Path(id): Path<String>,
    Json(why): Json<Why>,
) -> ApiResult<Json<Value>> {
    state.store.withdraw_flow(&id, &why.why, &who.actor(), state.clock.now().utc).await?;
    state.changed();
    Ok(done())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollBack {
    version: i64,
    #[serde(default)]
    why: String,
}

/// A version whose groups, audio or subflows are gone meanwhile is not brought back.
pub async fn roll_back(
    State(state): State<ApiState>,
    who: Who,
    Path(id): Path<String>,
    Json(back): Json<RollBack>,
) -> ApiResult<Response> {
    let now = state.clock.now().utc;
    match state.publisher.roll_back(&id, back.version, &back.why, &who.actor(), now).await? {
        Ok(()) => {
            state.changed();
            Ok(done().into_response())
        }
        Err(file) => Ok(refused(&file)),
    }
}

pub async fn delete(State(state): State<ApiState>, who: Who, Path(id): Path<String>) -> ApiResult<Json<Value>> {
    state.store.delete_flow(&id, &who.actor(), state.clock.now().utc).await?;
    state.changed();
    Ok(done())
}
