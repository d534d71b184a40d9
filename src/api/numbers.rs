//! Numbers and what answers them.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::Who;
use super::error::{ApiError, ApiResult};
use super::state::ApiState;
use crate::store::{Answer, BUILTINS, NumberRow};

pub async fn list(State(state): State<ApiState>) -> ApiResult<Json<Vec<NumberRow>>> {
    Ok(Json(state.store.numbers().await?))
}

/// `{"flow": "reception"}`, `{"flow": "draft:reception"}` for a test number, `{"flow": "builtin:echo"}`, or `{"flow": null}` for nothing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    flow: Option<String>,
    #[serde(default)]
    why: Option<String>,
}

pub async fn bind(
    State(state): State<ApiState>,
    who: Who,
    Path(number): Path<String>,
    Json(binding): Json<Binding>,
) -> ApiResult<Json<Value>> {
    let answer = binding.flow.as_deref().map_or(Answer::Nothing, Answer::of);
    if let Answer::Builtin(name) = &answer
        && !BUILTINS.contains(&name.as_str())
    {
        return Err(ApiError::Invalid(format!("flow: no builtin {name:?}; there are {}", BUILTINS.join(", "))));
    }
    let now = state.clock.now().utc;
    state.store.bind_number(&number, &answer, binding.why.as_deref(), &who.actor(), now).await?;
    state.changed();
    Ok(Json(json!({ "done": true })))
}
