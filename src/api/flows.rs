//! The life of a flow: view, draft, check, publish, withdraw, roll back.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::Who;
use super::error::{ApiError, ApiResult};
use super::state::ApiState;
use crate::ivr::check::{Locale, render};
use crate::library::{self, FlowFile};
use crate::store::{Draft, FlowRow, FlowVersion, NewDraft as StoredDraft, VersionRow};

pub async fn list(State(state): State<ApiState>) -> ApiResult<Json<Vec<FlowRow>>> {
    Ok(Json(state.store.flows().await?))
}

pub async fn view(State(state): State<ApiState>, Path(id): Path<String>) -> ApiResult<Json<FlowVersion>> {
    Ok(Json(state.store.view_flow(&id).await?))
}

pub async fn versions(State(state): State<ApiState>, Path(id): Path<String>) -> ApiResult<Json<Vec<VersionRow>>> {
    Ok(Json(state.store.flow_versions(&id).await?))
}

pub async fn draft(State(state): State<ApiState>, Path(id): Path<String>) -> ApiResult<Json<Draft>> {
    Ok(Json(state.store.draft(&id).await?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDraft {
    content: String,
    #[serde(default)]
    name: Option<String>,
    /// SHA-256 of the draft that was edited, so that nobody's work is overwritten.
    #[serde(default)]
    over: Option<String>,
}

pub async fn save_draft(
    State(state): State<ApiState>,
    who: Who,
    Path(id): Path<String>,
    Json(new): Json<NewDraft>,
) -> ApiResult<Json<Draft>> {
    let name = new.name.unwrap_or_else(|| id.clone());
    let draft = StoredDraft { flow: id, name, content: new.content, over: new.over };
    Ok(Json(state.store.save_draft(&draft, &who.actor(), state.clock.now().utc).await?))
}

pub async fn discard_draft(State(state): State<ApiState>, who: Who, Path(id): Path<String>) -> ApiResult<Json<Value>> {
    state.store.discard_draft(&id, &who.actor(), state.clock.now().utc).await?;
    Ok(Json(json!({ "done": true })))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FlowText {
    /// Without it the draft is checked.
    content: Option<String>,
}

pub async fn check(
    State(state): State<ApiState>,
    Path(id): Path<String>,
    Json(text): Json<FlowText>,
) -> ApiResult<Json<Value>> {
    let content = match text.content {
        Some(content) => content,
        None => state.store.draft(&id).await?.content,
    };
    let file = library::check_draft(&state.store, &state.config, &id, &content).await.map_err(internal)?;
    Ok(Json(diagnostics(&file)))
}

fn diagnostics(file: &FlowFile) -> Value {
    render::json(&[file.report()], Locale::default())
}

/// What the library says about the store is an error of the request; the rest is logged.
fn internal(error: anyhow::Error) -> ApiError {
    match error.downcast::<crate::store::StoreError>() {
        Ok(error) => error.into(),
        Err(error) => {
            tracing::error!("{error:#}");
            ApiError::Unavailable("it cannot be done now; the log says why".to_owned())
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Why {
    why: String,
}

/// A draft with errors is not published: 409 with what the check found.
pub async fn publish(
    State(state): State<ApiState>,
    who: Who,
    Path(id): Path<String>,
    Json(why): Json<Why>,
) -> ApiResult<Response> {
    let now = state.clock.now().utc;
    let by = who.actor();
    let published =
        library::publish_draft(&state.store, &state.config, &id, &why.why, &by, now).await.map_err(internal)?;
    match published {
        Ok(version) => {
            state.changed();
            Ok(Json(version).into_response())
        }
        Err(file) => {
            let body = json!({
                "error": { "code": "flow_has_errors", "message": "the draft has errors; the running version stays" },
                "diagnostics": diagnostics(&file),
            });
            Ok((axum::http::StatusCode::CONFLICT, Json(body)).into_response())
        }
    }
}

pub async fn withdraw(
    State(state): State<ApiState>,
    who: Who,
    Path(id): Path<String>,
    Json(why): Json<Why>,
) -> ApiResult<Json<Value>> {
    state.store.withdraw_flow(&id, &why.why, &who.actor(), state.clock.now().utc).await?;
    state.changed();
    Ok(Json(json!({ "done": true })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollBack {
    version: i64,
    #[serde(default)]
    why: String,
}

pub async fn roll_back(
    State(state): State<ApiState>,
    who: Who,
    Path(id): Path<String>,
    Json(back): Json<RollBack>,
) -> ApiResult<Json<Value>> {
    let now = state.clock.now().utc;
    state.store.roll_back_flow(&id, back.version, &back.why, &who.actor(), now).await?;
    state.changed();
    Ok(Json(json!({ "done": true })))
}

pub async fn delete(State(state): State<ApiState>, who: Who, Path(id): Path<String>) -> ApiResult<Json<Value>> {
    state.store.delete_flow(&id, &who.actor(), state.clock.now().utc).await?;
    Ok(Json(json!({ "done": true })))
}
