//! Drafts.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::diagnostics;
use crate::api::auth::Who;
use crate::api::error::ApiResult;
use crate::api::state::ApiState;
use crate::store::{Draft, NewDraft as StoredDraft};

pub async fn get(State(state): State<ApiState>, Path(id): Path<String>) -> ApiResult<Json<Draft>> {
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

pub async fn save(
    State(state): State<ApiState>,
    who: Who,
    Path(id): Path<String>,
    Json(new): Json<NewDraft>,
) -> ApiResult<Json<Draft>> {
    let name = new.name.unwrap_or_else(|| id.clone());
    let draft = StoredDraft { flow: id, name, content: new.content, over: new.over };
    let saved = state.store.save_draft(&draft, &who.actor(), state.clock.now().utc).await?;
    state.changed();
    Ok(Json(saved))
}

pub async fn discard(State(state): State<ApiState>, who: Who, Path(id): Path<String>) -> ApiResult<Json<Value>> {
    state.store.discard_draft(&id, &who.actor(), state.clock.now().utc).await?;
    state.changed();
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
    Ok(Json(diagnostics(&state.publisher.check(&id, &content).await?)))
}
