//! Agents with their live states, skill groups, the queue.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::auth::Who;
use super::error::{ApiError, ApiResult};
use super::state::ApiState;
use crate::acd::{AgentView, QueueView};
use crate::call::switch::DeskCommand;
use crate::call::view::{GroupView, View};
use crate::store::{AgentRow, GroupRow};

/// An agent as set up, and as it is now.
#[derive(Serialize)]
pub struct Agent {
    #[serde(flatten)]
    row: AgentRow,
    live: Option<AgentView>,
}

fn with_state(view: &View, row: AgentRow) -> Agent {
    let live = view.agents.iter().find(|agent| agent.no.0 == row.no).cloned();
    Agent { row, live }
}

pub async fn list(State(state): State<ApiState>) -> ApiResult<Json<Vec<Agent>>> {
    let (rows, view) = (state.store.agents().await?, state.look().await?);
    Ok(Json(rows.into_iter().map(|row| with_state(&view, row)).collect()))
}

pub async fn get(State(state): State<ApiState>, Path(no): Path<String>) -> ApiResult<Json<Agent>> {
    let row = state.store.agent(&no).await?;
    Ok(Json(with_state(state.look().await?.as_ref(), row)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedState {
    state: String,
    #[serde(default)]
    reason: Option<String>,
}

pub async fn set_state(
    State(state): State<ApiState>,
    who: Who,
    Path(no): Path<String>,
    Json(wanted): Json<WantedState>,
) -> ApiResult<Json<Value>> {
    who.must_own(Some(&no))?;
    let agent = no.clone();
    match wanted.state.as_str() {
        "ready" => state.ask(|reply| DeskCommand::SetReady { agent, reply }).await?,
        "not_ready" => {
            let reason = wanted.reason.unwrap_or_else(|| "break".to_owned());
            state.ask(|reply| DeskCommand::SetNotReady { agent, reason, reply }).await?;
        }
        "logged_out" => state.ask(|reply| DeskCommand::SignOut { agent, reply }).await?,
        other => {
            return Err(ApiError::Invalid(format!("state: {other:?} is none of ready, not_ready, logged_out")));
        }
    }
    Ok(Json(json!({ "done": true })))
}

/// A skill group as set up, and as it is now.
#[derive(Serialize)]
pub struct Group {
    #[serde(flatten)]
    row: GroupRow,
    live: Option<GroupView>,
}

pub async fn groups(State(state): State<ApiState>) -> ApiResult<Json<Vec<Group>>> {
    let rows = state.store.groups().await?;
    let view = state.look().await?;
    let live = |id: &str| view.groups.iter().find(|group| group.id == id).cloned();
    Ok(Json(rows.into_iter().map(|row| Group { live: live(&row.id), row }).collect()))
}

pub async fn queue(State(state): State<ApiState>) -> ApiResult<Json<Vec<QueueView>>> {
    Ok(Json(state.look().await?.queue.clone()))
}
